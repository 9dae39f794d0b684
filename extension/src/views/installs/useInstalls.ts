/** What is installed where: read when the page opens, when the library has changed, and after each act. */
import { useCallback, useEffect, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import type { Failure, Installs } from '../../protocol';
import { useNews } from '../skills/useNews';

export interface Reading {
  readonly installs: Installs | null;
  readonly loading: boolean;
  readonly failure: Failure | null;
  reload(): void;
}

export function useInstalls(client: Client, project: string | null): Reading {
  const [installs, setInstalls] = useState<Installs | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState(true);
  const [asked, setAsked] = useState(0);
  const reload = useCallback(() => setAsked(before => before + 1), []);
  useEffect(() => {
    let current = true;
    setLoading(true);
    client
      .call('skills.installs', { projects: project === null ? [] : [project] })
      .then(
        found => {
          if (current) {
            setInstalls(found);
            setFailure(null);
          }
        },
        error => current && setFailure(failureOf(error))
      )
      .finally(() => current && setLoading(false));
    return () => {
      current = false;
    };
  }, [client, project, asked]);
  useNews(client, reload);
  return { installs, loading, failure, reload };
}
