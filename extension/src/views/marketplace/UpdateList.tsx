/** What is newer at its source, with what a scan finds new in it; taken when a person says so. */
import React, { useEffect, useRef, useState } from 'react';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, Update } from '../../protocol';
import { Badge, type Mood } from '../skills/Badges';

interface Props {
  rows: readonly Update[];
  failure: Failure | null;
  open: (skill: string) => void;
  apply: (names: readonly string[]) => void;
  back: () => void;
}

const WORDS: { readonly [status in Update['status']]: readonly [string, Mood] } = {
  update_available: ['Update available', 'good'],
  customised: ['You changed yours', 'warn'],
  gone: ['Gone from its source', 'bad'],
  unreachable: ['Source not reached', 'bad'],
  up_to_date: ['Up to date', 'plain']
};

const ORDER = Object.keys(WORDS);

/** What may be taken without a question: the library's own, not changed here. */
const canTake = ({ status, registry, applied }: Update): boolean =>
  status === 'update_available' && registry === 'library' && !applied;

export function UpdateList({ rows, failure, open, apply, back }: Props): React.ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const able = rows.filter(canTake);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(
    () => new Set(able.filter(({ new_findings }) => new_findings.length === 0).map(({ name }) => name))
  );
  const chosen = able.filter(({ name }) => ticked.has(name)).map(({ name }) => name);
  const told = rows.filter(({ status, applied }) => status !== 'up_to_date' || applied);
  const current = rows.length - told.length;
  const sorted = [...told].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
  return (
    <>
      <div className="wb-exchange-body">
        {failure && <Sentence failure={failure} />}
        <h3 tabIndex={-1} ref={heading}>
          {able.length > 0 ? `${plural(able.length, 'update')} available` : 'Nothing is newer.'}
        </h3>
        <p className="wb-hint">
          {current > 0 && `${plural(current, 'skill')} ${current === 1 ? 'is' : 'are'} as at the source.`}
        </p>
        <ul className="wb-updates" aria-label="Skills that came from somewhere">
          {sorted.map(row => (
            <UpdateRow
              key={`${row.registry}/${row.name}`}
              row={row}
              ticked={ticked.has(row.name)}
              tick={on =>
                setTicked(before => {
                  const next = new Set(before);
                  if (on) {
                    next.add(row.name);
                  } else {
                    next.delete(row.name);
                  }
                  return next;
                })
              }
              open={open}
            />
          ))}
        </ul>
      </div>
      <footer className="wb-exchange-foot">
        <div className="wb-exchange-buttons">
          <button type="button" className="wb-button" onClick={back}>
            <Icon name="back" /> Marketplaces
          </button>
          <span className="wb-spring" />
          {able.length > 0 && (
            <button
              type="button"
              className="wb-button wb-primary"
              aria-disabled={chosen.length === 0}
              onClick={() => chosen.length > 0 && apply(chosen)}
            >
              <Icon name="refresh" /> Update {plural(chosen.length, 'skill')}
            </button>
          )}
        </div>
      </footer>
    </>
  );
}

interface RowProps {
  row: Update;
  ticked: boolean;
  tick: (on: boolean) => void;
  open: (skill: string) => void;
}

function UpdateRow({ row, ticked, tick, open }: RowProps): React.ReactElement {
  const name = plain(row.name);
  const [word, mood] = row.applied ? (['Updated', 'good'] as const) : WORDS[row.status];
  const versions = [row.installed_version, row.version].filter(Boolean).map(each => plain(each ?? ''));
  return (
    <li>
      <input
        type="checkbox"
        aria-label={`Update ${name}`}
        disabled={!canTake(row)}
        checked={ticked && canTake(row)}
        onChange={event => tick(event.target.checked)}
      />
      <div>
        {row.registry === 'library' ? (
          <button type="button" className="wb-skill-name" onClick={() => open(row.name)}>
            {name}
          </button>
        ) : (
          <b>{name}</b>
        )}{' '}
        <Badge mood={mood}>{word}</Badge>{' '}
        {row.registry === 'workspace' && <Badge mood="plain">Of the workspace</Badge>}{' '}
        <span className="wb-hint">{versions.join(' → ')}</span>
        <p className="wb-path">
          {plain(row.source)} {plain(row.path)}
        </p>
        {row.reason && <p className="wb-hint">{plain(row.reason)}</p>}
        {row.new_findings.length > 0 && <Findings row={row} />}
      </div>
    </li>
  );
}

function Findings({ row }: { row: Update }): React.ReactElement {
  return (
    <div className="wb-notice" data-severity="warning">
      <Icon name="shield" />
      <div>
        <p>The newer version has {plural(row.new_findings.length, 'finding')} that yours has not:</p>
        <ul>
          {row.new_findings.slice(0, MOST).map((finding, i) => (
            <li key={i}>
              {plain(finding.severity)}: {plain(finding.message)}{' '}
              <span className="wb-path">{plain(finding.file)}</span>
            </li>
          ))}
          {row.new_findings.length > MOST && <li>and {row.new_findings.length - MOST} more</li>}
        </ul>
      </div>
    </div>
  );
}

const MOST = 10;
