/**
 * All skills of the library, page by page: the first is in sight while the others are on their way.
 *
 * They are read again when something here has changed them, when the host says that something else has, and when the
 * person comes back to the page. What is on the screen stays until the new list is whole.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import type { Failure, SkillRow } from '../../protocol';
import { useNews } from './useNews';

const PAGE = 1000;
const STALE_MS = 3_000;

export interface Library {
  readonly rows: readonly SkillRow[] | null;
  /** Pages are still to come. */
  readonly loading: boolean;
  readonly failure: Failure | null;
  reload(): void;
  /** Shows at once what an action is known to have done. */
  adjust(change: (rows: readonly SkillRow[]) => readonly SkillRow[]): void;
}

export function useLibrary(client: Client): Library {
  const [rows, setRows] = useState<readonly SkillRow[] | null>(null);
  const [loading, setLoading] = useState(true);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  const loaded = useRef(0);
  // What changes all the time is read once in a while, and each time to its end.
  const reading = useRef(false);
  const behind = useRef(false);
  const reload = useCallback(() => setAsked(before => before + 1), []);

  useEffect(() => {
    let current = true;
    const load = async (): Promise<void> => {
      let all: SkillRow[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await client.call('skills.list', cursor ? { limit: PAGE, cursor } : { limit: PAGE });
        if (!current) {
          return;
        }
        all = all.concat(page.skills);
        cursor = page.next_cursor;
        const shown = all;
        // While it grows it is shown only where there was nothing before.
        setRows(before => (cursor && before && before.length > shown.length ? before : shown));
      } while (cursor);
      loaded.current = Date.now();
      setFailure(null);
    };
    const ended = (): void => {
      if (current) {
        setLoading(behind.current);
        reading.current = false;
        if (behind.current) {
          reload();
        }
      }
    };
    setLoading(true);
    reading.current = true;
    behind.current = false;
    load()
      .catch(error => current && setFailure(failureOf(error)))
      .finally(ended);
    return () => {
      current = false;
    };
  }, [client, asked, reload]);

  useEffect(() => {
    const look = (): void => {
      if (!document.hidden && loaded.current && Date.now() - loaded.current > STALE_MS) {
        reload();
      }
    };
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [reload]);
  useNews(client, () => {
    if (reading.current) {
      behind.current = true;
    } else {
      reload();
    }
  });
  const adjust = useCallback<Library['adjust']>(change => setRows(before => before && change(before)), []);
  return { rows, loading, failure, reload, adjust };
}
