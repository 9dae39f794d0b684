/** One row of a plan: what it is, what would happen to it, and, opened, all that is known of it and what it asks. */
import React, { memo, useId, useLayoutEffect, useRef } from 'react';
import { plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { PlanRow } from '../../protocol';
import { Badge } from '../skills/Badges';
import { Answers } from './Answers';
import { canCome, nameOf, type Answer, type Question } from './state';
import { bytes, findingsOf, STATE_WORDS, STATUS_WORDS } from './words';

export interface LineProps {
  row: PlanRow;
  index: number;
  top: number;
  /** Of its closed part. */
  height: number;
  current: boolean;
  ticked: boolean;
  open: boolean;
  given: Answer;
  waits: readonly Question[];
  tick: (row: PlanRow, on: boolean) => void;
  fold: (row: PlanRow, open: boolean) => void;
  answer: (row: PlanRow, answer: Answer) => void;
  focused: (index: number) => void;
  measured: (path: string, height: number) => void;
  /** Looks into a source that a catalogue leads to. */
  follow?: (row: PlanRow) => void;
  facts?: readonly (readonly [string, string])[];
}

export const PlanLine = memo(function PlanLine(props: LineProps): React.ReactElement {
  const { row, index, top, height, current, ticked, open, waits, tick, fold, focused } = props;
  const name = plain(nameOf(row, props.given) ?? row.name ?? 'no name');
  const id = useId();
  return (
    <div
      role="row"
      className="wb-offer"
      style={{ top }}
      aria-level={2}
      aria-rowindex={index + 1}
      aria-expanded={open}
      aria-selected={ticked}
      aria-label={name}
      aria-describedby={id}
      data-index={index}
      data-waits={waits.length > 0 || undefined}
      tabIndex={current ? 0 : -1}
      onFocus={() => focused(index)}
    >
      <div className="wb-offer-line" style={{ height }}>
        <div role="gridcell" className="wb-offer-pick">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Import ${name}`}
            checked={ticked}
            disabled={!canCome(row)}
            onChange={event => tick(row, event.target.checked)}
          />
        </div>
        <div role="gridcell" className="wb-offer-what" onClick={() => fold(row, !open)}>
          <b>{name}</b> <span className="wb-path">{plain(row.path)}</span>
          <p>{plain(row.description ?? '') || row.reasons.map(plain).join(' ')}</p>
        </div>
        <div role="gridcell" className="wb-offer-marks" id={id}>
          <Marks row={row} waits={waits.length > 0} ticked={ticked} />
        </div>
        <div role="gridcell">
          <button
            type="button"
            className="wb-quiet"
            tabIndex={-1}
            aria-label={`${open ? 'Less' : 'More'} about ${name}`}
            aria-expanded={open}
            onClick={() => fold(row, !open)}
          >
            <span className="wb-chevron" data-open={open || undefined}>
              <Icon name="chevron" />
            </span>
          </button>
        </div>
      </div>
      {open && <Opened {...props} />}
    </div>
  );
});

function Marks({
  row,
  waits,
  ticked
}: {
  row: PlanRow;
  waits: boolean;
  ticked: boolean;
}): React.ReactElement {
  const status = STATUS_WORDS[row.status];
  const state = row.state === 'new' ? null : STATE_WORDS[row.state];
  const answered = row.status === 'ask' && ticked && !waits;
  const findings = findingsOf(row);
  return (
    <>
      {answered ? (
        <Badge mood="good" icon="check">
          Answered
        </Badge>
      ) : (
        row.place !== 'remote' &&
        row.state !== 'same' &&
        !(row.status === 'ready' && state) && (
          <Badge mood={status.mood} icon={status.icon} title={row.reasons.map(plain).join(' ')}>
            {status.name}
          </Badge>
        )
      )}
      {state && (
        <Badge mood={state.mood} icon={state.icon}>
          {state.name}
        </Badge>
      )}
      {row.scan && row.scan.verdict !== 'clean' && (
        <Badge mood={row.scan.verdict === 'dangerous' ? 'bad' : 'warn'} icon="shield" title={findings}>
          {findings || 'To be reviewed'}
        </Badge>
      )}
      {row.duplicate_of !== null && (
        <Badge mood="plain" title={`The same as ${plain(row.duplicate_of)}`}>
          Twin
        </Badge>
      )}
    </>
  );
}

function Opened(props: LineProps): React.ReactElement {
  const { row, given, waits, answer, measured, follow } = props;
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const node = place.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      return;
    }
    const read = (): void => measured(row.path, node.offsetHeight);
    read();
    const observer = new ResizeObserver(read);
    observer.observe(node);
    return () => observer.disconnect();
  }, [row.path, measured]);
  return (
    <div role="gridcell" className="wb-offer-more" ref={place}>
      {canCome(row) && <Answers row={row} given={given} open={waits} answer={next => answer(row, next)} />}
      <Facts row={row} more={props.facts ?? []} />
      {row.place === 'remote' && row.status !== 'refuse' && follow && (
        <button type="button" className="wb-button" onClick={() => follow(row)}>
          <Icon name="open" /> Look into that source
        </button>
      )}
    </div>
  );
}

interface FactsProps {
  row: PlanRow;
  more: readonly (readonly [string, string])[];
}

function Facts({ row, more }: FactsProps): React.ReactElement {
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ...more.map(([what, value]) => [what, plain(value)] as const),
    ['About', plain(row.description ?? '')],
    ['Why', lines(row.reasons)],
    ['Would be repaired', lines(row.repairs)],
    ['Scan', row.scan ? findingsOf(row) || 'Nothing was found.' : canCome(row) && 'Not looked at yet.'],
    ['The same as', row.duplicate_of && <span className="wb-path">{plain(row.duplicate_of)}</span>],
    ['Plugin', plain(row.plugin ?? '')],
    ['Found by', row.found_by.map(plain).join(', ')],
    ['Size', row.files > 0 && `${plural(row.files, 'file')}, ${bytes(row.bytes)}`]
  ];
  return (
    <dl className="wb-facts">
      {facts.map(
        ([what, value]) =>
          value && (
            <React.Fragment key={what}>
              <dt>{what}</dt>
              <dd>{value}</dd>
            </React.Fragment>
          )
      )}
    </dl>
  );
}

function lines(texts: readonly string[]): React.ReactNode {
  return texts.length > 0 && texts.map((text, i) => <p key={i}>{plain(text)}</p>);
}
