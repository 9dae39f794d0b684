/** What only the person can say, asked while an agent looks up the rest: each word is saved as it is left. */
import React, { useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { useStable } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Evidence, Failure, Intake, RunState } from '../../protocol';
import type { Host } from '../host';
import { useLeaveGuard } from '../skill/leaving';
import { PAGE } from '../../client/page';
import { Cells } from './Cells';
import { interviewOf, MOST, saidOf, sameSaid, type Said } from './state';

interface Props {
  client: Client;
  skill: string;
  intake: Intake;
  host: Host;
  readOnly: boolean;
  /** What a save answers is newer than what is being read. */
  take: (state: RunState) => void;
}

/** What a person gives here. */
interface Given {
  readonly said: Said;
  readonly evidence: readonly Evidence[];
}

const givenOf = ({ interview, evidence }: Intake): Given => ({
  said: saidOf(interview ?? {}),
  evidence: evidence ?? []
});

/** What of it is another. */
const changesOf = (now: Given, before: Given): Partial<Given> => ({
  ...(sameSaid(now.said, before.said) ? {} : { said: now.said }),
  ...(sameCells(now.evidence, before.evidence) ? {} : { evidence: now.evidence })
});

const isAny = (changes: Partial<Given>): boolean => Object.keys(changes).length > 0;

const sameCells = (a: readonly Evidence[], b: readonly Evidence[]): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

const QUIET_MS = 1_000;

export function Interviewing({ client, skill, intake, host, readOnly, take }: Props): React.ReactElement {
  const [now, setNow] = useState(() => givenOf(intake));
  const [stored, setStored] = useState(now);
  // Both as they are: what a save has been waiting for may not have been drawn yet.
  const typed = useRef(now);
  typed.current = now;
  const kept = useRef(stored);
  const store = (more: Partial<Given>): void => {
    kept.current = { ...kept.current, ...more };
    setStored(kept.current);
  };
  const [phase, setPhase] = useState<'calm' | 'saving' | 'saved'>('calm');
  const [failure, setFailure] = useState<Failure | null>(null);
  const { said, evidence } = now;
  const open = changesOf(now, stored);
  const held = isAny(open);
  // One after the other: what was said last is what is kept.
  const line = useRef<Promise<unknown>>(Promise.resolve());
  const save = useStable((): Promise<boolean> => {
    const work = line.current.then(async () => {
      const open = changesOf(typed.current, kept.current);
      if (readOnly || !isAny(open)) {
        return true;
      }
      setPhase('saving');
      try {
        const state = await client.call('workflow.save_intake', {
          skill,
          instance: PAGE,
          ...(open.said && { interview: interviewOf(open.said) }),
          ...(open.evidence && { evidence: [...open.evidence] })
        });
        store(open);
        setPhase('saved');
        setFailure(null);
        take(state);
        // What was typed meanwhile is not saved.
        return !isAny(changesOf(typed.current, kept.current));
      } catch (error) {
        setPhase('calm');
        setFailure(failureOf(error));
        return false;
      }
    });
    line.current = work;
    return work;
  });
  useEffect(() => {
    if (held) {
      const timer = setTimeout(() => void save(), QUIET_MS);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [now, held, save]);
  // Cells are taken with a click, behind which nothing is left that would save them.
  useEffect(() => void (open.evidence && save()), [evidence]);
  // Another page has said something, or this one has before it was left and come back to.
  useEffect(() => {
    if (!held && phase !== 'saving') {
      const others = changesOf(givenOf(intake), stored);
      setNow(before => ({ ...before, ...others }));
      store(others);
    }
  }, [intake]);
  const guard = useRef(save);
  useLeaveGuard(held, host, plain(skill), guard);
  const change = (next: Partial<Said>): void =>
    setNow(before => ({ ...before, said: { ...before.said, ...next } }));
  return (
    <section className="wb-interview" aria-label="Interview" onBlur={() => void save()}>
      <Lines
        label="What should it serve?"
        hint="Three requests in the words that you would use."
        one="Request"
        texts={said.serves}
        readOnly={readOnly}
        change={serves => change({ serves })}
      />
      <Lines
        label="What should it not serve?"
        hint="One request that sounds alike and is for something else."
        one="Not for"
        texts={said.refuses}
        readOnly={readOnly}
        change={refuses => change({ refuses })}
      />
      <label className="wb-field">
        <span>What does good look like?</span>
        <textarea
          className="wb-input"
          rows={3}
          value={said.good}
          readOnly={readOnly}
          placeholder="What you would say of an answer that you can use as it is."
          onChange={event => change({ good: event.target.value })}
        />
      </label>
      {!readOnly && (
        <Cells
          host={host}
          evidence={evidence}
          change={next => setNow(before => ({ ...before, evidence: next }))}
        />
      )}
      {failure && (
        <Sentence failure={failure}>
          <button type="button" className="wb-button" onClick={() => void save()}>
            <Icon name="refresh" /> Save it again
          </button>
        </Sentence>
      )}
      <p className="wb-hint" role="status">
        {phase === 'saving' ? 'Saving…' : held ? '' : phase === 'saved' ? 'Saved.' : ''}
      </p>
    </section>
  );
}

interface LinesProps {
  label: string;
  hint: string;
  one: string;
  texts: readonly string[];
  readOnly: boolean;
  change: (texts: readonly string[]) => void;
}

function Lines({ label, hint, one, texts, readOnly, change }: LinesProps): React.ReactElement {
  const full = texts.every(each => each.trim()) && texts.length < MOST;
  return (
    <fieldset className="wb-lines" aria-label={label}>
      <legend>{label}</legend>
      <p className="wb-hint">{hint}</p>
      {texts.map((text, i) => (
        <input
          key={i}
          className="wb-input"
          aria-label={`${one} ${i + 1}`}
          value={text}
          readOnly={readOnly}
          maxLength={2_000}
          onChange={event => change(texts.map((each, at) => (at === i ? event.target.value : each)))}
        />
      ))}
      {full && !readOnly && (
        <button type="button" className="wb-more" onClick={() => change([...texts, ''])}>
          Another one
        </button>
      )}
    </fieldset>
  );
}
