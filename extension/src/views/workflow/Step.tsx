/** One step: what its agent does or did, what it left, and what can be done with it. */
import React, { useEffect, useRef, useState } from 'react';
import { plural, tokens } from '../../components/format';
import { Fold } from '../../components/Fold';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { KeptImported, StepView, WasReset } from '../../protocol';
import type { Host } from '../host';
import { SessionView } from '../session/SessionView';
import { Artifacts } from './Artifacts';
import { Decisions } from './Decisions';
import { GateCard } from './GateCard';
import { Mend } from './Mend';
import { Questions, type Target } from './Questions';
import { costOf, Took } from './Rail';
import { Research } from './Research';
import { ResetDialog } from './ResetDialog';
import { Intake } from './Intake';
import { isAtWork, leavesOf } from './state';
import type { Work } from './useWorkflow';
import { standingOf } from './words';

interface Props {
  work: Work;
  step: StepView;
  host: Host;
  target: Target | null;
  /** How often the person has asked for what was judged. */
  judged: number;
  /** The skill is built by no workflow any more. */
  left: (kept: KeptImported) => void;
  jump: (id: string) => void;
  started: () => void;
}

export function Step({ work, step, host, target, judged, left, jump, started }: Props): React.ReactElement {
  const { state, definition } = work;
  const leaves = leavesOf(step, definition);
  const { gate, clarifications } = state;
  // While its agent is at work, what it is to leave is on its way.
  const settled = step.status !== 'pending' && !isAtWork(step);
  const files = step.artifacts.filter(({ path }) => leaves.length < 2 || !path.startsWith('context/'));
  return (
    <section className="wb-step" aria-label={plain(step.title)}>
      <Head work={work} step={step} left={left} />
      {step.error && <Mend work={work} step={step} failure={step.error} started={started} />}
      {step.disabled && step.refusal && <p className="wb-hint">{plain(step.refusal)}</p>}
      <Agent work={work} step={step} host={host} />
      {gate && gate.step === step.key && state.next === 'gate' && !gate.stale && (
        <GateCard work={work} gate={gate} asked={judged} jump={jump} started={started} />
      )}
      {leaves.includes('questions') && settled && clarifications && (
        <>
          <Research document={clarifications} />
          <Questions work={work} target={target} />
        </>
      )}
      {leaves.includes('decisions') && settled && <Decisions work={work} jump={jump} />}
      {leaves.includes('files') && <Artifacts work={work} files={files} />}
      {step.status === 'pending' && step.number === 0 && <Intake intake={state.intake} />}
      {step.status === 'pending' && !step.disabled && <Awaits work={work} step={step} />}
    </section>
  );
}

/** The title with what it took, and the ways back. */
function Head({ work, step, left }: Pick<Props, 'work' | 'step' | 'left'>): React.ReactElement {
  const [asking, setAsking] = useState<'reset' | 'back' | null>(null);
  const [done, setDone] = useState<WasReset | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => setDone(null), [step.run]);
  const { word } = standingOf(step);
  const cost = costOf(step);
  const can = (what: 'reset' | 'back'): boolean => !work.readOnly && step.actions.includes(what);
  return (
    <>
      <header className="wb-step-head">
        <h3 ref={heading} tabIndex={-1}>
          {plain(step.title)}
        </h3>
        <span className="wb-step-facts">
          <span>{word}</span>
          <Took step={step} />
          {cost && <span>{cost}</span>}
          {Boolean(step.tokens) && <span>{tokens(step.tokens ?? 0)} tokens</span>}
          {(step.attempt ?? 0) > 1 && <span>{plural(step.attempt ?? 0, 'attempt')}</span>}
        </span>
        <span className="wb-spring" />
        {can('back') && (
          <button type="button" className="wb-button" onClick={() => setAsking('back')}>
            <Icon name="back" /> Go back to here…
          </button>
        )}
        {can('reset') && (
          <button type="button" className="wb-button" onClick={() => setAsking('reset')}>
            <Icon name="undo" /> Reset…
          </button>
        )}
      </header>
      {asking && (
        <ResetDialog
          work={work}
          step={step}
          keep={asking === 'back'}
          left={left}
          close={result => {
            setAsking(null);
            setDone(result);
            heading.current?.focus();
          }}
        />
      )}
      {done && (
        <p className="wb-hint wb-was-reset" role="status">
          {done.removed.length
            ? `${plural(done.removed.length, 'file')} moved to the trash`
            : 'No file was moved'}
          {done.trash && (
            <>
              {': '}
              <code className="wb-path">{plain(done.trash)}</code>
            </>
          )}
          .{done.checkpoint && ` Version ${done.checkpoint.slice(0, 7)} holds all as it was.`}
        </p>
      )}
    </>
  );
}

/** Its agent: live while it works, to be opened afterwards. */
function Agent({ work, step, host }: { work: Work; step: StepView; host: Host }): React.ReactElement | null {
  const { session } = step;
  if (!session) {
    return null;
  }
  // New turns are begun by the workflow, which knows what to make of them.
  const inside = Object.create(host, { place: { value: 'cell' }, turns: { value: 'elsewhere' } }) as Host;
  const view = <SessionView key={session} client={work.client} params={{ session }} host={inside} />;
  if (isAtWork(step)) {
    return view;
  }
  return (
    <Fold
      key={session}
      className="wb-did"
      open={step.status === 'error'}
      summary={
        <>
          <Icon name="agent" />
          <span>What the agent did</span>
        </>
      }
    >
      {() => view}
    </Fold>
  );
}

/** Nothing is there yet: what it will leave, and why it cannot be started if it cannot. */
function Awaits({ work, step }: { work: Work; step: StepView }): React.ReactElement {
  const outline = work.definition?.steps.find(({ key }) => key === step.key);
  return (
    <p className="wb-hint wb-awaits">
      {outline && outline.outputs.length > 0 && (
        <>
          It leaves{' '}
          {outline.outputs.map((path, i) => (
            <React.Fragment key={path}>
              {i > 0 && ', '}
              <code>{plain(path)}</code>
            </React.Fragment>
          ))}
          .{' '}
        </>
      )}
      {!step.may_start && step.refusal && plain(step.refusal)}
    </p>
  );
}
