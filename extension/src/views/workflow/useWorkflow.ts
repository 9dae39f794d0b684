/**
 * A skill's workflow as the host has it, read again each time that the host says it has changed; and what is edited of it.
 *
 * Of many changes while one reading is under way, one more reading follows. A state older than the one on the screen is
 * not shown. Read is what is small, and the questions and decisions only where that says that they are others: what was saved
 * from here is known from the reply.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import type { DefinitionRow, Failure, RunStanding, RunStep, RunState } from '../../protocol';
import { PAGE } from '../../client/page';
import { Desk } from './desk';
import {
  answersOf,
  decisionsOf,
  saveAnswer,
  saveDecision,
  type AnswerDesk,
  type DecisionDesk
} from './desks';
import { askedIn, isAnswered, shared, withAnswer, type Asked } from './state';

export interface Workflow {
  readonly client: Client;
  readonly skill: string;
  readonly state: RunState | null;
  readonly failure: Failure | null;
  readonly answers: AnswerDesk;
  readonly decisions: DecisionDesk;
  reload(): void;
  /** What a command answered is as good as reading it. */
  take(state: RunState): void;
}

/** A workflow that is there. */
export interface Work extends Workflow {
  readonly state: RunState;
  readonly definition: DefinitionRow | null;
  /** Who is to do what is started from here. */
  readonly driving: Pick<RunStep, 'provider'>;
  /** Why that agent can do nothing here; null: it can. */
  readonly unable: string | null;
  /** Another page or program holds the skill: here it is only looked at. */
  readonly readOnly: boolean;
}

export function useWorkflow(client: Client, skill: string): Workflow {
  const [state, setState] = useState<RunState | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const asked = useRef<ReadonlyMap<string, Asked>>(new Map());
  const known = useRef<RunState | null>(null);
  const own = useRef<Own>(() => undefined);
  const { answers, decisions } = useMemo(
    () => ({
      answers: new Desk(
        saveAnswer(
          client,
          skill,
          id => asked.current.get(id),
          (id, base, { rev, choice, text, now }) =>
            own.current(id, base, rev, now, ({ clarifications }) => ({
              clarifications:
                clarifications && withAnswer(clarifications, id, { answer_choice: choice, answer_text: text })
            }))
        ),
        isAnswered
      ) as AnswerDesk,
      decisions: new Desk(
        saveDecision(client, skill, (id, base, { rev, decisions: all, now }) =>
          own.current(id, base, rev, now, () => ({ decisions: all }))
        )
      ) as DecisionDesk
    }),
    [client, skill]
  );
  const take = useCallback(
    (next: RunState) => {
      if (next.rev < (known.current?.rev ?? -1)) {
        return;
      }
      known.current = known.current ? shared(known.current, next) : next;
      // Before anything is drawn of it: a row asks the desk for its value.
      asked.current = askedIn(next.clarifications);
      answers.tell(answersOf(next));
      decisions.tell(decisionsOf(next));
      setState(known.current);
      setFailure(null);
    },
    [answers, decisions]
  );
  const read = useCallback(async (): Promise<RunState> => {
    const of = { skill, instance: PAGE };
    if (known.current) {
      const now = await client.call('workflow.standing', of);
      await Promise.all([answers.resting(), decisions.resting()]);
      if (known.current?.documents === now.documents) {
        return { ...known.current, ...now };
      }
    }
    return client.call('workflow.state', of);
  }, [client, skill, answers, decisions]);
  const reload = useReading(read, take, setFailure);
  own.current = (id, base, rev, now, change) => {
    const before = known.current;
    // If anything else has changed meanwhile, that is not in the reply.
    if (before && now.rev === before.rev + (rev > base ? 1 : 0)) {
      take({ ...before, ...change(before), revs: { ...before.revs, [id]: rev }, ...now });
    } else {
      reload();
    }
  };
  useEffect(() => {
    known.current = null;
    setState(null);
    setFailure(null);
    reload();
  }, [client, skill, reload]);
  const readable = failure === null;
  useEffect(() => {
    // The last that the topic says is that there is no such workflow any more: reading it says why. What can be read again is
    // followed again.
    const subscription = client.subscribe(`workflow:${skill}`, 0, reload, reload);
    return () => subscription.dispose();
  }, [client, skill, reload, readable]);
  useReturns(reload);
  return { client, skill, state, failure, answers, decisions, reload, take };
}

/** A value was saved from here: it has revision `rev` now, and this is what changes of the state. */
type Own = (
  id: string,
  base: number,
  rev: number,
  now: RunStanding,
  change: (before: RunState) => Partial<RunState>
) => void;

/** Reads; asked again meanwhile, once more. */
function useReading(
  look: () => Promise<RunState>,
  take: (state: RunState) => void,
  fail: (failure: Failure) => void
): () => void {
  const turn = useRef({ reading: false, behind: false });
  return useMemo(() => {
    const own = { reading: false, behind: false };
    turn.current = own;
    const read = async (): Promise<void> => {
      if (own.reading) {
        own.behind = true;
        return;
      }
      own.reading = true;
      do {
        own.behind = false;
        try {
          const next = await look();
          if (turn.current === own) {
            take(next);
          }
        } catch (error) {
          if (turn.current === own) {
            fail(failureOf(error));
          }
        }
      } while (own.behind && turn.current === own);
      own.reading = false;
    };
    return () => void read();
  }, [look, take, fail]);
}

/** A host without the topic is no fault: it is read again when the person comes back to the page. */
function useReturns(reload: () => void): void {
  useEffect(() => {
    const look = (): void => void (document.hidden || reload());
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [reload]);
}

/** The definition that a workflow was started with, as far as it is still there; null while that is not known. */
export function useDefinition(client: Client, workflow: string | undefined): DefinitionRow | null {
  const [rows, setRows] = useState<readonly DefinitionRow[]>([]);
  useEffect(() => {
    let current = true;
    // Without them the steps show what they have made, but not what they will make.
    client.call('workflow.definitions', {}).then(
      reply => current && setRows(reply.definitions),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client]);
  return rows.find(({ name }) => name === workflow) ?? null;
}

/** Another than this page holds the skill. */
export const heldElsewhere = ({ held_by }: RunState): boolean => held_by !== null && held_by !== PAGE;
