/** The budgets as they stand, counted again when there may be news. None are shown when they cannot be counted. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';
import { loadBudgets, type Budget } from './budget';

export function useBudgets(client: Client, timezone: string, stamp: number): readonly Budget[] {
  const [found, setFound] = useState<readonly Budget[]>([]);
  useEffect(() => {
    let current = true;
    loadBudgets(client, timezone, false).then(
      budgets => current && setFound(budgets),
      // The reports beside them fail for the same reason, and say it.
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client, timezone, stamp]);
  return found;
}
