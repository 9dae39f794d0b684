/** The few hooks that views share. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { failureOf, type Watched } from '../client/client';
import type { Failure } from '../protocol';

export const useWatched = <T>(watched: Watched<T>): T => useSyncExternalStore(watched.watch, watched.get);

/** The time, refreshed every `everyMs` while `active`: a clock that nobody sees does not tick. */
export function useNow(active: boolean, everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) {
      return;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [active, everyMs]);
  return now;
}

/** The same function for the life of a component, doing what the latest one does. */
export function useStable<Args extends unknown[], Result>(
  act: (...args: Args) => Result
): (...args: Args) => Result {
  const latest = useRef(act);
  latest.current = act;
  return useCallback((...args: Args) => latest.current(...args), []);
}

export interface Reading<T> {
  /** What was read last; null before the first answer. */
  readonly value: T | null;
  readonly loading: boolean;
  readonly failure: Failure | null;
  /** What it has become, without asking again. */
  set(value: T): void;
  reload(): void;
}

/** A thing that is read when a view opens, when `read` is another function, and when it is asked for again. */
export function useReading<T>(read: () => Promise<T>): Reading<T> {
  const [value, setValue] = useState<T | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState(true);
  const [asked, setAsked] = useState(0);
  const told = useRef(0);
  const reload = useCallback(() => setAsked(before => before + 1), []);
  const set = useCallback((next: T) => {
    told.current += 1;
    setValue(() => next);
  }, []);
  useEffect(() => {
    let current = true;
    const before = told.current;
    setLoading(true);
    read()
      .then(
        found => {
          if (current && before !== told.current) {
            // It has become another meanwhile: which of the two is newer, nobody knows.
            reload();
          } else if (current) {
            setValue(() => found);
            setFailure(null);
          }
        },
        error => current && setFailure(failureOf(error))
      )
      .finally(() => current && setLoading(false));
    return () => {
      current = false;
    };
  }, [read, asked, reload]);
  return { value, loading, failure, set, reload };
}

export interface Action {
  readonly busy: boolean;
  /** It has succeeded: a thing that is to be done once is not offered again. */
  readonly done: boolean;
  readonly failure: Failure | null;
  /** Runs it unless it is running; true when it succeeded. */
  run(work: () => Promise<unknown>): Promise<boolean>;
  forget(): void;
}

type State = Pick<Action, 'busy' | 'done' | 'failure'>;

/** A thing that a button does: one at a time, with its failure kept to be shown beside the button. */
export function useAction(): Action {
  const [state, setState] = useState<State>({ busy: false, done: false, failure: null });
  // A second click may come before the first one has been rendered.
  const busy = useRef(false);
  const run = useCallback(async (work: () => Promise<unknown>) => {
    if (busy.current) {
      return false;
    }
    busy.current = true;
    setState({ busy: true, done: false, failure: null });
    try {
      await work();
      setState({ busy: false, done: true, failure: null });
      return true;
    } catch (error) {
      setState({ busy: false, done: false, failure: failureOf(error) });
      return false;
    } finally {
      busy.current = false;
    }
  }, []);
  const forget = useCallback(() => setState(before => ({ ...before, failure: null })), []);
  return { ...state, run, forget };
}
