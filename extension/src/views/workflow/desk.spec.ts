import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import { Desk, type Kept, type Save } from './desk';

type Value = { readonly text: string | null };

const at = (
  rev: number,
  text: string | null,
  about = 'what'
): [string, { rev: number; value: Value; about: string }] => ['Q1', { rev, value: { text }, about }];

/** A desk over a store that saves when it is told to. */
function open() {
  const asked: {
    base: number;
    text: string | null;
    edit: string;
    done: (kept: Kept<Value>) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const save: Save<Value> = (_, base, { text }, edit) =>
    new Promise((done, fail) => asked.push({ base, text, edit, done, fail }));
  const desk = new Desk<Value>(save, ({ text }) => Boolean(text));
  desk.tell(new Map([at(3, null)]));
  const now = () => desk.entry('Q1').get();
  return { desk, asked, now };
}

const conflict = (text: string, rev: number) =>
  new CallError({
    kind: 'refused',
    message: 'Changed.',
    remedy: '',
    facts: { reason: 'conflict', rev, theirs: { text } }
  });
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what is typed', () => {
  it('is saved once the keyboard rests, over the revision that was seen', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'a' }, { soon: true });
    await vi.advanceTimersByTimeAsync(300);
    desk.change('Q1', { text: 'ab' }, { soon: true });
    expect([asked.length, desk.unsaved.get(), now().phase]).toEqual([0, 1, 'dirty']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked.map(({ base, text }) => [base, text])).toEqual([[3, 'ab']]);
    asked[0].done({ rev: 4, value: { text: 'ab' } });
    await settle();
    expect([desk.unsaved.get(), now().phase, now().rev, now().saved]).toEqual([0, 'calm', 4, true]);
  });

  it('while a save is under way follows it, over what that has made', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'a' });
    desk.change('Q1', { text: 'ab' });
    await settle();
    expect(asked).toHaveLength(1);
    asked[0].done({ rev: 4, value: { text: 'a' } });
    await settle();
    expect(asked.map(({ base, text }) => [base, text])).toEqual([
      [3, 'a'],
      [4, 'ab']
    ]);
    expect(now().draft.text).toBe('ab');
    asked[1].done({ rev: 5, value: { text: 'ab' } });
    expect(await desk.flushAll()).toBe(true);
  });

  it('and could not be saved is kept, and saved again as the same edit', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'a' });
    await settle();
    asked[0].fail(new CallError({ kind: 'network', message: 'Gone.', remedy: '' }));
    await settle();
    expect([now().phase, now().draft.text, desk.unsaved.get()]).toEqual(['failed', 'a', 1]);
    void desk.flush('Q1');
    await settle();
    expect(asked[1].edit).toBe(asked[0].edit);
  });

  it('and is as it was again is not saved', async () => {
    const { desk, asked } = open();
    desk.change('Q1', { text: 'a' }, { soon: true });
    desk.change('Q1', { text: null }, { soon: true });
    await vi.advanceTimersByTimeAsync(2000);
    expect([asked.length, desk.unsaved.get()]).toEqual([0, 0]);
  });

  it('that is as it was is saved all the same where a person confirms it', async () => {
    const { desk, asked } = open();
    desk.change('Q1', { text: null }, { force: true });
    await settle();
    expect(asked).toHaveLength(1);
  });
});

describe('two who write', () => {
  it('are both shown, and mine is saved over theirs when I keep it', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'mine' });
    await settle();
    asked[0].fail(conflict('theirs', 7));
    await settle();
    expect([now().phase, now().draft.text, now().theirs?.value.text]).toEqual(['conflict', 'mine', 'theirs']);
    expect(await desk.flushAll()).toBe(false);
    desk.settle('Q1', true);
    await settle();
    expect([asked[1].base, asked[1].text]).toEqual([7, 'mine']);
  });

  it('and theirs is taken when I want that', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'mine' });
    await settle();
    asked[0].fail(conflict('theirs', 7));
    await settle();
    desk.settle('Q1', false);
    expect([now().phase, now().draft.text, now().rev, desk.unsaved.get()]).toEqual(['calm', 'theirs', 7, 0]);
  });

  it('the same thing have no conflict', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'same' });
    await settle();
    asked[0].fail(conflict('same', 7));
    await settle();
    expect([now().phase, now().rev]).toEqual(['calm', 7]);
  });

  it('hear of each other at once where nothing is typed here, and else when it is saved', async () => {
    const { desk, now } = open();
    desk.tell(new Map([at(4, 'theirs')]));
    expect(now().draft.text).toBe('theirs');
    desk.change('Q1', { text: 'mine' }, { soon: true });
    desk.tell(new Map([at(5, 'theirs again')]));
    expect([now().draft.text, now().rev]).toEqual(['mine', 4]);
  });

  it('an older answer of the host changes nothing', () => {
    const { desk, now } = open();
    desk.tell(new Map([at(2, 'old')]));
    expect(now().draft.text).toBeNull();
  });
});

describe('a question that is gone', () => {
  it('is not saved any more, and one of its name begins anew', async () => {
    const { desk, asked, now } = open();
    desk.change('Q1', { text: 'mine' }, { soon: true });
    desk.tell(new Map([at(0, null, 'something else')]));
    await vi.advanceTimersByTimeAsync(2000);
    expect([asked.length, now().draft.text, now().rev, desk.unsaved.get()]).toEqual([0, null, 0, 0]);
    desk.tell(new Map());
    expect(now().draft.text).toBeNull();
    expect(desk.has('Q1')).toBe(false);
  });
});

it('how many are answered is known without looking at them all', () => {
  const { desk } = open();
  const before = desk.filled.get();
  desk.change('Q1', { text: 'a' }, { soon: true });
  expect([desk.has('Q1'), desk.filled.get() === before]).toEqual([true, false]);
});
