/**
 * One value that a person edits while others may edit it too: what is stored, what is typed, and how the two come together.
 *
 * Pure. Typing is never undone by what comes from outside: a value that was saved elsewhere meanwhile is shown beside it, and
 * the person chooses. An edit keeps its id until it is saved, so that saving it again after a lost answer is harmless.
 */
import type { Failure } from '../../protocol';

export type Fields = { readonly [name: string]: string | null };

export type Phase = 'calm' | 'dirty' | 'saving' | 'failed' | 'conflict';

export interface Entry<V extends Fields> {
  readonly phase: Phase;
  /** The revision that `stored` has. */
  readonly rev: number;
  readonly stored: V;
  /** As it is on the screen. */
  readonly draft: V;
  readonly edit: string | null;
  readonly failure: Failure | null;
  /** In a conflict: what somebody else has saved. */
  readonly theirs: { readonly rev: number; readonly value: V } | null;
  /** It was saved from here at least once: worth a word. */
  readonly saved: boolean;
}

export const equal = <V extends Fields>(a: V, b: V): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every(key => (a[key] ?? '') === (b[key] ?? ''));

export const fresh = <V extends Fields>(rev: number, stored: V): Entry<V> => ({
  phase: 'calm',
  rev,
  stored,
  draft: stored,
  edit: null,
  failure: null,
  theirs: null,
  saved: false
});

/** The person typed or picked something. `force`: it is to be saved although it is what is stored. */
export function typed<V extends Fields>(entry: Entry<V>, draft: V, edit: string, force = false): Entry<V> {
  if (entry.phase === 'conflict') {
    // The choice between the two stays open; what is typed goes on being "yours".
    return { ...entry, draft, edit };
  }
  if (entry.phase !== 'saving' && !force && equal(draft, entry.stored)) {
    return { ...entry, draft, phase: 'calm', edit: null, failure: null };
  }
  return { ...entry, draft, edit, failure: null, phase: entry.phase === 'saving' ? 'saving' : 'dirty' };
}

export const saving = <V extends Fields>(entry: Entry<V>): Entry<V> => ({
  ...entry,
  phase: 'saving',
  failure: null
});

/** An edit has been saved. What was typed since is still to be. */
export function stored<V extends Fields>(entry: Entry<V>, edit: string, rev: number, value: V): Entry<V> {
  const base = { ...entry, rev, stored: value, failure: null, theirs: null, saved: true };
  return entry.edit === edit
    ? { ...base, phase: 'calm', draft: value, edit: null }
    : { ...base, phase: equal(entry.draft, value) ? 'calm' : 'dirty' };
}

/** Saving failed. A conflict says what the other one has saved. */
export function refused<V extends Fields>(entry: Entry<V>, failure: Failure): Entry<V> {
  const theirs = conflictOf<V>(failure, entry.draft);
  return theirs && !equal(theirs.value, entry.draft)
    ? { ...entry, phase: 'conflict', failure: null, theirs }
    : theirs
      ? stored(entry, entry.edit ?? '', theirs.rev, theirs.value)
      : { ...entry, phase: 'failed', failure };
}

/** The host's newest value. It is shown at once unless something here is not saved; then saving finds the conflict. */
export function told<V extends Fields>(entry: Entry<V>, rev: number, value: V): Entry<V> {
  if (rev < entry.rev || (rev === entry.rev && equal(value, entry.stored))) {
    return entry;
  }
  if (entry.phase === 'calm') {
    return { ...entry, rev, stored: value, draft: value };
  }
  if (entry.phase === 'conflict') {
    return { ...entry, theirs: { rev, value } };
  }
  return entry.phase !== 'saving' && equal(value, entry.draft)
    ? { ...entry, rev, stored: value, phase: 'calm', edit: null, failure: null }
    : entry;
}

/** The person chose between the two. */
export function settled<V extends Fields>(entry: Entry<V>, mine: boolean, edit: string): Entry<V> {
  if (!entry.theirs) {
    return entry;
  }
  const { rev, value } = entry.theirs;
  const base = { ...entry, rev, stored: value, theirs: null };
  return mine ? { ...base, phase: 'dirty', edit } : { ...base, phase: 'calm', draft: value, edit: null };
}

function conflictOf<V extends Fields>({ kind, facts }: Failure, like: V): Entry<V>['theirs'] {
  if ((facts?.reason !== 'conflict' && kind !== 'conflict') || typeof facts?.rev !== 'number') {
    return null;
  }
  const theirs = (facts.theirs ?? {}) as { [name: string]: unknown };
  const value = Object.fromEntries(
    Object.keys(like).map(key => [key, typeof theirs[key] === 'string' ? theirs[key] : null])
  );
  return { rev: facts.rev, value: value as unknown as V };
}
