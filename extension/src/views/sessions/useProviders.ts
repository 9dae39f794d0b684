/** The agents that there are, to be chosen from. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import type { ProviderRow } from '../../protocol';

export function useProviders(client: Client): readonly ProviderRow[] {
  const [rows, setRows] = useState<readonly ProviderRow[]>([]);
  useEffect(() => {
    let current = true;
    // Without the list there is no choice to offer; starting still says what is wrong.
    client.call('agents.providers', {}).then(
      reply => current && setRows(reply.providers),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client]);
  return rows;
}
