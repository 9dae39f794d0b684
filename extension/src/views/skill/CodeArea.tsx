/**
 * A box for text with line numbers, marks at lines, and front matter that can be told from the rest.
 *
 * The text that is seen is a mirror: blocks, one a line, that wrap as the box does. The box lies above it with letters
 * that cannot be seen, so writing, selecting and undo are the browser's own. The mirror gives the height; nothing scrolls but
 * the place around both. A text too long for a mirror is a plain box.
 */
import React, { forwardRef, memo, useImperativeHandle, useMemo, useRef } from 'react';

interface Mark {
  readonly severity: string;
  readonly says: string;
}

interface Props {
  label: string;
  value: string;
  change: (value: string) => void;
  readOnly?: boolean;
  marks: ReadonlyMap<number, Mark>;
  /** Lines that are not as they were. */
  changed: ReadonlySet<number>;
}

export interface CodeHandle {
  reveal(line: number, column: number): void;
}

const MOST_LINES = 4_000;
const MOST_CHARACTERS = 400_000;

export const CodeArea = forwardRef<CodeHandle, Props>(function CodeArea(props, handle): React.ReactElement {
  const { label, value, change, readOnly, marks, changed } = props;
  const box = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => value.split('\n'), [value]);
  const matter = useMemo(() => matterOf(lines), [lines]);
  const mirrored = lines.length <= MOST_LINES && value.length <= MOST_CHARACTERS;
  useImperativeHandle(handle, () => ({
    reveal: (line, column) => {
      const at = placeOf(lines, line, column);
      box.current?.focus({ preventScroll: true });
      box.current?.setSelectionRange(at, at);
      mirror.current?.children[line - 1]?.scrollIntoView?.({ block: 'center' });
    }
  }));
  return (
    <div className="wb-code" data-plain={!mirrored || undefined}>
      {mirrored && (
        <div className="wb-code-mirror" aria-hidden="true" ref={mirror}>
          {lines.map((text, i) => (
            <Line
              key={i}
              text={text}
              matter={matter !== null && i <= matter}
              severity={marks.get(i + 1)?.severity}
              says={marks.get(i + 1)?.says}
              changed={changed.has(i + 1)}
            />
          ))}
        </div>
      )}
      <textarea
        ref={box}
        aria-label={label}
        value={value}
        readOnly={readOnly}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="soft"
        onChange={event => change(event.target.value)}
      />
    </div>
  );
});

interface LineProps {
  text: string;
  matter: boolean;
  severity?: string;
  says?: string;
  changed: boolean;
}

const KEY = /^(\s*(?:- )?)([^\s:#][^:]*)(:)(?=\s|$)/;
/** What reorders or hides text. It stays in its place, since the box above has it too, and is given a colour. */
const HIDDEN = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

const Line = memo(function Line({ text, matter, severity, says, changed }: LineProps): React.ReactElement {
  const key = matter ? KEY.exec(text) : null;
  return (
    <div
      className="wb-code-line"
      data-severity={severity}
      data-changed={changed || undefined}
      data-hidden={HIDDEN.test(text) || undefined}
      title={says}
    >
      {key ? (
        <>
          {key[1]}
          <b>{key[2]}</b>
          {text.slice(key[1].length + key[2].length)}
        </>
      ) : matter && /^(---|\.\.\.)\s*$/.test(text) ? (
        <i>{text}</i>
      ) : (
        text
      )}
      {/* A line without a letter has a height too. */}
      {text === '' && '\u200b'}
    </div>
  );
});

/** Where a line and a column are in the box's text; columns count characters, and a box counts some of them twice. */
function placeOf(lines: readonly string[], line: number, column: number): number {
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const within = Array.from(lines[line - 1] ?? '').slice(0, column - 1);
  return before + within.join('').length;
}

/** The last line of the front matter, or null when there is none. */
function matterOf(lines: readonly string[]): number | null {
  if (!/^\ufeff?---\s*$/.test(lines[0] ?? '')) {
    return null;
  }
  const end = lines.findIndex((line, i) => i > 0 && /^(---|\.\.\.)\s*$/.test(line));
  return end < 0 ? null : end;
}
