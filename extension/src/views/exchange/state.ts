/**
 * What a person has chosen of a plan, as a pure value: which rows come in, and the answers to what the plan asks.
 *
 * Invariant: what is asked is answered by a person or stays open; nothing here answers for them, and a row with an open
 * question is never sent.
 */
import type { Choice, ImportPlan, PlanRow } from '../../protocol';
import { problemOf } from '../skills/naming';
import { PLACES, type Place } from './words';

export interface Answer {
  readonly name?: string;
  readonly description?: string;
  readonly taken?: 'replace' | 'keep_both';
}

export interface Choosing {
  readonly ticked: ReadonlySet<string>;
  readonly answers: ReadonlyMap<string, Answer>;
}

/** `twin`: another of the chosen would have the same name. */
export type Question = 'name' | 'description' | 'taken' | 'twin';

/** Whether a row can come in at all. What the library has just so would change nothing. */
export const canCome = (row: PlanRow): boolean =>
  row.status !== 'refuse' &&
  row.digest !== null &&
  row.place !== 'remote' &&
  row.place !== 'alias' &&
  row.state !== 'same';

export const begun = (plan: ImportPlan): Choosing => ({
  ticked: new Set(plan.rows.filter(row => row.ticked && canCome(row)).map(({ path }) => path)),
  answers: new Map()
});

export function tick(choosing: Choosing, rows: readonly PlanRow[], on: boolean): Choosing {
  const ticked = new Set(choosing.ticked);
  for (const row of rows) {
    if (!on) {
      ticked.delete(row.path);
    } else if (canCome(row)) {
      ticked.add(row.path);
    }
  }
  return { ...choosing, ticked };
}

export function answer(choosing: Choosing, answers: Iterable<readonly [string, Answer]>): Choosing {
  const all = new Map(choosing.answers);
  for (const [path, given] of answers) {
    all.set(path, { ...all.get(path), ...given });
  }
  return { ...choosing, answers: all };
}

/** What the plan asks of a row, answered or not. */
export function asksOf(row: PlanRow): readonly Question[] {
  const asks: Question[] = [];
  if (row.state === 'taken' || row.state === 'customised') {
    asks.push('taken');
  } else if (
    row.state === 'new' &&
    (row.name === null || (row.proposed !== null && row.proposed !== row.name))
  ) {
    asks.push('name');
  }
  if (!row.description?.trim()) {
    asks.push('description');
  }
  return asks;
}

/** A name that the row could have beside what is there already. */
export function spareName(row: PlanRow): string {
  const name = row.proposed ?? row.name ?? 'skill';
  // What was changed here has the proposed name itself.
  return row.state === 'customised' ? `${name.slice(0, 62)}-2` : name;
}

/** The name that a row would come in by; null while it has none. */
export function nameOf(row: PlanRow, given: Answer = {}): string | null {
  if (asksOf(row).includes('taken')) {
    return given.taken === 'keep_both' ? given.name || spareName(row) : given.taken ? row.name : null;
  }
  const written = row.state === 'update' ? (row.proposed ?? row.name) : row.name;
  return given.name || (asksOf(row).includes('name') ? null : written);
}

const NONE: ReadonlySet<string> = new Set();

function openOf(row: PlanRow, given: Answer = {}): Question[] {
  return asksOf(row).filter(question => {
    switch (question) {
      case 'name':
        return !given.name || problemOf(given.name, NONE) !== null;
      case 'taken':
        return (
          !given.taken || (given.taken === 'keep_both' && problemOf(nameOf(row, given) ?? '', NONE) !== null)
        );
      default:
        return !given.description?.trim();
    }
  });
}

/** The chosen rows that still wait for an answer, each with its open questions. */
export function waiting(
  plan: ImportPlan,
  { ticked, answers }: Choosing
): ReadonlyMap<string, readonly Question[]> {
  const found = new Map<string, readonly Question[]>();
  const names = new Set<string>();
  for (const row of plan.rows) {
    if (!ticked.has(row.path)) {
      continue;
    }
    const given = answers.get(row.path);
    const open = openOf(row, given);
    const name = nameOf(row, given)?.toLowerCase();
    if (name !== undefined) {
      if (names.has(name)) {
        open.push('twin');
      }
      names.add(name);
    }
    if (open.length) {
      found.set(row.path, open);
    }
  }
  return found;
}

/** What is sent: only what was chosen and has no open question. */
export function choicesOf(plan: ImportPlan, choosing: Choosing): Choice[] {
  const open = waiting(plan, choosing);
  return plan.rows
    .filter(({ path }) => choosing.ticked.has(path) && !open.has(path))
    .map(row => choiceOf(row, choosing.answers.get(row.path) ?? {}));
}

function choiceOf(row: PlanRow, given: Answer): Choice {
  const asks = asksOf(row);
  const taken = asks.includes('taken') ? given.taken : undefined;
  const name = taken === 'keep_both' ? nameOf(row, given) : taken === 'replace' ? undefined : given.name;
  return {
    path: row.path,
    digest: row.digest,
    ...(name ? { name } : {}),
    ...(asks.includes('description') && given.description ? { description: given.description.trim() } : {}),
    ...(taken ? { taken } : {})
  };
}

export const SHOWS = ['all', 'chosen', 'asks', 'repair', 'update', 'findings', 'refuse'] as const;
export type Show = (typeof SHOWS)[number];

export const SHOW_WORDS: { readonly [show in Show]: string } = {
  all: 'All',
  chosen: 'Chosen',
  asks: 'With a question',
  repair: 'Repaired',
  update: 'Updates',
  findings: 'With findings',
  refuse: 'Cannot come'
};

export interface Group {
  readonly place: Place;
  readonly rows: readonly PlanRow[];
}

export interface Seen {
  readonly groups: readonly Group[];
  readonly count: number;
  readonly counts: { readonly [show in Show]: number };
}

/** The rows that are shown, by place, and how many each way of showing would leave under the search. */
export function seen(plan: ImportPlan, ticked: ReadonlySet<string>, show: Show, query: string): Seen {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = plan.rows.filter(row => {
    const text = `${row.name ?? ''} ${row.path} ${row.description ?? ''} ${row.plugin ?? ''}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
  const fits = (row: PlanRow, how: Show): boolean => how === 'all' || FITS[how](row, ticked);
  const rows = found.filter(row => fits(row, show));
  const counts = Object.fromEntries(SHOWS.map(how => [how, found.filter(row => fits(row, how)).length]));
  return {
    groups: PLACES.map(place => ({ place, rows: rows.filter(row => row.place === place) })).filter(
      group => group.rows.length > 0
    ),
    count: rows.length,
    counts: counts as Seen['counts']
  };
}

const FITS: {
  readonly [show in Exclude<Show, 'all'>]: (row: PlanRow, ticked: ReadonlySet<string>) => boolean;
} = {
  chosen: (row, ticked) => ticked.has(row.path),
  asks: row => canCome(row) && asksOf(row).length > 0,
  repair: row => row.status === 'repair',
  update: row => row.state === 'update' || row.state === 'customised',
  findings: row => row.scan !== null && row.scan.verdict !== 'clean',
  refuse: row => row.status === 'refuse'
};
