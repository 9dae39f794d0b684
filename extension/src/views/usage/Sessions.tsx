/** Every session of the range, newest first; one opens to what its models answered, and to its transcript. */
import React, { useEffect, useRef, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import { money, plural } from '../../components/format';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Host } from '../host';
import { projectName, samplingColumns, sessionColumns, type SessionRow } from './columns';
import { DataTable } from './DataTable';
import { csv, fileName, saveCsv } from './exports';
import { Explain } from './Explain';
import { Tool } from './Figure';
import type { Query } from './state';
import { useAnswer, type Answered } from './useAnswer';

const PAGE = 200;
/** So many responses of a session are shown; a file has them all. */
const SHOWN = 100;

interface Props {
  client: Client;
  host: Host;
  query: Query;
  stamp: number;
}

export function Sessions({ client, host, query, stamp }: Props): React.ReactElement {
  const first = useAnswer(client, 'usage.sessions', { ...query, limit: PAGE, refresh: false }, stamp);
  const { rows, more } = useMore(client, query, first);
  const columns = sessionColumns(query.timezone);
  return (
    <section className="wb-figure" aria-label="Sessions" aria-busy={first.stale}>
      <header>
        <h3>Sessions</h3>
        <span className="wb-spring" />
        <Tool
          icon="download"
          text="CSV"
          word="Sessions: download as CSV"
          act={() => saveCsv(fileName('sessions', query, 'csv'), csv(columns, rows))}
        />
      </header>
      {first.failure && <Sentence failure={first.failure} />}
      {rows.length > 0 && (
        <DataTable
          caption={`Sessions, ${plural(rows.length, 'row')}. A row opens to the responses of its models.`}
          columns={columns}
          rows={rows}
          keyOf={row => `${row.provider}/${row.session}`}
          order={{ key: 'last', descending: true }}
          detail={row => <Detail row={row} client={client} host={host} query={query} />}
        />
      )}
      {more && (
        <button type="button" className="wb-more" aria-disabled={more.busy} onClick={more.load}>
          Show older sessions
        </button>
      )}
    </section>
  );
}

type Page = { rows: readonly SessionRow[]; next_cursor?: string | null };

function useMore(
  client: Client,
  query: Query,
  { answer: first, failure, stale }: Answered<Answer<'usage.sessions'>>
): { rows: readonly SessionRow[]; more: { busy: boolean; load: () => void } | null } {
  const [older, setOlder] = useState<Page | null>(null);
  const action = useAction();
  const latest = useRef(first);
  latest.current = first;
  // A new first page begins anew: what followed the old one may be in it.
  useEffect(() => setOlder(null), [first]);
  const rows = [...(first?.rows ?? []), ...(older?.rows ?? [])];
  const cursor = (older ?? first)?.next_cursor;
  const load = async (): Promise<void> => {
    const page = await client.call('usage.sessions', { ...query, limit: PAGE, cursor, refresh: false });
    // What followed the old one is no part of it.
    if (latest.current === first) {
      setOlder({ rows: [...(older?.rows ?? []), ...page.rows], next_cursor: page.next_cursor });
    }
  };
  // Rows that answer an earlier question are not gone on with under this one.
  const busy = action.busy || stale || failure !== null;
  return { rows, more: cursor ? { busy, load: () => !busy && void action.run(load) } : null };
}

interface DetailProps {
  row: SessionRow;
  client: Client;
  host: Host;
  query: Query;
}

function Detail({ row, client, host, query }: DetailProps): React.ReactElement {
  const { answer, failure } = useAnswer(
    client,
    'usage.session_samplings',
    { ...query, session: row.session, refresh: false },
    0
  );
  const columns = samplingColumns(query.timezone);
  const samplings = answer?.samplings ?? [];
  const own = row.workbench_session;
  const paths = [...new Set(samplings.flatMap(({ path }) => path ?? []))];
  return (
    <div className="wb-drill">
      <p>
        {plain(projectName(row.project))} · {plain(row.session)} · {money(row.total_cost)}
        {own && host.openSession && (
          <button
            type="button"
            className="wb-button"
            onClick={() => host.openSession?.(own, projectName(row.project))}
          >
            <Icon name="open" /> Open the transcript
          </button>
        )}
        {samplings.length > 0 && (
          <Tool
            icon="download"
            text="CSV"
            word="Responses of this session: download as CSV"
            act={() => saveCsv(`workbench-usage-session-${row.session}.csv`, csv(columns, samplings))}
          />
        )}
      </p>
      {paths.map(path => (
        <p className="wb-hint wb-path" key={path}>
          {plain(path)}
        </p>
      ))}
      {failure && <Sentence failure={failure} />}
      {samplings.length > 0 && (
        <DataTable
          caption={`Responses of this session${samplings.length > SHOWN ? `, the first ${SHOWN} of ${samplings.length}` : ''}`}
          columns={columns}
          rows={samplings.slice(0, SHOWN)}
          keyOf={sampling => String(sampling.id)}
          order={{ key: 'ts', descending: false }}
          detail={sampling => <Explain client={client} sampling={sampling.id} />}
        />
      )}
      {answer && samplings.length === 0 && <p className="wb-hint">No response of this session is known.</p>}
      {!answer && !failure && <span className="wb-spinner" />}
    </div>
  );
}
