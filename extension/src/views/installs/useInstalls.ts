/** What is installed where: read when the page opens, when the library has changed, and after each act. */
import { useCallback } from 'react';
import type { Client } from '../../client/client';
import { useReading, type Reading } from '../../components/hooks';
import type { Installs } from '../../protocol';
import { useNews } from '../skills/useNews';

export function useInstalls(client: Client, project: string | null): Reading<Installs> {
  const reading = useReading(
    useCallback(
      () => client.call('skills.installs', { projects: project === null ? [] : [project] }),
      [client, project]
    )
  );
  useNews(client, reading.reload);
  return reading;
}
