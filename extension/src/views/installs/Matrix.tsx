/**
 * Skills by clients. Only the lines in sight are in the document; names and clients stay in sight while it is scrolled.
 *
 * The cells are one stop of the Tab key: arrows, Page, Home and End move, the space bar chooses, Ctrl+A chooses all.
 */
import React, { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useStable } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { useScrolled } from '../../components/useScrolled';
import type { ClientFolder } from '../../protocol';
import { inSight, moved, scrollTo, topsOf } from '../exchange/rows';
import { CLIENTS, keyOf, type Cell, type Client, type Line } from './state';
import { CLIENT_WORDS, STATE_WORDS } from './words';

interface Props {
  lines: readonly Line[];
  folders: readonly ClientFolder[];
  chosen: ReadonlySet<string>;
  choose: (cells: readonly Cell[], on: boolean) => void;
  open: (name: string) => void;
}

const LINE = 34;
const HEAD = 40;

export function Matrix({ lines, folders, chosen, choose, open }: Props): React.ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const { height, top, onScroll } = useScrolled(place);
  const tops = useMemo(() => topsOf(lines.map(() => LINE)), [lines]);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const row = Math.min(at.row, Math.max(0, lines.length - 1));
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (wanted.current) {
      wanted.current = false;
      const cell = `[data-row="${row}"] [data-column="${at.column}"]`;
      place.current?.querySelector<HTMLElement>(cell)?.focus({ preventScroll: true });
    }
  });
  const focused = useStable((to: number, column: number) => setAt({ row: to, column }));
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (!target.hasAttribute('data-column')) {
      return;
    }
    const cell = lines[row]?.cells[at.column];
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0;
    const free = !event.ctrlKey && !event.metaKey && !event.altKey;
    const to = free ? moved(event.key, row, tops, height - HEAD) : null;
    if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      choose(
        lines.flatMap(({ cells }) => cells),
        true
      );
    } else if (free && (event.key === ' ' || event.key === 'Enter') && cell) {
      choose([cell], !chosen.has(keyOf(cell)));
    } else if (free && (step || to !== null)) {
      const next = to ?? row;
      setAt({ row: next, column: Math.min(CLIENTS.length - 1, Math.max(0, at.column + step)) });
      wanted.current = true;
      if (place.current) {
        place.current.scrollTop = scrollTo(tops, next, place.current.scrollTop, height - HEAD);
      }
    } else {
      return;
    }
    event.preventDefault();
  };
  const span = inSight(tops, top, height);
  const shown = Array.from({ length: Math.max(0, span.end - span.first) }, (_, i) => span.first + i);
  if (row < lines.length && (row < span.first || row >= span.end)) {
    shown.push(row);
  }
  return (
    <div className="wb-matrix" ref={place} onScroll={onScroll}>
      <div
        role="grid"
        aria-label="Skills and where they are installed"
        aria-rowcount={lines.length + 1}
        aria-colcount={CLIENTS.length + 1}
        aria-multiselectable
        style={{ height: tops[tops.length - 1] + HEAD }}
        onKeyDown={onKeyDown}
      >
        <Head lines={lines} folders={folders} chosen={chosen} choose={choose} />
        {shown.map(index => (
          <MatrixLine
            key={lines[index].name}
            line={lines[index]}
            index={index}
            current={index === row ? at.column : null}
            chosen={chosen}
            choose={choose}
            open={open}
            focused={focused}
          />
        ))}
      </div>
    </div>
  );
}

type HeadProps = Omit<Props, 'open'>;

function Head({ lines, folders, chosen, choose }: HeadProps): React.ReactElement {
  return (
    <div role="row" aria-rowindex={1} className="wb-matrix-head" style={{ height: HEAD }}>
      <div role="columnheader">Skill</div>
      {CLIENTS.map((client, column) => {
        const cells = lines.map(line => line.cells[column]);
        return (
          <div role="columnheader" key={client} title={foldersOf(client, folders)}>
            <AllBox
              label={`Choose all for ${CLIENT_WORDS[client]}`}
              cells={cells}
              chosen={chosen}
              choose={choose}
            />
            <span>{CLIENT_WORDS[client]}</span>
          </div>
        );
      })}
    </div>
  );
}

const foldersOf = (client: Client, folders: readonly ClientFolder[]): string =>
  folders
    .filter(folder => folder.client === client)
    .map(({ path, first }) => `${plain(path)}${first ? ' (skills are put here)' : ''}`)
    .join('\n');

interface BoxProps {
  label: string;
  cells: readonly Cell[];
  chosen: ReadonlySet<string>;
  choose: (cells: readonly Cell[], on: boolean) => void;
  tabIndex?: number;
}

function AllBox({ label, cells, chosen, choose, tabIndex }: BoxProps): React.ReactElement {
  const count = cells.filter(cell => chosen.has(keyOf(cell))).length;
  return (
    <input
      type="checkbox"
      aria-label={label}
      tabIndex={tabIndex}
      checked={cells.length > 0 && count === cells.length}
      ref={box => {
        if (box) {
          box.indeterminate = count > 0 && count < cells.length;
        }
      }}
      onChange={event => choose(cells, event.target.checked)}
    />
  );
}

interface LineProps {
  line: Line;
  index: number;
  /** The column that has the keyboard, if it is in this line. */
  current: number | null;
  chosen: ReadonlySet<string>;
  choose: (cells: readonly Cell[], on: boolean) => void;
  open: (name: string) => void;
  focused: (row: number, column: number) => void;
}

function MatrixLine(props: LineProps): React.ReactElement {
  const { line, index, current, chosen, choose, open, focused } = props;
  const name = plain(line.name);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="wb-matrix-line"
      data-row={index}
      style={{ top: HEAD + index * LINE, height: LINE }}
    >
      <div role="rowheader">
        <AllBox
          label={`Choose ${name} everywhere`}
          tabIndex={-1}
          cells={line.cells}
          chosen={chosen}
          choose={choose}
        />
        {line.own ? (
          <button type="button" className="wb-skill-name" tabIndex={-1} onClick={() => open(line.name)}>
            {name}
          </button>
        ) : (
          <span title="The library does not have it.">{name}</span>
        )}
      </div>
      {line.cells.map((cell, column) => {
        const word = STATE_WORDS[cell.state];
        const on = chosen.has(keyOf(cell));
        return (
          <div
            key={cell.client}
            role="gridcell"
            data-column={column}
            data-mood={word.mood}
            data-state={cell.state}
            aria-selected={on}
            aria-label={`${name}, ${CLIENT_WORDS[cell.client]}: ${word.name || word.says}`}
            title={titleOf(cell)}
            tabIndex={current === column ? 0 : -1}
            onFocus={() => focused(index, column)}
            onClick={() => choose([cell], !on)}
          >
            <Icon name={word.icon} />
            <span>{word.name}</span>
          </div>
        );
      })}
    </div>
  );
}

const titleOf = ({ state, found }: Cell): string =>
  found
    ? [plain(found.path), found.reason ? plain(found.reason) : STATE_WORDS[state].says].join('\n')
    : STATE_WORDS[state].says;
