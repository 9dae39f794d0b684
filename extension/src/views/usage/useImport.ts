/**
 * The import of transcripts as a view sees it: begun when the view opens, followed while it runs, whoever runs it.
 *
 * `stamp` moves whenever reports may say something new: an import has ended, here or elsewhere, or the person asked again.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import type { Failure } from '../../protocol';

/** The one event of the topic `usage`. */
export interface ImportState {
  /** `waiting`: another process imports. */
  state: 'idle' | 'waiting' | 'importing';
  done_bytes: number;
  total_bytes: number;
  files: number;
  version: number;
}

export interface Importing {
  readonly busy: boolean;
  /** Null until the first news of it. */
  readonly progress: ImportState | null;
  readonly failure: Failure | null;
  readonly stamp: number;
  /** The import that this view began has ended. */
  readonly done: boolean;
  again(): void;
}

export function useImport(client: Client): Importing {
  const [asked, setAsked] = useState(0);
  const [own, setOwn] = useState<{ busy: boolean; failure: Failure | null }>({ busy: true, failure: null });
  const [done, setDone] = useState(false);
  const [stamp, setStamp] = useState(0);
  const news = useCallback(() => setStamp(before => before + 1), []);
  const progress = useProgress(client, news);
  useEffect(() => {
    let current = true;
    setOwn({ busy: true, failure: null });
    const ended = (failure: Failure | null): void => {
      if (current) {
        setOwn({ busy: false, failure });
        setDone(true);
        news();
      }
    };
    client.call('usage.import', {}).then(
      () => ended(null),
      error => ended(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, asked, news]);
  const again = useCallback(() => setAsked(before => before + 1), []);
  return {
    ...own,
    busy: own.busy || (progress !== null && progress.state !== 'idle'),
    progress,
    stamp,
    done,
    again
  };
}

function useProgress(client: Client, news: () => void): ImportState | null {
  const [progress, setProgress] = useState<ImportState | null>(null);
  const version = useRef<number | null>(null);
  useEffect(() => {
    const subscription = client.subscribe(
      'usage',
      0,
      ({ events }) => {
        const state = events[events.length - 1] as ImportState | undefined;
        if (state) {
          setProgress(state);
          if (version.current !== null && version.current !== state.version) {
            news();
          }
          version.current = state.version;
        }
      },
      // Without news of progress the import still ends, and says so itself.
      () => setProgress(null)
    );
    return () => subscription.dispose();
  }, [client, news]);
  return progress;
}
