import { describe, expect, it } from 'vitest';
import { columnsIn, inSight, moved, rowsOf, scrollTo } from './grid';

const GRID = { count: 10, columns: 4, rowHeight: 100 };

describe('a grid', () => {
  it('has as many columns as fit, one at least', () => {
    expect(columnsIn(1000, 240, 10)).toBe(4);
    expect(columnsIn(100, 240, 10)).toBe(1);
    expect(columnsIn(800, Infinity, 0)).toBe(1);
    expect(rowsOf(GRID)).toBe(3);
  });

  it('makes only the rows in sight and a few beyond', () => {
    const many = { count: 10_000, columns: 1, rowHeight: 40 };
    expect(inSight(many, 40_000, 800)).toEqual({ first: 997, end: 1023 });
    expect(inSight(many, 0, 800)).toEqual({ first: 0, end: 23 });
    expect(inSight(many, 1e9, 800)).toEqual({ first: 10_000, end: 10_000 });
    expect(inSight({ ...GRID, count: 0 }, 0, 800)).toEqual({ first: 0, end: 0 });
  });

  it('is walked with the arrows, and not left at its edges', () => {
    const from = (key: string, at: number): number | null => moved(key, at, GRID, 2);
    expect(from('ArrowRight', 3)).toBe(4);
    expect(from('ArrowDown', 1)).toBe(5);
    expect(from('ArrowDown', 7)).toBe(7);
    expect(from('ArrowUp', 2)).toBe(2);
    expect(from('ArrowLeft', 0)).toBe(0);
    expect(from('End', 0)).toBe(9);
    expect(from('Home', 9)).toBe(0);
    expect(from('PageDown', 1)).toBe(9);
    expect(from('PageUp', 9)).toBe(1);
    expect(from('x', 3)).toBeNull();
  });

  it('scrolls no further than a row needs', () => {
    expect(scrollTo(GRID, 9, 0, 250)).toBe(50);
    expect(scrollTo(GRID, 0, 120, 250)).toBe(0);
    expect(scrollTo(GRID, 5, 80, 250)).toBe(80);
  });
});
