/**
 * What a workflow's state means on the screen. Pure: all of it follows from what the host last said.
 *
 * A state comes whole after each change; `shared` keeps every part that is as it was, so that of five hundred questions
 * only the one that has changed is drawn again.
 */
import type {
  Clarifications,
  Decision,
  DefinitionRow,
  GateState,
  Refinement,
  RunState,
  SkillQuestion,
  StepView
} from '../../protocol';

const QUESTIONS_FILE = 'context/clarifications.json';
const DECISIONS_FILE = 'context/decisions.json';

/** `next`, with every part that equals its counterpart in `before` replaced by that. */
export function shared<T>(before: T, next: T): T {
  if (
    Object.is(before, next) ||
    !isTree(before) ||
    !isTree(next) ||
    Array.isArray(before) !== Array.isArray(next)
  ) {
    return Object.is(before, next) ? before : next;
  }
  const old = before as { [key: string]: unknown };
  const keys = Object.keys(next);
  const parts = keys.map(key => shared(old[key], (next as { [key: string]: unknown })[key]));
  if (
    keys.length === Object.keys(old).length &&
    keys.every((key, i) => key in old && Object.is(old[key], parts[i]))
  ) {
    return before;
  }
  return (Array.isArray(next) ? parts : Object.fromEntries(keys.map((key, i) => [key, parts[i]]))) as T;
}

/** The questions with one answer as it was saved. */
export function withAnswer(
  document: Clarifications,
  id: string,
  answer: Pick<Asked, 'answer_choice' | 'answer_text'>
): Clarifications {
  const one = <T extends Asked>(each: T): T => (each.id === id ? { ...each, ...answer } : each);
  const sections = document.sections.map(section => ({
    ...section,
    questions: section.questions.map(each => ({
      ...one(each),
      ...(each.refinements && { refinements: each.refinements.map(one) })
    }))
  }));
  return { ...document, sections };
}

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

// -- steps ------------------------------------------------------------------------------------------------------------

/** What a step leaves to look at: questions to answer, decisions to settle, files to read. */
export type Leaves = 'questions' | 'decisions' | 'files';

/** By what the step has made, else by what its definition says that it will make. */
export function leavesOf(step: StepView, definition: DefinitionRow | null): readonly Leaves[] {
  const outline = definition?.steps.find(({ key }) => key === step.key);
  const paths = [...step.artifacts.map(({ path }) => path), ...(outline?.outputs ?? [])];
  const others = step.artifacts.some(({ path }) => path !== QUESTIONS_FILE && path !== DECISIONS_FILE);
  return [
    ...(paths.includes(QUESTIONS_FILE) ? (['questions'] as const) : []),
    ...(paths.includes(DECISIONS_FILE) ? (['decisions'] as const) : []),
    ...(others ? (['files'] as const) : [])
  ];
}

/** The step that the state is about: where it goes on, or the last one. */
export function dueStep({ steps, next_step, current_step }: RunState): StepView | undefined {
  return steps.find(({ key }) => key === next_step) ?? steps[current_step] ?? steps[steps.length - 1];
}

/** The step behind which answers are to be given or judged, or an agent is at work. */
export const isAtWork = ({ status, waiting }: StepView): boolean =>
  status === 'in_progress' ||
  (status === 'waiting_for_user' && (waiting === 'permission' || waiting === 'question'));

/** Something is at work for this skill: what costs money cannot be started now. */
export const runningStep = ({ steps }: RunState): StepView | undefined => steps.find(isAtWork);

// -- questions --------------------------------------------------------------------------------------------------------

export type Asked = SkillQuestion | Refinement;

export interface QuestionGroup {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly questions: readonly SkillQuestion[];
}

/** What must be answered first, the rest by section; the order does not depend on the answers, so nothing moves. */
export function groupsOf({ sections }: Clarifications): readonly QuestionGroup[] {
  const must = sections.flatMap(({ questions }) => questions.filter(({ must_answer }) => must_answer));
  const rest = sections.map(({ id, title, description, questions }) => ({
    id,
    title,
    description: description ?? '',
    questions: questions.filter(({ must_answer }) => !must_answer)
  }));
  const first = { id: 'must', title: 'Must be answered', description: '', questions: must };
  return [first, ...rest].filter(({ questions }) => questions.length > 0);
}

/** Every question and every refinement, in the order of the screen. */
export const everyAsked = (groups: readonly QuestionGroup[]): readonly Asked[] =>
  groups.flatMap(({ questions }) => questions.flatMap(each => [each, ...(each.refinements ?? [])]));

export const askedIn = (clarifications: Clarifications | null): ReadonlyMap<string, Asked> =>
  new Map((clarifications ? everyAsked(groupsOf(clarifications)) : []).map(each => [each.id, each]));

export interface Recommended {
  readonly id: string;
  readonly why: string;
}

/** The choice that a recommendation names: by its letter, by its whole text, or as the only one in it. */
export function recommendedOf({ recommendation, choices = [] }: Asked): Recommended | null {
  const said = recommendation?.trim();
  if (!said) {
    return null;
  }
  const real = choices.filter(({ is_other }) => !is_other);
  const letter = /^([A-Za-z])(?:[.:),-]\s*|\s+|$)([\s\S]*)$/.exec(said);
  const lettered = letter && real.find(({ id }) => id === letter[1].toUpperCase());
  if (letter && lettered) {
    return { id: lettered.id, why: letter[2].trim() };
  }
  const folded = said.toLowerCase();
  const equal = real.find(({ text }) => text.trim().toLowerCase() === folded);
  if (equal) {
    return { id: equal.id, why: '' };
  }
  const within = real.filter(({ text }) => text.trim() && folded.includes(text.trim().toLowerCase()));
  return within.length === 1 ? { id: within[0].id, why: said } : null;
}

/** An answer as it is edited: the choice, and the person's own words beside it. */
export type AnswerFields = { readonly choice: string | null; readonly words: string | null };

/** A picked choice stands in the answer's text too, before what else was written. */
export function answerOf(asked: Asked, choice: string | null, text: string | null): AnswerFields {
  const picked = asked.choices?.find(({ id, is_other }) => id === choice && !is_other);
  const words =
    picked && text?.startsWith(picked.text) ? text.slice(picked.text.length).replace(/^\n\n/, '') : text;
  return { choice, words: words || null };
}

export const isAnswered = ({ choice, words }: AnswerFields): boolean =>
  choice !== null || Boolean(words?.trim());

// -- the gate ---------------------------------------------------------------------------------------------------------

export type Judgement = GateState['evaluation']['per_question'] extends (infer Each)[] | undefined
  ? Each
  : never;

const WORST: readonly Judgement['verdict'][] = [
  'contradictory',
  'not_answered',
  'vague',
  'needs_refinement',
  'clear'
];

/** What was said of answers, the worst first, each with the questions that it was said of; clear ones last. */
export function byVerdict({
  evaluation
}: GateState): readonly (readonly [Judgement['verdict'], readonly Judgement[]])[] {
  const all = evaluation.per_question ?? [];
  return WORST.map(verdict => [verdict, all.filter(each => each.verdict === verdict)] as const).filter(
    ([, found]) => found.length > 0
  );
}

/** The question to begin with where a gate wants better answers. */
export const worstOf = (gate: GateState): string | null =>
  byVerdict(gate).find(([verdict]) => verdict !== 'clear')?.[1][0].question_id ?? null;

/** By a question's id what was said of its answer, if that was anything: from the gate, else from the document. */
export function remarksOf(state: RunState): ReadonlyMap<string, Judgement> {
  const judged = state.gate?.evaluation.per_question ?? [];
  if (state.gate) {
    return new Map(judged.filter(({ verdict }) => verdict !== 'clear').map(each => [each.question_id, each]));
  }
  const notes = state.clarifications?.answer_evaluator_notes ?? [];
  return new Map(
    notes.map(({ type, question_id, body }) => [question_id, { verdict: type, question_id, reason: body }])
  );
}

// -- decisions --------------------------------------------------------------------------------------------------------

/** Those that a person has to look at come first; in each part the document's order. */
export function openFirst(decisions: readonly Decision[]): readonly Decision[] {
  const open = decisions.filter(({ status }) => status === 'needs-review');
  return [...open, ...decisions.filter(({ status }) => status !== 'needs-review')];
}
