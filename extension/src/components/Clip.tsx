/** Text as it is, in a fixed-width font: at first a preview, on request the rest, never more than a browser can bear. */
import React, { useMemo, useState } from 'react';
import { kilobytes } from './format';
import { plain, preview } from './plain';

const LINES = 14;
const CHARACTERS = 2_000;
const MOST = 256 * 1024;

export function Clip({ text, label }: { text: string; label: string }): React.ReactElement {
  const [whole, setWhole] = useState(false);
  const start = useMemo(() => preview(text, LINES, CHARACTERS), [text]);
  const shown = whole || start === null ? text.slice(0, MOST) : start;
  return (
    <div className="wb-clip">
      <pre tabIndex={0} aria-label={label}>
        {plain(shown)}
      </pre>
      {start !== null && (
        <button type="button" className="wb-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : `Show all (${kilobytes(text.length)})`}
        </button>
      )}
      {whole && text.length > MOST && (
        <p className="wb-hint">Cut after {kilobytes(MOST)}. The transcript holds all of it.</p>
      )}
    </div>
  );
}
