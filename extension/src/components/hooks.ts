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
