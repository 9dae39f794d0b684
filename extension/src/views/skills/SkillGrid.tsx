/**
 * The skills as cards or lines, of which only those in sight are in the document: ten thousand scroll like ten.
 *
 * It is one stop of the Tab key. Arrows, Page, Home and End move in it; Enter opens; the space bar selects, with Shift
 * the arrows select on the way, Ctrl+A selects all; Delete asks to delete.
 */
import React, { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { plural } from '../../components/format';
import { useNow, useStable } from '../../components/hooks';
import { useScrolled } from '../../components/useScrolled';
import type { SkillRow } from '../../protocol';
import { Card } from './Card';
import { columnsIn, inSight, moved, rowsOf, scrollTo, type Grid } from './grid';
import { isOwn, keyOf, type Layout } from './state';

interface Props {
  rows: readonly SkillRow[];
  layout: Layout;
  selected: ReadonlySet<string>;
  select: (names: ReadonlySet<string>) => void;
  open: (row: SkillRow) => void;
  remove: (names: readonly string[]) => void;
}

const SIZES: {
  readonly [layout in Layout]: { readonly width: number; readonly height: number; readonly gap: number };
} = {
  grid: { width: 268, height: 158, gap: 10 },
  list: { width: Infinity, height: 40, gap: 0 }
};

export function SkillGrid({ rows, layout, selected, select, open, remove }: Props): React.ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const { width, height, top, onScroll } = useScrolled(place);
  const now = useNow(true, 60_000);
  const size = SIZES[layout];
  const columns = layout === 'list' ? 1 : columnsIn(width, size.width, size.gap);
  const grid: Grid = { count: rows.length, columns, rowHeight: size.height + size.gap };
  const { at, setCurrent } = useCurrent(rows);
  const wanted = useRef(false);
  const lost = useLost(place);
  const span = inSight(grid, top, height);

  useLayoutEffect(() => {
    // Before the next effect, which gives it back.
    wanted.current ||= lost();
  }, [rows, lost]);
  useLayoutEffect(() => {
    if (wanted.current) {
      wanted.current = false;
      place.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus({ preventScroll: true });
    }
  });
  const go = (to: number): void => {
    setCurrent(to);
    wanted.current = true;
    if (place.current) {
      place.current.scrollTop = scrollTo(grid, to, place.current.scrollTop, place.current.clientHeight);
    }
  };
  const toggle = useStable((index: number): void => {
    const [name] = ownNames([rows[index]]);
    if (name !== undefined) {
      select(selected.has(name) ? without(selected, name) : new Set([...selected, name]));
    }
  });
  const focused = useStable(setCurrent);
  const opened = useStable((index: number): void => open(rows[index]));
  const onKeyDown = (event: React.KeyboardEvent): void => {
    // A key in the box or on the button of a card is theirs, but for those that move.
    const own = (event.target as HTMLElement).getAttribute('role') === 'gridcell';
    const to = moved(event.key, at, grid, Math.max(1, Math.floor(height / grid.rowHeight) - 1));
    const all = event.key === 'a' && (event.ctrlKey || event.metaKey);
    if (to !== null && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.shiftKey) {
        const [first, last] = [Math.min(at, to), Math.max(at, to)];
        select(new Set([...selected, ...ownNames(rows.slice(first, last + 1))]));
      }
      go(to);
    } else if (all) {
      select(new Set(ownNames(rows)));
    } else if (own && event.key === 'Enter') {
      opened(at);
    } else if (own && event.key === ' ') {
      toggle(at);
    } else if (event.key === 'Delete') {
      const names = selected.size ? [...selected] : ownNames([rows[at]]);
      if (names.length) {
        remove(names);
      }
    } else {
      return;
    }
    event.preventDefault();
  };
  const line = (row: number): React.ReactElement => (
    <div
      role="row"
      className="wb-skill-row"
      key={row}
      aria-rowindex={row + 1}
      style={{
        top: row * grid.rowHeight,
        height: size.height,
        gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`
      }}
    >
      {rows.slice(row * columns, (row + 1) * columns).map((each, column) => (
        <Card
          key={keyOf(each)}
          row={each}
          index={row * columns + column}
          column={column}
          now={now}
          selected={isOwn(each) && selected.has(each.name)}
          current={row * columns + column === at}
          open={opened}
          toggle={toggle}
          focused={focused}
        />
      ))}
    </div>
  );
  return (
    <div className="wb-skill-place" ref={place} onScroll={onScroll}>
      <div
        role="grid"
        className="wb-skill-grid"
        data-layout={layout}
        aria-label={plural(rows.length, 'skill')}
        aria-rowcount={rowsOf(grid)}
        aria-colcount={columns}
        aria-multiselectable
        style={{ height: rowsOf(grid) * grid.rowHeight - size.gap }}
        onKeyDown={onKeyDown}
      >
        {shownRows(span, Math.floor(at / columns), rowsOf(grid)).map(line)}
      </div>
    </div>
  );
}

const ownNames = (rows: readonly SkillRow[]): string[] => rows.filter(isOwn).map(({ name }) => name);

/** The one stop of the Tab key: a skill, wherever a new list has it; where that is gone, the one in its place. */
function useCurrent(rows: readonly SkillRow[]): { at: number; setCurrent: (index: number) => void } {
  const [key, setKey] = useState<string | null>(null);
  const last = useRef(0);
  const found = useMemo(() => rows.findIndex(row => keyOf(row) === key), [rows, key]);
  const at = found >= 0 ? found : Math.max(0, Math.min(last.current, rows.length - 1));
  last.current = at;
  return { at, setCurrent: index => setKey(index < rows.length ? keyOf(rows[index]) : null) };
}

/** Says whether the keyboard was in the grid and is nowhere now: a new list has put its card elsewhere. */
function useLost(place: React.RefObject<HTMLElement>): () => boolean {
  const inside = useRef(false);
  useEffect(() => {
    const look = ({ target }: FocusEvent): void => {
      inside.current = place.current?.contains(target as Node) ?? false;
    };
    document.addEventListener('focusin', look);
    return () => document.removeEventListener('focusin', look);
  }, [place]);
  return useCallback(() => inside.current && document.activeElement === document.body, []);
}

/** Those in sight, and the one that has the keyboard, wherever it is. */
function shownRows({ first, end }: { first: number; end: number }, current: number, count: number): number[] {
  const rows = Array.from({ length: end - first }, (_, i) => first + i);
  return current < count && (current < first || current >= end) ? [...rows, current] : rows;
}

const without = (names: ReadonlySet<string>, name: string): Set<string> =>
  new Set([...names].filter(each => each !== name));
