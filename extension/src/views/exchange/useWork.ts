/**
 * A long work of the server that a page waits for: begun under a name of its own, followed by that name, and given up.
 *
 * Whoever goes away while something is looked at gives it up; what is being written goes on to its end.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, pageId, type Client } from '../../client/client';
import type { Failure } from '../../protocol';

export type Stage =
  'resolving' | 'downloading' | 'cloning' | 'extracting' | 'reading' | 'scanning' | 'writing';

/** An event of the topic `imports`. */
export interface Progress {
  readonly id: string;
  readonly stage: Stage;
  readonly done: number;
  readonly total: number | null;
  readonly unit: 'bytes' | 'files' | 'skills';
}

export interface Work {
  readonly busy: boolean;
  readonly cancelling: boolean;
  readonly progress: Progress | null;
  readonly failure: Failure | null;
  /** Its result, or null: it failed, it was given up, or another is under way. `lasting`: it goes on without the page. */
  run<T>(begin: (id: string) => Promise<T>, lasting?: boolean): Promise<T | null>;
  cancel(): void;
  forget(): void;
}

/** Cancelling is no failure, the person has asked for it; but of what was being written, some may be there. */
const told = (failure: Failure, lasting: boolean): Failure | null =>
  failure.facts?.reason !== 'cancelled' ? failure : lasting ? HALF_WRITTEN : null;

const HALF_WRITTEN: Failure = {
  kind: 'cancelled',
  message: 'It was cancelled.',
  remedy: 'What had come in by then is in the library. Look at the source again to see what is left.'
};

export function useWork(client: Client): Work {
  const [work, setWork] = useState<{ id: string; lasting: boolean } | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [cancelling, setCancelling] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const current = useRef<string | null>(null);
  const id = work?.id ?? null;
  const lasting = work?.lasting ?? false;

  useEffect(() => {
    if (id === null) {
      return;
    }
    const follow = client.subscribe(
      'imports',
      0,
      ({ events }) => {
        const mine = (events as readonly unknown[] as readonly Progress[]).find(event => event.id === id);
        if (mine) {
          setProgress(mine);
        }
      },
      () => undefined
    );
    return () => {
      follow.dispose();
      if (current.current === id && !lasting) {
        void client.call('skills.cancel_import', { id }).catch(() => undefined);
      }
    };
  }, [client, id, lasting]);

  const run = useCallback(async <T>(begin: (id: string) => Promise<T>, lasts = false): Promise<T | null> => {
    if (current.current !== null) {
      return null;
    }
    const name = `page-${pageId()}`;
    current.current = name;
    setFailure(null);
    setProgress(null);
    setCancelling(false);
    setWork({ id: name, lasting: lasts });
    try {
      return await begin(name);
    } catch (error) {
      setFailure(told(failureOf(error), lasts));
      return null;
    } finally {
      current.current = null;
      setWork(null);
    }
  }, []);
  const cancel = useCallback(() => {
    if (current.current !== null) {
      setCancelling(true);
      void client.call('skills.cancel_import', { id: current.current }).catch(() => setCancelling(false));
    }
  }, [client]);
  const forget = useCallback(() => setFailure(null), []);
  return { busy: id !== null, cancelling, progress, failure, run, cancel, forget };
}
