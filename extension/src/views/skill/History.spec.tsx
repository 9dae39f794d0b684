import React from 'react';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { CallError } from '../../client/client';
import type { Skill } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { skill } from '../../testing/skills';
import { History } from './History';

type Answer = (params: { [name: string]: unknown }) => unknown;

const page = (messages: readonly string[], next_cursor: string | null) => ({
  versions: messages.map(message => ({
    version: message.padEnd(40, '0'),
    name: 'x',
    author: 'Kim',
    email: 'kim@example.org',
    at: '2026-11-20T00:00:00Z',
    message: `x: ${message}`,
    files: [],
    tags: []
  })),
  next_cursor,
  repository: '/r',
  ours: true
});

async function show(history: Answer) {
  const client = new FakeClient({
    'git.history': history,
    'git.diff': () => ({ name: 'x', old: null, new: null, files: [], added: 0, removed: 0, truncated: false })
  });
  const view = (one: Skill) => (
    <History client={client} skill={one} held={false} restored={() => undefined} />
  );
  const { rerender } = render(view(skill('x')));
  await act(async () => undefined);
  return {
    cursors: () =>
      client.calls.filter(({ name }) => name === 'git.history').map(({ params }) => params.cursor ?? null),
    change: (digest: string) => act(async () => rerender(view({ ...skill('x'), digest })))
  };
}

const listed = (): (string | undefined)[] =>
  within(screen.getByRole('list', { name: 'Versions' }))
    .queryAllByRole('button')
    .map(each => each.querySelector('.wb-version-message')?.textContent ?? undefined);
const earlier = () =>
  act(async () => void fireEvent.click(screen.getByRole('button', { name: 'Show earlier versions' })));

describe('the versions', () => {
  it('are begun anew when the file has changed, each once, with the newest first', async () => {
    let changed = false;
    const { cursors, change } = await show(({ cursor }) =>
      cursor
        ? page(['one'], null)
        : changed
          ? page(['three', 'two'], 'next of three')
          : page(['two'], 'next of two')
    );
    await earlier();
    expect(listed()).toEqual(['two', 'one']);
    changed = true;
    await change('another');
    expect(listed()).toEqual(['three', 'two']);
    await earlier();
    expect(listed()).toEqual(['three', 'two', 'one']);
    expect(cursors()).toEqual([null, 'next of two', null, 'next of three']);
  });

  it('are begun anew also when the file is again as it once was', async () => {
    const firsts = [
      page(['two'], 'next of two'),
      page(['three', 'two'], null),
      page(['four', 'three'], null)
    ];
    const { cursors, change } = await show(({ cursor }) => (cursor ? page(['one'], null) : firsts.shift()));
    await earlier();
    await change('another');
    await change(skill('x').digest);
    expect(listed()).toEqual(['four', 'three']);
    expect(cursors()).toEqual([null, 'next of two', null, null]);
  });

  it('of before are not gone on with while those of the changed file are on their way', async () => {
    const newest = later();
    const firsts = [page(['two'], 'next of two'), newest.answer, page(['three', 'two'], null)];
    const { cursors, change } = await show(({ cursor }) => (cursor ? page(['one'], null) : firsts.shift()));
    await change('another');
    await earlier();
    expect(listed()).toEqual(['three', 'two']);
    await act(async () => newest.come(page(['three', 'two'], null)));
    expect(cursors()).toEqual([null, null, null]);
  });

  it('of before stay in sight where those of the changed file cannot be read, and are asked for again', async () => {
    const firsts: (() => unknown)[] = [
      () => page(['two'], 'next of two'),
      () => {
        throw new CallError({ kind: 'unreachable', message: 'It does not answer.', remedy: '' });
      },
      () => page(['three', 'two'], null)
    ];
    const { change } = await show(({ cursor }) => (cursor ? page(['one'], null) : firsts.shift()?.()));
    await change('another');
    expect(screen.getByRole('alert').textContent).toContain('It does not answer.');
    expect(listed()).toEqual(['two']);
    await earlier();
    expect(listed()).toEqual(['three', 'two']);
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
