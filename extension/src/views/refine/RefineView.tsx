/**
 * Making a skill better by talking: the conversation on one side, what it has come to on the other.
 *
 * What the agent writes lies in the skill's folder at once; it is part of a version only when a person takes it. Leaving the
 * view leaves the agent at work and the changes undecided, and coming back shows both.
 */
import React, { useMemo, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { money } from '../../components/format';
import { useAction, type Action } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { RefineContent, Undone } from '../../protocol';
import { Back, Frame } from '../Frame';
import type { Host } from '../host';
import { SessionView } from '../session/SessionView';
import { Driver } from '../workflow/Driver';
import { useDriver } from '../workflow/useDriver';
import { priceOf, usePrice } from '../workflow/usePrice';
import { Came, TakenBack } from './Came';
import { Changes } from './Changes';
import { Panes } from './Panes';
import { Preview } from './Preview';
import { Say } from './Say';
import { USUAL } from './split';
import { useCaught } from './useCaught';
import { useRefine, type Refining } from './useRefine';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

export function RefineView({ client, params, host }: Props): React.ReactElement {
  const { skill } = params;
  const refining = useRefine(client, skill);
  const { content, failure, reload } = refining;
  return (
    <Frame
      className="wb-skills wb-refine"
      label={`Refining ${plain(skill)}`}
      host={host}
      failure={failure}
      reload={reload}
      waits="Reading the skill…"
    >
      {content && (
        <Shown
          key={skill}
          client={client}
          params={params}
          host={host}
          refining={refining}
          content={content}
        />
      )}
    </Frame>
  );
}

interface ShownProps extends Props {
  refining: Refining;
  content: RefineContent;
}

function Shown({ client, params, host, refining, content }: ShownProps): React.ReactElement {
  const { skill } = params;
  // What has an example's messages is one.
  const driven = useDriver(client, host, content.suggestions.length > 0);
  const { provider } = driven.driving;
  const [exhausted, setExhausted] = useState(false);
  const [share, setShare] = useState(Number(params.share ?? USUAL));
  // A notebook is not changed by being looked at; a tab comes back as it was.
  const keep = (next: number): void => {
    if (host.place !== 'cell') {
      host.keep?.({ view: 'refine', params: { skill, share: String(next) } });
    }
  };
  const price = usePrice(client, { skill, what: 'refine', ...driven.driving });
  const { session, running } = refining;
  const closing = useAction();
  const files = useMemo(() => content.files.map(({ path }) => path), [content.files]);
  const send = async (message: string): Promise<void> => {
    try {
      await refining.send(message, provider);
      // What it was opened with is said: it does not stand in the box again after a reload.
      keep(share);
    } catch (error) {
      setExhausted(isExhausted(error));
      throw error;
    }
  };
  const again = async (): Promise<void> => {
    await refining.close();
    setExhausted(false);
  };
  const off =
    content.refusal ??
    (closing.busy
      ? 'Another conversation is begun.'
      : exhausted
        ? 'This conversation is full: begin another.'
        : running
          ? 'The agent is at work.'
          : session
            ? null
            : driven.unable);
  return (
    <>
      <Head refining={refining} content={content} host={host} skill={skill} closing={closing} again={again}>
        {!session && <Driver driven={driven} />}
      </Head>
      <Panes
        label="Between the conversation and the skill"
        share={share}
        keep={next => {
          setShare(next);
          keep(next);
        }}
        first={
          <div className="wb-refine-chat">
            {session ? (
              <SessionView key={session} client={client} params={{ session }} host={embedded(host)} />
            ) : (
              <p className="wb-hint wb-refine-empty">
                Say what should be better. The agent may change the skill’s own text and nothing else; what it
                changes, you take or leave.
              </p>
            )}
            {refining.notice && (
              <p className="wb-hint" role="status">
                {plain(refining.notice)}
              </p>
            )}
            {refining.outcome && !running && <Came outcome={refining.outcome} />}
            <Say
              host={host}
              name={`Refine ${plain(skill)}`}
              first={params.message ?? ''}
              files={files}
              suggestions={content.suggestions}
              off={off}
              price={priceOf(price)}
              send={send}
            />
          </div>
        }
        second={<Result refining={refining} content={content} />}
      />
    </>
  );
}

/** Turns are begun by the box below, which knows what an agent may change. */
const embedded = (host: Host): Host =>
  Object.create(host, {
    place: { value: 'cell' },
    turns: { value: 'elsewhere' },
    keep: { value: undefined },
    back: { value: undefined }
  }) as Host;

const isExhausted = (error: unknown): boolean => {
  const { kind, facts } =
    (error as { failure?: { kind: string; facts?: { [name: string]: unknown } } }).failure ?? {};
  return kind === 'session_exhausted' || facts?.reason === 'session_exhausted';
};

interface HeadProps {
  refining: Refining;
  content: RefineContent;
  host: Host;
  skill: string;
  closing: Action;
  again: () => Promise<void>;
  children: React.ReactNode;
}

function Head(props: HeadProps): React.ReactElement {
  const { refining, content, host, skill, closing, again, children } = props;
  return (
    <>
      <header className="wb-header">
        <Back host={host} />
        <h2 tabIndex={-1}>Refine {plain(skill)}</h2>
        <span className="wb-spring" />
        {children}
        {content.cost !== null && <span className="wb-elapsed">{money(content.cost)}</span>}
        {host.openTest && (
          <button type="button" className="wb-button" onClick={() => host.openTest?.(skill)}>
            <Icon name="chart" /> Test it
          </button>
        )}
        {refining.session && (
          <button
            type="button"
            className="wb-button"
            title="Ends this conversation; what it changed stays as it is."
            aria-disabled={refining.running || closing.busy}
            onClick={() => refining.running || void closing.run(again)}
          >
            <Icon name="plus" /> New conversation
          </button>
        )}
      </header>
      {closing.failure && <Sentence failure={closing.failure} />}
    </>
  );
}

const SIDES = ['text', 'changes'] as const;

/** The skill as it is, or what has changed of it. */
function Result({ refining, content }: { refining: Refining; content: RefineContent }): React.ReactElement {
  const { diff, running } = refining;
  const [chosen, setChosen] = useState<(typeof SIDES)[number] | null>(null);
  const [undone, setUndone] = useState<Undone | null>(null);
  const undo = useAction();
  const place = useCaught(undone);
  const count = diff?.files.length ?? 0;
  // Where something has changed the changes are shown, also when the last of them is decided: what came of it stands there.
  const had = useRef(false);
  had.current ||= count > 0;
  const shown = chosen ?? (had.current ? 'changes' : 'text');
  const changed = useMemo(() => new Set(diff?.files.map(({ path }) => path)), [diff]);
  return (
    <div className="wb-refine-result" ref={place} tabIndex={-1}>
      <div className="wb-changes-head">
        <div className="wb-segments" role="group" aria-label="Shown">
          {SIDES.map(side => (
            <button
              key={side}
              type="button"
              className="wb-button"
              aria-pressed={side === shown}
              onClick={() => setChosen(side)}
            >
              {side === 'text' ? 'Text' : `Changes${count ? ` (${count})` : ''}`}
            </button>
          ))}
        </div>
        <span className="wb-spring" />
        {diff?.undoable && (
          <button
            type="button"
            className="wb-button"
            aria-disabled={running || undo.busy}
            onClick={() => running || void undo.run(async () => setUndone(await refining.undo()))}
          >
            <Icon name="undo" /> Undo the last turn
          </button>
        )}
      </div>
      {undo.failure && <Sentence failure={undo.failure} />}
      {undone && !running && <TakenBack undone={undone} />}
      {shown === 'text' ? (
        <Preview files={content.files} changed={changed} />
      ) : (
        // What was said of changes that were decided goes with a turn that is undone.
        diff && <Changes key={undone?.run} refining={refining} diff={diff} />
      )}
    </div>
  );
}
