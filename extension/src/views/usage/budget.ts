/** Budgets: what a person means to spend in a day or a month, and how far along it is. They warn and stop nothing. */
import type { Answer, Client } from '../../client/client';

type Row = Answer<'usage.budgets'>['budgets'][number];

/** A budget that is set. */
export interface Budget extends Row {
  readonly limit: string;
}

/** The budgets that are set, as they stand. */
export async function loadBudgets(client: Client, timezone: string, refresh: boolean): Promise<Budget[]> {
  const { budgets } = await client.call('usage.budgets', { timezone, refresh });
  return budgets.filter((each): each is Budget => each.limit !== null);
}
