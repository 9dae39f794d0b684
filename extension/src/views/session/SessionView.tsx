/**
 * A session as a person sees it, in a cell, a tab or the side panel.
 *
 * A cell names one turn (`run`) and shows that turn with the follow-ups that were sent from this very cell; elsewhere
 * the whole session is shown. All that is here comes from the transcript; the only thing that is the screen's own
 * is where the person has scrolled and what they have opened.
 */
import React, { useEffect, useMemo, useRef, useState } from 'react';
import { CallError, type Client } from '../../client/client';
import { firstLine } from '../../components/format';
import { useAction, useWatched } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { View } from '../../protocol';
import type { Host } from '../host';
import type { BlockActions } from './BlockView';
import { Composer } from './Composer';
import { Footer } from './Footer';
import { Header } from './Header';
import { lastRun, only, type SessionState } from './state';
import { Folder } from './Subject';
import { Transcript } from './Transcript';
import { useLedger, useSession } from './useSession';
import { statusOf } from './words';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

const RESUME_PROMPT = 'Continue from where you stopped.';

export function SessionView({ client, params, host }: Props): React.ReactElement {
  const { session } = params;
  const { state: whole, loaded, failure } = useSession(client, session);
  const { runs, sent } = useRuns(params, host);
  const state = useMemo(() => only(whole, runs), [whole, runs]);
  const ledger = useLedger(client, session, state.runs.filter(run => run.ended).length);
  const connection = useWatched(client.connection);
  const actions = useActions(client, session);
  const stop = useAction();
  useSettled(state, host);
  const running = lastRun(state)?.phase === 'running';
  const status = statusOf(state, loaded, failure !== null);

  const send = async (prompt: string): Promise<void> =>
    sent((await client.call('agents.send', { session, prompt })).run);
  return (
    <article className="wb-session" data-place={host.place ?? 'cell'} aria-label="Agent session">
      <Header
        state={state}
        status={status}
        connection={connection}
        back={host.back}
        stopping={stop.busy}
        stop={() => stop.run(() => client.call('agents.stop', { session }))}
        open={
          host.openSession && host.place === 'cell'
            ? () => host.openSession?.(session, titleOf(state))
            : undefined
        }
      />
      {stop.failure && running && <Sentence failure={stop.failure} />}
      <Folder.Provider value={state.cwd}>
        <Transcript blocks={state.blocks} actions={actions}>
          {failure && <Sentence failure={failure} />}
          {loaded && !failure && !state.runs.length && (
            <p className="wb-hint">Nothing has been said here yet.</p>
          )}
          {running && isQuiet(state) && <p className="wb-working wb-shimmer">Working</p>}
        </Transcript>
      </Folder.Provider>
      {loaded && !failure && (
        <Below
          state={state}
          running={running}
          client={client}
          session={session}
          send={send}
          begins={host.turns !== 'elsewhere'}
        />
      )}
      <Footer state={state} ledger={ledger} />
    </article>
  );
}

interface BelowProps {
  state: SessionState;
  running: boolean;
  client: Client;
  session: string;
  send: (prompt: string) => Promise<void>;
  /** A turn may be begun here. */
  begins: boolean;
}

/** The box for guidance or for a follow-up, and Resume after a turn that was cut off: each only where it can work. */
function Below({ state, running, client, session, send, begins }: BelowProps): React.ReactElement | null {
  const resume = useAction();
  if (running) {
    return state.capabilities.steer ? (
      <Composer
        key="steer"
        label="Guide the agent while it works"
        send={prompt => steer(client, session, prompt)}
      />
    ) : null;
  }
  const phase = lastRun(state)?.phase;
  if (!begins) {
    return null;
  }
  if (!phase) {
    return <Composer key="first" label="What should the agent do?" send={send} />;
  }
  if (!(state.capabilities.resume || state.alive)) {
    return null;
  }
  const broken = phase === 'failed' || phase === 'interrupted';
  return (
    <>
      {broken && (
        <div className="wb-buttons wb-resume">
          <button
            type="button"
            className="wb-button wb-primary"
            aria-disabled={resume.busy}
            onClick={() => resume.run(() => send(RESUME_PROMPT))}
          >
            <Icon name="resume" /> Resume
          </button>
          {resume.failure && <Sentence failure={resume.failure} />}
        </div>
      )}
      <Composer key="send" label="Send a follow-up" send={send} />
    </>
  );
}

async function steer(client: Client, session: string, prompt: string): Promise<void> {
  const { accepted, reason } = await client.call('agents.steer', { session, prompt });
  if (!accepted) {
    throw new CallError({
      kind: 'refused',
      message: `The agent did not take that up${reason ? ` (${reason.replace(/_/g, ' ')})` : ''}.`,
      remedy: 'Your text is still here: send it again, or as a follow-up when the turn is over.'
    });
  }
}

function useActions(client: Client, session: string): BlockActions {
  return useMemo(
    () => ({
      decide: (permission, behavior, remember) =>
        client.call('agents.respond_permission', { session, permission, behavior, remember }),
      respond: (input, action, content) =>
        client.call('agents.respond_input', { session, input, action, content })
    }),
    [client, session]
  );
}

/** The turns that this view shows (none: all of them), and how a follow-up joins them for good. */
function useRuns(
  { session, run, also }: Props['params'],
  host: Host
): { runs: readonly string[]; sent: (run: string) => void } {
  const [more, setMore] = useState<readonly string[]>(() => also?.split(' ') ?? []);
  useEffect(() => setMore(also?.split(' ') ?? []), [also]);
  const runs = useMemo(() => (run ? [run, ...more] : []), [run, more]);
  const sent = (next: string): void => {
    if (run) {
      const all = [...more, next];
      setMore(all);
      host.keep?.({ view: 'session', params: { session, run, also: all.join(' ') } } satisfies View);
    }
  };
  return { runs, sent };
}

/** Tells the host when the last of the turns has ended, once for each set of turns. */
function useSettled(state: SessionState, host: Host): void {
  const watched = useRef(false);
  const running = state.runs.some(run => run.phase === 'running');
  const ids = state.runs.map(run => run.id).join(' ');
  useEffect(() => {
    if (running) {
      watched.current = true;
    } else if (ids) {
      host.settled?.(ids.split(' '), watched.current);
    }
    // The host's object may be made anew by each mount; only what has ended counts.
  }, [running, ids]);
}

/** The first line that a person said here. */
function titleOf({ blocks }: SessionState): string {
  const prompt = blocks.find(block => block.kind === 'prompt');
  return prompt ? firstLine(prompt.text) : '';
}

/** Nothing on the screen moves: say that the agent is at work. */
function isQuiet({ blocks }: SessionState): boolean {
  const last = blocks[blocks.length - 1];
  return (
    last?.kind === 'prompt' ||
    last?.kind === 'steer' ||
    last?.kind === 'notice' ||
    (last?.kind === 'tool' && !['pending', 'in_progress'].includes(last.state))
  );
}
