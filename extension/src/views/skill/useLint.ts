/** What is wrong with a text that is not saved yet, some moments after the last letter. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import type { Diagnostic } from '../../protocol';

const QUIET_MS = 300;

/** The diagnostics of the draft, or null while there is none or it has not been looked at. */
export function useLint(client: Client, folder: string, draft: string | null): readonly Diagnostic[] | null {
  const [found, setFound] = useState<readonly Diagnostic[] | null>(null);
  useEffect(() => {
    if (draft === null) {
      setFound(null);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      // What was found before stays in sight when it cannot be asked: saving will say what is wrong.
      client.call('skills.lint', { text: draft, folder }).then(
        ({ skills }) => current && setFound(skills[0]?.diagnostics ?? []),
        () => undefined
      );
    }, QUIET_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, folder, draft]);
  return found;
}
