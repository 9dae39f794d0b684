/** What a person has said of a skill lies in a file that cannot be read: why, and the words once more. */
import React, { useEffect, useRef, useState } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure } from '../../protocol';
import type { Host } from '../host';
import { PAGE } from '../../client/page';
import type { Workflow } from '../workflow/useWorkflow';

interface Props {
  workflow: Workflow;
  failure: Failure;
  host: Host;
  readOnly: boolean;
}

export function SaidAnew({ workflow, failure, host, readOnly }: Props): React.ReactElement {
  const { skill, reload } = workflow;
  const [anew, setAnew] = useState(false);
  const told = {
    ...failure,
    message: 'What you have said of this skill cannot be read, and no agent can be told it.',
    remedy: `${failure.message} Restore an earlier version of the skill, or say it anew: the file as it is stays in the versions.`
  };
  return (
    <Sentence failure={told} past={anew}>
      {anew ? (
        <Words workflow={workflow} close={() => setAnew(false)} />
      ) : (
        <div className="wb-buttons">
          {!readOnly && (
            <button type="button" className="wb-button wb-primary" onClick={() => setAnew(true)}>
              <Icon name="edit" /> Say it anew
            </button>
          )}
          {host.openSkill && (
            <button type="button" className="wb-button" onClick={() => host.openSkill?.(skill)}>
              <Icon name="skill" /> Open the skill and its versions
            </button>
          )}
          <button type="button" className="wb-button" onClick={reload}>
            <Icon name="refresh" /> Look again
          </button>
        </div>
      )}
    </Sentence>
  );
}

function Words({ workflow, close }: { workflow: Workflow; close: () => void }): React.ReactElement {
  const { client, skill, take } = workflow;
  const [description, setDescription] = useState('');
  const [context, setContext] = useState('');
  const action = useAction();
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const ready = description.trim() !== '';
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (ready) {
      const said = { description: description.trim(), context: context.trim() };
      void action.run(async () =>
        take(await client.call('workflow.save_intake', { skill, instance: PAGE, ...said }))
      );
    }
  };
  return (
    <form className="wb-anew" aria-label={`What ${plain(skill)} is to do`} onSubmit={submit}>
      <label className="wb-field">
        <span>What should an agent know how to do?</span>
        <textarea
          ref={box}
          className="wb-input"
          rows={3}
          maxLength={10_000}
          value={description}
          onChange={event => setDescription(event.target.value)}
        />
      </label>
      <label className="wb-field">
        <span>What should it know of you and your work?</span>
        <textarea
          className="wb-input"
          rows={3}
          maxLength={100_000}
          value={context}
          onChange={event => setContext(event.target.value)}
        />
      </label>
      {action.failure && <Sentence failure={action.failure} />}
      <div className="wb-buttons">
        <button type="submit" className="wb-button wb-primary" aria-disabled={!ready || action.busy}>
          Save it
        </button>
        <button type="button" className="wb-button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  );
}
