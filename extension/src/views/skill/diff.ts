/** How two texts differ, by the line: worked out here, or read from a unified diff that a command gave. */

export interface Row {
  readonly kind: 'same' | 'gone' | 'new' | 'gap';
  /** Line numbers; null on the side that does not have it. */
  readonly old: number | null;
  readonly now: number | null;
  readonly text: string;
}

/** Beyond this many pairs of lines the middle is taken for one change: the answer has to come while one types. */
const MOST_PAIRS = 4_000_000;

export const linesOf = (text: string): string[] => text.replace(/\r\n?/g, '\n').split('\n');

/** Every line of both, in order. */
export function compare(before: string, after: string): readonly Row[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    head += 1;
  }
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail += 1;
  }
  const same = (i: number, j: number): Row => ({ kind: 'same', old: i + 1, now: j + 1, text: a[i] });
  return [
    ...range(0, head).map(i => same(i, i)),
    ...middle(a, b, head, a.length - tail, b.length - tail),
    ...range(a.length - tail, a.length).map(i => same(i, i - a.length + b.length))
  ];
}

function middle(a: readonly string[], b: readonly string[], head: number, endA: number, endB: number): Row[] {
  const gone = (i: number): Row => ({ kind: 'gone', old: i + 1, now: null, text: a[i] });
  const fresh = (j: number): Row => ({ kind: 'new', old: null, now: j + 1, text: b[j] });
  const [n, m] = [endA - head, endB - head];
  if (n * m > MOST_PAIRS) {
    return [...range(head, endA).map(gone), ...range(head, endB).map(fresh)];
  }
  // common[i][j]: the longest common part of what is left from i and j on.
  const common = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      common[i][j] =
        a[head + i] === b[head + j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  while (i < n || j < m) {
    if (i < n && j < m && a[head + i] === b[head + j]) {
      rows.push({ kind: 'same', old: head + i + 1, now: head + j + 1, text: a[head + i] });
      i += 1;
      j += 1;
    } else if (j >= m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
      rows.push(gone(head + i++));
    } else {
      rows.push(fresh(head + j++));
    }
  }
  return rows;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** The changed rows with some lines around them; what is left out between is a gap. */
export function around(rows: readonly Row[], context = 2): readonly Row[] {
  const near = new Set<number>();
  rows.forEach((row, at) => {
    if (row.kind !== 'same') {
      range(Math.max(0, at - context), Math.min(rows.length, at + context + 1)).forEach(each =>
        near.add(each)
      );
    }
  });
  const shown: Row[] = [];
  rows.forEach((row, at) => {
    if (near.has(at)) {
      shown.push(row);
    } else if (shown.length && shown[shown.length - 1].kind !== 'gap') {
      shown.push({ kind: 'gap', old: null, now: null, text: '' });
    }
  });
  return shown[shown.length - 1]?.kind === 'gap' ? shown.slice(0, -1) : shown;
}

/** The lines of `after` that `before` does not have. */
export function changed(before: string, after: string): ReadonlySet<number> {
  return before === after
    ? NONE
    : new Set(
        compare(before, after).flatMap(({ kind, now }) => (kind === 'new' && now !== null ? [now] : []))
      );
}

const NONE: ReadonlySet<number> = new Set();

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** The rows of a unified diff; what stands before its first hunk names files and is said elsewhere. */
export function read(patch: string): readonly Row[] {
  const rows: Row[] = [];
  let [old, now] = [0, 0];
  for (const line of patch.split('\n')) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      [old, now] = [Number(hunk[1]), Number(hunk[2])];
      if (rows.length) {
        rows.push({ kind: 'gap', old: null, now: null, text: '' });
      }
    } else if (old || now) {
      const text = line.slice(1).replace(/\r$/, '');
      if (line[0] === '+') {
        rows.push({ kind: 'new', old: null, now: now++, text });
      } else if (line[0] === '-') {
        rows.push({ kind: 'gone', old: old++, now: null, text });
      } else if (line[0] === ' ') {
        rows.push({ kind: 'same', old: old++, now: now++, text });
      } else if (line.startsWith('diff ')) {
        [old, now] = [0, 0];
      }
    }
  }
  return rows;
}

/** What changed, in a sentence, for who does not see the colours. */
export function told(rows: readonly Row[]): string {
  const fresh = rows.flatMap(({ kind, now }) => (kind === 'new' && now !== null ? [now] : []));
  const gone = rows.filter(({ kind }) => kind === 'gone').length;
  const [first, last] = [fresh[0], fresh[fresh.length - 1]];
  if (!fresh.length) {
    return gone === 0 ? 'Nothing changed.' : gone === 1 ? 'Only one line went.' : `Only ${gone} lines went.`;
  }
  if (fresh.length === 1) {
    return gone ? `Only line ${first} changed.` : `Only line ${first} is new.`;
  }
  const where = last - first + 1 === fresh.length ? `lines ${first} to ${last}` : `${fresh.length} lines`;
  return gone ? `Only ${where} changed.` : `Only ${where} are new.`;
}
