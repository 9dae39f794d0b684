/**
 * Tables as files, made in the page.
 *
 * A spreadsheet takes a cell that begins with `=` and the like for a formula, and names in transcripts are anybody's: such text
 * gets an apostrophe in front. Numbers, money too, are written as they are.
 */
import type { Column } from './table';

const FORMULA = /^[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;
const BOM = '\ufeff';

export function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => field(title)),
    ...rows.map(row => columns.map(column => field((column.exact ?? column.value)(row), column.numeric)))
  ];
  return lines.map(line => `${line.join(',')}\r\n`).join('');
}

function field(value: string | number | null, numeric = false): string {
  const text = value === null ? '' : String(value);
  const safe = !numeric && FORMULA.test(text) ? `'${text}` : text;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `workbench-usage-sessions-2026-11-01-2026-11-21.csv`. */
export const fileName = (
  what: string,
  { since, until }: { since: string; until: string },
  type: string
): string => `workbench-usage-${what}-${since}-${until}.${type}`;

export function saveCsv(name: string, text: string): void {
  // Without the mark a spreadsheet takes UTF-8 for something older.
  save(name, new Blob([BOM, text], { type: 'text/csv;charset=utf-8' }));
}

export function saveJson(name: string, value: unknown): void {
  save(name, new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
}

/** Gives a file to the person as a download. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  saveUrl(name, url);
  // The browser reads it after the click has been dealt with.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function saveUrl(name: string, url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}
