/** A session's state, followed for as long as the view is there. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import type { Failure, RunRow } from '../../protocol';
import { apply, EMPTY, type SessionState } from './state';

interface Followed {
  readonly state: SessionState;
  /** At least one batch has come: an empty session is empty, not just late. */
  readonly loaded: boolean;
  readonly failure: Failure | null;
}

export function useSession(client: Client, session: string): Followed {
  const [followed, setFollowed] = useState<Followed>({ state: EMPTY, loaded: false, failure: null });
  useEffect(() => {
    setFollowed({ state: EMPTY, loaded: false, failure: null });
    const subscription = client.subscribe(
      `session:${session}`,
      0,
      batch => setFollowed(({ state, failure }) => ({ state: apply(state, batch), loaded: true, failure })),
      failure => setFollowed(({ state }) => ({ state, loaded: true, failure }))
    );
    return () => subscription.dispose();
  }, [client, session]);
  return followed;
}

/** The ledger's rows of a session, read again each time that a turn has ended; null until then, or when it cannot say. */
export function useLedger(client: Client, session: string, ended: number): readonly RunRow[] | null {
  const [rows, setRows] = useState<readonly RunRow[] | null>(null);
  useEffect(() => {
    if (!ended) {
      return;
    }
    let current = true;
    // The live figures stay on screen when the ledger does not answer: its failure is not the person's business here.
    client.call('usage.session_runs', { session }).then(
      reply => current && setRows(reply.runs),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client, session, ended]);
  return rows;
}
