import { describe, expect, it } from 'vitest';
import { moved, shareAt, within } from './split';

describe('the border between two panes', () => {
  it('stays between 20 and 80 percent', () => {
    expect([-5, 0, 20, 49.6, 80, 400, NaN].map(within)).toEqual([20, 20, 20, 50, 80, 80, 50]);
    expect([shareAt(0, 100, 500), shareAt(350, 100, 500), shareAt(900, 100, 500), shareAt(5, 0, 0)]).toEqual([
      20, 50, 80, 50
    ]);
  });

  it('is moved by 2 percent with the arrow keys, to its ends with Home and End, and by no other key', () => {
    expect(moved(50, 'ArrowLeft')).toBe(48);
    expect(moved(50, 'ArrowRight')).toBe(52);
    expect(moved(21, 'ArrowLeft')).toBe(20);
    expect(moved(80, 'ArrowRight')).toBe(80);
    expect([moved(50, 'Home'), moved(50, 'End'), moved(30, 'Enter'), moved(50, 'a')]).toEqual([
      20,
      80,
      50,
      null
    ]);
  });
});
