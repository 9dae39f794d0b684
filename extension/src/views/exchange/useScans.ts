/**
 * What a plan of many skills comes without: its first ones are scanned, the others while somebody chooses from it.
 *
 * A few hundred at a time, in the plan's order. When what was fetched is kept no more, the rows stay as they are.
 */
import { useEffect } from 'react';
import type { Client } from '../../client/client';
import type { ImportPlan, ScannedImportRow } from '../../protocol';
import { canCome } from './state';

const AT_ONCE = 300;

export function useScans(
  client: Client,
  plan: ImportPlan | null,
  take: (plan: string, rows: readonly ScannedImportRow[]) => void
): void {
  const id = plan?.plan;
  useEffect(() => {
    if (!plan) {
      return;
    }
    let gone = false;
    const waiting = plan.rows.filter(row => row.scan === null && canCome(row)).map(({ path }) => path);
    const scan = async (): Promise<void> => {
      for (let first = 0; first < waiting.length && !gone; first += AT_ONCE) {
        const paths = waiting.slice(first, first + AT_ONCE) as [string, ...string[]];
        const asked = { plan: plan.plan, source: plan.source, paths };
        const { rows } = await client.call('skills.scan_import', asked);
        if (!gone) {
          take(plan.plan, rows);
        }
      }
    };
    void scan().catch(() => undefined);
    return () => {
      gone = true;
    };
    // Once for each plan: one that was scanned is the same plan still.
  }, [client, id]);
}

/** The plan with what was found. */
export function scanned(plan: ImportPlan, found: readonly ScannedImportRow[]): ImportPlan {
  const scans = new Map(found.map(({ path, scan }) => [path, scan]));
  return { ...plan, rows: plan.rows.map(row => ({ ...row, scan: scans.get(row.path) ?? row.scan })) };
}
