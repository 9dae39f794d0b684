/**
 * The agent asks to use a tool. The card shows exactly what it would do, and only this card decides.
 *
 * When an answer has come, from here or from anywhere else, the buttons give way to a sentence; focus that was in the card
 * goes to that sentence and not to the page. A second click finds no button.
 */
import React, { useRef } from 'react';
import { Fold } from '../../components/Fold';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { Arguments } from './Arguments';
import type { PermissionBlock } from './blocks';
import { useKeptFocus } from './useKeptFocus';

export type Decide = (permission: string, behavior: 'allow' | 'deny', remember: boolean) => Promise<unknown>;

interface Props {
  block: PermissionBlock;
  decide: Decide;
}

export function PermissionCard({ block, decide }: Props): React.ReactElement {
  const { tool, input, answer } = block;
  const about = [block.title, block.description].filter(Boolean).join('. ');
  const outcome = useRef<HTMLParagraphElement>(null);
  const card = useKeptFocus(answer !== undefined, outcome);
  const asked = (
    <>
      {about && <p>{plain(about)}</p>}
      <Arguments name={tool} input={input} full={!answer} />
    </>
  );
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
        <span role={answer ? undefined : 'alert'}>
          The agent {answer ? 'asked' : 'wants'} to use <b>{plain(tool)}</b>
        </span>
      </header>
      {answer ? (
        <>
          <p className="wb-outcome" ref={outcome} tabIndex={-1} role="status">
            <Icon name={answer.behavior === 'allow' ? 'check' : 'cross'} />
            {outcomeOf(answer)}
          </p>
          <Fold className="wb-asked" summary="What was asked">
            {() => asked}
          </Fold>
        </>
      ) : (
        <>
          {asked}
          <Choices block={block} decide={decide} />
        </>
      )}
    </section>
  );
}

const CHOICES = [
  { label: 'Allow', behavior: 'allow', remember: false, look: 'wb-primary' },
  { label: 'Allow for this session', behavior: 'allow', remember: true, look: '' },
  { label: 'Deny', behavior: 'deny', remember: false, look: 'wb-danger' }
] as const;

function Choices({ block, decide }: Props): React.ReactElement {
  const action = useAction();
  // Between the answer and the news of it there is nothing to press.
  const given = action.busy || action.done;
  return (
    <>
      <div className="wb-buttons">
        {CHOICES.map(({ label, behavior, remember, look }) => (
          <button
            key={label}
            type="button"
            className={`wb-button ${look}`}
            aria-disabled={given}
            onClick={() => given || action.run(() => decide(block.permissionId, behavior, remember))}
          >
            {label}
          </button>
        ))}
      </div>
      {action.failure && <Sentence failure={action.failure} />}
    </>
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
