/** A name for a version, such as v1.2.0, which stays with it. */
import React, { useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { Skill, VersionRow } from '../../protocol';

interface Props {
  client: Client;
  skill: Skill;
  version: VersionRow;
  named: () => void;
}

export function NameVersion({ client, skill, version, named }: Props): React.ReactElement {
  const [open, setOpen] = useState(false);
  const [tag, setTag] = useState('');
  const action = useAction();
  const name = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const ask = { name: skill.name, tag: tag.trim(), version: version.version };
    if (tag.trim() && (await action.run(() => client.call('git.tag', ask)))) {
      setOpen(false);
      setTag('');
      named();
    }
  };
  if (!open) {
    return (
      <div className="wb-buttons">
        <button type="button" className="wb-button" onClick={() => setOpen(true)}>
          <Icon name="tag" /> Name this version…
        </button>
      </div>
    );
  }
  return (
    <form
      className="wb-waive"
      aria-label="Name of the version"
      onSubmit={name}
      onKeyDown={event => event.key === 'Escape' && setOpen(false)}
    >
      <input
        className="wb-input"
        aria-label="Name"
        placeholder="v1.2.0"
        autoFocus
        value={tag}
        maxLength={100}
        spellCheck={false}
        onChange={event => setTag(event.target.value)}
      />
      <button type="submit" className="wb-button" aria-disabled={!tag.trim() || action.busy}>
        Name it
      </button>
      <button type="button" className="wb-button" onClick={() => setOpen(false)}>
        Cancel
      </button>
      {action.failure && <Sentence failure={action.failure} />}
    </form>
  );
}
