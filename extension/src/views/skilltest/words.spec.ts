import { describe, expect, it } from 'vitest';
import { finished } from '../../testing/tests';
import { awaitsVote, byVersion, measuresOf, outcomeOf, sideName, votedFor } from './words';

const spread = (mean: string, low: string | null, high: string | null, n: number) => ({ mean, low, high, n });

describe('what a test came to', () => {
  it('is told by the rounds that were better or worse', () => {
    const of = (wins: number, losses: number, ties: number): string =>
      outcomeOf(finished({ wins, losses, ties }));
    expect(of(2, 1, 0)).toBe('Better in 2 of 3 rounds');
    expect(of(0, 1, 0)).toBe('Worse in 1 of 1 round');
    expect(of(1, 1, 0)).toBe('Better in 1, worse in 1 of 2 rounds');
    expect(of(0, 0, 3)).toBe('No difference in 3 rounds');
    expect(of(0, 0, 0)).toBe('Not compared yet');
  });

  it('is not told while a vote is due: it would tell who is who', () => {
    const score = spread('1', '0.5', '1.5', 3);
    expect(outcomeOf(finished({ status: 'voting', wins: 1 }))).toBe('Your vote is due');
    expect(outcomeOf(finished({ status: 'judging', wins: 1 }))).toBe('Under way');
    expect(measuresOf(finished({ status: 'voting', score }))).toEqual([]);
  });

  it('is nothing where it was replayed, whatever numbers come with it', () => {
    const test = finished({ replayed: true, wins: 3, score: spread('1', '0.5', '1.5', 3) });
    expect(outcomeOf(test)).toBe('Illustration');
    expect(measuresOf(test)).toEqual([]);
  });

  it('is called chance where the interval holds zero, or there was one round', () => {
    const says = (...of: Parameters<typeof spread>) => measuresOf(finished({ score: spread(...of) }))[0];
    expect(says('0.5', '0.1', '0.9', 5)).toEqual({
      name: 'Quality',
      value: '+0.50',
      range: '+0.10 to +0.90',
      says: 'better with the skill, and with 5 rounds hardly by chance'
    });
    expect(says('0.5', '-0.1', '0.9', 5).says).toBe(
      'better with the skill, but with 5 rounds it may be chance'
    );
    expect(says('0.5', null, null, 1).says).toMatch(/one round alone/);
    expect(says('0.5', null, null, 2)).toMatchObject({
      range: '',
      says: 'better with the skill; 2 rounds like these do not show how much of it is chance'
    });
  });

  it('says of cost and time who is dearer and slower', () => {
    const [cost, time] = measuresOf(
      finished({ cost: spread('0.012', '0.01', '0.02', 4), duration_s: spread('-3.25', '-4', '-2', 4) })
    );
    expect([cost.value, cost.says]).toEqual(['+$0.0120', expect.stringMatching(/^dearer/)]);
    expect([time.value, time.says]).toEqual(['−3.3 s', expect.stringMatching(/^faster/)]);
  });
});

describe('a vote', () => {
  const [round] = finished().rounds;
  const blind = { ...round, vote: null, sides: round.sides.map(side => ({ ...side, arm: null })) };

  it('is due when both answers are there and nobody has been told which is which', () => {
    expect(awaitsVote(blind)).toBe(true);
    expect(awaitsVote(round)).toBe(false);
    expect(awaitsVote({ ...blind, sides: blind.sides.slice(0, 1) })).toBe(false);
    expect(awaitsVote({ ...blind, failure: 'It failed.' })).toBe(false);
  });

  it('names its side by the letter until it is told', () => {
    expect(blind.sides.map(sideName)).toEqual(['A', 'B']);
    expect(round.sides.map(sideName)).toEqual(['A: with the skill', 'B: without the skill']);
    expect(votedFor({ ...round, vote: 'b' })).toBe('You preferred B: without the skill.');
    expect(votedFor({ ...round, vote: 'tie' })).toBe('You found both alike.');
  });
});

describe('the history', () => {
  it('goes by the version of the skill, the last tested first', () => {
    const made = [
      finished({ id: '3', digest: 'b' }),
      finished({ id: '2', digest: 'a' }),
      finished({ id: '1', digest: 'b' })
    ];
    expect(byVersion(made).map(({ digest, tests }) => [digest, tests.map(({ id }) => id)])).toEqual([
      ['b', ['3', '1']],
      ['a', ['2']]
    ]);
  });
});
