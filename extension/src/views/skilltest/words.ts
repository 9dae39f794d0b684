/** What the screen says of tests: who was better, by how much, and how sure that is. Pure. */
import { age, money, plural } from '../../components/format';
import type { ArmRun, Round, SkillTest, Spread } from '../../protocol';

export const ILLUSTRATION = 'Scripted illustration: no model was measured, so nothing is compared.';

export const STATES: { readonly [status in SkillTest['status']]: string } = {
  running: 'Both agents are at work.',
  voting: 'Your vote is due: which answer is better?',
  judging: 'The answers are being compared.',
  completed: 'The test is done.',
  error: 'The test ended with an error.'
};

export const RUNS: { readonly [status in ArmRun['status']]: string } = {
  running: 'at work',
  completed: 'done',
  aborted: 'stopped',
  error: 'failed',
  interrupted: 'interrupted'
};

export const isAtWork = ({ status }: SkillTest): boolean => status === 'running' || status === 'judging';

/** What a side is called: by its letter, and when it is told, by what it was. */
export function sideName({ label, arm }: ArmRun): string {
  const letter = label.toUpperCase();
  return arm === null ? letter : `${letter}: ${arm === 'with' ? 'with the skill' : 'without the skill'}`;
}

/** Both answers are there, and the person is to vote before it is told which is which. */
export const awaitsVote = ({ vote, sides, failure }: Round): boolean =>
  vote === null &&
  !failure &&
  sides.length === 2 &&
  sides.every(({ arm, status }) => arm === null && status === 'completed');

export function votedFor(round: Round): string {
  if (round.vote === null) {
    return '';
  }
  if (round.vote === 'tie') {
    return 'You found both alike.';
  }
  const chosen = round.sides.find(({ label }) => label === round.vote);
  return chosen ? `You preferred ${sideName(chosen)}.` : '';
}

/** `Better in 2 of 3 rounds`; a replayed test says nothing of this kind. */
export function outcomeOf(test: SkillTest): string {
  if (test.replayed) {
    return 'Illustration';
  }
  if (test.status !== 'completed' && test.status !== 'error') {
    // What is known so far would tell who is who.
    return test.status === 'voting' ? 'Your vote is due' : 'Under way';
  }
  const { wins, losses, ties } = test;
  const told = wins + losses + ties;
  if (!told) {
    return test.status === 'error' ? 'No result' : 'Not compared yet';
  }
  const of = `of ${plural(told, 'round')}`;
  if (wins === losses) {
    return ties === told
      ? `No difference in ${plural(told, 'round')}`
      : `Better in ${wins}, worse in ${losses} ${of}`;
  }
  return wins > losses ? `Better in ${wins} ${of}` : `Worse in ${losses} ${of}`;
}

export interface Measure {
  readonly name: string;
  readonly value: string;
  readonly range: string;
  readonly says: string;
}

type Unit = 'score' | 'cost' | 'seconds';

const UNITS: { readonly [unit in Unit]: { name: string; up: string; down: string } } = {
  score: { name: 'Quality', up: 'better with the skill', down: 'worse with the skill' },
  cost: { name: 'Cost', up: 'dearer with the skill', down: 'cheaper with the skill' },
  seconds: { name: 'Time', up: 'slower with the skill', down: 'faster with the skill' }
};

/** The differences that were measured, each with its spread in words; none of a replayed test. */
export function measuresOf(test: SkillTest): readonly Measure[] {
  if (test.replayed || test.status !== 'completed') {
    return [];
  }
  const of: readonly (readonly [Unit, Spread | null])[] = [
    ['score', test.score],
    ['cost', test.cost],
    ['seconds', test.duration_s]
  ];
  return of.flatMap(([unit, spread]) => (spread ? [measure(unit, spread)] : []));
}

function measure(unit: Unit, { mean, low, high, n }: Spread): Measure {
  const { name, up, down } = UNITS[unit];
  const value = Number(mean);
  const known = low !== null && high !== null;
  const chance = !known || (Number(low) <= 0 && Number(high) >= 0);
  const direction = value === 0 ? 'no difference' : value > 0 ? up : down;
  return {
    name,
    value: signed(unit, value),
    range: known ? `${signed(unit, Number(low))} to ${signed(unit, Number(high))}` : '',
    says: !known
      ? `${direction}; ${n === 1 ? 'one round alone does' : `${plural(n, 'round')} like these do`} not show how much of it is chance`
      : chance
        ? `${direction}, but with ${plural(n, 'round')} it may be chance`
        : `${direction}, and with ${plural(n, 'round')} hardly by chance`
  };
}

function signed(unit: Unit, value: number): string {
  const sign = value > 0 ? '+' : value < 0 ? '−' : '';
  const size = Math.abs(value);
  const said = unit === 'cost' ? money(size) : unit === 'seconds' ? `${size.toFixed(1)} s` : size.toFixed(2);
  return `${sign}${said}`;
}

export const ARROWS = { up: '↑', down: '↓', same: '→' } as const;
export const DIRECTIONS = { up: 'better', down: 'worse', same: 'the same' } as const;

export interface Version {
  readonly digest: string;
  readonly tests: readonly SkillTest[];
}

/** Tests by the version of the skill that they were made with, the last tested version first. */
export function byVersion(tests: readonly SkillTest[]): readonly Version[] {
  const versions = new Map<string, SkillTest[]>();
  for (const test of tests) {
    versions.set(test.digest, [...(versions.get(test.digest) ?? []), test]);
  }
  return [...versions].map(([digest, each]) => ({ digest, tests: each }));
}

export const short = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 8);

export const when = (test: SkillTest, now: number): string => age(test.created_at, now);
