import React from 'react';
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import { FakeClient } from '../../testing/fake-client';
import type { Host } from '../host';
import { FeedbackView } from './FeedbackView';

type Answers = NonNullable<ConstructorParameters<typeof FakeClient>[0]>;

const DRAFT = {
  kind: 'bug',
  title: 'It fails',
  body: 'It fails with [REDACTED].\n\n---\nWorkbench 1.0',
  labels: ['bug'],
  by: 'rules',
  notice: ''
};

const masked = (text: string): string => text.replace(/sk-ant-[\w-]+/g, '[REDACTED]');
const byHand = (repository: string, title: string, body: string) => ({
  title: masked(title),
  body: masked(body),
  page: repository && `https://github.example/new?${masked(body)}`,
  cut: body.length > 1_000
});

async function show(repository: string, more: Answers = {}, host: Host = { place: 'page' }) {
  const client = new FakeClient({
    'feedback.draft': () => DRAFT,
    'feedback.by_hand': ({ title, body }) => byHand(repository, String(title), String(body)),
    'settings.get': () => ({
      settings: { feedback_repository: repository, github_url: 'https://github.example' },
      secrets: [],
      secrets_path: ''
    }),
    'agents.providers': () => ({
      providers: [
        { name: 'claude', label: 'Claude Code', installed: true, default: true },
        { name: 'replay', label: 'Replay', installed: true, default: false }
      ]
    }),
    ...more
  });
  render(<FeedbackView client={client} host={host} />);
  await act(async () => undefined);
  return client;
}

const box = (name: string): HTMLInputElement => screen.getByRole('textbox', { name });
const click = (name: string): Promise<void> =>
  act(async () => void fireEvent.click(screen.getByRole('button', { name })));
const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);

const page = (): string | null =>
  screen.getByRole('link', { name: 'Open it as an issue' }).getAttribute('href');
/** Its address, once it has one. */
const link = (): Promise<string> =>
  waitFor(() => {
    const href = page();
    expect(href).toBeTruthy();
    return href as string;
  });

async function written(words = 'It fails with sk-ant-1'): Promise<void> {
  fireEvent.change(box('What is wrong, or what do you wish for?'), { target: { value: words } });
  await click('Look it over');
}

/** A draft that a model was asked to put in order; what it answers comes when the test says so. */
async function ordering(): Promise<() => Promise<void>> {
  let answer = (_: unknown): void => undefined;
  await show('', {
    'feedback.draft': ({ rules_only }) => (rules_only ? DRAFT : new Promise(done => (answer = done)))
  });
  await written();
  await click('Have a model put it in order');
  return () => act(async () => answer({ ...DRAFT, by: 'model', body: 'Better' }));
}

describe('feedback', () => {
  it('is looked over before anything is sent, with no model asked', async () => {
    const client = await show('octo/workbench');
    expect(document.activeElement).toBe(box('What is wrong, or what do you wish for?'));
    await click('Look it over');
    expect(client.calls.map(({ name }) => name)).not.toContain('feedback.draft');
    fireEvent.click(screen.getByRole('radio', { name: 'Something is wrong' }));
    await written();
    expect(called(client, 'feedback.draft')).toEqual([
      { text: 'It fails with sk-ant-1', kind: 'bug', rules_only: true }
    ]);
    expect(called(client, 'feedback.create_issue')).toEqual([]);
    expect(document.activeElement?.textContent).toBe('This would be sent');
    expect(box('Text').value).toContain('[REDACTED]');
    expect(screen.getByText('octo/workbench')).toBeTruthy();
  });

  it('is sent as it was changed, and the issue is told', async () => {
    const create = vi.fn(() => ({ url: 'https://github.example/i/7', number: 7, missing_labels: ['bug'] }));
    await show('octo/workbench', { 'feedback.create_issue': create });
    await written();
    fireEvent.change(box('Text'), { target: { value: 'Another text' } });
    await click('Send it');
    expect(create).toHaveBeenCalledWith({
      kind: 'bug',
      title: 'It fails',
      body: 'Another text',
      labels: ['bug']
    });
    expect(screen.getByRole('link', { name: '#7' }).getAttribute('href')).toBe('https://github.example/i/7');
    expect(screen.getByText('Labels that could not be set: bug.')).toBeTruthy();
    await click('Say something else');
    expect(box('What is wrong, or what do you wish for?').value).toBe('');
  });

  it('asks before its tab is closed until it is sent', async () => {
    const unsaved = vi.fn();
    const create = vi.fn(() => ({ url: 'https://github.example/i/7', number: 7, missing_labels: [] }));
    await show('octo/workbench', { 'feedback.create_issue': create }, { place: 'page', unsaved });
    expect(unsaved).not.toHaveBeenCalled();
    await written();
    expect(unsaved.mock.calls).toEqual([[{ name: 'Feedback' }]]);
    await click('Send it');
    expect(unsaved).toHaveBeenLastCalledWith(null);
  });

  it('asks no more once it is copied, until it is another text', async () => {
    vi.stubGlobal('navigator', { clipboard: { writeText: async () => undefined } });
    const unsaved = vi.fn();
    await show('', {}, { place: 'page', unsaved });
    await written();
    await click('Copy the text');
    expect(unsaved).toHaveBeenLastCalledWith(null);
    fireEvent.change(box('Text'), { target: { value: 'Another text' } });
    expect(unsaved).toHaveBeenLastCalledWith({ name: 'Feedback' });
    vi.unstubAllGlobals();
  });

  it('that cannot be sent says why, keeps the text and offers the page to make it by hand', async () => {
    const failure = { kind: 'refused', message: 'You are not signed in.', remedy: 'Sign in.' };
    await show('octo/workbench', {
      'feedback.create_issue': () => {
        throw new CallError(failure);
      }
    });
    await written();
    await click('Send it');
    expect(screen.getByRole('alert').textContent).toContain('You are not signed in.');
    expect(await link()).toContain('https://github.example/new?It fails');
    expect(box('Text').value).toBe(DRAFT.body);
  });

  it('has no key in the address that opens it, whatever was put in meanwhile', async () => {
    await show('octo/workbench');
    await written();
    await link();
    fireEvent.change(box('Text'), { target: { value: 'log: sk-ant-SECRET-VALUE' } });
    expect(page()).toBeNull();
    expect(await link()).toBe('https://github.example/new?log: [REDACTED]');
    expect(screen.queryByText(/has no room/)).toBeNull();
    fireEvent.change(box('Text'), { target: { value: 'x'.repeat(2_000) } });
    expect(await screen.findByText(/has no room for all of the text/)).toBeTruthy();
  });

  it('has no key in the clipboard, and stands in the page as it was copied', async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    await show('');
    await written();
    fireEvent.change(box('Text'), { target: { value: 'log: sk-ant-SECRET-VALUE' } });
    await click('Copy the text');
    expect(writeText.mock.calls).toEqual([['It fails\n\nlog: [REDACTED]\n']]);
    expect(box('Text').value).toBe('log: [REDACTED]');
    vi.unstubAllGlobals();
  });

  it('is not copied where nobody can say what is a key', async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    await show('', {
      'feedback.by_hand': () => {
        throw new CallError({ kind: 'unreachable', message: 'The server does not answer.', remedy: '' });
      }
    });
    await written();
    await click('Copy the text');
    expect(screen.getByRole('alert').textContent).toContain('The server does not answer.');
    expect(writeText).not.toHaveBeenCalled();
    vi.unstubAllGlobals();
  });

  it('is copied where nobody said where it goes', async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    await show('');
    await written();
    expect(screen.queryByRole('button', { name: 'Send it' })).toBeNull();
    expect(screen.getByText(/was not told where feedback goes/)).toBeTruthy();
    await click('Copy the text');
    expect(writeText).toHaveBeenCalledWith(`It fails\n\n${DRAFT.body}\n`);
    expect(screen.getByText('Copied.')).toBeTruthy();
    vi.unstubAllGlobals();
  });

  it('is put in order by a model only when asked for, and is not lost on the way back', async () => {
    const draft = vi.fn(({ rules_only }: { [name: string]: unknown }) =>
      rules_only ? DRAFT : { ...DRAFT, by: 'model', title: 'Better' }
    );
    await show('', { 'feedback.draft': draft });
    await written();
    await click('Have a model put it in order');
    expect(box('Title').value).toBe('Better');
    expect(screen.queryByRole('button', { name: 'Have a model put it in order' })).toBeNull();
    await click('Back to my words');
    expect(box('What is wrong, or what do you wish for?').value).toBe('It fails with sk-ant-1');
  });

  it('is not taken away by a model that answers when the words are others', async () => {
    const answers = await ordering();
    await click('Back to my words');
    await written('It fails otherwise');
    fireEvent.change(box('Text'), { target: { value: 'Changed' } });
    await answers();
    expect(box('Text').value).toBe('Changed');
  });

  it('is not taken away by a model that answers when it was changed meanwhile', async () => {
    const answers = await ordering();
    fireEvent.change(box('Text'), { target: { value: 'Changed' } });
    await answers();
    expect(box('Text').value).toBe('Changed');
    const said = /yours stays, the other was left out/;
    expect(screen.getByText(said)).toBeTruthy();
    // Who goes on writing can still read it.
    fireEvent.change(box('Text'), { target: { value: 'Changed more' } });
    expect(screen.getByText(said)).toBeTruthy();
    await click('Have a model put it in order');
    await answers();
    expect(box('Text').value).toBe('Better');
    expect(screen.queryByText(said)).toBeNull();
  });

  it('is not taken away by a model that was asked before a look at the words', async () => {
    const answers = await ordering();
    await click('Back to my words');
    await click('Look it over');
    fireEvent.change(box('Text'), { target: { value: 'Changed' } });
    await click('Back to my words');
    await answers();
    await click('Look it over');
    expect(box('Text').value).toBe('Changed');
    expect(screen.getByText(/yours stays, the other was left out/)).toBeTruthy();
  });

  it('is as it was changed after a look at the words, until these are others', async () => {
    const client = await show('octo/workbench');
    await written();
    fireEvent.change(box('Text'), { target: { value: 'Twenty minutes of changes' } });
    await click('Back to my words');
    expect(screen.getByText(/is kept as long as your words stay/)).toBeTruthy();
    await click('Look it over');
    expect(box('Text').value).toBe('Twenty minutes of changes');
    expect(called(client, 'feedback.draft')).toHaveLength(1);
    await click('Back to my words');
    fireEvent.click(screen.getByRole('radio', { name: 'I wish for something' }));
    expect(screen.queryByText(/is kept as long as your words stay/)).toBeNull();
    await click('Look it over');
    expect(box('Text').value).toBe(DRAFT.body);
    expect(called(client, 'feedback.draft')).toHaveLength(2);
  });
});
