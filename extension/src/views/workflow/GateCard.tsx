/** What was said of the answers as a whole, and what a person can do about it. What goes on costs money, and says how much. */
import React, { useEffect, useRef } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { GateState } from '../../protocol';
import { PAGE } from '../../client/page';
import { saved } from './desks';
import { PaidButton } from './Price';
import { byVerdict, worstOf } from './state';
import type { Work } from './useWorkflow';
import { DIALOGS, VERDICTS } from './words';

interface Props {
  work: Work;
  gate: GateState;
  /** How often the person has asked to be shown it. */
  asked: number;
  jump: (id: string) => void;
  /** A step was started. */
  started: () => void;
}

export function GateCard({ work, gate, asked, jump, started }: Props): React.ReactElement {
  const { client, skill, state, driving, readOnly, reload } = work;
  const action = useAction();
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asked > 0) {
      place.current?.focus();
      void place.current?.scrollIntoView?.({ block: 'nearest' });
    }
  }, [asked]);
  const { title, says } = DIALOGS[gate.dialog];
  const { evaluation } = gate;
  const next = state.steps[state.steps.findIndex(({ key }) => key === gate.step) + 1];
  const choose = (decision: 'continue' | 'skip'): Promise<boolean> =>
    action.run(async () => {
      await saved(work);
      const change = { skill, instance: PAGE };
      const { next_step } = await client.call('workflow.log_gate_decision', {
        ...change,
        step: gate.step,
        decision
      });
      // What is skipped to is offered with its own price.
      if (next_step && decision === 'continue') {
        await client.call('workflow.run_step', { ...change, step: next_step, ...driving });
      }
      reload();
      started();
    });
  const revise = (): void => {
    void action.run(() =>
      client.call('workflow.log_gate_decision', {
        skill,
        instance: PAGE,
        step: gate.step,
        decision: 'answer'
      })
    );
    const worst = worstOf(gate);
    if (worst) {
      jump(worst);
    }
  };
  return (
    <section
      ref={place}
      className="wb-gate"
      data-dialog={gate.dialog}
      aria-label="What the answers were judged to be"
      tabIndex={-1}
    >
      <header>
        <Icon name={gate.dialog === 'clear' ? 'check' : 'question'} />
        <b role="status">{title}</b>
      </header>
      <p>{says}</p>
      {evaluation.reasoning && <p className="wb-hint">{plain(evaluation.reasoning)}</p>}
      {evaluation.judged_by === 'rules' && gate.dialog !== 'unavailable' && (
        <p className="wb-hint">Only counted: no model has judged them.</p>
      )}
      <dl className="wb-verdicts">
        {byVerdict(gate).map(([verdict, judged]) => (
          <div key={verdict} data-verdict={verdict}>
            <dt>{VERDICTS[verdict]}</dt>
            <dd>
              {judged.map(({ question_id }) => (
                <button
                  key={question_id}
                  type="button"
                  className="wb-more"
                  aria-label={`Go to ${plain(question_id)}`}
                  onClick={() => jump(question_id)}
                >
                  {plain(question_id)}
                </button>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-buttons">
        {gate.choices.includes('answer') && (
          <button
            type="button"
            className="wb-button"
            aria-disabled={readOnly}
            onClick={() => readOnly || revise()}
          >
            <Icon name="edit" /> {gate.dialog === 'unanswered' ? 'Answer them' : 'Revise my answers'}
          </button>
        )}
        {gate.choices.includes('continue') && next && (
          <PaidButton
            work={work}
            of={{ step: next.key }}
            primary={gate.dialog !== 'unanswered'}
            busy={action.busy}
            act={() => void choose('continue')}
          >
            {gate.dialog === 'unanswered' ? 'Go on without' : 'Go on'}: {plain(next.title)}
          </PaidButton>
        )}
        {gate.choices.includes('skip') && (
          <button
            type="button"
            className="wb-button"
            aria-disabled={action.busy || readOnly}
            onClick={() => readOnly || void choose('skip')}
          >
            Skip {next ? plain(next.title) : 'it'}
          </button>
        )}
      </div>
    </section>
  );
}
