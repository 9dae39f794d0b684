/** Where rows of unequal height lie, and which of them are in sight: all numbers, no nodes. */

/** A few pixels beyond the edge, so that scrolling does not show the absence of rows. */
const BEYOND = 240;

/** The top of each row, and behind them the bottom of the last. */
export function topsOf(heights: readonly number[]): readonly number[] {
  const tops = [0];
  for (const height of heights) {
    tops.push(tops[tops.length - 1] + height);
  }
  return tops;
}

/** The rows to make when the place shows `height` pixels from `top` on; `end` is one behind the last. */
export function inSight(
  tops: readonly number[],
  top: number,
  height: number
): { readonly first: number; readonly end: number } {
  const count = tops.length - 1;
  return {
    first: Math.min(count, Math.max(0, rowAt(tops, top - BEYOND))),
    end: Math.min(count, rowAt(tops, top + height + BEYOND) + 1)
  };
}

/** The last row that begins at or before this height. */
function rowAt(tops: readonly number[], y: number): number {
  let [low, high] = [0, tops.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    [low, high] = tops[middle] <= y ? [middle, high] : [low, middle - 1];
  }
  return low;
}

/** How far to scroll so that a row is in sight; where it is already, not at all. A row that is too high shows its head. */
export function scrollTo(tops: readonly number[], index: number, top: number, height: number): number {
  const [begin, end] = [tops[index], tops[index + 1]];
  return begin < top || end - begin > height ? begin : end > top + height ? end - height : top;
}

/** Where a key leads from a row, or null when it is not a key that moves. */
export function moved(key: string, from: number, tops: readonly number[], height: number): number | null {
  const last = tops.length - 2;
  const page = (to: number): number => {
    const row = rowAt(tops, Math.max(0, to));
    return row === from ? from + Math.sign(to - tops[from]) : row;
  };
  const to: { readonly [key: string]: () => number } = {
    ArrowUp: () => from - 1,
    ArrowDown: () => from + 1,
    PageUp: () => page(tops[from] - height),
    PageDown: () => page(tops[from] + height),
    Home: () => 0,
    End: () => last
  };
  return Object.hasOwn(to, key) ? Math.min(last, Math.max(0, to[key]())) : null;
}
