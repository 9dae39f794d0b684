/**
 * What a reset would take away, file by file, before anything is done. The safe answer has the keyboard.
 *
 * What goes is in the trash and in a version made just before; both are said once it is done.
 */
import React, { useEffect, useRef, useState } from 'react';
import { failureOf } from '../../client/client';
import { plural } from '../../components/format';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, KeptImported, ResetPlan, StepView, WasReset } from '../../protocol';
import { PAGE } from '../../client/page';
import { saved } from './desks';
import type { Work } from './useWorkflow';
import { bytes } from './words';

interface Props {
  work: Work;
  step: StepView;
  /** The step itself is kept, what comes behind it goes. */
  keep: boolean;
  /** The skill is built by no workflow any more. */
  left: (kept: KeptImported) => void;
  close: (done: WasReset | null) => void;
}

export function ResetDialog({ work, step, keep, left, close }: Props): React.ReactElement {
  const { client, skill, state, take } = work;
  const [plan, setPlan] = useState<ResetPlan | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [adopt, setAdopt] = useState(false);
  const action = useAction();
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    let current = true;
    no.current?.focus();
    client.call('workflow.preview_reset', { skill, step: step.key, keep }).then(
      reply => current && setPlan(reply),
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, skill, step.key, keep]);
  const go = (): Promise<boolean> =>
    action.run(async () => {
      // What is kept is kept as it is on the screen; what goes need not be saved first.
      if (keep) {
        await saved(work);
      }
      const stop = plan?.running ?? false;
      const done = await client.call('workflow.reset', {
        skill,
        step: step.key,
        keep,
        stop,
        adopt,
        instance: PAGE
      });
      take(done.state);
      close(done);
    });
  const leave = (): Promise<boolean> =>
    action.run(async () => left(await client.call('workflow.keep_imported', { skill, instance: PAGE })));
  const files = plan?.steps.flatMap(each => each.files) ?? [];
  const changed = files.filter(each => each.changed).length;
  return (
    <div
      className="wb-proposal wb-reset"
      role="alertdialog"
      aria-label={keep ? `Go back to ${plain(step.title)}?` : `Reset ${plain(step.title)}?`}
      onKeyDown={event => event.key === 'Escape' && close(null)}
    >
      <p>
        <b>
          {keep
            ? `Go back to ${plain(step.title)}, and do again what comes after it?`
            : `Reset ${plain(step.title)} and all that comes after it?`}
        </b>
      </p>
      {!plan && !failure && <p className="wb-hint wb-shimmer">Looking at what would go…</p>}
      {failure && <Sentence failure={failure} />}
      {plan && (
        <>
          {plan.running && (
            <p className="wb-remark">
              <Icon name="warning" />
              <span>An agent is at work. It is stopped first.</span>
            </p>
          )}
          {plan.steps.map(each => (
            <div key={each.key} className="wb-names">
              <p>
                <Icon name="delete" /> {plain(each.title)}
                {each.files.length === 0 && ': no files, it only starts again'}
              </p>
              <ul aria-label={`Files of ${plain(each.title)} that go`}>
                {each.files.map(({ path, size, changed: touched }) => (
                  <li key={path}>
                    <code>{plain(path)}</code> <small>{bytes(size)}</small>{' '}
                    {touched && <span className="wb-badge wb-warn">changed since</span>}
                  </li>
                ))}
              </ul>
            </div>
          ))}
          <p className="wb-hint">
            {files.length
              ? `${plural(files.length, 'file')} move${files.length === 1 ? 's' : ''} to the trash, after a version that holds ${files.length === 1 ? 'it' : 'them'} is made.`
              : 'No file goes.'}
            {changed > 0 && ' Some were changed by hand since their step ended.'}
          </p>
          {plan.importable && (
            <p className="wb-remark">
              <Icon name="info" />
              <span>
                Its SKILL.md is complete, although files of an earlier step are gone. You can keep the skill
                as imported instead: its text stays as it is, what the workflow kept beside it (questions,
                decisions, evaluations) goes to the trash, and no step is run any more.
              </span>
            </p>
          )}
          {state.adoptable && step.number === 0 && !keep && (
            <label className="wb-adopt">
              <input type="checkbox" checked={adopt} onChange={event => setAdopt(event.target.checked)} /> Go
              on with the workflow as it is defined now: it has changed since this skill was begun.
            </label>
          )}
        </>
      )}
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-buttons">
        <button type="button" className="wb-button" ref={no} onClick={() => close(null)}>
          Leave it
        </button>
        {plan?.importable && (
          <button
            type="button"
            className="wb-button"
            aria-disabled={action.busy || plan.running}
            title={plan.running ? 'An agent is at work: wait for it, or stop it.' : undefined}
            onClick={() => plan.running || void leave()}
          >
            <Icon name="skill" /> Keep as imported
          </button>
        )}
        {plan && (
          <button
            type="button"
            className="wb-button wb-danger"
            aria-disabled={action.busy}
            onClick={() => void go()}
          >
            {action.busy ? <span className="wb-spinner" /> : <Icon name="undo" />}{' '}
            {keep ? 'Go back' : 'Reset'}
          </button>
        )}
      </div>
    </div>
  );
}
