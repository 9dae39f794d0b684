/** What the reports answer: here until the generated protocol has it. */
export interface Tokens {
  samplings: number;
  input_tokens: number;
  output_tokens: number;
  cache_creation_tokens: number;
  cache_read_tokens: number;
  reasoning_tokens: number;
  total_tokens: number;
}

export interface Bucket extends Tokens {
  key: string;
  total_cost: string | null;
  models: string[];
  breakdown?: (Tokens & { model: string; provider: string; cost: string | null; unpriced?: boolean })[];
}

export interface SessionBucket extends Bucket {
  session: string;
  provider: string;
  project: string | null;
  first: string;
  last: string;
  skills: string[];
  sidechain_tokens: number;
  workbench_session?: string | null;
}

export interface SamplingRow extends Omit<Tokens, 'samplings'> {
  id: number;
  ts: string;
  model: string;
  cost: string | null;
  skill: string | null;
  agent: string | null;
  path: string;
  off: number;
  run?: string | null;
}

export interface Block extends Tokens {
  id: string;
  start: string;
  end: string;
  actual_end: string | null;
  active: boolean;
  gap: boolean;
  total_cost: string | null;
  models: string[];
  burn_rate?: { tokens_per_minute: number; cost_per_hour: number | null } | null;
  projection?: { total_tokens: number; total_cost: number | null; remaining_minutes: number } | null;
}

export interface Limit {
  provider: string;
  window_minutes: number;
  used_percent: number | null;
  resets_at: string | null;
  seen: string;
  plan: string | null;
  source: string;
}

export interface Imported {
  files: number;
  read: number;
  taken: number;
  duplicate: number;
  skipped: number;
  unpriced: number;
  bytes: number;
  seconds: number;
}

type Filters = {
  since?: string | null;
  until?: string | null;
  timezone?: string | null;
  project?: string | null;
  model?: string | null;
  provider?: string | null;
  skill?: string | null;
  refresh?: boolean;
};

interface Report {
  rows: Bucket[];
  totals: Tokens & { total_cost: string | null };
  unpriced: string[];
  timezone: string;
  note: string;
}

declare module '../../protocol' {
  interface Commands {
    'usage.daily': { request: Filters; reply: Report };
    'usage.by_project': { request: Filters; reply: Report };
    'usage.by_skill': { request: Filters; reply: Report };
    'usage.models': { request: Filters; reply: Report };
    'usage.sessions': {
      request: Filters & { limit?: number; cursor?: string | null };
      reply: { rows: SessionBucket[]; next_cursor: string | null };
    };
    'usage.session_samplings': { request: { session: string }; reply: { samplings: SamplingRow[] } };
    'usage.blocks': { request: Filters; reply: { blocks: Block[]; note: string } };
    'usage.cache': {
      request: Filters;
      reply: {
        hit_rate: number | null;
        saved: string | null;
        rebuilds: {
          cause: string;
          meaning: string;
          samplings: number;
          tokens: number;
          cost: string | null;
          extra: string | null;
        }[];
      };
    };
    'usage.limits': { request: { refresh?: boolean }; reply: { limits: Limit[] } };
    'usage.budgets': {
      request: { timezone?: string | null; refresh?: boolean };
      reply: {
        budgets: {
          period: 'day' | 'month';
          since: string;
          spent: string | null;
          limit: string | null;
          share: number | null;
          level: 'none' | 'near' | 'over';
          unpriced: string[];
        }[];
      };
    };
    'usage.import': { request: { [name: string]: never }; reply: Imported };
    'usage.import_report': {
      request: { limit?: number };
      reply: {
        report: Imported | null;
        skipped: number;
        unreadable: { path: string; why: string }[];
        skips: { path: string; line: number | null; why: string }[];
        unpriced: string[];
        reconciliation: {
          session: string;
          run: string;
          model: string;
          ledger: string | null;
          transcript: string | null;
          difference: string | null;
        }[];
      };
    };
    'usage.chart': {
      request: Filters & { chart: string; by?: string };
      reply: { spec: object; note: string };
    };
  }
}
