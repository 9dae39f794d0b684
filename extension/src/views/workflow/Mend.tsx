/** A step that has stopped: what was wrong, and each way on. Nothing is paid without a click that says how much. */
import React, { useEffect, useState } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Client } from '../../client/client';
import type { Failure, StepView } from '../../protocol';
import { PAGE } from '../../client/page';
import { saved } from './desks';
import { PaidButton } from './Price';
import type { Work } from './useWorkflow';

interface Props {
  work: Work;
  step: StepView;
  failure: Failure;
  started: () => void;
}

export function Mend({ work, step, failure, started }: Props): React.ReactElement {
  const { client, skill, driving, reload, readOnly } = work;
  const [editing, setEditing] = useState(false);
  const action = useAction();
  const run = (more: { resume?: boolean; repair?: boolean }): Promise<boolean> =>
    action.run(async () => {
      await saved(work);
      await client.call('workflow.run_step', { skill, step: step.key, instance: PAGE, ...driving, ...more });
      reload();
      started();
    });
  const can = (what: StepView['actions'][number]): boolean => step.actions.includes(what);
  return (
    <Sentence failure={failure} past>
      <Problems failure={failure} />
      {action.failure && <Sentence failure={action.failure} />}
      {!readOnly && (
        <div className="wb-buttons">
          {can('resume') && (
            <PaidButton
              work={work}
              of={{ step: step.key }}
              icon="resume"
              primary
              busy={action.busy}
              act={() => void run({ resume: true })}
            >
              Resume
            </PaidButton>
          )}
          {can('ask_again') && (
            <PaidButton
              work={work}
              of={{ step: step.key, what: 'repair' }}
              icon="refresh"
              primary
              busy={action.busy}
              act={() => void run({ repair: true })}
            >
              Ask again
            </PaidButton>
          )}
          {can('start') && (
            <PaidButton
              work={work}
              of={{ step: step.key }}
              icon="resume"
              primary
              busy={action.busy}
              act={() => void run({})}
            >
              Run it again
            </PaidButton>
          )}
          {can('edit_output') && !editing && (
            <button type="button" className="wb-button" onClick={() => setEditing(true)}>
              <Icon name="edit" /> Edit the output myself
            </button>
          )}
        </div>
      )}
      {editing && <EditOutput work={work} step={step} failure={failure} close={() => setEditing(false)} />}
    </Sentence>
  );
}

/** Lines that say where the output is wrong. */
function Problems({ failure: { facts } }: { failure: Failure }): React.ReactElement | null {
  const problems = Array.isArray(facts?.problems) ? facts.problems : [];
  const lines = problems.map(each =>
    typeof each === 'string' ? each : [each?.path, each?.message].filter(Boolean).join(': ')
  );
  return lines.length ? (
    <ul className="wb-faults">
      {lines.map(each => (
        <li key={each}>
          <code>{plain(each)}</code>
        </li>
      ))}
    </ul>
  ) : null;
}

interface EditProps {
  work: Work;
  step: StepView;
  failure: Failure;
  close: () => void;
}

function EditOutput({ work, step, failure, close }: EditProps): React.ReactElement {
  const { client, skill, take } = work;
  const [text, setText] = useOutput(client, failure);
  const action = useAction();
  const submit = (): Promise<boolean> =>
    action.run(async () => {
      take(
        await client.call('workflow.submit_output', {
          skill,
          step: step.key,
          text: text ?? '',
          instance: PAGE
        })
      );
      close();
    });
  return (
    <div className="wb-edit-output" role="group" aria-label="The output">
      <textarea
        className="wb-input"
        rows={14}
        spellCheck={false}
        autoFocus
        aria-label="The output, as JSON"
        value={text ?? ''}
        onChange={event => setText(event.target.value)}
      />
      {action.failure && (
        <Sentence failure={action.failure}>
          <Problems failure={action.failure} />
        </Sentence>
      )}
      <div className="wb-buttons">
        <button
          type="button"
          className="wb-button wb-primary"
          aria-disabled={!text?.trim() || action.busy}
          onClick={() => text?.trim() && void submit()}
        >
          Use this output
        </button>
        <button type="button" className="wb-button" onClick={close}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** What the agent has sent, where it was kept. */
function useOutput(client: Client, { facts }: Failure): readonly [string | null, (text: string) => void] {
  const told = typeof facts?.raw === 'string' ? facts.raw : null;
  const path = typeof facts?.path === 'string' ? facts.path : null;
  const [text, setText] = useState<string | null>(told);
  useEffect(() => {
    let current = true;
    if (told === null && path !== null) {
      client.call('files.read', { path }).then(
        reply => current && setText(before => before ?? reply.text),
        () => undefined
      );
    }
    return () => {
      current = false;
    };
  }, [client, told, path]);
  return [text, setText];
}
