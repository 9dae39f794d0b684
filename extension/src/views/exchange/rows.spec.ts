import { describe, expect, it } from 'vitest';
import { inSight, moved, scrollTo, topsOf } from './rows';

const tops = topsOf([40, ...Array.from({ length: 1000 }, () => 50)]);

describe('rows of unequal height', () => {
  it('are made only where they are in sight, and a little beyond', () => {
    const { first, end } = inSight(tops, 20_000, 500);
    expect(tops[first]).toBeLessThanOrEqual(20_000 - 200);
    expect(tops[end]).toBeGreaterThanOrEqual(20_500 + 200);
    expect(end - first).toBeLessThan(30);
    expect(inSight(tops, 0, 500).first).toBe(0);
    expect(inSight(tops, 10 ** 9, 500)).toEqual({ first: 1001, end: 1001 });
    expect(inSight(topsOf([]), 0, 500)).toEqual({ first: 0, end: 0 });
  });

  it('are walked through by keys, to the first and the last and no further', () => {
    expect(moved('ArrowUp', 0, tops, 500)).toBe(0);
    expect(moved('ArrowDown', 1000, tops, 500)).toBe(1000);
    expect(moved('PageDown', 0, tops, 500)).toBe(10);
    expect(moved('PageUp', 10, tops, 500)).toBe(0);
    expect([moved('Home', 7, tops, 500), moved('End', 7, tops, 500)]).toEqual([0, 1000]);
    expect(moved('toString', 7, tops, 500)).toBeNull();
    const high = topsOf([2000, 2000, 2000]);
    expect([moved('PageDown', 0, high, 500), moved('PageUp', 2, high, 500)]).toEqual([1, 1]);
  });

  it('come into sight whole, and the head of what is higher than the place', () => {
    expect(scrollTo(tops, 1, 0, 500)).toBe(0);
    expect(scrollTo(tops, 20, 0, 500)).toBe(tops[21] - 500);
    expect(scrollTo(tops, 1, 900, 500)).toBe(40);
    expect(scrollTo(topsOf([10, 900]), 1, 400, 500)).toBe(10);
  });
});
