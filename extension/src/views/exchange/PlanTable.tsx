/**
 * The rows of a plan, by place, of which only those in sight are in the document: three thousand scroll like ten.
 *
 * It is one stop of the Tab key, besides what an opened row asks. Arrows, Page, Home and End move; the space bar chooses;
 * Enter and the arrows to the side open and close; Ctrl+A chooses all that are shown.
 */
import React, { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useStable } from '../../components/hooks';
import { useScrolled } from '../../components/useScrolled';
import type { PlanRow } from '../../protocol';
import { GroupHead } from './GroupHead';
import { PlanLine } from './PlanLine';
import { inSight, moved, scrollTo, topsOf } from './rows';
import { asksOf, canCome, type Answer, type Choosing, type Group, type Question } from './state';
import type { Place } from './words';

interface Props {
  groups: readonly Group[];
  choosing: Choosing;
  waits: ReadonlyMap<string, readonly Question[]>;
  /** What the rows are narrowed by; empty: by nothing. No group is closed while they are. */
  narrowed: string;
  tick: (rows: readonly PlanRow[], on: boolean) => void;
  answer: (row: PlanRow, answer: Answer) => void;
  follow?: (row: PlanRow) => void;
  facts?: ReadonlyMap<string, readonly (readonly [string, string])[]>;
}

type Item =
  | { readonly kind: 'group'; readonly key: string; readonly group: Group; readonly open: boolean }
  | { readonly kind: 'row'; readonly key: string; readonly row: PlanRow; readonly open: boolean };

const HEAD = 40;
const LINE = 54;
const NARROW_LINE = 82;
const NARROW = 560;
/** Of an opened row that has not been seen yet. */
const OPENED = 150;
const CLOSED: ReadonlySet<Place> = new Set(['inside', 'set-aside', 'alias']);
const NO_ANSWER: Answer = {};
const NOTHING: readonly Question[] = [];

export function PlanTable(props: Props): React.ReactElement {
  const { groups, choosing, waits, narrowed, follow } = props;
  const place = useRef<HTMLDivElement>(null);
  const { width, height, top, onScroll } = useScrolled(place);
  const { items, fold, foldGroup } = useItems(groups, choosing, narrowed !== '');
  const [sizes, measured] = useSizes();
  const line = width > 0 && width < NARROW ? NARROW_LINE : LINE;
  const tops = useMemo(() => topsOf(items.map(item => heightOf(item, line, sizes))), [items, line, sizes]);
  const { at, setCurrent, go } = useCurrent(items, tops, place);
  useLayoutEffect(() => {
    // Other rows begin with the first of them.
    if (place.current) {
      place.current.scrollTop = 0;
    }
  }, [narrowed]);
  const tick = useStable((row: PlanRow, on: boolean) => props.tick([row], on));
  const answer = useStable(props.answer);
  const focused = useStable(setCurrent);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    const item = items[at];
    if (target.getAttribute('role') !== 'row') {
      if (event.key === 'Escape' && target.closest('.wb-offer-more')) {
        target.closest<HTMLElement>('[role=row]')?.focus();
        event.preventDefault();
      }
      return;
    }
    const plainKey = !event.ctrlKey && !event.metaKey && !event.altKey;
    const to = plainKey ? moved(event.key, at, tops, height) : null;
    if (to !== null) {
      go(to);
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      props.tick(
        groups.flatMap(({ rows }) => rows),
        true
      );
    } else if (plainKey && event.key === ' ') {
      const rows = item.kind === 'group' ? item.group.rows : [item.row];
      props.tick(rows, !rows.filter(canCome).every(({ path }) => choosing.ticked.has(path)));
    } else if (plainKey && ['Enter', 'ArrowLeft', 'ArrowRight'].includes(event.key)) {
      const open = event.key === 'Enter' ? !item.open : event.key === 'ArrowRight';
      if (item.kind === 'group') {
        foldGroup(item.group.place, open);
      } else {
        fold(item.row, open);
      }
    } else {
      return;
    }
    event.preventDefault();
  };

  const span = inSight(tops, top, height);
  const shown = Array.from({ length: Math.max(0, span.end - span.first) }, (_, i) => span.first + i);
  if (at < items.length && (at < span.first || at >= span.end)) {
    // What has the keyboard stays in the document wherever it is.
    shown.push(at);
  }
  return (
    <div className="wb-offers" ref={place} onScroll={onScroll}>
      <div
        role="treegrid"
        aria-label="What the source holds"
        aria-rowcount={items.length}
        aria-multiselectable
        style={{ height: tops[tops.length - 1] }}
        onKeyDown={onKeyDown}
      >
        {shown.map(index => {
          const item = items[index];
          return item.kind === 'group' ? (
            <GroupHead
              key={item.key}
              group={item.group}
              open={item.open}
              height={HEAD}
              index={index}
              top={tops[index]}
              current={index === at}
              ticked={choosing.ticked}
              tick={props.tick}
              fold={foldGroup}
              focused={focused}
            />
          ) : (
            <PlanLine
              key={item.key}
              row={item.row}
              index={index}
              top={tops[index]}
              height={line}
              current={index === at}
              ticked={choosing.ticked.has(item.row.path)}
              open={item.open}
              given={choosing.answers.get(item.row.path) ?? NO_ANSWER}
              waits={waits.get(item.row.path) ?? NOTHING}
              tick={tick}
              fold={fold}
              answer={answer}
              focused={focused}
              measured={measured}
              follow={follow}
              facts={props.facts?.get(item.row.path)}
            />
          );
        })}
      </div>
    </div>
  );
}

const heightOf = (item: Item, line: number, sizes: ReadonlyMap<string, number>): number =>
  item.kind === 'group' ? HEAD : line + (item.open ? (sizes.get(item.row.path) ?? OPENED) : 0);

interface Items {
  readonly items: readonly Item[];
  fold(row: PlanRow, open: boolean): void;
  foldGroup(place: Place, open: boolean): void;
}

/** Heads and rows in one list. What waits for an answer is open unless somebody has closed it. */
function useItems(groups: readonly Group[], { ticked }: Choosing, narrowed: boolean): Items {
  const [rows, setRows] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [places, setPlaces] = useState<ReadonlyMap<Place, boolean>>(new Map());
  const items = useMemo(() => {
    const list: Item[] = [];
    for (const group of groups) {
      const open = places.get(group.place) ?? (narrowed || groups.length === 1 || !CLOSED.has(group.place));
      list.push({ kind: 'group', key: `place:${group.place}`, group, open });
      for (const row of open ? group.rows : []) {
        const asks = ticked.has(row.path) && asksOf(row).length > 0;
        list.push({ kind: 'row', key: `row:${row.path}`, row, open: rows.get(row.path) ?? asks });
      }
    }
    return list;
  }, [groups, ticked, narrowed, rows, places]);
  const fold = useCallback(
    (row: PlanRow, open: boolean) => setRows(before => new Map(before).set(row.path, open)),
    []
  );
  const foldGroup = useCallback(
    (where: Place, open: boolean) => setPlaces(before => new Map(before).set(where, open)),
    []
  );
  return { items, fold, foldGroup };
}

/** How high the opened parts are that have been seen. */
function useSizes(): readonly [ReadonlyMap<string, number>, (path: string, height: number) => void] {
  const [sizes, setSizes] = useState<ReadonlyMap<string, number>>(new Map());
  const measured = useCallback((path: string, height: number) => {
    setSizes(before =>
      height === 0 || before.get(path) === height ? before : new Map(before).set(path, height)
    );
  }, []);
  return [sizes, measured];
}

interface Current {
  readonly at: number;
  setCurrent(index: number): void;
  go(index: number): void;
}

/** The one stop of the Tab key: a row, wherever the list has it now. */
function useCurrent(
  items: readonly Item[],
  tops: readonly number[],
  place: React.RefObject<HTMLElement>
): Current {
  const [key, setKey] = useState<string | null>(null);
  const last = useRef(0);
  const wanted = useRef(false);
  const found = useMemo(() => items.findIndex(item => item.key === key), [items, key]);
  const at = found >= 0 ? found : Math.min(last.current, Math.max(0, items.length - 1));
  useEffect(() => {
    last.current = at;
  }, [at]);
  useLayoutEffect(() => {
    if (wanted.current) {
      wanted.current = false;
      place.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus({ preventScroll: true });
    }
  });
  const setCurrent = (index: number): void => setKey(items[index]?.key ?? null);
  const go = (index: number): void => {
    setCurrent(index);
    wanted.current = true;
    if (place.current) {
      place.current.scrollTop = scrollTo(tops, index, place.current.scrollTop, place.current.clientHeight);
    }
  };
  return { at, setCurrent, go };
}
