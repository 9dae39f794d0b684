/** The few hooks that views share. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
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

export interface Action {
  readonly busy: boolean;
  readonly failure: Failure | null;
  /** Runs it unless it is running; true when it succeeded. */
  run(work: () => Promise<unknown>): Promise<boolean>;
  forget(): void;
}

/** A thing that a button does: once at a time, with its failure kept to be shown beside the button. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const run = useCallback(
    async (work: () => Promise<unknown>) => {
      if (busy) {
        return false;
      }
      setBusy(true);
      setFailure(null);
      try {
        await work();
        return true;
      } catch (error) {
        setFailure(failureOf(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
    [busy]
  );
  return { busy, failure, run, forget: useCallback(() => setFailure(null), []) };
}
