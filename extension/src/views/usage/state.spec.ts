import { describe, expect, it } from 'vitest';
import {
  choiceOf,
  dayIn,
  daysOf,
  filtered,
  isDay,
  isFiltered,
  isZone,
  paramsOf,
  queryOf,
  ranged,
  shifted
} from './state';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const usual = choiceOf({}, 'UTC');

describe('the days that are shown', () => {
  it('are the last thirty when nobody said otherwise, today included', () => {
    expect(daysOf(usual, NOON)).toEqual({ since: '2026-10-23', until: '2026-11-21' });
  });

  it('move on with the day, because a range is kept and not its days', () => {
    const week = ranged(usual, '7d', NOON);
    expect(daysOf(week, NOON)).toEqual({ since: '2026-11-15', until: '2026-11-21' });
    expect(daysOf(week, NOON + 86_400_000)).toEqual({ since: '2026-11-16', until: '2026-11-22' });
  });

  it('of this month begin with the first', () => {
    expect(daysOf(ranged(usual, 'month', NOON), NOON)).toEqual({ since: '2026-11-01', until: '2026-11-21' });
  });

  it('of a custom range begin as those that were in sight', () => {
    const custom = ranged(ranged(usual, '7d', NOON), 'custom', NOON);
    expect(custom).toMatchObject({ range: 'custom', since: '2026-11-15', until: '2026-11-21' });
  });

  it('are put in order when they were given the other way round', () => {
    const custom = { ...usual, range: 'custom' as const, since: '2026-11-09', until: '2026-11-02' };
    expect(daysOf(custom, NOON)).toEqual({ since: '2026-11-02', until: '2026-11-09' });
  });

  it('are those of the chosen zone, also where it is tomorrow already', () => {
    const evening = Date.parse('2026-11-21T20:00:00Z');
    expect(dayIn('UTC', evening)).toBe('2026-11-21');
    expect(dayIn('Asia/Kathmandu', evening)).toBe('2026-11-22');
    expect(daysOf({ ...usual, timezone: 'Pacific/Kiritimati' }, evening).until).toBe('2026-11-22');
  });

  it('are counted over months, leap days and changes of the clock', () => {
    expect(shifted('2026-03-01', -1)).toBe('2026-02-28');
    expect(shifted('2028-03-01', -1)).toBe('2028-02-29');
    expect(shifted('2026-10-24', 2)).toBe('2026-10-26');
    expect(shifted('2026-12-31', 1)).toBe('2027-01-01');
  });
});

describe('parameters of a view', () => {
  it('give the same choice again', () => {
    const choice = filtered({ ...usual, range: '90d', timezone: 'Europe/Berlin' }, 'skill', 'haiku');
    expect(choiceOf(paramsOf(choice, 'UTC'), 'UTC')).toEqual(choice);
    const custom = { ...usual, range: 'custom' as const, since: '2026-01-01', until: '2026-02-01' };
    expect(choiceOf(paramsOf(custom, 'UTC'), 'UTC')).toEqual(custom);
  });

  it('do not name the own zone, so a notebook opened elsewhere has that place’s', () => {
    expect(paramsOf(usual, 'UTC')).toEqual({ range: '30d' });
  });

  it('may name only days, which are then a custom range', () => {
    expect(choiceOf({ since: '2026-01-01', until: '2026-01-31' }, 'UTC').range).toBe('custom');
  });

  it('that make no sense are as if they were not there', () => {
    const choice = choiceOf({ range: 'ever', since: '2026-02-30', until: 'x', timezone: 'Mars/Base' }, 'UTC');
    expect(choice).toEqual(usual);
    expect(choiceOf({ range: 'custom' }, 'UTC')).toEqual(usual);
  });
});

describe('filters', () => {
  it('are added, replaced and removed, each on its own', () => {
    const one = filtered(usual, 'model', 'claude-opus-5');
    const two = filtered(one, 'skill', 'haiku');
    expect(queryOf(two, NOON)).toMatchObject({ model: 'claude-opus-5', skill: 'haiku' });
    expect(filtered(two, 'model', 'gpt-6').filters.model).toBe('gpt-6');
    expect(filtered(filtered(two, 'model', null), 'skill', null)).toEqual(usual);
    expect([isFiltered(usual), isFiltered(one)]).toEqual([false, true]);
  });
});

describe('what a person types', () => {
  it('is a day only if the calendar has it', () => {
    expect(['2026-02-28', '2028-02-29'].every(isDay)).toBe(true);
    expect(['2026-02-29', '2026-2-1', '', '0026-01-01', '2026-13-01'].some(isDay)).toBe(false);
  });

  it('is a zone only if the browser knows it', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].every(isZone)).toBe(true);
    expect(['', 'Europe/Nowhere', '<b>', undefined].some(isZone)).toBe(false);
  });
});
