/** The questions of a row, each with what would answer it. */
import React, { useId } from 'react';
import { plain } from '../../components/plain';
import type { PlanRow } from '../../protocol';
import { problemOf } from '../skills/naming';
import { asksOf, nameOf, spareName, type Answer, type Question } from './state';

interface Props {
  row: PlanRow;
  given: Answer;
  open: readonly Question[];
  answer: (answer: Answer) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function Answers({ row, given, open, answer }: Props): React.ReactElement | null {
  const asks = asksOf(row);
  const twin = open.includes('twin');
  if (asks.length === 0 && !twin) {
    return null;
  }
  const named = asks.includes('name') || given.taken === 'keep_both' || twin || given.name !== undefined;
  return (
    <div
      className="wb-answers-form"
      role="group"
      aria-label={`Questions about ${plain(row.name ?? row.path)}`}
    >
      {asks.includes('taken') && <Taken row={row} given={given} answer={answer} />}
      {named && given.taken !== 'replace' && <Name row={row} given={given} twin={twin} answer={answer} />}
      {asks.includes('description') && <Description row={row} given={given} answer={answer} />}
    </div>
  );
}

type Part = Pick<Props, 'row' | 'given' | 'answer'>;

function Taken({ row, given, answer }: Part): React.ReactElement {
  const name = useId();
  const mine = plain(row.name ?? row.proposed ?? '');
  const changed = row.state === 'customised';
  return (
    <fieldset className="wb-question">
      <legend>
        {changed
          ? `You have changed “${mine}” since it came from here.`
          : `The library has another skill named “${mine}”.`}
      </legend>
      {(['replace', 'keep_both'] as const).map(each => (
        <label key={each} className="wb-option">
          <input
            type="radio"
            name={name}
            checked={given.taken === each}
            onChange={() => answer({ taken: each })}
          />
          <span>
            {each === 'replace' ? (
              <>
                Replace it <small>Yours goes to the trash and can be restored.</small>
              </>
            ) : (
              <>
                Keep both <small>This one comes in under another name.</small>
              </>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Name({ row, given, twin, answer }: Part & { twin: boolean }): React.ReactElement {
  const id = useId();
  const proposed = given.taken === 'keep_both' ? spareName(row) : row.proposed;
  const written = given.name ?? (given.taken === 'keep_both' ? (nameOf(row, given) ?? '') : '');
  const problem = written ? problemOf(written, NONE) : null;
  return (
    <div className="wb-field">
      <label htmlFor={id}>Name</label>
      {twin && <span data-problem>Another of the chosen has this name.</span>}
      <div className="wb-source-line">
        <input
          id={id}
          className="wb-input"
          value={written}
          spellCheck={false}
          maxLength={100}
          placeholder={plain(proposed ?? 'a-name')}
          aria-invalid={problem !== null || undefined}
          aria-describedby={`${id}-problem`}
          onChange={event => answer({ name: event.target.value })}
        />
        {proposed && written !== proposed && (
          <button type="button" className="wb-button" onClick={() => answer({ name: proposed })}>
            Use “{plain(proposed)}”
          </button>
        )}
      </div>
      <span id={`${id}-problem`} data-problem={problem ? '' : undefined}>
        {problem}
      </span>
    </div>
  );
}

function Description({ given, answer }: Part): React.ReactElement {
  const id = useId();
  return (
    <div className="wb-field">
      <label htmlFor={id}>Description</label>
      <textarea
        id={id}
        className="wb-input"
        rows={2}
        maxLength={20_000}
        value={given.description ?? ''}
        placeholder="What it does, and when an agent should use it"
        onChange={event => answer({ description: event.target.value })}
      />
    </div>
  );
}
