/** What both answered, side by side; which was which is told when a person has voted. */
import React, { useEffect, useRef } from 'react';
import { duration, money, tokens } from '../../components/format';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Markdown } from '../../components/Markdown';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { ArmRun, Judgement, Round, SkillTest, VoteTest } from '../../protocol';
import type { Host } from '../host';
import type { Tests } from './useTests';
import { ARROWS, awaitsVote, DIRECTIONS, RUNS, sideName, votedFor } from './words';

interface Props {
  test: SkillTest;
  tests: Tests;
  host: Host;
}

export function Rounds({ test, tests, host }: Props): React.ReactElement {
  const due = test.rounds.find(awaitsVote);
  return (
    <>
      {test.rounds.map(round => (
        <RoundView
          key={round.number}
          test={test}
          round={round}
          due={round === due}
          vote={vote => tests.vote(round.number, vote)}
          host={host}
        />
      ))}
    </>
  );
}

interface RoundProps {
  test: SkillTest;
  round: Round;
  /** The person is asked for it now. */
  due: boolean;
  vote: (vote: VoteTest['vote']) => Promise<void>;
  host: Host;
}

function RoundView({ test, round, due, vote, host }: RoundProps): React.ReactElement {
  const voted = votedFor(round);
  return (
    <section className="wb-round" aria-label={`Round ${round.number}`}>
      {test.rounds.length > 1 && <h3>Round {round.number}</h3>}
      <div className="wb-sides">
        {round.sides.map(side => (
          <Side key={side.label} side={side} replayed={test.replayed} host={host} />
        ))}
      </div>
      {round.failure && (
        <p className="wb-hint" data-problem>
          {plain(round.failure)}
        </p>
      )}
      {due && <Ballot number={round.number} vote={vote} />}
      {voted && (
        <p className="wb-hint" role="status">
          <Icon name="check" /> {voted}
        </p>
      )}
      {round.judgements.length > 0 && (
        <>
          <p className="wb-hint">In these words the first answer is A, and the second one B.</p>
          <ul className="wb-judgements" aria-label="How they compare">
            {round.judgements.map(({ dimension, direction, text }, i) => (
              <li key={i} data-direction={shownWay(test, direction) ?? undefined}>
                <Way way={shownWay(test, direction)} />
                <b>{plain(dimension)}</b>
                <span>{plain(text)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {round.recommendations.length > 0 && (
        <>
          <p className="wb-hint">What could be better:</p>
          <ul className="wb-recommendations">
            {round.recommendations.map((each, i) => (
              <li key={i}>{plain(each)}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Better or worse is only said where a model was measured. */
const shownWay = (test: SkillTest, way: Judgement['direction']): Judgement['direction'] =>
  test.replayed ? null : way;

function Way({ way }: { way: Judgement['direction'] }): React.ReactElement | null {
  return way ? (
    <>
      <span aria-hidden="true">{ARROWS[way]}</span>
      <span className="wb-sr">{DIRECTIONS[way]}: </span>
    </>
  ) : null;
}

interface SideProps {
  side: ArmRun;
  /** Its figures are the recording's: nothing is to be compared. */
  replayed: boolean;
  host: Host;
}

function Side({ side, replayed, host }: SideProps): React.ReactElement {
  const { label, arm, status, text, cost, duration_ms: ms, tokens: count, session } = side;
  const name = sideName(side);
  // What it cost and how it went about it would tell who it was.
  const told = arm !== null;
  return (
    <article className="wb-side" aria-label={name} data-arm={arm ?? undefined}>
      <header>
        <b>{name}</b>
        {status !== 'completed' && (
          <small className={status === 'running' ? 'wb-shimmer' : undefined}>{RUNS[status]}</small>
        )}
        <span className="wb-spring" />
        {told && !replayed && (
          <small>
            {[
              ms !== null && duration(ms),
              count !== null && count > 0 && `${tokens(count)} tokens`,
              cost !== null && money(cost)
            ]
              .filter(Boolean)
              .join(' · ')}
          </small>
        )}
        {told && host.openSession && (
          <button
            type="button"
            className="wb-quiet"
            aria-label={`Open what ${label.toUpperCase()} did`}
            title="Open what it did"
            onClick={() => host.openSession?.(session, name)}
          >
            <Icon name="open" />
          </button>
        )}
      </header>
      <div className="wb-side-text" tabIndex={0} role="region" aria-label={`Answer ${label.toUpperCase()}`}>
        {text ? (
          <Markdown text={text} />
        ) : (
          <p className="wb-hint">{status === 'running' ? 'Nothing yet.' : 'It said nothing.'}</p>
        )}
      </div>
    </article>
  );
}

const VOTES: readonly (readonly [VoteTest['vote'], string])[] = [
  ['a', 'A is better'],
  ['tie', 'Both alike'],
  ['b', 'B is better']
];

function Ballot({ number, vote }: { number: number; vote: RoundProps['vote'] }): React.ReactElement {
  const action = useAction();
  const place = useRef<HTMLDivElement>(null);
  // It is read out, not given the keyboard: the person may still be reading the answers.
  useEffect(() => {
    // It may give a promise, which is no way to clean up.
    void place.current?.scrollIntoView?.({ block: 'nearest' });
  }, []);
  return (
    <div className="wb-ballot" role="group" aria-label={`Your vote on round ${number}`} ref={place}>
      <span role="status">Which answer is better?</span>
      {VOTES.map(([each, word]) => (
        <button
          key={each}
          type="button"
          className="wb-button"
          aria-disabled={action.busy}
          onClick={() => void action.run(() => vote(each))}
        >
          {word}
        </button>
      ))}
      {action.failure && <Sentence failure={action.failure} />}
    </div>
  );
}
