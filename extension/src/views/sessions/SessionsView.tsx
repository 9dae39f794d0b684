/** The side panel: every session of this home, those at work first; opening one shows it where there is room. */
import React, { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import { age, money } from '../../components/format';
import { useAction, useNow } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, SessionRow } from '../../protocol';
import type { Host } from '../host';
import { NewSession } from './NewSession';
import { isLive, matching, ordered } from './state';

interface Props {
  client: Client;
  host: Host;
}

/** From this many sessions on a filter is of use. */
const FILTER_FROM = 8;

export function SessionsView({ client, host }: Props): React.ReactElement {
  const { rows, failure } = useSessions(client);
  const [words, setWords] = useState('');
  const now = useNow(true, 30_000);
  const shown = matching(ordered(rows ?? []), words);
  return (
    <section className="wb-sessions" aria-label="Agent sessions">
      <NewSession client={client} host={host} />
      {failure && <Sentence failure={failure} />}
      {rows && rows.length >= FILTER_FROM && (
        <input
          type="search"
          className="wb-input wb-filter"
          aria-label="Filter sessions"
          placeholder="Filter sessions"
          value={words}
          onChange={event => setWords(event.target.value)}
        />
      )}
      <ul className="wb-rows">
        {shown.map(row => (
          <Row key={row.id} row={row} now={now} client={client} host={host} />
        ))}
      </ul>
      {rows?.length === 0 && (
        <div className="wb-empty">
          <Icon name="agent" />
          <p>No agent has run here yet.</p>
          <p className="wb-hint">
            Write what it should do in the box above, or begin a cell with <code>%%agent</code>.
          </p>
        </div>
      )}
      {rows !== null && rows.length > 0 && shown.length === 0 && (
        <p className="wb-hint wb-none">No session matches.</p>
      )}
    </section>
  );
}

function useSessions(client: Client): { rows: readonly SessionRow[] | null; failure: Failure | null } {
  const [rows, setRows] = useState<readonly SessionRow[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    const subscription = client.subscribe(
      'sessions',
      0,
      batch => {
        setFailure(null);
        setRows(batch.events as SessionRow[]);
      },
      setFailure
    );
    return () => subscription.dispose();
  }, [client]);
  return { rows, failure };
}

const STATES: { readonly [state in SessionRow['state']]: string } = {
  busy: 'running',
  live: 'ready',
  created: 'not started',
  ended: 'ended',
  lost: 'interrupted'
};

function Row({
  row,
  now,
  client,
  host
}: {
  row: SessionRow;
  now: number;
  client: Client;
  host: Host;
}): React.ReactElement {
  const action = useAction();
  const title = plain(row.title?.trim() || 'Untitled session').split('\n')[0];
  const stop = (): Promise<boolean> =>
    action.run(() => client.call(row.state === 'busy' ? 'agents.stop' : 'sessions.end', { session: row.id }));
  const word = row.state === 'busy' ? 'Stop the agent' : 'Close the session';
  return (
    <li className="wb-row" data-state={row.state}>
      <button
        type="button"
        className="wb-row-open"
        onClick={() => host.openSession?.(row.id, title)}
        title={title}
      >
        <span
          className="wb-dot"
          role="img"
          aria-label={STATES[row.state] ?? row.state}
          title={STATES[row.state] ?? row.state}
        />
        <span className="wb-row-title">{title}</span>
        <span className="wb-row-facts">
          {[row.provider, row.cost == null ? null : money(row.cost), age(row.updated, now)]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </button>
      {isLive(row) && (
        <button
          type="button"
          className="wb-quiet"
          aria-label={`${word}: ${title}`}
          title={word}
          aria-disabled={action.busy}
          onClick={stop}
        >
          <Icon name={row.state === 'busy' ? 'stop' : 'cross'} />
        </button>
      )}
      {action.failure && <Sentence failure={action.failure} />}
    </li>
  );
}
