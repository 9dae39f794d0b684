/** The versions of a skill: what each changed, how it differs from what is there now, and the way back to it. */
import React, { useEffect, useId, useState } from 'react';
import { failureOf, type Answer, type Client } from '../../client/client';
import { age } from '../../components/format';
import { useNow } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Skill, VersionRow } from '../../protocol';
import { NameVersion } from './NameVersion';
import { Patches } from './Patches';
import { Restore } from './Restore';
import { titleOf } from './words';

interface Props {
  client: Client;
  skill: Skill;
  /** Something is typed and not saved: going back would be under it. */
  held: boolean;
  restored: () => void;
}

/** With what a version is compared: the one before it, what is there now, or another one by its id. */
type Compared = 'before' | 'now' | { readonly version: string };

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
                <span className="wb-version-message">{titleOf(each)}</span>
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
          <Comparison versions={versions ?? []} version={version} compared={compared} compare={setCompared} />
          <Difference
            key={`${version.version} ${JSON.stringify(compared)} ${skill.digest}`}
            client={client}
            ask={{ name: skill.name, ...sidesOf(versions ?? [], version.version, compared) }}
          />
          <NameVersion
            key={`name ${version.version}`}
            client={client}
            skill={skill}
            version={version}
            named={reload}
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

/** The older of two versions is what the newer one is compared with, whichever was chosen first. */
function sidesOf(
  versions: readonly VersionRow[],
  chosen: string,
  compared: Compared
): { old?: string; new?: string } {
  if (compared === 'before') {
    return { new: chosen };
  }
  if (compared === 'now') {
    return { old: chosen };
  }
  const at = (id: string): number => versions.findIndex(({ version }) => version === id);
  const other = compared.version;
  return at(chosen) > at(other) ? { old: chosen, new: other } : { old: other, new: chosen };
}

interface ComparisonProps {
  versions: readonly VersionRow[];
  version: VersionRow;
  compared: Compared;
  compare: (compared: Compared) => void;
}

function Comparison({ versions, version, compared, compare }: ComparisonProps): React.ReactElement {
  const group = useId();
  const other = typeof compared === 'object' ? compared.version : '';
  return (
    <div className="wb-buttons">
      <div className="wb-segments" role="radiogroup" aria-label="Compared with">
        {(['before', 'now'] as const).map(each => (
          <label className="wb-segment" key={each}>
            <input type="radio" name={group} checked={compared === each} onChange={() => compare(each)} />
            <span>{each === 'before' ? 'What it changed' : 'From it to now'}</span>
          </label>
        ))}
      </div>
      <select
        className="wb-input"
        aria-label="Compare with another version"
        value={other}
        onChange={({ target: { value } }) => compare(value ? { version: value } : 'before')}
      >
        <option value="">Another version…</option>
        {versions
          .filter(each => each.version !== version.version)
          .map(each => (
            <option key={each.version} value={each.version}>
              {each.version.slice(0, 7)} {[...each.tags.map(plain), titleOf(each)].join(' · ')}
            </option>
          ))}
      </select>
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

/** A page of the versions of one name and file. */
interface Asked {
  readonly of: string;
  readonly after: string | null;
}

interface Listed {
  /** What the last of the pages answers. */
  readonly asked: Asked;
  readonly versions: readonly VersionRow[];
  readonly cursor: string | null;
}

function useVersions(client: Client, skill: Skill): Versions {
  const of = `${skill.name} ${skill.digest}`;
  const [listed, setListed] = useState<Listed | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState<Asked>({ of, after: null });
  // Every change of the file is a version: the list is begun anew, also where the file is again as it once was.
  if (asked.of !== of) {
    setAsked({ of, after: null });
  }
  useEffect(() => {
    let current = true;
    const { after } = asked;
    client.call('git.history', { name: skill.name, ...(after ? { cursor: after } : {}) }).then(
      reply => {
        if (current) {
          setListed(before => ({
            asked,
            versions: [...((after && before?.versions) || []), ...reply.versions],
            cursor: reply.next_cursor ?? null
          }));
          setFailure(null);
        }
      },
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, skill.name, asked]);
  return {
    versions: listed?.versions ?? null,
    more: (listed?.cursor ?? null) !== null,
    failure,
    // A page that was asked for and has not come is asked for again: another would not follow what is listed.
    next: () => setAsked({ of, after: listed?.asked === asked ? listed.cursor : asked.after }),
    reload: () => setAsked({ of, after: null })
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
