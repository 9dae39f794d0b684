/** Text as it is, in a fixed-width font: at first a preview, on request the rest, never more than a browser can bear. */
import React, { useMemo, useState } from 'react';
import { kilobytes } from './format';
import { plain, preview } from './plain';

const SHORT = { lines: 14, characters: 2_000 };
const LONG = { lines: 400, characters: 20_000 };
const MOST = 256 * 1024;

interface Props {
  text: string;
  label: string;
  /** A person decides on it, so it is shown as far as anybody would read. */
  full?: boolean;
}

export function Clip({ text, label, full = false }: Props): React.ReactElement {
  const [whole, setWhole] = useState(false);
  const start = useMemo(() => cut(text, full ? LONG : SHORT), [text, full]);
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

const cut = (text: string, { lines, characters }: typeof SHORT): string | null =>
  preview(text, lines, characters);
