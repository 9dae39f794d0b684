/** A difference as a person reads it: line numbers on both sides, what went and what came. */
import React, { useState } from 'react';
import { plain } from '../../components/plain';
import type { Row } from './diff';

interface Props {
  label: string;
  rows: readonly Row[];
}

const MOST = 300;
const MARKS = { same: ' ', gone: '−', new: '+', gap: '' } as const;
const SPOKEN = { same: '', gone: 'removed: ', new: 'added: ', gap: '' } as const;

export function DiffView({ label, rows }: Props): React.ReactElement {
  const [whole, setWhole] = useState(false);
  const shown = whole ? rows : rows.slice(0, MOST);
  return (
    <div className="wb-diff" role="group" aria-label={label} tabIndex={0}>
      {shown.map((row, at) =>
        row.kind === 'gap' ? (
          <div className="wb-diff-gap" key={at}>
            ⋯
          </div>
        ) : (
          <div className="wb-diff-row" data-kind={row.kind} key={at}>
            <span className="wb-diff-number" aria-hidden="true">
              {row.old}
            </span>
            <span className="wb-diff-number" aria-hidden="true">
              {row.now}
            </span>
            <span className="wb-diff-mark" aria-hidden="true">
              {MARKS[row.kind]}
            </span>
            <code>
              {SPOKEN[row.kind] && <span className="wb-sr">{SPOKEN[row.kind]}</span>}
              {plain(row.text)}
            </code>
          </div>
        )
      )}
      {rows.length > shown.length && (
        <button type="button" className="wb-more" onClick={() => setWhole(true)}>
          Show the other {(rows.length - shown.length).toLocaleString('en')} lines
        </button>
      )}
    </div>
  );
}
