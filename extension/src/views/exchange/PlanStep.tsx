/** What a source holds, what is chosen of it, and what is still to be answered before it comes in. */
import React, { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure, ImportPlan, PlanRow } from '../../protocol';
import { PlanTable } from './PlanTable';
import {
  answer,
  choicesOf,
  seen,
  SHOW_WORDS,
  SHOWS,
  spareName,
  tick,
  waiting,
  type Choosing,
  type Question,
  type Show
} from './state';
import { skills } from './words';

interface Props {
  plan: ImportPlan;
  choosing: Choosing;
  change: (next: (before: Choosing) => Choosing) => void;
  failure: Failure | null;
  apply: () => void;
  back: () => void;
  backWord: string;
  follow?: (row: PlanRow) => void;
  /** What else is to be told of rows, by their paths. */
  facts?: Facts;
}

export type Facts = ReadonlyMap<string, readonly (readonly [string, string])[]>;

export function PlanStep(props: Props): React.ReactElement {
  const { plan, choosing, change, failure, apply, back, backWord, follow, facts } = props;
  const [query, setQuery] = useState('');
  const [show, setShow] = useState<Show>('all');
  // A letter is on the screen before thousands of rows have been looked at for it.
  const words = useDeferredValue(query);
  const found = useMemo(() => seen(plan, choosing.ticked, show, words), [plan, choosing.ticked, show, words]);
  const waits = useMemo(() => waiting(plan, choosing), [plan, choosing]);
  const count = choosing.ticked.size;
  const ready = count > 0 && waits.size === 0;
  return (
    <>
      <Summary plan={plan} />
      <div className="wb-skills-controls">
        <input
          type="search"
          className="wb-input"
          aria-label="Search the rows"
          placeholder="Search by name, path, description"
          value={query}
          onChange={event => setQuery(event.target.value)}
        />
        <Shows show={show} counts={found.counts} choose={setShow} />
      </div>
      {found.count > 0 ? (
        <PlanTable
          groups={found.groups}
          choosing={choosing}
          waits={waits}
          narrowed={show === 'all' ? words.trim() : `${show}: ${words.trim()}`}
          tick={(rows, on) => change(before => tick(before, rows, on))}
          answer={(row, given) => change(before => answer(before, [[row.path, given]]))}
          follow={follow}
          facts={facts}
        />
      ) : (
        <div className="wb-empty">
          <Icon name="search" />
          <p>No row matches.</p>
          <button
            type="button"
            className="wb-button"
            onClick={() => {
              setQuery('');
              setShow('all');
            }}
          >
            Show all rows
          </button>
        </div>
      )}
      <footer className="wb-exchange-foot">
        {failure && <Sentence failure={failure} />}
        {waits.size > 0 && (
          <Bulk plan={plan} waits={waits} change={change} look={() => (setShow('chosen'), setQuery(''))} />
        )}
        <Warning plan={plan} choosing={choosing} />
        <div className="wb-exchange-buttons">
          <button type="button" className="wb-button" onClick={back}>
            <Icon name="back" /> {backWord}
          </button>
          <span className="wb-spring" />
          <span className="wb-hint" role="status">
            {count.toLocaleString('en')} chosen
            {waits.size > 0 && `, ${waits.size.toLocaleString('en')} to be answered`}
          </span>
          <button
            type="button"
            className="wb-button wb-primary"
            aria-disabled={!ready}
            onClick={() => ready && choicesOf(plan, choosing).length > 0 && apply()}
          >
            <Icon name="download" /> Import {skills(count)}
          </button>
        </div>
      </footer>
    </>
  );
}

/** What was found where; what a person should know of it as a whole. */
function Summary({ plan }: { plan: ImportPlan }): React.ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { sums } = plan;
  return (
    <div className="wb-exchange-summary">
      <h3 tabIndex={-1} ref={heading}>
        {skills(sums.rows)} in <span className="wb-path">{titleOf(plan)}</span>
      </h3>
      <p className="wb-hint">
        {[
          [sums.ready, 'ready'],
          [sums.repair, 'with a repair'],
          [sums.ask, sums.ask === 1 ? 'asks something' : 'ask something'],
          [sums.refuse, 'cannot come']
        ]
          .filter(([some]) => some)
          .map(([some, word]) => `${some.toLocaleString('en')} ${word}`)
          .join(' · ')}
        {plan.commit && ` · version ${plain(plan.commit.slice(0, 10))}`}
        {plan.catalogues.length > 0 &&
          ` · by ${plan.catalogues.map(({ path, name }) => plain(name ?? path)).join(', ')}`}
      </p>
      {plan.notes.length > 0 && (
        <ul className="wb-exchange-notes" aria-label="About this source">
          {plan.notes.slice(0, NOTES).map((note, i) => (
            <li key={i}>
              <Icon name="info" /> <span>{plain(note)}</span>
            </li>
          ))}
          {plan.notes.length > NOTES && <li className="wb-hint">and {plan.notes.length - NOTES} more</li>}
        </ul>
      )}
    </div>
  );
}

const NOTES = 6;

/** What was looked into, as a person would say it. */
export const titleOf = ({ source, origin }: ImportPlan): string =>
  plain(source.startsWith('upload:') ? source.slice('upload:'.length) : origin);

interface ShowsProps {
  show: Show;
  counts: { readonly [show in Show]: number };
  choose: (show: Show) => void;
}

function Shows({ show, counts, choose }: ShowsProps): React.ReactElement {
  const name = useId();
  return (
    <div className="wb-segments wb-shows" role="radiogroup" aria-label="Which rows">
      {SHOWS.filter(each => each === 'all' || each === show || counts[each] > 0).map(each => (
        <label key={each} className="wb-segment">
          <input type="radio" name={name} checked={show === each} onChange={() => choose(each)} />
          <span>
            {SHOW_WORDS[each]} <small>{counts[each].toLocaleString('en')}</small>
          </span>
        </label>
      ))}
    </div>
  );
}

interface BulkProps {
  plan: ImportPlan;
  waits: ReadonlyMap<string, readonly Question[]>;
  change: Props['change'];
  look: () => void;
}

/** One answer for many rows that wait for the same one. */
function Bulk({ plan, waits, change, look }: BulkProps): React.ReactElement {
  const asked = (question: Question): PlanRow[] =>
    plan.rows.filter(({ path }) => waits.get(path)?.includes(question));
  const unnamed = asked('name').filter(({ proposed }) => proposed);
  const taken = asked('taken');
  const waitingRows = plan.rows.filter(({ path }) => waits.has(path));
  return (
    <div className="wb-exchange-bulk" role="group" aria-label="Open questions">
      <Icon name="question" />
      <span>
        {waits.size === 1
          ? 'One of the chosen waits'
          : `${waits.size.toLocaleString('en')} of the chosen wait`}{' '}
        for an answer.
      </span>
      <button type="button" className="wb-button" onClick={look}>
        Show them
      </button>
      {unnamed.length > 0 && (
        <button
          type="button"
          className="wb-button"
          onClick={() =>
            change(before =>
              answer(
                before,
                unnamed.map(row => [row.path, { name: row.proposed ?? undefined }])
              )
            )
          }
        >
          Use the proposed names ({unnamed.length})
        </button>
      )}
      {taken.length > 0 &&
        (['keep_both', 'replace'] as const).map(each => (
          <button
            key={each}
            type="button"
            className="wb-button"
            onClick={() =>
              change(before =>
                answer(
                  before,
                  taken.map(row => [
                    row.path,
                    each === 'replace' ? { taken: each } : { taken: each, name: spareName(row) }
                  ])
                )
              )
            }
          >
            {each === 'replace' ? 'Replace' : 'Keep both'} ({taken.length})
          </button>
        ))}
      <button
        type="button"
        className="wb-button"
        onClick={() => change(before => tick(before, waitingRows, false))}
      >
        Leave them out
      </button>
    </div>
  );
}

/** What a scan has found in what is about to come in. */
function Warning({ plan, choosing }: { plan: ImportPlan; choosing: Choosing }): React.ReactElement | null {
  const bad = plan.rows.filter(
    ({ path, scan }) => choosing.ticked.has(path) && scan?.verdict === 'dangerous'
  ).length;
  return bad > 0 ? (
    <p className="wb-notice" data-severity="warning">
      <Icon name="shield" />
      <span>
        {bad === 1 ? 'One of the chosen has' : `${bad.toLocaleString('en')} of the chosen have`} findings that
        look dangerous. Read what was found before an agent uses it.
      </span>
    </p>
  ) : null;
}
