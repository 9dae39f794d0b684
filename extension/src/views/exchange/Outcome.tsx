/** What became of what was chosen, with the way to each skill that is there now. */
import React, { useEffect, useRef, useState } from 'react';
import { Icon, type IconName } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { AppliedImport, AppliedRow } from '../../protocol';
import { skills } from './words';

interface Props {
  outcome: AppliedImport;
  open: (skill: string) => void;
  again: () => void;
  children?: React.ReactNode;
}

type Status = AppliedRow['status'];

const PARTS: readonly { readonly status: Status; readonly words: string; readonly icon: IconName }[] = [
  { status: 'refused', words: 'left out', icon: 'cross' },
  { status: 'imported', words: 'imported', icon: 'check' },
  { status: 'updated', words: 'updated', icon: 'refresh' },
  { status: 'unchanged', words: 'already there', icon: 'check' }
];

/** So many are listed at first. */
const MOST = 100;

export function Outcome({ outcome, open, again, children }: Props): React.ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const parts = PARTS.map(part => ({
    ...part,
    rows: outcome.rows.filter(({ status }) => status === part.status)
  })).filter(({ rows }) => rows.length > 0);
  const come = outcome.rows.filter(({ status }) => status === 'imported' || status === 'updated').length;
  return (
    <div className="wb-outcome-page">
      <h3 tabIndex={-1} ref={heading}>
        {come > 0 ? `${skills(come)} came in.` : 'Nothing came in.'}
      </h3>
      <p className="wb-hint">
        {come > 0 &&
          'Nobody has reviewed them yet: the page of each shows what a scan has found. What was replaced is in the trash.'}
      </p>
      <div className="wb-buttons">
        <button type="button" className="wb-button" onClick={again}>
          <Icon name="download" /> Import more
        </button>
        {children}
      </div>
      {parts.map(part => (
        <Part key={part.status} {...part} open={open} />
      ))}
    </div>
  );
}

interface PartProps {
  status: Status;
  words: string;
  icon: IconName;
  rows: readonly AppliedRow[];
  open: (skill: string) => void;
}

function Part({ status, words, icon, rows, open }: PartProps): React.ReactElement {
  const [whole, setWhole] = useState(false);
  return (
    <section aria-label={words} data-status={status}>
      <h4>
        {rows.length.toLocaleString('en')} {words}
      </h4>
      <ul>
        {(whole ? rows : rows.slice(0, MOST)).map(row => (
          <li key={row.path}>
            <Icon name={icon} />
            {row.name && status !== 'refused' ? (
              <button type="button" className="wb-more" onClick={() => open(row.name ?? '')}>
                {plain(row.name)}
              </button>
            ) : (
              <b>{plain(row.name ?? row.path)}</b>
            )}
            <span>{plain(row.reason ?? '')}</span>
          </li>
        ))}
      </ul>
      {rows.length > MOST && !whole && (
        <button type="button" className="wb-more" onClick={() => setWhole(true)}>
          Show all {rows.length.toLocaleString('en')}
        </button>
      )}
    </section>
  );
}
