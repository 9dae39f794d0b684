/**
 * Says when the library has changed, whoever changed it: another page, a kernel, an editor, an agent.
 *
 * A host that does not offer the topic is no fault: what is shown is read again when the person comes back to the page.
 */
import { useEffect, useRef } from 'react';
import type { Client } from '../../client/client';

export function useNews(client: Client, heard: () => void): void {
  const latest = useRef(heard);
  latest.current = heard;
  useEffect(() => {
    // What is read now may be older than the first version: that is news too.
    let known: unknown;
    const subscription = client.subscribe(
      'skills',
      0,
      ({ events }) => {
        const { version } = (events[events.length - 1] ?? {}) as { version?: unknown };
        if (version !== known) {
          latest.current();
        }
        known = version;
      },
      () => undefined
    );
    return () => subscription.dispose();
  }, [client]);
}
