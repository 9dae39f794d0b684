/**
 * All questions of a skill: what must be answered first, then section by section, each refinement below its question.
 *
 * Of a long document the first rows are there at once and the others follow; nothing moves while one answers.
 */
import React, { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useAction, useWatched } from '../../components/hooks';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import { PAGE } from '../../client/page';
import { QuestionRow } from './QuestionRow';
import { everyAsked, groupsOf, remarksOf, type Asked, type Judgement, type QuestionGroup } from './state';
import type { Work } from './useWorkflow';

interface Props {
  work: Work;
  /** The question to go to, and how often that was asked. */
  target: Target | null;
}

export interface Target {
  readonly id: string;
  readonly asked: number;
}

const FIRST_ROWS = 24;
const MORE_ROWS = 60;

export function Questions({ work, target }: Props): React.ReactElement | null {
  const { state, answers, readOnly } = work;
  const { clarifications, gate } = state;
  const groups = useMemo(() => (clarifications ? groupsOf(clarifications) : []), [clarifications]);
  const all = useMemo(() => everyAsked(groups), [groups]);
  const remarks = useMemo(() => remarksOf(state), [state.gate, clarifications]);
  const place = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState(FIRST_ROWS);
  const goal = useRef<string | null>(null);
  useEffect(() => {
    if (rows < all.length) {
      const timer = setTimeout(() => setRows(before => before + MORE_ROWS));
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [rows, all.length]);
  const jump = useCallback(
    (id: string) => {
      // A row that is not there yet comes at once.
      goal.current = focusOn(place.current, id) ? null : id;
      setRows(before => (goal.current ? Number.MAX_SAFE_INTEGER : before));
    },
    [place]
  );
  useEffect(() => {
    if (goal.current && focusOn(place.current, goal.current)) {
      goal.current = null;
    }
  });
  useEffect(() => {
    if (target) {
      jump(target.id);
    }
  }, [target, jump]);
  if (!clarifications || !all.length) {
    return null;
  }
  const next = (): void => {
    const found = openAfter(all, answers.has.bind(answers), currentIn(place.current));
    if (found) {
      jump(found.id);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const typing = event.target instanceof HTMLTextAreaElement;
    if (event.key === 'n' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      next();
      event.preventDefault();
    }
  };
  return (
    <div className="wb-questions" ref={place} onKeyDown={onKeyDown}>
      <Progress work={work} all={all} next={next} />
      <Groups
        groups={groups}
        rows={rows}
        desk={answers}
        readOnly={readOnly}
        remarks={remarks}
        stale={gate?.stale ?? false}
        jump={jump}
      />
    </div>
  );
}

interface GroupsProps {
  groups: readonly QuestionGroup[];
  rows: number;
  desk: Work['answers'];
  readOnly: boolean;
  remarks: ReadonlyMap<string, Judgement>;
  stale: boolean;
  jump: (id: string) => void;
}

const Groups = memo(function Groups({ groups, rows, remarks, ...row }: GroupsProps): React.ReactElement {
  let left = rows;
  const one = (asked: Asked): React.ReactElement | null =>
    left-- > 0 ? <QuestionRow key={asked.id} asked={asked} remark={remarks.get(asked.id)} {...row} /> : null;
  return (
    <>
      {groups.map(
        group =>
          left > 0 && (
            <section key={group.id} className="wb-ask-group" aria-label={plain(group.title)}>
              <h4>
                {plain(group.title)} <span className="wb-count">{group.questions.length}</span>
              </h4>
              {group.description && <p className="wb-hint">{plain(group.description)}</p>}
              {group.questions.flatMap(each => [one(each), ...(each.refinements ?? []).map(one)])}
            </section>
          )
      )}
      {left <= 0 && <span className="wb-spinner" />}
    </>
  );
});

interface ProgressProps {
  work: Work;
  all: readonly Asked[];
  next: () => void;
}

/** How far it is, and the ways to get on: to the next open question, or with what is recommended for all that are open. */
function Progress({ work, all, next }: ProgressProps): React.ReactElement {
  const { client, skill, answers, readOnly, reload } = work;
  useWatched(answers.filled);
  const action = useAction();
  const open = all.filter(({ id }) => !answers.has(id));
  const mustOpen = open.filter(({ must_answer }) => must_answer).length;
  const offered = open.filter(({ choices = [] }) => choices.some(({ is_other }) => !is_other));
  const change = { skill, instance: PAGE };
  const accept = (): Promise<void> =>
    answers.fill(async () => {
      if (offered.some(each => !('parent_question_id' in each))) {
        await client.call('workflow.autofill_clarifications', change);
      }
      if (offered.some(each => 'parent_question_id' in each)) {
        await client.call('workflow.autofill_refinements', change);
      }
      reload();
    });
  const words = [
    `${all.length - open.length} of ${all.length} answered`,
    mustOpen ? `${mustOpen} more must be` : ''
  ].filter(Boolean);
  return (
    <div className="wb-ask-progress">
      <progress max={all.length} value={all.length - open.length} aria-label="Answered" />
      <span role="status">{words.join(', ')}</span>
      <span className="wb-spring" />
      {open.length > 0 && (
        <button type="button" className="wb-button" title="Key: N" onClick={next}>
          <Icon name="down" /> Next open question
        </button>
      )}
      {offered.length > 0 && !readOnly && (
        <button
          type="button"
          className="wb-button"
          aria-disabled={action.busy}
          onClick={() => void action.run(accept)}
        >
          {action.busy ? <span className="wb-spinner" /> : <Icon name="check" />} Accept the{' '}
          {open.length < all.length ? 'other ' : ''}
          {plural(offered.length, 'recommendation')}
        </button>
      )}
      <small className="wb-ask-keys">
        Keys in a question: <kbd>1</kbd>–<kbd>5</kbd> pick a choice, <kbd>N</kbd> goes to the next open one.
      </small>
      {action.failure && <Sentence failure={action.failure} />}
    </div>
  );
}

// -- going from question to question ----------------------------------------------------------------------------------

function currentIn(place: HTMLElement | null): string | undefined {
  const row = document.activeElement?.closest<HTMLElement>('[data-question]');
  return row && place?.contains(row) ? row.dataset.question : undefined;
}

/** The first one without an answer behind the one that has the keyboard, else the first of all. */
function openAfter(
  all: readonly Asked[],
  has: (id: string) => boolean,
  current: string | undefined
): Asked | undefined {
  const at = all.findIndex(({ id }) => id === current);
  return [...all.slice(at + 1), ...all.slice(0, at + 1)].find(({ id }) => !has(id) && id !== current);
}

function focusOn(place: HTMLElement | null, id: string): boolean {
  const row = [...(place?.querySelectorAll<HTMLElement>('[data-question]') ?? [])].find(
    each => each.dataset.question === id
  );
  const target =
    row?.querySelector<HTMLElement>('input:checked') ?? row?.querySelector<HTMLElement>('input, textarea');
  row?.scrollIntoView?.({ block: 'center' });
  target?.focus({ preventScroll: true });
  return row !== undefined;
}
