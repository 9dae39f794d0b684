/**
 * A session's screen as a pure function of its transcript: `apply(state, batch)` makes the next state.
 *
 * Records at or below the last number are dropped, so duplicates, replays and repeated subscriptions change nothing,
 * and any way of cutting the same records into batches gives the same blocks. Kinds that are not known here are skipped.
 */
import type { Batch, Record as Entry } from '../../protocol';
import type { Block } from './blocks';
import { add, NOTHING, type Counts, type ModelCounts } from './counts';
import { Draft } from './draft';
import { fold } from './fold';

export type Phase = 'running' | 'stopped' | 'failed' | 'interrupted' | 'finished';

/** One turn: from a prompt to its end. */
export interface Run {
  readonly id: string;
  readonly phase: Phase;
  readonly started: number;
  readonly ended?: number;
  readonly durationMs?: number;
  readonly turns?: number;
  /** The provider's counters when the turn began. */
  readonly before: ModelCounts;
  readonly counts: Counts;
}

export interface SessionState {
  readonly seq: number;
  readonly blocks: readonly Block[];
  readonly runs: readonly Run[];
  /** The process is there: a follow-up needs no new one. */
  readonly alive: boolean;
  readonly provider?: string;
  readonly model?: string;
  /** The folder that the agent works in. */
  readonly cwd?: string;
  readonly capabilities: { readonly [name: string]: boolean };
  /** The provider's counters as they were reported last. */
  readonly usage: ModelCounts;
}

export const EMPTY: SessionState = {
  seq: 0,
  blocks: [],
  runs: [],
  alive: false,
  capabilities: {},
  usage: {}
};

export function apply(state: SessionState, batch: Pick<Batch, 'events' | 'live' | 'seq'>): SessionState {
  const draft = new Draft(state);
  for (const entry of batch.events as Entry[]) {
    if (entry.seq > draft.state.seq) {
      draft.state.seq = entry.seq;
      fold(draft, entry);
    }
  }
  draft.state.seq = Math.max(draft.state.seq, batch.seq);
  draft.state.alive = batch.live ?? draft.state.alive;
  return draft.done();
}

/** The part of a session that one view shows: all of it, or the turns that a cell stands for. */
export function only(state: SessionState, runs: readonly string[]): SessionState {
  if (!runs.length) {
    return state;
  }
  const shown = new Set(runs);
  return {
    ...state,
    runs: state.runs.filter(run => shown.has(run.id)),
    blocks: state.blocks.filter(block => shown.has(block.run))
  };
}

export const lastRun = (state: SessionState): Run | undefined => state.runs[state.runs.length - 1];

export const totals = (state: SessionState): Counts =>
  state.runs.reduce((sum, run) => add(sum, run.counts), NOTHING);

/** Whether the agent waits for a person. */
export function isWaiting(state: SessionState): boolean {
  return state.blocks.some(
    block => (block.kind === 'permission' || block.kind === 'question') && !block.answer
  );
}
