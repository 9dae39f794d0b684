/**
 * Which skill lies where, as a table of skills and clients, and what can be done about the cells that are chosen.
 *
 * Invariant: what somebody else has put there, or has changed, is in no act but those that say so.
 */
import type { Installed, Installs } from '../../protocol';

export const CLIENTS = ['claude', 'codex', 'cursor', 'gemini', 'copilot', 'agents'] as const;
export type Client = (typeof CLIENTS)[number];
export type Method = NonNullable<Installed['method']>;

/** The folders of the person, or those of one project. */
export interface Where {
  readonly scope: Installed['scope'];
  readonly project: string | null;
}

export const EVERYWHERE: Where = { scope: 'user', project: null };

export type State = Installed['state'] | 'absent';

export interface Cell {
  readonly name: string;
  readonly client: Client;
  readonly state: State;
  /** What lies there; null: nothing that is known. */
  readonly found: Installed | null;
}

export interface Line {
  readonly name: string;
  /** The library has it: else there is nothing to put. */
  readonly own: boolean;
  readonly cells: readonly Cell[];
}

export const keyOf = ({ name, client }: Cell): string => `${client}/${name}`;

/** Ours before what others have put there, and of ours what needs a person first. */
const RANK: { readonly [state in Installed['state']]: number } = {
  changed: 0,
  outdated: 1,
  missing: 2,
  current: 3,
  foreign: 4
};

export function linesOf(
  skills: readonly string[],
  rows: readonly Installed[],
  where: Where
): readonly Line[] {
  const found = new Map<string, Installed>();
  for (const row of rows) {
    if (row.scope === where.scope && row.project === where.project) {
      const key = `${row.client}/${row.name}`;
      const before = found.get(key);
      if (!before || RANK[row.state] < RANK[before.state]) {
        found.set(key, row);
      }
    }
  }
  const own = new Set(skills);
  const names = new Set([...skills, ...[...found.values()].map(({ name }) => name)]);
  return [...names].sort().map(name => ({
    name,
    own: own.has(name),
    cells: CLIENTS.map(client => {
      const here = found.get(`${client}/${name}`) ?? null;
      return { name, client, state: here?.state ?? 'absent', found: here };
    })
  }));
}

export const SHOWS = ['all', 'installed', 'drifted', 'foreign'] as const;
export type Show = (typeof SHOWS)[number];

const FITS: { readonly [show in Show]: (cell: Cell) => boolean } = {
  all: () => true,
  installed: ({ found }) => found?.ours === true,
  drifted: ({ state, found }) => found?.ours === true && state !== 'current',
  foreign: ({ state }) => state === 'foreign'
};

export function shownOf(lines: readonly Line[], query: string, show: Show): readonly Line[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return lines.filter(
    ({ name, cells }) => words.every(word => name.toLowerCase().includes(word)) && cells.some(FITS[show])
  );
}

/** What can be done about some cells; each cell may be in several. */
export interface Acts {
  readonly install: readonly Cell[];
  readonly update: readonly Cell[];
  /** Ours takes the place of what somebody has changed or put there; that goes to the trash. */
  readonly replace: readonly Cell[];
  readonly remove: readonly Cell[];
  /** What somebody has changed is taken away too, into the trash. */
  readonly discard: readonly Cell[];
}

export type Act = keyof Acts;

export function actsOn(lines: readonly Line[], chosen: ReadonlySet<string>): Acts {
  const acts: { [act in Act]: Cell[] } = { install: [], update: [], replace: [], remove: [], discard: [] };
  for (const { own, cells } of lines) {
    for (const cell of cells) {
      if (!chosen.has(keyOf(cell))) {
        continue;
      }
      const { state, found } = cell;
      if (own && (state === 'absent' || state === 'missing')) {
        acts.install.push(cell);
      } else if (own && state === 'outdated') {
        acts.update.push(cell);
      } else if (own && (state === 'changed' || state === 'foreign')) {
        acts.replace.push(cell);
      }
      if (found?.ours) {
        (state === 'changed' ? acts.discard : acts.remove).push(cell);
      }
    }
  }
  return acts;
}

/** The same for the same cells that stand the same way: what was asked about one choice is not asked about another. */
export const choiceOf = (acts: Acts): string =>
  JSON.stringify(
    Object.entries(acts).map(([act, cells]) => [
      act,
      (cells as Cell[]).map(cell => [keyOf(cell), cell.state])
    ])
  );

/** One call: every name at every client. */
export interface Call {
  readonly names: [string, ...string[]];
  readonly clients: [Client, ...Client[]];
  readonly method: Method;
}

/** The fewest calls that reach these cells and no others. What lies there already keeps the way it was put there. */
export function callsFor(cells: readonly Cell[], method: Method): readonly Call[] {
  const clients = new Map<string, { name: string; method: Method; clients: [Client, ...Client[]] }>();
  for (const { name, client, found } of cells) {
    const how = (found?.ours && found.method) || method;
    const key = `${how}/${name}`;
    const before = clients.get(key);
    if (before) {
      before.clients.push(client);
    } else {
      clients.set(key, { name, method: how, clients: [client] });
    }
  }
  const calls = new Map<string, Call>();
  for (const each of clients.values()) {
    const key = `${each.method}/${each.clients.join()}`;
    const before = calls.get(key);
    if (before) {
      before.names.push(each.name);
    } else {
      calls.set(key, { names: [each.name], clients: each.clients, method: each.method });
    }
  }
  return [...calls.values()];
}

export const projectsOf = (installs: Installs | null): readonly string[] => [
  ...new Set((installs?.places ?? []).flatMap(({ project }) => project ?? []))
];
