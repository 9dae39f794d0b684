/** The way back to a version: first what it would do and what it would drop, then, if the person wants that, it is done. */
import React, { useEffect, useRef, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { plural } from '../../components/format';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Skill, VersionRow } from '../../protocol';
import { titleOf, UNSAVED } from './words';

interface RestoreProps {
  client: Client;
  skill: Skill;
  version: VersionRow;
  held: boolean;
  restored: (words: string) => void;
}

export function Restore({ client, skill, version, held, restored }: RestoreProps): React.ReactElement {
  const [plan, setPlan] = useState<Answer<'git.restore'> | null>(null);
  const action = useAction();
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), [plan]);
  const ask = (preview: boolean): Promise<Answer<'git.restore'>> =>
    client.call('git.restore', { name: skill.name, version: version.version, preview });
  const look = (): Promise<boolean> => action.run(async () => setPlan(await ask(true)));
  const go = (): Promise<boolean> =>
    action.run(async () => {
      const done = await ask(false);
      setPlan(null);
      restored(
        done.commit
          ? `Version ${version.version.slice(0, 7)} is the newest again. Nothing is gone: what was newer is below it.`
          : 'It was like this already: nothing was done.'
      );
    });
  if (!plan) {
    return (
      <div className="wb-buttons">
        {action.failure && <Sentence failure={action.failure} />}
        <button
          type="button"
          className="wb-button"
          aria-disabled={action.busy || held}
          title={held ? UNSAVED : undefined}
          onClick={() => !held && void look()}
        >
          <Icon name="undo" /> Restore this version…
        </button>
      </div>
    );
  }
  const nothing = plan.drops.length + plan.changes.length === 0;
  return (
    <div
      className="wb-proposal"
      role="group"
      aria-label="What restoring would do"
      onKeyDown={event => event.key === 'Escape' && setPlan(null)}
    >
      <p>
        <b>
          {nothing
            ? 'It is like this already.'
            : `Go back to ${version.version.slice(0, 7)}, “${titleOf(version)}”?`}
        </b>
      </p>
      {plan.drops.length > 0 && (
        <Names
          icon="delete"
          says={`${plural(plan.drops.length, 'file')} would be dropped, because that version does not have ${plan.drops.length === 1 ? 'it' : 'them'}:`}
          names={plan.drops}
        />
      )}
      {plan.changes.length > 0 && (
        <Names
          icon="edit"
          says={`${plural(plan.changes.length, 'file')} would be as in that version:`}
          names={plan.changes}
        />
      )}
      {plan.saves.length > 0 && (
        <Names icon="shield" says="Not in any version yet, so saved as one first:" names={plan.saves} />
      )}
      {!nothing && (
        <p className="wb-hint">
          It becomes a new version.{' '}
          {plan.later > 0 &&
            `The ${plural(plan.later, 'newer version')} stay${plan.later === 1 ? 's' : ''} in the history.`}
        </p>
      )}
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-buttons">
        {!nothing && (
          <button
            type="button"
            className="wb-button wb-primary"
            aria-disabled={action.busy}
            onClick={() => void go()}
          >
            {action.busy ? <span className="wb-spinner" /> : <Icon name="undo" />} Restore
          </button>
        )}
        <button type="button" className="wb-button" ref={no} onClick={() => setPlan(null)}>
          {nothing ? 'Close' : 'Leave it'}
        </button>
      </div>
    </div>
  );
}

const MOST_NAMES = 20;

function Names({
  icon,
  says,
  names
}: {
  icon: 'delete' | 'edit' | 'shield';
  says: string;
  names: readonly string[];
}): React.ReactElement {
  return (
    <div className="wb-names">
      <p>
        <Icon name={icon} /> {says}
      </p>
      <ul>
        {names.slice(0, MOST_NAMES).map(name => (
          <li key={name}>
            <code>{plain(name)}</code>
          </li>
        ))}
        {names.length > MOST_NAMES && <li>and {names.length - MOST_NAMES} more</li>}
      </ul>
    </div>
  );
}
