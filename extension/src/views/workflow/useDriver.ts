/** Who is to do what is started from a page: what the person chose there, else who is usual for it. */
import { useMemo, useState } from 'react';
import type { Client } from '../../client/client';
import type { ProviderRow } from '../../protocol';
import type { Host } from '../host';
import { useProviders } from '../sessions/useProviders';

export interface Driven {
  readonly known: readonly ProviderRow[];
  /** The agent that is shown as chosen; null while nobody is known. */
  readonly row: ProviderRow | null;
  readonly driving: { readonly provider?: string };
  /** Why that agent can do nothing here, in a sentence; null: it can. */
  readonly unable: string | null;
  choose(provider: string): void;
}

/** `recorded`: it is an example's, and played from its recordings unless the person wants otherwise. */
export function useDriver(client: Client, host: Host, recorded: boolean): Driven {
  const known = useProviders(client);
  const [chosen, choose] = useState<string | undefined>(undefined);
  const provider = chosen ?? (recorded ? 'replay' : host.provider);
  const driving = useMemo(() => (provider ? { provider } : {}), [provider]);
  const row =
    known.find(({ name }) => name === provider) ??
    known.find(each => each.default) ??
    known.find(() => true) ??
    null;
  return { known, row, driving, unable: unableOf(row, recorded), choose };
}

function unableOf(row: ProviderRow | null, recorded: boolean): string | null {
  if (row?.name === 'replay' && !recorded) {
    return `${row.label} only plays recorded examples. Choose another agent for a skill of your own.`;
  }
  return null;
}
