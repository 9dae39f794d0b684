/** Small drawings on a 16 by 16 grid, in the colour of the text beside them. They say nothing that words do not say too. */
import React from 'react';

const PATHS = {
  read: 'M3.5 2.5h6l3 3v8h-9zM9.5 2.5v3h3M5.5 8.5h5M5.5 11h5',
  edit: 'M3 13l.6-2.8 7-7 2.2 2.2-7 7zM9.2 4.6l2.2 2.2',
  delete: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4',
  move: 'M2.5 8h11M10.5 5l3 3-3 3',
  search: 'M7 11.5a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9zM10.3 10.3l3.2 3.2',
  execute: 'M2.5 3.5h11v9h-11zM4.8 6.2L6.8 8l-2 1.8M8 10h3',
  think: 'M6 13.5h4M6.2 11.5c0-1.4-2-2.2-2-4.8a3.8 3.8 0 0 1 7.6 0c0 2.6-2 3.4-2 4.8z',
  fetch: 'M8 13.5a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM2.5 8h11M8 2.5c2 2 2 9 0 11M8 2.5c-2 2-2 9 0 11',
  other:
    'M9.7 3.2a3 3 0 0 0-3.6 4L2.7 10.6a1.5 1.5 0 0 0 2.1 2.1L8.3 9.3a3 3 0 0 0 4-3.6l-1.8 1.8-1.7-.4-.4-1.7z',
  agent: 'M8 2v2M4 4.5h8v6.5H4zM6.3 7.2v.8M9.7 7.2v.8M6 13.5h4M2.5 6.5v2.5M13.5 6.5v2.5',
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  chevron: 'M6 4l4 4-4 4',
  stop: 'M4.5 4.5h7v7h-7z',
  send: 'M8 13V3.5M4 7.5l4-4 4 4',
  down: 'M8 3v9.5M4 8.5l4 4 4-4',
  back: 'M9.5 4l-4 4 4 4',
  open: 'M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.5 2.5L7.5 8.5',
  shield: 'M8 2l5 1.8v4c0 3-2 5-5 6.2-3-1.2-5-3.2-5-6.2v-4z',
  question:
    'M8 13.5a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM6.3 6.5a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.2M8 11.1v.1',
  warning: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.2v.1',
  info: 'M8 13.5a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM8 7.5v3.5M8 5.2v.1',
  minus: 'M4 8h8',
  circle: 'M8 12.5a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9z',
  resume: 'M5 3.5l7 4.5-7 4.5z',
  chart: 'M2.5 13.5h11M4.5 11V7.5M8 11V3.5M11.5 11V6',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6',
  download: 'M8 2.5v7M5 6.8l3 3 3-3M3 13h10',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.8h-2.8',
  lock: 'M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3h.1',
  plus: 'M8 3.5v9M3.5 8h9',
  undo: 'M5.5 3L2.5 6l3 3M2.5 6h6.5a4 4 0 0 1 0 8H6',
  skill: 'M3.5 2.5h7a2 2 0 0 1 2 2v9h-7a2 2 0 0 1-2-2zM3.5 11.5a2 2 0 0 1 2-2h7M6.5 5.5h3',
  grid: 'M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  list: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  filter: 'M2.5 3.5h11L9.5 8.5v4.5l-3-1.5v-3z'
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): React.ReactElement {
  return (
    <svg className="wb-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The drawing of an ACP tool kind; kinds that came later get the common one. */
export function toolIcon(kind: string): IconName {
  return kind in PATHS && TOOL_KINDS.has(kind) ? (kind as IconName) : 'other';
}

const TOOL_KINDS = new Set(['read', 'edit', 'delete', 'move', 'search', 'execute', 'think', 'fetch']);
