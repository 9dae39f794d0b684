/**
 * Tokens and money of a turn, while it runs, from what the provider reports.
 *
 * A provider may count over its whole session: then the turn's own share is what was added since the turn began, and a
 * number that went down means that the provider began anew. The ledger does the same on disk, and its figures replace
 * these when the turn has ended.
 */
import type { ModelUsage } from '../../protocol';

export interface Counts {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Dollars; null when some model has no known price. */
  readonly cost: number | null;
}

export type ModelCounts = { readonly [model: string]: ModelUsage };

export const NOTHING: Counts = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cost: 0 };

/** What was counted in `now` beyond `before`. */
export function counted(before: ModelCounts, now: ModelCounts): Counts {
  return Object.entries(now).reduce(
    (sum, [model, usage]) => add(sum, share(before[model] ?? {}, usage)),
    NOTHING
  );
}

export function add(a: Counts, b: Counts): Counts {
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    cost: a.cost === null || b.cost === null ? null : a.cost + b.cost
  };
}

function share(before: ModelUsage, now: ModelUsage): Counts {
  const reset = COUNTERS.some(key => (now[key] ?? 0) < (before[key] ?? 0));
  const since = (key: Counter): number => (now[key] ?? 0) - (reset ? 0 : (before[key] ?? 0));
  return {
    input: since('inputTokens'),
    output: since('outputTokens'),
    cacheRead: since('cacheReadInputTokens'),
    cacheWrite: since('cacheCreationInputTokens'),
    cost: now.costUSD == null ? null : now.costUSD - (reset ? 0 : (before.costUSD ?? 0))
  };
}

const COUNTERS = ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheCreationInputTokens'] as const;
type Counter = (typeof COUNTERS)[number];
