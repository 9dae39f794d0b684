/** Sessions in the order in which a person looks for them: those at work first, then the newest. */
import type { SessionRow } from '../../protocol';

const LIVE = new Set<SessionRow['state']>(['busy', 'live']);

export const isLive = (row: SessionRow): boolean => LIVE.has(row.state);

export function ordered(rows: readonly SessionRow[]): SessionRow[] {
  const rank = (row: SessionRow): number => (row.state === 'busy' ? 0 : row.state === 'live' ? 1 : 2);
  return [...rows].sort(
    (a, b) => rank(a) - rank(b) || b.updated.localeCompare(a.updated) || a.id.localeCompare(b.id)
  );
}

/** Rows whose title, provider or model holds every word. */
export function matching(rows: readonly SessionRow[], words: string): SessionRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(row => {
    const text = [row.title, row.provider, row.model, row.id].join(' ').toLowerCase();
    return wanted.every(word => text.includes(word));
  });
}
