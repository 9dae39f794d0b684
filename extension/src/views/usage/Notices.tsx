/** What the figures do not tell: models without a price, rows that could not be read, runs that two sources tell differently. */
import React, { useState } from 'react';
import type { Answer } from '../../client/client';
import { money, plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { DataTable } from './DataTable';
import { megabytes } from './format';
import type { Column } from './table';

type Report = Answer<'usage.import_report'>;
type Skip = Report['skips'][number];
type Difference = Report['reconciliation'][number];

interface Props {
  report: Report | null;
  unpriced: readonly string[];
}

export function Notices({ report, unpriced }: Props): React.ReactElement | null {
  const [open, setOpen] = useState(false);
  const skipped = report?.skipped ?? 0;
  const unreadable = report?.unreadable.length ?? 0;
  const differing = report?.reconciliation.length ?? 0;
  const lines = [
    unpriced.length > 0 &&
      `No price is known for ${plain(unpriced.join(', '))}: the costs are without ${unpriced.length === 1 ? 'it' : 'them'}. A price can be given in the settings (price_overrides).`,
    skipped > 0 && `${plural(skipped, 'row')} of transcripts could not be counted.`,
    unreadable > 0 && `${plural(unreadable, 'file')} could not be read at all.`,
    differing > 0 &&
      `${plural(differing, 'run')} cost something else by its transcript than by its own report.`
  ].filter((line): line is string => Boolean(line));
  if (!lines.length) {
    return null;
  }
  return (
    <aside className="wb-notices" aria-label="Notices">
      {lines.map(line => (
        <p className="wb-notice" data-severity="warning" key={line}>
          <Icon name="warning" />
          <span>{line}</span>
        </p>
      ))}
      {report && skipped + unreadable + differing > 0 && (
        <button type="button" className="wb-more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide the import report' : 'Show the import report'}
        </button>
      )}
      {open && report && <ImportReport report={report} />}
    </aside>
  );
}

/** What the last import read, and what it could not. */
function ImportReport({ report }: { report: Report }): React.ReactElement {
  const { report: last, skips, skipped, unreadable, reconciliation } = report;
  return (
    <section className="wb-import-report" aria-label="Import report">
      {last && (
        <p className="wb-hint">
          The last import read {megabytes(last.bytes)} in {plural(last.files, 'file')}:{' '}
          {last.read.toLocaleString('en')} rows that tell of usage, {last.taken.toLocaleString('en')} taken,{' '}
          {last.duplicate.toLocaleString('en')} seen before, {last.skipped.toLocaleString('en')} skipped.
        </p>
      )}
      {skips.length > 0 && (
        <DataTable
          caption="Rows that were skipped"
          columns={SKIPS}
          rows={skips}
          keyOf={skip => `${skip.path}:${skip.line}:${skip.why}`}
          order={{ key: 'path', descending: false }}
        />
      )}
      {skipped > skips.length && (
        <p className="wb-hint">
          The first {skips.length} of {skipped.toLocaleString('en')} are shown.
        </p>
      )}
      {unreadable.length > 0 && (
        <DataTable
          caption="Files that could not be read"
          columns={UNREADABLE}
          rows={unreadable}
          keyOf={file => file.path}
          order={{ key: 'path', descending: false }}
        />
      )}
      {reconciliation.length > 0 && (
        <DataTable
          caption="Runs that two sources tell differently"
          columns={DIFFERENCES}
          rows={reconciliation}
          keyOf={each => `${each.run}/${each.model}`}
          order={{ key: 'run', descending: false }}
        />
      )}
    </section>
  );
}

const UNREADABLE: readonly Column<Report['unreadable'][number]>[] = [
  { key: 'path', title: 'File', value: row => row.path },
  { key: 'why', title: 'Why', value: row => row.why }
];

const SKIPS: readonly Column<Skip>[] = [
  { key: 'path', title: 'File', value: row => row.path },
  { key: 'line', title: 'Line', numeric: true, value: row => row.line },
  { key: 'why', title: 'Why', value: row => row.why }
];

const dollars = (key: 'ledger' | 'transcript' | 'difference', title: string): Column<Difference> => ({
  key,
  title,
  numeric: true,
  value: row => (row[key] === null ? null : Number(row[key])),
  show: row => money(row[key])
});

const DIFFERENCES: readonly Column<Difference>[] = [
  { key: 'run', title: 'Run', value: row => row.run },
  { key: 'model', title: 'Model', value: row => row.model },
  dollars('ledger', 'Own report'),
  dollars('transcript', 'Transcript'),
  dollars('difference', 'Difference')
];
