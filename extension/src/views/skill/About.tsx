/** What the library knows of a skill beside its file: tags and purpose. They are saved as they are chosen. */
import React, { useEffect, useId, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Sentence } from '../../components/Sentence';
import type { Skill } from '../../protocol';
import { TagsInput } from '../skills/TagsInput';
import { PURPOSES, wordOf, type Purpose } from '../skills/words';

interface Props {
  client: Client;
  skill: Skill;
  changed: () => void;
}

export function About({ client, skill, changed }: Props): React.ReactElement {
  const action = useAction();
  const known = useTags(client);
  const id = useId();
  const [tags, setTags] = useState<readonly string[]>(skill.tags);
  // What is chosen while another choice is being saved follows it.
  const next = useRef<readonly string[] | null>(null);
  const saving = useRef(false);
  const purposing = useAction();
  useEffect(() => {
    if (!saving.current) {
      setTags(skill.tags);
    }
  }, [skill]);
  const retag = async (wanted: readonly string[]): Promise<void> => {
    setTags(wanted);
    next.current = wanted;
    if (saving.current) {
      return;
    }
    saving.current = true;
    let kept: readonly string[] = skill.tags;
    const done = await action.run(async () => {
      for (let now = next.current; now; now = next.current) {
        next.current = null;
        await client.call('skills.update_tags', { names: [skill.name], tags: [...now] });
        kept = now;
      }
    });
    saving.current = false;
    next.current = null;
    setTags(kept);
    if (done) {
      changed();
    }
  };
  const repurpose = async (purpose: Purpose): Promise<void> => {
    if (await purposing.run(() => client.call('skills.update_metadata', { name: skill.name, purpose }))) {
      changed();
    }
  };
  return (
    <div className="wb-fields wb-about">
      <div className="wb-field">
        <span>Tags</span>
        <TagsInput label="Tags" tags={tags} change={next => void retag(next)} known={known} />
      </div>
      <div className="wb-field">
        <label htmlFor={id}>Purpose</label>
        <select
          id={id}
          className="wb-input"
          value={skill.purpose ?? ''}
          onChange={event => void repurpose(event.target.value as Purpose)}
        >
          {skill.purpose === null && <option value="">not said</option>}
          {PURPOSES.map(each => (
            <option key={each} value={each}>
              {wordOf('purpose', each)}
            </option>
          ))}
        </select>
      </div>
      {action.failure && <Sentence failure={action.failure} />}
      {purposing.failure && <Sentence failure={purposing.failure} />}
    </div>
  );
}

function useTags(client: Client): readonly string[] {
  const [tags, setTags] = useState<readonly string[]>([]);
  useEffect(() => {
    let current = true;
    // Without them nothing is offered, and any tag can still be written.
    client.call('skills.tags', {}).then(
      reply => current && setTags(reply.tags.map(({ tag }) => tag)),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client]);
  return tags;
}
