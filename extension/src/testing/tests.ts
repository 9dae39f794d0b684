/** Tests of skills, for tests: one that is done, with what matters said. */
import type { ArmRun, SkillTest } from '../protocol';

export function side(label: ArmRun['label'], arm: ArmRun['arm'], more: Partial<ArmRun> = {}): ArmRun {
  return {
    label,
    arm,
    session: arm ? `s-${label}` : '',
    run: arm ? `r-${label}` : '',
    status: 'completed',
    text: `Answer of ${label}`,
    cost: arm ? '0.02' : null,
    duration_ms: arm ? 4200 : null,
    tokens: arm ? 1200 : null,
    ...more
  };
}

export function finished(more: Partial<SkillTest> = {}): SkillTest {
  return {
    id: 't1',
    skill: 'one',
    digest: 'sha256:0123456789abcdef',
    prompt: 'Match these invoices.',
    created_at: '2026-11-01T00:00:00Z',
    status: 'completed',
    replayed: false,
    left: false,
    session: 's0',
    rounds: [
      {
        number: 1,
        sides: [side('a', 'with'), side('b', 'baseline')],
        vote: 'a',
        judgements: [{ dimension: 'Accuracy', direction: 'up', text: 'It names both values.' }],
        recommendations: ['Say the tolerance.'],
        failure: null
      }
    ],
    wins: 1,
    losses: 0,
    ties: 0,
    score: null,
    cost: null,
    duration_s: null,
    total_cost: '0.05',
    notice: '',
    ...more
  };
}
