/**
 * The agent asks to use a tool. The card shows exactly what it would do, and only this card decides.
 *
 * When an answer has come, from here or from anywhere else, the buttons give way to a sentence; focus that was in the card
 * goes to that sentence and not to the page. A second click finds no button.
 */
import React, { useRef } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { Arguments } from './Arguments';
import type { PermissionBlock } from './blocks';
import { useKeptFocus } from './useKeptFocus';

export type Decide = (permission: string, behavior: 'allow' | 'deny', remember: boolean) => Promise<unknown>;

export function PermissionCard({
  block,
  decide
}: {
  block: PermissionBlock;
  decide: Decide;
}): React.ReactElement {
  const { tool, input, answer } = block;
  const about = [block.title, block.description].filter(Boolean).join('. ');
  const action = useAction();
  const outcome = useRef<HTMLParagraphElement>(null);
  const card = useKeptFocus(answer !== undefined, outcome);
  // Between the answer and the news of it there is nothing to press.
  const given = action.busy || action.done;
  const choose =
    (behavior: 'allow' | 'deny', remember = false) =>
    () =>
      given ? undefined : action.run(() => decide(block.permissionId, behavior, remember));
  return (
    <section
      ref={card}
      className="wb-card"
      data-answered={answer?.behavior}
      role="group"
      aria-label={`Permission to use ${tool}`}
    >
      <header>
        <Icon name="shield" />
        <span>
          The agent wants to use <b>{plain(tool)}</b>
        </span>
      </header>
      {about && <p>{plain(about)}</p>}
      <Arguments name={tool} input={input} full={!answer} />
      {answer ? (
        <p className="wb-outcome" ref={outcome} tabIndex={-1} role="status">
          <Icon name={answer.behavior === 'allow' ? 'check' : 'cross'} />
          {outcomeOf(answer)}
        </p>
      ) : (
        <div
          className="wb-buttons"
          role="alert"
          aria-label={`The agent waits for your permission to use ${tool}`}
        >
          <button
            type="button"
            className="wb-button wb-primary"
            aria-disabled={given}
            onClick={choose('allow')}
          >
            Allow
          </button>
          <button type="button" className="wb-button" aria-disabled={given} onClick={choose('allow', true)}>
            Allow for this session
          </button>
          <button
            type="button"
            className="wb-button wb-danger"
            aria-disabled={given}
            onClick={choose('deny')}
          >
            Deny
          </button>
        </div>
      )}
      {action.failure && !answer && <Sentence failure={action.failure} />}
    </section>
  );
}

function outcomeOf({ behavior, by, remember }: NonNullable<PermissionBlock['answer']>): string {
  if (behavior === 'gone') {
    return 'The turn ended before this was answered.';
  }
  const word = behavior === 'allow' ? 'Allowed' : 'Denied';
  if (by === 'timeout') {
    return `${word}: nobody answered in time.`;
  }
  if (by === 'policy') {
    return `${word} by a rule.`;
  }
  return remember ? `${word} for this session.` : `${word}.`;
}
