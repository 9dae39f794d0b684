/** Plans for tests: rows with what matters said, and sums that fit them. */
import type { ImportPlan, PlanRow } from '../protocol';

export function planned(name: string | null, more: Partial<PlanRow> = {}): PlanRow {
  const row: PlanRow = {
    path: `skills/${name ?? 'unnamed'}/SKILL.md`,
    name,
    description: `What ${name} does.`,
    place: 'offered',
    status: 'ready',
    reasons: [],
    repairs: [],
    digest: `digest of ${name}`,
    duplicate_of: null,
    found_by: ['tree'],
    state: 'new',
    proposed: null,
    plugin: null,
    files: 1,
    bytes: 1200,
    scan: { verdict: 'clean', critical: 0, high: 0, medium: 0, low: 0 },
    ticked: false,
    ...more
  };
  return {
    ...row,
    ticked: more.ticked ?? (row.place === 'offered' && ['ready', 'repair'].includes(row.status))
  };
}

export function plan(rows: readonly PlanRow[], more: Partial<ImportPlan> = {}): ImportPlan {
  const places = (place: PlanRow['place']): number => rows.filter(row => row.place === place).length;
  const statuses = (status: PlanRow['status']): number => rows.filter(row => row.status === status).length;
  return {
    plan: 'p1',
    source: 'owner/repo',
    kind: 'github',
    origin: 'github:owner/repo',
    commit: 'abcdef0123456789',
    by: 'tree',
    notes: [],
    catalogues: [],
    rows: [...rows],
    sums: {
      rows: rows.length,
      offered: places('offered'),
      not_in_catalogue: places('not-in-catalogue'),
      inside: places('inside'),
      set_aside: places('set-aside'),
      alias: places('alias'),
      remote: places('remote'),
      ready: statuses('ready'),
      repair: statuses('repair'),
      ask: statuses('ask'),
      refuse: statuses('refuse')
    },
    ...more
  };
}
