/** Tables as pure values: columns that know how to show, sort and export a row. */

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** What a row is sorted by, and exported as; null sorts last, whichever way. */
  readonly value: (row: Row) => string | number | null;
  /** What is exported where the value is not exact: a number has too few digits for some money. */
  readonly exact?: (row: Row) => string | null;
  /** What is shown; without it the value. */
  readonly show?: (row: Row) => string;
  /** What else there is to know of the cell, shown beside the pointer. */
  readonly hint?: (row: Row) => string;
  readonly numeric?: boolean;
}

export interface Order {
  readonly key: string;
  readonly descending: boolean;
}

/** A column chosen again turns the order round; numbers begin with the greatest. */
export function ordered<Row>(order: Order, column: Column<Row>): Order {
  return order.key === column.key
    ? { key: column.key, descending: !order.descending }
    : { key: column.key, descending: column.numeric ?? false };
}

export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order): Row[] {
  const column = columns.find(({ key }) => key === order.key);
  if (!column) {
    return [...rows];
  }
  const sign = order.descending ? -1 : 1;
  return [...rows].sort((a, b) => compared(column.value(a), column.value(b), sign));
}

function compared(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) {
    return Number(a === null) - Number(b === null);
  }
  return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
}

/** Which of `count` rows a key leads to from row `at`; null when the key is not for moving. */
export function moved(key: string, at: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, last);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return Math.min(at + 10, last);
    case 'PageUp':
      return Math.max(at - 10, 0);
    default:
      return null;
  }
}
