/** The charts of the dashboard, each with its table: over time, over the week, by skill, project and model, by block. */
import React from 'react';
import type { Client } from '../../client/client';
import { money } from '../../components/format';
import type { Answer } from '../../client/client';
import type { Host } from '../host';
import { bucketColumns, projectName, type Block, type Bucket } from './columns';
import { DataTable } from './DataTable';
import { csv, fileName, saveCsv } from './exports';
import { Figure } from './Figure';
import { moment } from './format';
import { filtered, type Choice, type Filter, type Query } from './state';
import type { Column } from './table';
import { useAnswer } from './useAnswer';

type Report = Answer<'usage.daily'>;

interface Props {
  client: Client;
  host: Host;
  choice: Choice;
  change: (choice: Choice) => void;
  query: Query;
  stamp: number;
  daily: Report;
  blocks: readonly Block[];
}

export function Charts(props: Props): React.ReactElement {
  const { client, query, stamp, daily, blocks } = props;
  const ask = { ...query, refresh: false };
  const skills = useAnswer(client, 'usage.by_skill', ask, stamp).answer;
  const projects = useAnswer(client, 'usage.by_project', ask, stamp).answer;
  const models = useAnswer(client, 'usage.models', ask, stamp).answer;
  const used = blocks.filter(({ gap }) => !gap);
  return (
    <div className="wb-figures">
      <Shown
        {...props}
        name="daily"
        by="model"
        title="Cost a day"
        size="whole"
        rows={daily.rows}
        columns={DAYS}
        gist={dearest(daily.rows, 'day')}
      />
      <Shown
        {...props}
        name="heatmap"
        title="Calendar"
        size="half"
        rows={daily.rows}
        columns={DAYS}
        gist={dearest(daily.rows, 'day')}
      />
      <Shown
        {...props}
        name="blocks"
        title="5-hour blocks"
        size="half"
        rows={used}
        columns={blockColumns(query.timezone)}
        gist={`${used.length} blocks; an estimate.`}
      />
      <Ranked {...props} name="skills" filter="skill" title="By skill" report={skills} />
      <Ranked
        {...props}
        name="projects"
        filter="project"
        title="By project"
        report={projects}
        label={projectName}
      />
      <Ranked {...props} name="models" filter="model" title="By model" report={models} />
    </div>
  );
}

const DAYS = bucketColumns('Day');

/** The greatest of them, in words. */
function dearest(rows: readonly Bucket[], what: string): string {
  const priced = rows.filter(row => row.total_cost !== null);
  const most = priced.reduce<Bucket | null>(
    (best, row) => (best === null || Number(row.total_cost) > Number(best.total_cost) ? row : best),
    null
  );
  return most ? `The dearest ${what} is ${most.key} with ${money(most.total_cost)}.` : 'No cost is known.';
}

const blockColumns = (timezone: string): Column<Block>[] => [
  { key: 'start', title: 'Begins', value: row => row.start, show: row => moment(row.start, timezone) },
  { key: 'active', title: 'State', value: row => (row.active ? 'running' : 'over') },
  ...(bucketColumns('').slice(1) as unknown as Column<Block>[])
];

interface ShownProps<Row> extends Props {
  name: string;
  by?: string;
  title: string;
  size: 'whole' | 'half' | 'third';
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  gist: string;
  choose?: { word: string; act: (row: Row) => void };
  order?: { key: string; descending: boolean };
}

function Shown<Row>(props: ShownProps<Row>): React.ReactElement {
  const { client, host, name, by, title, size, rows, columns, gist, query, stamp, choose } = props;
  const order = props.order ?? { key: columns[0].key, descending: true };
  return (
    <Figure
      client={client}
      host={host}
      title={title}
      gist={gist}
      size={size}
      stamp={stamp}
      ask={{ chart: name, ...(by ? { by } : {}), ...query, refresh: false }}
      pictureName={fileName(name, query, 'png')}
      csv={() => saveCsv(fileName(name, query, 'csv'), csv(columns, rows))}
      table={() => (
        <DataTable
          caption={`${title}: ${gist}`}
          columns={columns}
          rows={rows}
          keyOf={row => String(columns[0].value(row))}
          order={order}
          choose={choose}
        />
      )}
    />
  );
}

interface RankedProps extends Props {
  name: string;
  filter: Filter;
  title: string;
  report: Report | null;
  label?: (key: string) => string;
}

/** A ranking, the dearest first; in its table a row's name leads to what belongs to it. */
function Ranked({ filter, report, label, ...props }: RankedProps): React.ReactElement {
  const { choice, change } = props;
  const rows = report?.rows ?? [];
  return (
    <Shown
      {...props}
      size="third"
      rows={rows}
      columns={bucketColumns(WORDS[filter], label)}
      gist={dearest(rows, filter)}
      order={{ key: 'total_cost', descending: true }}
      choose={{ word: 'Show only', act: row => change(filtered(choice, filter, row.key)) }}
    />
  );
}

const WORDS: { readonly [filter in Filter]: string } = {
  provider: 'Provider',
  project: 'Project',
  model: 'Model',
  skill: 'Skill'
};
