import { describe, expect, it } from 'vitest';
import { csv, fileName } from './exports';
import type { Column } from './table';

interface Row {
  model: string;
  cost: string | number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'model', title: 'Model', value: row => row.model },
  { key: 'cost', title: 'Cost (USD)', numeric: true, value: row => row.cost, show: () => '$1' }
];
const line = (row: Row): string => csv(COLUMNS, [row]).split('\r\n')[1];

describe('a table as CSV', () => {
  it('has the columns’ titles and values, not what is shown of them', () => {
    expect(csv(COLUMNS, [{ model: 'claude-opus-5', cost: '0.000123456789' }])).toBe(
      'Model,Cost (USD)\r\nclaude-opus-5,0.000123456789\r\n'
    );
  });

  it('quotes what would end a cell or a line', () => {
    expect(line({ model: 'a,"b"', cost: 1 })).toBe('"a,""b""",1');
    expect(csv(COLUMNS, [{ model: 'a\nb', cost: 1 }])).toContain('"a\nb",1');
  });

  it('leaves a cost that is not known empty: it is not zero', () => {
    expect(line({ model: 'new', cost: null })).toBe('new,');
  });

  it('never lets a name become a formula, and leaves numbers numbers', () => {
    expect(line({ model: '=HYPERLINK("x")', cost: -1 })).toBe('"\'=HYPERLINK(""x"")",-1');
    expect(['+1', '-1', '@x', '\tx'].every(model => line({ model, cost: 0 }).startsWith("'"))).toBe(true);
  });
});

it('names a file by what is in it', () => {
  expect(fileName('daily', { since: '2026-11-01', until: '2026-11-21' }, 'csv')).toBe(
    'workbench-usage-daily-2026-11-01-2026-11-21.csv'
  );
});
