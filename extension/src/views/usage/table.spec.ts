import { describe, expect, it } from 'vitest';
import { moved, ordered, sorted, type Column } from './table';

interface Row {
  name: string;
  cost: number | null;
}

const NAME: Column<Row> = { key: 'name', title: 'Name', value: row => row.name };
const COST: Column<Row> = { key: 'cost', title: 'Cost', value: row => row.cost, numeric: true };
const ROWS: Row[] = [
  { name: 'b', cost: 2 },
  { name: 'none', cost: null },
  { name: 'a', cost: 10 }
];
const names = (order: { key: string; descending: boolean }): string[] =>
  sorted(ROWS, [NAME, COST], order).map(({ name }) => name);

describe('a table', () => {
  it('sorts numbers as numbers, and what is not known last, whichever way', () => {
    expect(names({ key: 'cost', descending: true })).toEqual(['a', 'b', 'none']);
    expect(names({ key: 'cost', descending: false })).toEqual(['b', 'a', 'none']);
  });

  it('sorts words as words, and leaves rows alone for a column that it does not have', () => {
    expect(names({ key: 'name', descending: false })).toEqual(['a', 'b', 'none']);
    expect(names({ key: 'gone', descending: false })).toEqual(['b', 'none', 'a']);
  });

  it('begins with the greatest number and the first word, and turns round when asked again', () => {
    const cost = ordered({ key: 'name', descending: false }, COST);
    expect(cost).toEqual({ key: 'cost', descending: true });
    expect(ordered(cost, COST)).toEqual({ key: 'cost', descending: false });
    expect(ordered(cost, NAME)).toEqual({ key: 'name', descending: false });
  });
});

describe('the keys in a table', () => {
  it('move by a row, ten rows, or to an end, and never off it', () => {
    expect(moved('ArrowDown', 0, 3)).toBe(1);
    expect(moved('ArrowDown', 2, 3)).toBe(2);
    expect(moved('ArrowUp', 0, 3)).toBe(0);
    expect([moved('Home', 2, 30), moved('End', 2, 30)]).toEqual([0, 29]);
    expect([moved('PageDown', 2, 30), moved('PageUp', 12, 30)]).toEqual([12, 2]);
    expect([moved('PageDown', 25, 30), moved('PageUp', 5, 30)]).toEqual([29, 0]);
  });

  it('that mean something else are left alone', () => {
    expect([moved('Tab', 0, 3), moved('Enter', 0, 3), moved('a', 0, 3)]).toEqual([null, null, null]);
  });
});
