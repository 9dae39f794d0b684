import { describe, expect, it } from 'vitest';
import { problemOf, suggested } from './naming';

const TAKEN = new Set(['review-sql', 'review-sql-2']);

describe('a name', () => {
  it.each(['a', 'review-sql-3', 'x9', 'a'.repeat(64)])('may be %s', name => {
    expect(problemOf(name, TAKEN)).toBeNull();
  });

  it.each(['Review', 'a--b', '-a', 'a-', 'a b', 'a_b', 'ä', '../x', 'a'.repeat(65), 'review-sql', 'claude'])(
    'may not be %s',
    name => {
      expect(problemOf(name, TAKEN)).not.toBeNull();
    }
  );

  it('is not wrong before it has begun', () => {
    expect(problemOf('', TAKEN)).toBeNull();
  });
});

describe('the suggestion', () => {
  it('is the nearest name that is free', () => {
    expect(suggested('Révision  SQL!', TAKEN)).toBe('revision-sql');
    expect(suggested('Review SQL', TAKEN)).toBe('review-sql-3');
    expect(suggested('日本', TAKEN)).toBe('');
  });

  it('is a name itself, however long the text', () => {
    expect(problemOf(suggested(`${'word '.repeat(40)}`, TAKEN), TAKEN)).toBeNull();
  });
});
