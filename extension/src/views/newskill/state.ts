/**
 * A skill that is to be, before it is made: what the person said, and beside it what was suggested from that.
 *
 * Pure. A suggestion is shown in its field and used as long as nobody writes there; what a person wrote is never replaced,
 * and emptying a field brings the suggestion back.
 */
import type { Answer } from '../../client/client';
import type { DefinitionRow, Evidence, ExampleRow, Interview } from '../../protocol';
import { problemOf } from '../skills/naming';
import type { Purpose } from '../skills/words';

export interface Draft {
  /** What an agent should know how to do. */
  readonly text: string;
  readonly context: string;
  readonly workflow: string;
  readonly example: string | null;
  /** What the person wrote or took; what is not there is suggested. */
  readonly name?: string;
  readonly purpose?: Purpose;
  readonly tags?: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly variables: { readonly [key: string]: string };
}

export type Suggested = Answer<'skills.suggest'>;

export const EMPTY: Draft = {
  text: '',
  context: '',
  workflow: '',
  example: null,
  evidence: [],
  variables: {}
};

export interface Shown {
  readonly name: string;
  readonly purpose: Purpose;
  readonly tags: readonly string[];
}

/** What each field holds: the person's words, else the suggestion. */
export function shownOf(draft: Draft, suggested: Suggested | null): Shown {
  return {
    name: draft.name || suggested?.name || '',
    purpose: draft.purpose ?? suggested?.purpose ?? 'domain',
    tags: draft.tags ?? suggested?.tags ?? []
  };
}

/** There is something in it that would be lost: what a person wrote or gave, not what was suggested or an example brought. */
export function isTyped({ text, context, name, example, tags, evidence, variables }: Draft): boolean {
  const written = [text, context, name === example ? '' : (name ?? ''), ...Object.values(variables)];
  return written.some(each => each.trim()) || Boolean(tags?.length) || evidence.length > 0;
}

/** An example brings its own words; its name is only what it is called at first. */
export function exemplified(
  draft: Draft,
  example: ExampleRow | null,
  workflows: readonly DefinitionRow[]
): Draft {
  if (!example) {
    const { name, ...others } = draft;
    return { ...(draft.name === draft.example ? others : { name, ...others }), example: null };
  }
  const fits = example.workflows.includes(draft.workflow);
  const first = workflows.find(({ name }) => example.workflows.includes(name))?.name;
  return {
    ...draft,
    example: example.name,
    name: example.name,
    workflow: fits ? draft.workflow : (first ?? draft.workflow)
  };
}

/** Why it cannot be begun, in a sentence; null when it can. */
export function missingIn(
  draft: Draft,
  shown: Shown,
  workflow: DefinitionRow | undefined,
  taken: ReadonlySet<string>
): string | null {
  if (!draft.text.trim() && !draft.example) {
    return 'Say what an agent should know how to do.';
  }
  if (!shown.name) {
    return 'Give it a name.';
  }
  if (!workflow || workflow.failure) {
    return 'Choose how it is to be built.';
  }
  const open = workflow.variables.find(
    ({ key, required, default: usual }) => required && !(draft.variables[key] ?? usual).trim()
  );
  return open ? `Fill in “${open.label}”.` : problemOf(shown.name, taken);
}

/** What is asked of the host: an example's words are its own, and are not sent. */
export function requestOf(
  draft: Draft,
  shown: Shown
): {
  skill: string;
  workflow: string;
  variables: { [key: string]: string };
  evidence: Evidence[];
  description?: string;
  context?: string;
  purpose?: Purpose;
  tags?: string[];
  example?: string;
} {
  const common = {
    skill: shown.name,
    workflow: draft.workflow,
    variables: { ...draft.variables },
    evidence: [...draft.evidence]
  };
  return draft.example
    ? { ...common, example: draft.example }
    : {
        ...common,
        description: draft.text.trim(),
        context: draft.context.trim(),
        purpose: shown.purpose,
        tags: [...shown.tags]
      };
}

// -- the interview ----------------------------------------------------------------------------------------------------

export interface Said {
  readonly serves: readonly string[];
  readonly refuses: readonly string[];
  readonly good: string;
}

export const SERVES = 3;
export const REFUSES = 1;
export const MOST = 10;

/** With as many lines as are asked for. */
export function saidOf({ serves = [], refuses = [], good = '' }: Partial<Interview>): Said {
  const filled = (texts: readonly string[], least: number): string[] => [
    ...texts,
    ...Array<string>(Math.max(0, least - texts.length)).fill('')
  ];
  return { serves: filled(serves, SERVES), refuses: filled(refuses, REFUSES), good };
}

/** What is kept of it: no blank lines. */
export function interviewOf({ serves, refuses, good }: Said): Interview {
  const kept = (texts: readonly string[]): string[] =>
    texts
      .map(each => each.trim())
      .filter(Boolean)
      .slice(0, MOST);
  return {
    serves: kept(serves) as Interview['serves'],
    refuses: kept(refuses) as Interview['refuses'],
    good: good.trim()
  };
}

export const sameSaid = (a: Said, b: Said): boolean =>
  JSON.stringify(interviewOf(a)) === JSON.stringify(interviewOf(b));

/** The evidence with more cells behind it: the same cell of the same notebook is there once, as it is now. */
export function joined(evidence: readonly Evidence[], more: readonly Evidence[]): Evidence[] {
  const key = ({ origin, source }: Evidence): string => origin || source;
  const fresh = new Map(more.map(each => [key(each), each]));
  return [...evidence.filter(each => !fresh.has(key(each))), ...fresh.values()].slice(0, 50);
}
