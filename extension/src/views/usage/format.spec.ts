import { describe, expect, it } from 'vitest';
import { change, leaf, megabytes, moment, percent, rough, span, windowOf } from './format';

describe('figures of usage', () => {
  it('round a share for the eye, and say nothing where nothing is known', () => {
    expect([percent(0.874), percent(0.031), percent(0), percent(1.2)]).toEqual([
      '87 %',
      '3.1 %',
      '0 %',
      '120 %'
    ]);
    expect([percent(null), percent(undefined), percent(NaN)]).toEqual(['–', '–', '–']);
  });

  it('name a span of days with no more years than it needs', () => {
    expect(span('2026-10-23', '2026-11-21')).toBe('23 Oct – 21 Nov 2026');
    expect(span('2025-12-30', '2026-01-05')).toBe('30 Dec 2025 – 5 Jan 2026');
    expect(span('2026-11-21', '2026-11-21')).toBe('21 Nov 2026');
  });

  it('tell a time in the zone that was chosen', () => {
    expect(moment('2026-11-21T23:30:00Z', 'Asia/Tokyo')).toBe('22 Nov 2026, 08:30');
    expect([moment(null, 'UTC'), moment('soon', 'UTC')]).toEqual(['–', '–']);
  });

  it('compare with what was before, where there was something', () => {
    expect([change('12', '10'), change('7', '10'), change('10.01', '10')]).toEqual([
      '20 % more than',
      '30 % less than',
      'as much as'
    ]);
    expect([change('1', '0'), change('1', null), change(null, '1')]).toEqual([null, null, null]);
  });

  it('round a rate to the cent, where there is one', () => {
    expect([rough(0.8), rough('12.345'), rough(0.001), rough(null)]).toEqual([
      '$0.80',
      '$12.35',
      '$0.0010',
      'no price'
    ]);
  });

  it('name windows, sizes and paths shortly', () => {
    expect([windowOf(300), windowOf(10_080), windowOf(90)]).toEqual(['5 hours', '7 days', '90 minutes']);
    expect([megabytes(10), megabytes(2_340_000), megabytes(123_400_000)]).toEqual([
      '1 kB',
      '2.3 MB',
      '123 MB'
    ]);
    expect([leaf('/home/u/proj/'), leaf('C:\\x\\y'), leaf(null)]).toEqual(['proj', 'y', '(none)']);
  });
});
