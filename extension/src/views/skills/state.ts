/**
 * What a person chose to see of the library, as a pure value, and which skills that is.
 *
 * All skills are on the page, so a choice is answered at once, and each facet counts what choosing one more of it would
 * leave: under the search and all other facets, not under its own.
 */
import type { SkillRow } from '../../protocol';

export type Params = { readonly [name: string]: string };

export const SORTS = ['name', '-updated', '-created', '-tokens', 'source', 'status'] as const;
export type Sort = (typeof SORTS)[number];

export const LAYOUTS = ['grid', 'list'] as const;
export type Layout = (typeof LAYOUTS)[number];

export const FACETS = ['source', 'status', 'loads', 'check', 'trust', 'purpose', 'tag'] as const;
export type Facet = (typeof FACETS)[number];

export interface Choice {
  readonly query: string;
  readonly facets: { readonly [facet in Facet]: readonly string[] };
  readonly sort: Sort;
  readonly layout: Layout;
}

/** Something for each facet. */
const each = <T>(make: (facet: Facet) => T): { [facet in Facet]: T } =>
  Object.fromEntries(FACETS.map(facet => [facet, make(facet)])) as { [facet in Facet]: T };

/** What a skill has of each kind. */
const VALUES: { readonly [facet in Facet]: (row: SkillRow) => readonly string[] } = {
  source: row => [row.source],
  status: row => [row.status],
  loads: row => [loadsOf(row)],
  check: row => (row.present ? [row.valid ? 'yes' : 'no'] : []),
  trust: row => [row.trust],
  purpose: row => (row.purpose ? [row.purpose] : []),
  tag: row => row.tags
};

/** The agents' own skills are another registry: they are seen here and nothing is done to them. */
export const isOwn = (row: SkillRow): boolean => row.source !== 'workspace';

/** A name is given once in each registry. */
export const keyOf = (row: SkillRow): string => (isOwn(row) ? row.name : `workspace/${row.name}`);

export type Loads = 'all' | 'some' | 'none' | 'unread' | 'gone';

const LOADS = { green: 'all', amber: 'some', red: 'none' } as const;

/** In a word, for the badge and for the facet. */
export function loadsOf({ present, badge }: SkillRow): Loads {
  return !present ? 'gone' : badge ? LOADS[badge.colour] : 'unread';
}

const SEPARATOR = ',';

/** A tag may hold a comma, so values are written as in an address. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The choice that a view's parameters name; what they do not name, or name wrongly, is as usual. */
export function choiceOf(params: Params, layout: Layout = 'grid'): Choice {
  const values = (name: string): string[] =>
    (params[name] ?? '').split(SEPARATOR).filter(Boolean).map(decoded);
  return {
    query: params.query ?? '',
    facets: each(values),
    sort: SORTS.find(each => each === params.sort) ?? 'name',
    layout: LAYOUTS.find(each => each === params.layout) ?? layout
  };
}

/** The parameters that give this choice again; `usual` is the layout that needs no word. */
export function paramsOf({ query, facets, sort, layout }: Choice, usual: Layout = 'grid'): Params {
  const chosen = FACETS.filter(facet => facets[facet].length > 0);
  return {
    ...(query ? { query } : {}),
    ...(sort === 'name' ? {} : { sort }),
    ...(layout === usual ? {} : { layout }),
    ...Object.fromEntries(chosen.map(facet => [facet, facets[facet].map(encodeURIComponent).join(SEPARATOR)]))
  };
}

export const isNarrowed = ({ query, facets }: Choice): boolean =>
  query.trim() !== '' || FACETS.some(facet => facets[facet].length > 0);

/** With one value of a facet more, or less. */
export function toggled(choice: Choice, facet: Facet, value: string): Choice {
  const before = choice.facets[facet];
  const after = before.includes(value) ? before.filter(each => each !== value) : [...before, value];
  return { ...choice, facets: { ...choice.facets, [facet]: after } };
}

export function widened(choice: Choice): Choice {
  return { ...choiceOf({}), sort: choice.sort, layout: choice.layout };
}

export interface Found {
  readonly rows: readonly SkillRow[];
  /** By facet and value; every value that any skill has is named. */
  readonly counts: { readonly [facet in Facet]: ReadonlyMap<string, number> };
}

/** The skills that fit, in order, and what each facet would leave. */
export function find(rows: readonly SkillRow[], choice: Choice): Found {
  const words = choice.query.toLowerCase().split(/\s+/).filter(Boolean);
  const counts = each(() => new Map<string, number>());
  const found: SkillRow[] = [];
  for (const row of rows) {
    const missed = FACETS.filter(facet => !fits(row, facet, choice.facets[facet]));
    const held = words.length === 0 || holds(row, words);
    if (held && missed.length === 0) {
      found.push(row);
    }
    for (const facet of FACETS) {
      // Of tags all are wanted, so another one narrows what is there; of the others any.
      const counted =
        held && (missed.length === 0 || (facet !== 'tag' && missed.every(each => each === facet)));
      for (const value of VALUES[facet](row)) {
        counts[facet].set(value, (counts[facet].get(value) ?? 0) + (counted ? 1 : 0));
      }
    }
  }
  return { rows: found.sort(ORDERS[choice.sort]), counts };
}

function fits(row: SkillRow, facet: Facet, wanted: readonly string[]): boolean {
  if (wanted.length === 0) {
    return true;
  }
  const values = VALUES[facet](row);
  return facet === 'tag'
    ? wanted.every(each => values.includes(each))
    : wanted.some(each => values.includes(each));
}

function holds(row: SkillRow, words: readonly string[]): boolean {
  const text =
    `${row.name} ${row.description ?? ''} ${row.purpose ?? ''} ${row.tags.join(' ')}`.toLowerCase();
  return words.every(word => text.includes(word));
}

/** By code units, as the server sorts names: they are of a-z, and `localeCompare` takes a second for ten thousand. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byName = (a: SkillRow, b: SkillRow): number => compare(a.name, b.name);

/** What it takes when it is used: its entry and its instructions. */
const tokensOf = ({ tokens }: SkillRow): number => (tokens ? tokens.listing + tokens.body : 0);

const ORDERS: { readonly [sort in Sort]: (a: SkillRow, b: SkillRow) => number } = {
  name: byName,
  '-updated': (a, b) => compare(b.updated_at, a.updated_at) || byName(a, b),
  '-created': (a, b) => compare(b.created_at, a.created_at) || byName(a, b),
  '-tokens': (a, b) => tokensOf(b) - tokensOf(a) || byName(a, b),
  source: (a, b) => compare(a.source, b.source) || byName(a, b),
  status: (a, b) => compare(a.status, b.status) || byName(a, b)
};

/** The values of a facet in the order in which they are offered: what is chosen, then what would leave the most. */
export function offered(found: Found, choice: Choice, facet: Facet): readonly (readonly [string, number])[] {
  const chosen = choice.facets[facet];
  const known = new Map(found.counts[facet]);
  chosen.forEach(value => known.has(value) || known.set(value, 0));
  const rank = (value: string): number => (chosen.includes(value) ? 0 : 1);
  return [...known].sort(([a, n], [b, m]) => rank(a) - rank(b) || m - n || compare(a, b));
}
