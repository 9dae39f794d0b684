import { describe, expect, it } from 'vitest';
import { around, changed, compare, read, told } from './diff';

const marks = (before: string, after: string): string =>
  compare(before, after)
    .map(({ kind }) => ({ same: '=', gone: '-', new: '+', gap: '~' })[kind])
    .join('');

describe('comparing texts', () => {
  it('finds the one line that changed, with its number on both sides', () => {
    const rows = compare('a\nb\nc', 'a\nB\nc');
    expect(rows.filter(({ kind }) => kind !== 'same')).toEqual([
      { kind: 'gone', old: 2, now: null, text: 'b' },
      { kind: 'new', old: null, now: 2, text: 'B' }
    ]);
    expect([...changed('a\nb\nc', 'a\nB\nc')]).toEqual([2]);
  });

  it('finds changes apart from each other', () => {
    expect(marks('a\nb\nc\nd\ne', 'a\nX\nc\ne\nf')).toBe('=-+=-=+');
  });

  it('does not see line ends', () => {
    expect(marks('a\r\nb\rc', 'a\nb\nc')).toBe('===');
  });

  it('gives an answer for texts that have nothing in common, however long', () => {
    const lines = (word: string): string =>
      Array.from({ length: 3_000 }, (_, i) => `${word} ${i}`).join('\n');
    expect(compare(lines('a'), lines('b'))).toHaveLength(6_000);
  });

  it('keeps some lines around a change, and says where others are left out', () => {
    const before = Array.from({ length: 20 }, (_, i) => String(i));
    const after = before.map((line, i) => (i === 3 || i === 15 ? `${line}!` : line));
    const rows = around(compare(before.join('\n'), after.join('\n')), 1);
    expect(rows.map(({ kind }) => kind)).toEqual([
      'same',
      'gone',
      'new',
      'same',
      'gap',
      'same',
      'gone',
      'new',
      'same'
    ]);
  });
});

describe('what changed, in words', () => {
  const words = (before: string, after: string): string => told(compare(before, after));

  it('names the line or the lines', () => {
    expect(words('a\nb\nc', 'a\nB\nc')).toBe('Only line 2 changed.');
    expect(words('a\nc', 'a\nb\nc')).toBe('Only line 2 is new.');
    expect(words('a\nb\nc\nd', 'a\nB\nC\nd')).toBe('Only lines 2 to 3 changed.');
    expect(words('a\nb\nc\nd', 'A\nb\nc\nD')).toBe('Only 2 lines changed.');
    expect(words('a\nb', 'a')).toBe('Only one line went.');
    expect(words('a', 'a')).toBe('Nothing changed.');
  });
});

describe('a unified diff', () => {
  const PATCH = [
    'diff --git a/SKILL.md b/SKILL.md',
    '--- a/SKILL.md',
    '+++ b/SKILL.md',
    '@@ -2,3 +2,3 @@ name: x',
    ' two',
    '-three',
    '+--- not a header',
    ' four',
    '\\ No newline at end of file',
    '@@ -20 +20,2 @@',
    ' twenty',
    '+more',
    ''
  ].join('\n');

  it('is read with the line numbers of both sides, its headers left out', () => {
    expect(read(PATCH)).toEqual([
      { kind: 'same', old: 2, now: 2, text: 'two' },
      { kind: 'gone', old: 3, now: null, text: 'three' },
      { kind: 'new', old: null, now: 3, text: '--- not a header' },
      { kind: 'same', old: 4, now: 4, text: 'four' },
      { kind: 'gap', old: null, now: null, text: '' },
      { kind: 'same', old: 20, now: 20, text: 'twenty' },
      { kind: 'new', old: null, now: 21, text: 'more' }
    ]);
  });

  it('of a new file begins with nothing', () => {
    expect(read('--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n')).toEqual([
      { kind: 'new', old: null, now: 1, text: 'a' },
      { kind: 'new', old: null, now: 2, text: 'b' }
    ]);
    expect(read('')).toEqual([]);
  });
});
