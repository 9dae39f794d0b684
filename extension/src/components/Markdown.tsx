/**
 * Markdown that grows: only its last pieces are parsed again when text is added, everything before stays the same nodes.
 *
 * No text makes it slow: what is too long or too deep for the parser is shown as plain text, and of a very long message
 * only the end is in the document until the rest is asked for.
 */
import React, { memo, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { kilobytes } from './format';
import { plain } from './plain';
import { pieces, render } from './sanitise';

/** A paragraph beyond this is not parsed: some parsers take quadratic time on text made to hurt them. */
const PARSED_CHARACTERS = 16_000;
/** How much of one message is in the document at first. */
const SHOWN_CHARACTERS = 256 * 1024;

const FENCE = /^ {0,3}(`{3,}|~{3,})[^\n]*\n/;
const TOO_DEEP = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){32}/m;

export interface Split {
  readonly text: string;
  readonly pieces: readonly string[];
}

const NONE: Split = { text: '', pieces: [] };

/** The pieces of `text`, those of `previous` kept where the text only grew. */
export function split(previous: Split, text: string): Split {
  if (text === previous.text) {
    return previous;
  }
  if (!text.startsWith(previous.text)) {
    return split(NONE, text);
  }
  const open = firstOpen(previous.pieces);
  const tail = previous.pieces.slice(open).join('') + text.slice(previous.text.length);
  const added = TOO_DEEP.test(tail) ? [tail] : pieces(tail);
  return { text, pieces: [...previous.pieces.slice(0, open), ...added] };
}

/** From which piece on more text may change the structure: the last two, unless one is too long to be looked at again. */
function firstOpen(parts: readonly string[]): number {
  let first = parts.length;
  while (
    first > 0 &&
    parts.length - first < 2 &&
    (parts[first - 1].length <= PARSED_CHARACTERS || FENCE.test(parts[first - 1]))
  ) {
    first -= 1;
  }
  return first;
}

export function Markdown({ text }: { text: string }): React.ReactElement {
  const before = useRef(NONE);
  const [whole, setWhole] = useState(false);
  const parts = useMemo(
    () => (before.current = split(before.current, text.replace(/\r\n?/g, '\n'))),
    [text]
  ).pieces;
  const first = whole ? 0 : firstShown(parts);
  const left = first && parts.slice(0, first).reduce((sum, part) => sum + part.length, 0);
  return (
    <div className="wb-markdown">
      {first > 0 && (
        <button type="button" className="wb-more" onClick={() => setWhole(true)}>
          Show the first {kilobytes(left)} of this message
        </button>
      )}
      {parts.slice(first).map((part, i) => (
        <Piece key={first + i} markdown={part} />
      ))}
    </div>
  );
}

function firstShown(parts: readonly string[]): number {
  let first = parts.length;
  for (let room = SHOWN_CHARACTERS; first > 0 && room > 0; first--) {
    room -= parts[first - 1].length;
  }
  return first;
}

const Piece = memo(function Piece({ markdown }: { markdown: string }): React.ReactElement {
  const fence = markdown.length > PARSED_CHARACTERS / 4 && FENCE.exec(markdown);
  if (fence) {
    const closing = new RegExp(`\\n {0,3}${fence[1]}\\s*$`);
    return (
      <pre>
        <code>{plain(markdown.slice(fence[0].length).replace(closing, '\n'))}</code>
      </pre>
    );
  }
  if (markdown.length > PARSED_CHARACTERS || TOO_DEEP.test(markdown)) {
    return <span className="wb-plain">{plain(markdown)}</span>;
  }
  return <Rendered markdown={markdown} />;
});

function Rendered({ markdown }: { markdown: string }): React.ReactElement {
  const node = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => node.current?.replaceChildren(render(markdown)), [markdown]);
  return <div ref={node} />;
}
