/** The versions of a skill: what each changed, how it differs from what is there now, and the way back to it. */
import React, { useEffect, useRef, useState } from 'react';
import { failureOf, type Answer, type Client } from '../../client/client';
import { age, firstLine, plural } from '../../components/format';
import { useAction, useNow } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Skill, VersionRow } from '../../protocol';
import { Patches } from './Patches';

interface Props {
  client: Client;
  skill: Skill;
  /** Something is typed and not saved: going back would be under it. */
  held: boolean;
  restored: () => void;
}

/** What is compared: a version with the one before it, with what is there now; or what is there with the newest. */
type Compared = 'before' | 'now';

export function History({ client, skill, held, restored }: Props): React.ReactElement {
  const { versions, more, failure, next, reload } = useVersions(client, skill);
  const [chosen, setChosen] = useState<string | null>(null);
  const [compared, setCompared] = useState<Compared>('before');
  const [said, setSaid] = useState<string | null>(null);
  const now = useNow(true, 60_000);
  const version = versions?.find(each => each.version === chosen) ?? versions?.[0] ?? null;
  const newest = versions?.[0]?.version;
  return (
    <div className="wb-history">
      <div className="wb-versions">
        {failure && <Sentence failure={failure} />}
        {versions?.length === 0 && <p className="wb-hint">There is no version of this skill yet.</p>}
        <ol aria-label="Versions">
          {versions?.map(each => (
            <li key={each.version}>
              <button
                type="button"
                className="wb-version"
                aria-current={each === version || undefined}
                onClick={() => {
                  setChosen(each.version);
                  setSaid(null);
                }}
              >
                <span className="wb-version-message">
                  {firstLine(plain(each.message)) || 'Without a message'}
                </span>
                <small>
                  {plain(each.author)} · {age(each.at, now)} · <code>{each.version.slice(0, 7)}</code>
                  {each.version === newest && ' · newest'}
                </small>
                {each.tags.map(tag => (
                  <span className="wb-tag" key={tag}>
                    {plain(tag)}
                  </span>
                ))}
              </button>
            </li>
          ))}
        </ol>
        {more && (
          <button type="button" className="wb-button" onClick={next}>
            Show earlier versions
          </button>
        )}
      </div>
      {version && (
        <div className="wb-version-shown" role="region" aria-label="The chosen version">
          {said && (
            <p className="wb-done-line" role="status">
              <Icon name="check" /> {said}
            </p>
          )}
          <div className="wb-buttons">
            <div className="wb-segments" role="radiogroup" aria-label="Compared with">
              {(['before', 'now'] as const).map(each => (
                <label className="wb-segment" key={each}>
                  <input
                    type="radio"
                    name={`wb-compared-${skill.name}`}
                    checked={compared === each}
                    onChange={() => setCompared(each)}
                  />
                  <span>{each === 'before' ? 'What it changed' : 'From it to now'}</span>
                </label>
              ))}
            </div>
          </div>
          <Difference
            key={`${version.version} ${compared} ${skill.digest}`}
            client={client}
            ask={
              compared === 'before'
                ? { name: skill.name, new: version.version }
                : { name: skill.name, old: version.version }
            }
          />
          <Restore
            key={version.version}
            client={client}
            skill={skill}
            version={version}
            held={held}
            restored={words => {
              setSaid(words);
              setChosen(null);
              reload();
              restored();
            }}
          />
        </div>
      )}
    </div>
  );
}

interface Versions {
  readonly versions: readonly VersionRow[] | null;
  readonly more: boolean;
  readonly failure: Failure | null;
  next(): void;
  reload(): void;
}

function useVersions(client: Client, skill: Skill): Versions {
  const [versions, setVersions] = useState<readonly VersionRow[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState<{ after: string | null; count: number }>({ after: null, count: 0 });
  useEffect(() => {
    let current = true;
    const page = asked.after ? { cursor: asked.after } : {};
    client.call('git.history', { name: skill.name, ...page }).then(
      reply => {
        if (current) {
          setVersions(before => (asked.after ? [...(before ?? []), ...reply.versions] : reply.versions));
          setCursor(reply.next_cursor ?? null);
          setFailure(null);
        }
      },
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
    // Every change of the file is a version.
  }, [client, skill.name, skill.digest, asked]);
  return {
    versions,
    more: cursor !== null,
    failure,
    next: () => setAsked(before => ({ after: cursor, count: before.count + 1 })),
    reload: () => setAsked(before => ({ after: null, count: before.count + 1 }))
  };
}

function Difference({
  client,
  ask
}: {
  client: Client;
  ask: { name: string; old?: string; new?: string };
}): React.ReactElement {
  const [found, setFound] = useState<Answer<'git.diff'> | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const asked = JSON.stringify(ask);
  useEffect(() => {
    let current = true;
    client.call('git.diff', JSON.parse(asked) as typeof ask).then(
      reply => current && setFound(reply),
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, asked]);
  if (failure) {
    return <Sentence failure={failure} />;
  }
  if (!found) {
    return <span className="wb-spinner" />;
  }
  return found.files.length ? (
    <>
      <Patches files={found.files} />
      {found.truncated && <p className="wb-hint">The rest is left out: it is over a megabyte.</p>}
    </>
  ) : (
    <p className="wb-hint">There is no difference.</p>
  );
}

interface RestoreProps {
  client: Client;
  skill: Skill;
  version: VersionRow;
  held: boolean;
  restored: (words: string) => void;
}

/** Going back: first what it would do, and what it would drop; then, if the person wants that, it is done. */
function Restore({ client, skill, version, held, restored }: RestoreProps): React.ReactElement {
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
          title={held ? 'Save or discard what you typed first.' : undefined}
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
            : `Go back to ${version.version.slice(0, 7)}, “${firstLine(plain(version.message))}”?`}
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
