/** The agent asks the person: one choice or several for each question, and always room for an answer of one's own. */
import React, { useId, useRef, useState } from 'react';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Question } from '../../protocol';
import type { QuestionBlock } from './blocks';
import { useKeptFocus } from './useKeptFocus';

export type Respond = (
  input: string,
  action: 'submit' | 'decline',
  content: { [question: string]: unknown }
) => Promise<unknown>;

interface Draft {
  readonly chosen: readonly string[];
  readonly other: string;
}

const BLANK: Draft = { chosen: [], other: '' };

interface Props {
  block: QuestionBlock;
  respond: Respond;
}

export function QuestionCard({ block, respond }: Props): React.ReactElement {
  const outcome = useRef<HTMLDivElement>(null);
  const card = useKeptFocus(block.answer !== undefined, outcome);
  return (
    <section
      ref={card}
      className="wb-card"
      data-answered={block.answer?.action}
      role="group"
      aria-label="A question from the agent"
    >
      <header>
        <Icon name="question" />
        <span role={block.answer ? undefined : 'alert'}>
          {block.message ? plain(block.message) : block.answer ? 'The agent asked' : 'The agent asks'}
        </span>
      </header>
      {block.answer ? (
        <Answered block={block} place={outcome} />
      ) : (
        <Questions block={block} respond={respond} />
      )}
    </section>
  );
}

function Questions({ block, respond }: Props): React.ReactElement {
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => block.questions.map(() => BLANK));
  const action = useAction();
  const given = action.busy || action.done;
  const complete = drafts.every(draft => draft.chosen.length > 0 || draft.other.trim() !== '');
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (complete && !given) {
      const answers = block.questions.map((question, i) => [
        question.question,
        answerOf(question, drafts[i])
      ]);
      void action.run(() => respond(block.userInputId, 'submit', Object.fromEntries(answers)));
    }
  };
  const decline = (): unknown => given || action.run(() => respond(block.userInputId, 'decline', {}));
  return (
    <form onSubmit={submit}>
      {block.questions.map((question, i) => (
        <Choice
          key={i}
          question={question}
          draft={drafts[i]}
          change={next => setDrafts(drafts.map((draft, j) => (i === j ? next : draft)))}
        />
      ))}
      <div className="wb-buttons">
        <button type="submit" className="wb-button wb-primary" aria-disabled={!complete || given}>
          Answer
        </button>
        <button type="button" className="wb-button" aria-disabled={given} onClick={decline}>
          Do not answer
        </button>
      </div>
      {action.failure && <Sentence failure={action.failure} />}
    </form>
  );
}

interface ChoiceProps {
  question: Question;
  draft: Draft;
  change: (draft: Draft) => void;
}

function Choice({ question, draft, change }: ChoiceProps): React.ReactElement {
  const name = useId();
  const several = question.multiSelect === true;
  const choose = (label: string): void => {
    const has = draft.chosen.includes(label);
    const chosen = several
      ? has
        ? draft.chosen.filter(item => item !== label)
        : [...draft.chosen, label]
      : [label];
    change({ chosen, other: several ? draft.other : '' });
  };
  return (
    <fieldset className="wb-question">
      <legend>
        {question.header && <span className="wb-badge">{plain(question.header)}</span>}{' '}
        {plain(question.question)}
      </legend>
      {question.options?.map(option => (
        <label key={option.label} className="wb-option">
          <input
            type={several ? 'checkbox' : 'radio'}
            name={name}
            checked={draft.chosen.includes(option.label)}
            onChange={() => choose(option.label)}
          />
          <span>
            {plain(option.label)}
            {option.description && <small>{plain(option.description)}</small>}
          </span>
        </label>
      ))}
      <input
        type="text"
        className="wb-input"
        aria-label={`Your own answer: ${question.question}`}
        placeholder={question.options?.length ? 'Something else' : 'Your answer'}
        value={draft.other}
        onChange={event => change({ chosen: several ? draft.chosen : [], other: event.target.value })}
      />
    </fieldset>
  );
}

function answerOf(question: Question, draft: Draft): string | string[] {
  const other = draft.other.trim();
  return question.multiSelect ? [...draft.chosen, ...(other ? [other] : [])] : other || draft.chosen[0];
}

function Answered({
  block,
  place
}: {
  block: QuestionBlock;
  place: React.RefObject<HTMLDivElement>;
}): React.ReactElement {
  const { action, by } = block.answer as NonNullable<QuestionBlock['answer']>;
  const word = {
    submit: 'Answered.',
    decline: 'Not answered.',
    cancel: 'Cancelled.',
    gone: 'The turn ended before this was answered.'
  }[action];
  return (
    <>
      <dl className="wb-answers">
        {block.questions.map(({ question }) => (
          <div key={question}>
            <dt>{plain(question)}</dt>
            <dd>{plain([block.content?.[question] ?? []].flat().join(', '))}</dd>
          </div>
        ))}
      </dl>
      <div className="wb-outcome" ref={place} tabIndex={-1} role="status">
        <Icon name={action === 'submit' ? 'check' : 'cross'} />
        {by === 'timeout' ? 'Nobody answered in time.' : word}
      </div>
    </>
  );
}
