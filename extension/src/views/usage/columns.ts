/** The columns of every table of the dashboard: what is on the screen is what is exported. */
import { money, tokens } from '../../components/format';
import type { Answer } from '../../client/client';
import { leaf, moment } from './format';
import type { Column } from './table';

export type Bucket = Answer<'usage.daily'>['rows'][number];
export type SessionRow = Answer<'usage.sessions'>['rows'][number];
export type Sampling = Answer<'usage.session_samplings'>['samplings'][number];
export type Block = Answer<'usage.blocks'>['blocks'][number];

type Counted = Pick<
  Bucket,
  | 'input_tokens'
  | 'output_tokens'
  | 'cache_creation_tokens'
  | 'cache_read_tokens'
  | 'total_tokens'
  | 'total_cost'
>;

const number = (cost: string | null): number | null => (cost === null ? null : Number(cost));

const COUNTS: readonly Column<Counted>[] = [
  count('input_tokens', 'Input', 'not from a cache'),
  count('output_tokens', 'Output', 'reasoning included'),
  count('cache_creation_tokens', 'Cache write'),
  count('cache_read_tokens', 'Cache read'),
  count('total_tokens', 'Tokens')
];

const COST: Column<Counted> = {
  key: 'total_cost',
  title: 'Cost (USD)',
  numeric: true,
  value: row => number(row.total_cost),
  exact: row => row.total_cost,
  show: row => money(row.total_cost)
};

function count(key: Exclude<keyof Counted, 'total_cost'>, title: string, what = ''): Column<Counted> {
  return {
    key,
    title,
    numeric: true,
    value: row => row[key],
    show: row => tokens(row[key]),
    hint: row => `${row[key].toLocaleString('en')} tokens${what && `, ${what}`}`
  };
}

/** Buckets by day, project, skill or model; `title` names what they are by. */
export const bucketColumns = (title: string, name = (key: string): string => key): Column<Bucket>[] => [
  { key: 'key', title, value: row => row.key, show: row => name(row.key), hint: row => row.key },
  { key: 'samplings', title: 'Responses', numeric: true, value: row => row.samplings },
  ...COUNTS,
  COST
];

/** What it cost comes early: a narrow place shows the first columns. */
export const sessionColumns = (timezone: string): Column<SessionRow>[] => [
  {
    key: 'last',
    title: 'Last active',
    value: row => row.last,
    show: row => moment(row.last, timezone)
  },
  {
    key: 'project',
    title: 'Project',
    value: row => row.project,
    show: row => projectName(row.project),
    hint: row => row.project
  },
  COST as Column<SessionRow>,
  COUNTS[4] as Column<SessionRow>,
  { key: 'samplings', title: 'Responses', numeric: true, value: row => row.samplings },
  list('models', 'Models'),
  list('skills', 'Skills'),
  {
    key: 'session',
    title: 'Session',
    value: row => row.session,
    show: row => row.session.slice(0, 8),
    hint: row => row.session
  }
];

function list(key: 'models' | 'skills', title: string): Column<SessionRow> {
  const joined = (row: SessionRow): string => row[key].join(', ');
  return {
    key,
    title,
    value: row => joined(row) || null,
    show: row => (row[key].length > 1 ? `${row[key][0]} +${row[key].length - 1}` : joined(row) || '–'),
    hint: joined
  };
}

export const samplingColumns = (timezone: string): Column<Sampling>[] => [
  { key: 'ts', title: 'Time', value: row => row.ts, show: row => moment(row.ts, timezone) },
  { key: 'model', title: 'Model', value: row => row.model },
  {
    ...COST,
    value: row => number(row.cost),
    exact: row => row.cost,
    show: row => money(row.cost)
  } as Column<Sampling>,
  ...(COUNTS as readonly Column<never>[] as readonly Column<Sampling>[]),
  { key: 'skill', title: 'Skill', value: row => row.skill },
  { key: 'agent', title: 'Agent', value: row => row.agent },
  {
    key: 'path',
    title: 'File',
    value: row => row.path,
    show: row => leaf(row.path),
    hint: row => row.path ?? 'A run of ours, from its own report'
  },
  {
    key: 'off',
    title: 'Offset',
    numeric: true,
    value: row => row.off,
    hint: () => 'Where its line begins, in bytes'
  }
];

/**
 * A path by its last part. A folder of Claude Code's is named after a path with dashes for slashes, and which of them was which
 * cannot be told: it stays as it is.
 */
export function projectName(project: string | null): string {
  if (!project) {
    return '(none)';
  }
  return /[\\/]/.test(project) ? leaf(project) : project;
}
