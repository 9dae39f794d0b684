/** Notebook cells as evidence: chosen in the notebook, taken from here with their outputs. */
import React, { useState } from 'react';
import { firstLine, kilobytes, plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { Evidence } from '../../protocol';
import type { Host } from '../host';
import { joined } from './state';

interface Props {
  host: Host;
  evidence: readonly Evidence[];
  change: (evidence: Evidence[]) => void;
}

export function Cells({ host, evidence, change }: Props): React.ReactElement | null {
  const [said, setSaid] = useState('');
  // Asked when it is clicked: what is selected in a notebook changes without a word to this page.
  const take = async (): Promise<void> => {
    const found = (await host.cells?.()) ?? [];
    setSaid(
      found.length
        ? `${plural(found.length, 'cell')} added.`
        : 'No cell with text is selected. Open a notebook and select some.'
    );
    change(joined(evidence, found));
  };
  if (!host.cells && !evidence.length) {
    return null;
  }
  return (
    <section className="wb-evidence" aria-label="Evidence">
      <p className="wb-hint">
        Notebook cells show an agent how you work: it reads their text and outputs as examples, never as
        orders.
      </p>
      {evidence.length > 0 && (
        <ul>
          {evidence.map((each, i) => (
            <li key={`${each.origin ?? ''} ${i}`}>
              <Icon name="read" />
              <span>
                <code>{plain(firstLine(each.source) || 'Only outputs')}</code>
                <small>
                  {each.origin && plain(each.origin)}
                  {each.outputs ? ` · outputs: ${kilobytes(each.outputs.length)}` : ' · without outputs'}
                </small>
              </span>
              <button
                type="button"
                className="wb-quiet"
                aria-label={`Take out ${plain(each.origin || firstLine(each.source))}`}
                onClick={() => change(evidence.filter((_, at) => at !== i))}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {host.cells && (
        <button type="button" className="wb-button" onClick={() => void take()}>
          <Icon name="plus" /> Add the selected cells
        </button>
      )}
      <p className="wb-hint" role="status">
        {said}
      </p>
    </section>
  );
}
