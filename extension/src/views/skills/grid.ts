/** Where things lie in a grid of equal cells of which only those in sight are made: all numbers, no nodes. */

export interface Grid {
  readonly count: number;
  readonly columns: number;
  /** The height of a row, its gap included. */
  readonly rowHeight: number;
}

export interface Span {
  readonly first: number;
  /** One behind the last. */
  readonly end: number;
}

/** A few rows beyond the edge, so that scrolling does not show their absence. */
const BEYOND = 3;

export const rowsOf = ({ count, columns }: Grid): number => Math.ceil(count / columns);

/** As many columns as fit, one at least. */
export const columnsIn = (width: number, cell: number, gap: number): number =>
  Math.max(1, Math.floor((width + gap) / (cell + gap)));

/** The rows to make when the place shows `height` pixels from `top` on. */
export function inSight(grid: Grid, top: number, height: number): Span {
  const rows = rowsOf(grid);
  const first = Math.floor(Math.max(0, top) / grid.rowHeight) - BEYOND;
  const end = Math.ceil((Math.max(0, top) + height) / grid.rowHeight) + BEYOND;
  return { first: Math.min(rows, Math.max(0, first)), end: Math.min(rows, Math.max(0, end)) };
}

/** Where a key leads from a cell, or null when it is not a key that moves. `page`: rows that fit on the screen. */
export function moved(key: string, from: number, { count, columns }: Grid, page: number): number | null {
  const last = count - 1;
  const to: { readonly [key: string]: number } = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns >= 0 ? from - columns : from,
    ArrowDown: from + columns <= last ? from + columns : from,
    PageUp: Math.max(from % columns, from - columns * page),
    PageDown: Math.min(last, from + columns * page),
    Home: 0,
    End: last
  };
  return key in to ? Math.min(last, Math.max(0, to[key])) : null;
}

/** How far to scroll so that a row is whole in sight; where it is already, not at all. */
export function scrollTo(grid: Grid, index: number, top: number, height: number): number {
  const begin = Math.floor(index / grid.columns) * grid.rowHeight;
  const end = begin + grid.rowHeight;
  return begin < top ? begin : end > top + height ? end - height : top;
}
