/**
 * The building of a skill, step by step: what an agent does, what it asks, what was decided, and what came of it.
 *
 * The screen follows the work: the step that is due is shown until the person looks at another. All that is typed is
 * saved value by value; leaving with something unsaved is asked about.
 */
import React, { useCallback, useRef, useState } from 'react';
import type { Client } from '../../client/client';
import { money, tokens } from '../../components/format';
import { useStable, useWatched } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { Failure, KeptImported, RunState } from '../../protocol';
import { Back, Frame } from '../Frame';
import type { Host } from '../host';
import { SaidAnew } from '../newskill/SaidAnew';
import { useKeptFocus } from '../session/useKeptFocus';
import { useLeaveGuard } from '../skill/leaving';
import { Driver } from './Driver';
import { Finished } from './Finished';
import { Kept } from './Kept';
import { Next } from './Next';
import type { Target } from './Questions';
import { Rail } from './Rail';
import { dueStep, isAtWork, leavesOf } from './state';
import { Step } from './Step';
import { isUnbuilt, Unbuilt } from './Unbuilt';
import { useDriver } from './useDriver';
import { heldElsewhere, useDefinition, useWorkflow, type Work, type Workflow } from './useWorkflow';

interface Props {
  client: Client;
  params: { readonly [name: string]: string };
  host: Host;
}

export function WorkflowView({ client, params, host }: Props): React.ReactElement {
  const { skill } = params;
  const workflow = useWorkflow(client, skill);
  const { state, failure, reload, answers, decisions } = workflow;
  const [kept, setKept] = useState<KeptImported | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // What could not be saved stays on the screen: it is nowhere else.
  const lost = isUnbuilt(failure) && answers.unsaved.get() + decisions.unsaved.get() > 0;
  const unbuilt = isUnbuilt(failure) && !lost;
  const place = useKeptFocus(unbuilt && !kept, heading);
  const label = `Building ${plain(skill)}`;
  if (kept) {
    return (
      <Frame className="wb-workflow" label={label} host={host}>
        <Kept kept={kept} host={host} />
      </Frame>
    );
  }
  if (unbuilt) {
    return (
      <Frame className="wb-workflow" label={label} host={host} place={place}>
        <header className="wb-header">
          <Back host={host} />
          <h2 ref={heading} tabIndex={-1}>
            {plain(skill)}
          </h2>
        </header>
        <Unbuilt client={client} skill={skill} host={host} />
      </Frame>
    );
  }
  return (
    <Frame
      className="wb-workflow"
      label={label}
      host={host}
      place={place}
      failure={lost ? LOST : failure}
      reload={lost ? undefined : reload}
      waits="Reading the workflow…"
    >
      {state && (
        <>
          <Shown
            key={skill}
            workflow={workflow}
            state={state}
            first={params.step}
            host={host}
            left={setKept}
          />
          <Unsaved workflow={workflow} host={host} />
        </>
      )}
    </Frame>
  );
}

const LOST: Failure = {
  kind: 'refused',
  message: 'No workflow builds this skill any more, and something that you typed was not saved.',
  remedy: 'It is still shown below: copy it, then close the page.'
};

interface ShownProps {
  workflow: Workflow;
  state: RunState;
  first: string | undefined;
  host: Host;
  /** The skill is built by no workflow any more. */
  left: (kept: KeptImported) => void;
}

function Shown({ workflow, state, first, host, left }: ShownProps): React.ReactElement {
  const { client, skill } = workflow;
  const definition = useDefinition(client, state.workflow);
  const driven = useDriver(client, host, state.example !== null);
  const [chosen, setChosen] = useState<string | null>(first ?? null);
  const [target, setTarget] = useState<Target | null>(null);
  const [judged, setJudged] = useState(0);
  const { driving, unable } = driven;
  const readOnly = heldElsewhere(state);
  const work: Work = { ...workflow, state, definition, driving, unable, readOnly };
  const step = state.steps.find(({ key }) => key === chosen) ?? dueStep(state);
  const keep = useStable((key: string | null) => {
    // A notebook is not changed by being looked at; a tab comes back as it was.
    if (host.place !== 'cell') {
      host.keep?.({ view: 'workflow', params: key ? { skill, step: key } : { skill } });
    }
  });
  const show = useCallback(
    (key: string | null) => {
      setChosen(key);
      keep(key);
    },
    [keep]
  );
  const jump = useStable((id: string) => {
    const asks = (each: RunState['steps'][number]): boolean =>
      each.status !== 'pending' && !isAtWork(each) && leavesOf(each, definition).includes('questions');
    if (!step || !asks(step)) {
      show([...state.steps].reverse().find(asks)?.key ?? null);
    }
    setTarget(before => ({ id, asked: (before?.asked ?? 0) + 1 }));
  });
  return (
    <>
      <Head work={work} host={host}>
        <Driver driven={driven} />
      </Head>
      {readOnly && (
        <p className="wb-skill-locked wb-hint" role="status">
          <Icon name="lock" /> The skill is being worked on in another window. Here you can look.
        </p>
      )}
      {state.intake_failure && (
        <SaidAnew workflow={workflow} failure={state.intake_failure} host={host} readOnly={readOnly} />
      )}
      <Next
        work={work}
        shown={step?.key}
        show={show}
        started={() => show(null)}
        toGate={() => setJudged(before => before + 1)}
      />
      {state.next === 'done' && <Finished work={work} host={host} />}
      <div className="wb-workflow-body">
        <Rail steps={state.steps} shown={step?.key} show={show} />
        <div className="wb-workflow-main">
          {step && (
            <Step
              key={step.key}
              work={work}
              step={step}
              host={host}
              target={target}
              judged={judged}
              left={left}
              jump={jump}
              started={() => show(null)}
            />
          )}
        </div>
      </div>
    </>
  );
}

interface HeadProps {
  work: Work;
  host: Host;
  children: React.ReactNode;
}

function Head({ work, host, children }: HeadProps): React.ReactElement {
  const { skill, state } = work;
  const replayed = Number(state.replayed_cost ?? 0) > 0;
  const costs = [
    state.cost === null || Number(state.cost) > 0 || !replayed ? money(state.cost) : '',
    replayed ? `${money(state.replayed_cost)} replayed` : ''
  ].filter(Boolean);
  return (
    <header className="wb-header">
      <Back host={host} />
      <h2 tabIndex={-1}>{plain(skill)}</h2>
      <span className="wb-workflow-kind">{plain(state.title)}</span>
      {state.example && (
        <span
          className="wb-badge"
          title="It is played from recordings: no model is asked, and nothing is paid."
        >
          Recorded example
        </span>
      )}
      <span className="wb-spring" />
      {children}
      {state.tokens > 0 && (
        <span className="wb-elapsed" title={`${tokens(state.tokens)} tokens`}>
          {costs.join(' + ')}
        </span>
      )}
    </header>
  );
}

/** Asks before something is lost: a view that is closed takes with it what could not be saved. */
function Unsaved({ workflow, host }: { workflow: Workflow; host: Host }): null {
  const { answers, decisions, skill } = workflow;
  const held = useWatched(answers.unsaved) + useWatched(decisions.unsaved) > 0;
  const save = useRef(async () => true);
  save.current = async () => (await answers.flushAll()) && decisions.flushAll();
  useLeaveGuard(held, host, plain(skill), save);
  return null;
}
