/**
 * One question with its answer. A value: a key pressed here draws this row and no other.
 *
 * A choice is saved when it is picked, words when the keyboard rests. While any of its choices has the keyboard, a number
 * picks a choice.
 */
import React, { memo, useId } from 'react';
import { useWatched } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { AnswerDesk } from './desks';
import { Saving } from './Saving';
import { isAnswered, recommendedOf, type AnswerFields, type Asked, type Judgement } from './state';
import { VERDICTS } from './words';

interface Props {
  asked: Asked;
  desk: AnswerDesk;
  readOnly: boolean;
  /** What was said of its answer. */
  remark: Judgement | undefined;
  /** The answers were changed since that was said. */
  stale: boolean;
  jump: (id: string) => void;
}

export const QuestionRow = memo(function QuestionRow(props: Props): React.ReactElement {
  const { asked, desk, readOnly, remark, stale, jump } = props;
  const entry = useWatched(desk.entry(asked.id));
  const name = useId();
  const { choice, words } = entry.draft;
  const choices = asked.choices ?? [];
  const recommended = recommendedOf(asked);
  const set = (next: Partial<AnswerFields>, soon = false): void => {
    if (!readOnly) {
      desk.change(asked.id, { choice, words, ...next }, { soon });
    }
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLFieldSetElement>): void => {
    const typing = event.target instanceof HTMLTextAreaElement;
    const number = Number(event.key);
    if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && choices[number - 1]) {
      set({ choice: choices[number - 1].id });
      event.currentTarget.querySelectorAll<HTMLElement>('input[type=radio]')[number - 1]?.focus();
      event.preventDefault();
    }
  };
  const other = choices.find(({ is_other }) => is_other)?.id;
  const answered = isAnswered(entry.draft);
  return (
    <fieldset
      className="wb-ask"
      data-question={asked.id}
      data-answered={answered || undefined}
      data-verdict={remark && !stale ? remark.verdict : undefined}
      data-refines={'parent_question_id' in asked || undefined}
      onKeyDown={onKeyDown}
    >
      <legend>
        <span className="wb-ask-id">{plain(asked.id)}</span> <b>{plain(asked.title)}</b>
        {asked.must_answer && <span className="wb-badge wb-must">must be answered</span>}
      </legend>
      {asked.text !== asked.title && <p className="wb-ask-text">{plain(asked.text)}</p>}
      {choices.map((each, i) => (
        <label key={each.id} className="wb-ask-choice">
          <input
            type="radio"
            name={name}
            checked={choice === each.id}
            disabled={readOnly}
            onChange={() => set({ choice: each.id })}
          />
          <span className="wb-ask-key" aria-hidden="true">
            {i + 1}
          </span>
          <span>
            {plain(each.text)}
            {recommended?.id === each.id && (
              <>
                {' '}
                <span className="wb-badge wb-recommended">recommended</span>
                {recommended.why && <small>{plain(recommended.why)}</small>}
              </>
            )}
          </span>
        </label>
      ))}
      <textarea
        className="wb-input wb-ask-words"
        rows={1}
        aria-label={`${choices.length ? 'In your own words' : 'Your answer'}: ${plain(asked.title)}`}
        placeholder={placeholderOf(choices.length > 0, choice, other)}
        value={words ?? ''}
        readOnly={readOnly}
        onChange={event => set({ words: event.target.value }, true)}
        onBlur={() => void desk.flush(asked.id)}
      />
      <div className="wb-ask-foot">
        {remark && <Remark remark={remark} stale={stale} jump={jump} />}
        <Saving
          desk={desk}
          id={asked.id}
          what="answer"
          entry={entry}
          show={({ choice: picked, words: said }) => shown(asked, picked, said)}
        />
        {answered && !readOnly && (
          <button
            type="button"
            className="wb-more"
            aria-label={`Clear the answer to ${plain(asked.id)}`}
            onClick={() => set({ choice: null, words: null })}
          >
            Clear
          </button>
        )}
      </div>
    </fieldset>
  );
});

function placeholderOf(choices: boolean, choice: string | null, other: string | undefined): string {
  if (!choices) {
    return 'Your answer';
  }
  return choice === other && other
    ? 'What is it?'
    : choice === null
      ? 'Or in your own words'
      : 'Anything to add?';
}

/** An answer as one reads it. */
function shown({ choices = [] }: Asked, choice: string | null, words: string | null): string {
  const picked = choices.find(({ id }) => id === choice)?.text;
  return [picked, words].filter(Boolean).join(' — ') || 'No answer';
}

interface RemarkProps {
  remark: Judgement;
  stale: boolean;
  jump: (id: string) => void;
}

function Remark({ remark, stale, jump }: RemarkProps): React.ReactElement {
  const { contradicts } = remark;
  return (
    <p className="wb-remark" data-stale={stale || undefined}>
      <Icon name="warning" />
      <span>
        <b>{VERDICTS[remark.verdict]}.</b> {remark.reason && plain(remark.reason)}
        {stale && ' (said before your last change)'}{' '}
        {contradicts && (
          <button type="button" className="wb-more" onClick={() => jump(contradicts)}>
            Go to {plain(contradicts)}
          </button>
        )}
      </span>
    </p>
  );
}
