/** How it stands, in a sentence that is read out when it changes, and the one thing that is to be done next. */
import React from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { PAGE } from '../../client/page';
import { saved } from './desks';
import { PaidButton } from './Price';
import { dueStep, runningStep } from './state';
import type { Work } from './useWorkflow';
import { MOODS } from './words';

interface Props {
  work: Work;
  /** The step that is on the screen. */
  shown: string | undefined;
  show: (key: string) => void;
  /** A step was started, or a judgement asked for: the screen follows. */
  started: () => void;
  /** Goes to what the answers were judged to be, on the screen that is shown. */
  toGate?: () => void;
}

export function Next({ work, shown, show, started, toGate }: Props): React.ReactElement {
  const { state } = work;
  const action = useAction();
  return (
    <div className="wb-next" data-mood={MOODS[state.next]}>
      <p role="status">{plain(state.standing)}</p>
      <Act work={work} action={action} shown={shown} show={show} started={started} toGate={toGate} />
      {action.failure && <Sentence failure={action.failure} />}
    </div>
  );
}

interface ActProps extends Props {
  action: ReturnType<typeof useAction>;
}

function Act({ work, action, shown, show, started, toGate }: ActProps): React.ReactElement | null {
  const { client, skill, state, driving, unable, reload, readOnly } = work;
  const due = dueStep(state);
  const running = runningStep(state);
  if (!due) {
    return null;
  }
  const look = (words: string): React.ReactElement | null =>
    due.key === shown ? null : (
      <button type="button" className="wb-button wb-primary" onClick={() => show(due.key)}>
        {words}
      </button>
    );
  const start = async (): Promise<void> => {
    await saved(work);
    await client.call('workflow.run_step', { skill, step: due.key, instance: PAGE, ...driving });
    reload();
    started();
  };
  const judge = async (): Promise<void> => {
    await saved(work);
    await client.call('workflow.evaluate_answers', { skill, step: due.key, instance: PAGE, ...driving });
    reload();
    started();
  };
  switch (state.next) {
    case 'run':
      return due.may_start && unable ? (
        <p className="wb-hint">{plain(unable)}</p>
      ) : due.may_start ? (
        <PaidButton
          work={work}
          of={{ step: due.key }}
          icon="resume"
          primary
          busy={action.busy}
          act={() => void action.run(start)}
        >
          Start {plain(due.title)}
        </PaidButton>
      ) : (
        <p className="wb-hint">{due.refusal && plain(due.refusal)}</p>
      );
    case 'answer':
    case 'gate':
      if (state.next === 'gate' && state.gate && !state.gate.stale) {
        return due.key === shown && toGate ? (
          <button type="button" className="wb-button" onClick={toGate}>
            Choose how it goes on
          </button>
        ) : (
          look('Look at the answers')
        );
      }
      return (
        <>
          {state.next === 'answer' && look('Answer the questions')}
          <PaidButton
            work={work}
            of={{ step: due.key, what: 'gate' }}
            icon="check"
            primary={state.next === 'gate'}
            busy={action.busy}
            act={() => void action.run(judge)}
          >
            {state.gate ? 'Judge them again' : 'Have my answers judged'}
          </PaidButton>
        </>
      );
    case 'decide':
      return look('Look at the decisions');
    case 'mend':
      return look('See what happened');
    case 'wait':
      return running && !readOnly ? (
        <button
          type="button"
          className="wb-button wb-stop"
          aria-disabled={action.busy}
          onClick={() => void action.run(() => client.call('workflow.stop', { skill }))}
        >
          <Icon name="stop" /> {action.busy ? 'Stopping…' : `Stop ${plain(running.title)}`}
        </button>
      ) : null;
    case 'done':
      return null;
  }
}
