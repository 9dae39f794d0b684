/** What it ran on and what it took, in one line: live figures while it runs, the ledger's when a turn has ended. */
import React from 'react';
import { duration, money, plural, tokens } from '../../components/format';
import { useNow } from '../../components/hooks';
import { plain } from '../../components/plain';
import type { RunRow } from '../../protocol';
import { add, NOTHING, type Counts } from './counts';
import { totals, type Run, type SessionState } from './state';

interface Props {
  state: SessionState;
  ledger: readonly RunRow[] | null;
}

export function Footer({ state, ledger }: Props): React.ReactElement | null {
  const running = state.runs.some(run => run.phase === 'running');
  const now = useNow(running, 1000);
  if (!state.runs.length) {
    return null;
  }
  const counts = known(state, ledger) ?? totals(state);
  const turns = state.runs.reduce((sum, run) => sum + (run.turns ?? 0), 0);
  const counted = counts.input + counts.output + counts.cacheRead + counts.cacheWrite > 0;
  return (
    <footer className="wb-footer">
      {state.provider && <span>{plain(state.provider)}</span>}
      {state.model && <span className="wb-model">{plain(state.model)}</span>}
      <span className="wb-spring" />
      {counted && <Tokens counts={counts} />}
      {counted && (
        <span title="What the tokens would cost at list prices. A subscription or a discount may make it less.">
          {counts.cost === null ? money(null) : `${money(counts.cost)} est.`}
        </span>
      )}
      <span title="Time at work">{duration(state.runs.reduce((sum, run) => sum + took(run, now), 0))}</span>
      {turns > 0 && <span>{plural(turns, 'turn')}</span>}
    </footer>
  );
}

function Tokens({ counts }: { counts: Counts }): React.ReactElement {
  const { input, output, cacheRead, cacheWrite } = counts;
  const all = [
    [input, 'in'],
    [output, 'out'],
    [cacheRead, 'read from cache'],
    [cacheWrite, 'written to cache']
  ] as const;
  return (
    <span title={all.map(([count, word]) => `${count.toLocaleString('en')} tokens ${word}`).join('\n')}>
      {tokens(input)} in · {tokens(output)} out
      {cacheRead + cacheWrite > 0 && ` · ${tokens(cacheRead + cacheWrite)} cache`}
    </span>
  );
}

/** The ledger's counts, when it has all of the turns that are shown. */
function known(state: SessionState, ledger: readonly RunRow[] | null): Counts | null {
  const ids = new Set(state.runs.map(run => run.id));
  const rows = (ledger ?? []).filter(row => ids.has(row.run));
  return new Set(rows.map(row => row.run)).size === ids.size ? rows.map(countsOf).reduce(add, NOTHING) : null;
}

const countsOf = (row: RunRow): Counts => ({
  input: row.input_tokens,
  output: row.output_tokens,
  cacheRead: row.cache_read_tokens,
  cacheWrite: row.cache_creation_tokens,
  cost: row.cost == null ? null : Number(row.cost)
});

function took(run: Run, now: number): number {
  return run.durationMs ?? Math.max(0, (run.ended ?? now) - run.started);
}
