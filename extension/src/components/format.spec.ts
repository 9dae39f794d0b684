import { describe, expect, it } from 'vitest';
import { age, duration, kilobytes, money, plural, tokens } from './format';

describe('numbers for people', () => {
  it('tokens are short from a thousand on', () => {
    expect([0, 999, 1000, 12_345, 123_456, 999_949, 999_999, 4_100_000].map(tokens)).toEqual([
      '0',
      '999',
      '1k',
      '12.3k',
      '123k',
      '1000k',
      '1M',
      '4.1M'
    ]);
  });

  it('money never shows a cost as nothing, and an unknown price as no number', () => {
    expect(['0', '0.00001', '0.0123', '1.5', 12].map(money)).toEqual([
      '$0.00',
      '<$0.0001',
      '$0.0123',
      '$1.50',
      '$12.00'
    ]);
    expect([null, undefined, '', 'abc'].map(money)).toEqual(Array(4).fill('no price'));
  });

  it('durations change their unit when it helps', () => {
    expect([0, 420, 9_960, 59_400, 59_600, 185_000, 7_800_000].map(duration)).toEqual([
      '0.0 s',
      '0.4 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 10 min'
    ]);
  });

  it('ages are rough, then a date', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    const at = [
      '2026-03-10T11:59:40Z',
      '2026-03-10T11:55:00Z',
      '2026-03-10T09:00:00Z',
      '2026-03-08T09:00:00Z',
      '2025-12-24T09:00:00Z',
      'never'
    ];
    expect(at.map(then => age(then, now))).toEqual([
      'just now',
      '5 min ago',
      '3 h ago',
      '2 d ago',
      '2025-12-24',
      ''
    ]);
  });

  it('counts have the right noun', () => {
    expect([plural(1, 'turn'), plural(2, 'turn'), kilobytes(12), kilobytes(12_400)]).toEqual([
      '1 turn',
      '2 turns',
      '12 characters',
      '12 kB'
    ]);
  });
});
