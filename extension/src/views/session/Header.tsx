/** The state in one word, announced when it changes, and the two things that are always within reach. */
import React from 'react';
import type { Connection } from '../../client/client';
import { duration } from '../../components/format';
import { useNow } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { lastRun, type SessionState } from './state';
import type { Status } from './words';

interface Props {
  state: SessionState;
  status: Status;
  connection: Connection;
  stopping: boolean;
  stop: () => void;
  open?: () => void;
  back?: () => void;
}

export function Header({ state, status, connection, stopping, stop, open, back }: Props): React.ReactElement {
  const run = lastRun(state);
  const running = run?.phase === 'running';
  const now = useNow(running, 1000);
  return (
    <header className="wb-header" data-mood={status.mood}>
      {back && (
        <button
          type="button"
          className="wb-quiet"
          aria-label="Back to all sessions"
          title="All sessions"
          onClick={back}
        >
          <Icon name="back" />
        </button>
      )}
      <span className="wb-dot" aria-hidden="true" />
      <span role="status" aria-live="polite">
        {status.label}
        {connection === 'reconnecting' && <span className="wb-badge wb-warn">Reconnecting</span>}
      </span>
      {running && run && <span className="wb-elapsed">{duration(now - run.started)}</span>}
      <span className="wb-spring" />
      {state.provider === 'replay' && (
        <span className="wb-badge" title="A recording is played. No model is asked and nothing is charged.">
          replay
        </span>
      )}
      {open && (
        <button
          type="button"
          className="wb-quiet"
          aria-label="Open the session"
          title="Open the session"
          onClick={open}
        >
          <Icon name="open" />
        </button>
      )}
      {running && (
        <button
          type="button"
          className="wb-button wb-stop"
          aria-label="Stop the agent"
          aria-disabled={stopping}
          onClick={stop}
        >
          <Icon name="stop" /> {stopping ? 'Stopping' : 'Stop'}
        </button>
      )}
    </header>
  );
}
