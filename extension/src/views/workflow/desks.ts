/** What is edited of a workflow, and how each of it is saved: answers one by one, decisions one by one. */
import { CallError, type Client } from '../../client/client';
import type { DecisionSaved, RunState, Saved } from '../../protocol';
import { PAGE } from '../../client/page';
import type { Desk, Save, Told } from './desk';
import { equal, type Fields } from './entry';
import { answerOf, askedIn, type AnswerFields, type Asked } from './state';

export type DecisionFields = { readonly decision: string | null; readonly implication: string | null };
export type AnswerDesk = Desk<AnswerFields>;
export type DecisionDesk = Desk<DecisionFields>;

export function answersOf({ clarifications, revs }: RunState): ReadonlyMap<string, Told<AnswerFields>> {
  return new Map(
    [...askedIn(clarifications).values()].map(each => {
      const value = answerOf(each, each.answer_choice ?? null, each.answer_text ?? null);
      return [each.id, { rev: revs[each.id] ?? 0, value, about: aboutOf(each) }];
    })
  );
}

const aboutOf = ({ title, text, choices = [] }: Asked): string =>
  [title, text, ...choices.map(each => each.text)].join('\n');

export function decisionsOf({ decisions, revs }: RunState): ReadonlyMap<string, Told<DecisionFields>> {
  return new Map(
    (decisions?.decisions ?? []).map(({ id, title, original_question, decision, implication }) => [
      id,
      { rev: revs[id] ?? 0, value: { decision, implication }, about: `${title}\n${original_question}` }
    ])
  );
}

/** The question of an id, as it was last told. */
export type Find = (id: string) => Asked | undefined;

/** What came of a save over revision `base`. */
export type Done<R> = (id: string, base: number, reply: R) => void;

export const saveAnswer =
  (client: Client, skill: string, find: Find, tell: Done<Saved>): Save<AnswerFields> =>
  async (question_id, base_rev, { choice, words }, edit_id) => {
    const asked = find(question_id);
    const read = (found: string | null, text: string | null): AnswerFields =>
      asked ? answerOf(asked, found, text) : { choice: found, words: text };
    const edit = { question_id, base_rev, choice, text: words, edit_id };
    try {
      const saved = await client.call('workflow.answer', { skill, instance: PAGE, ...edit });
      tell(question_id, base_rev, saved);
      return { rev: saved.rev, value: read(saved.choice, saved.text) };
    } catch (error) {
      throw withTheirs(error, ([found, text]) => read(found ?? null, text ?? null));
    }
  };

/** The parts of a value, in the order in which a failure has them. */
type Theirs = readonly (string | null | undefined)[];

/** A conflict with the other one's value as it is edited here; any other error as it is. */
function withTheirs(error: unknown, read: (theirs: Theirs) => Fields): unknown {
  if (error instanceof CallError && Array.isArray(error.failure.facts?.theirs)) {
    const { facts } = error.failure;
    return new CallError({ ...error.failure, facts: { ...facts, theirs: read(facts.theirs as Theirs) } });
  }
  return error;
}

/** A decision that is as it was is confirmed. */
export const saveDecision =
  (client: Client, skill: string, tell: Done<DecisionSaved>): Save<DecisionFields> =>
  async (decision_id, base_rev, value, edit_id, before) => {
    const named = equal(value, before) ? {} : { decision: value.decision, implication: value.implication };
    const edit = { decision_id, base_rev, edit_id, ...named };
    try {
      const saved = await client.call('workflow.decide', { skill, instance: PAGE, ...edit });
      tell(decision_id, base_rev, saved);
      return { rev: saved.rev, value };
    } catch (error) {
      throw withTheirs(error, ([decision, implication]) => ({
        decision: decision ?? null,
        implication: implication ?? null
      }));
    }
  };

interface Desks {
  readonly answers: AnswerDesk;
  readonly decisions: DecisionDesk;
}

/** What is typed is saved before anything is made of it. */
export async function saved({ answers, decisions }: Desks): Promise<void> {
  const done = await Promise.all([answers.flushAll(), decisions.flushAll()]);
  if (done.includes(false)) {
    throw new CallError({
      kind: 'unsaved',
      message: 'Something that you typed is not saved yet.',
      remedy: 'Look for it below, and save it again or choose between the two versions.'
    });
  }
}
