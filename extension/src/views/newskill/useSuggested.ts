/** What the words so far suggest, asked a moment after the last letter; an answer that comes late is not shown. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import type { Suggested } from './state';

/** So much has to be said before anything can be suggested. */
const LEAST = 12;
const QUIET_MS = 500;

export function useSuggested(client: Client, text: string): Suggested | null {
  const [found, setFound] = useState<Suggested | null>(null);
  const ask = text.trim().length >= LEAST ? text.trim() : '';
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      if (ask) {
        // A suggestion that does not come is none: the fields can be filled by hand.
        client.call('skills.suggest', { text: ask }).then(
          reply => current && setFound(reply),
          () => undefined
        );
      }
    }, QUIET_MS);
    if (!ask) {
      setFound(null);
    }
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, ask]);
  return found;
}
