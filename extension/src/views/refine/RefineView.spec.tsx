import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { RefineContent, RefineDiff, RefineOutcome } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { Script } from '../../testing/transcript';
import type { Host } from '../host';
import { RefineView } from './RefineView';

type Answers = NonNullable<ConstructorParameters<typeof FakeClient>[0]>;

const CONTENT: RefineContent = {
  skill: 'one',
  files: [
    { path: 'SKILL.md', text: '---\nname: one\n---\n# One', size: 24 },
    { path: 'references/rules.md', text: '# Rules', size: 7 }
  ],
  session: null,
  run: null,
  refusal: null,
  suggestions: [],
  cost: null
};

const NOTHING: RefineDiff = { stat: '', files: [], undoable: null };

const CHANGED: RefineDiff = {
  stat: '1 file, +2 −1',
  files: [
    {
      path: 'SKILL.md',
      status: 'modified',
      diff: '',
      added: 2,
      removed: 1,
      digest: 'd1',
      hunks: [
        { id: 'h-1', header: '@@ -1,2 +1,2 @@', lines: ['-old first\n', '+new first\n', ' same\n'] },
        { id: 'h-2', header: '@@ -9,1 +9,2 @@', lines: [' tail\n', '+added tail\n'] }
      ]
    }
  ],
  undoable: 'r1'
};

const OUTCOME: RefineOutcome = {
  run: 'r1',
  status: 'completed',
  changed: ['SKILL.md'],
  put_back: [],
  validation: null,
  notice: ''
};

function show(more: Answers = {}, host: Host = { place: 'page' }, params: { [name: string]: string } = {}) {
  const client = new FakeClient({
    'refine.content': () => CONTENT,
    'refine.diff': () => NOTHING,
    'refine.decide': () => ({ diff: NOTHING, commit: 'abcdef0123' }),
    'agents.providers': () => ({ providers: [] }),
    'workflow.estimate': () => ({ low: '0.02', high: '0.05', basis: 'prompt', text: 'From the prompt.' }),
    'usage.session_runs': () => ({ runs: [] }),
    ...more
  });
  const view = render(<RefineView client={client} params={{ skill: 'one', ...params }} host={host} />);
  return { client, ...view };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const box = () => screen.findByRole<HTMLTextAreaElement>('combobox', { name: 'What should be better?' });
const click = (name: string | RegExp) =>
  act(async () => fireEvent.click(screen.getByRole('button', { name })));

describe('a conversation', () => {
  it('says its price, sends what is written, is followed to its end and shows what came of it', async () => {
    let settle: (outcome: RefineOutcome) => void = () => undefined;
    let diff = NOTHING;
    const { client } = show({
      'refine.diff': () => diff,
      'refine.send': () => ({ session: 's1', run: 'r1', files: ['SKILL.md'], notice: '' }),
      'refine.settle': () => new Promise<RefineOutcome>(resolve => (settle = resolve))
    });
    const area = await box();
    expect(await screen.findByText('One message: $0.0200 to $0.0500.')).toBeTruthy();
    fireEvent.change(area, { target: { value: 'Shorter, please' } });
    await act(async () => fireEvent.keyDown(area, { key: 'Enter' }));
    expect(called(client, 'refine.send')).toEqual([
      { skill: 'one', message: 'Shorter, please', instance: expect.any(String) }
    ]);
    expect(area.value).toBe('');
    expect(client.following).toContain('session:s1');
    expect(await screen.findByText('The agent is at work.')).toBeTruthy();
    await act(async () =>
      client.say('s1', new Script('r1').ready().prompt('Shorter, please').text('Done.').entries)
    );
    expect(screen.queryByLabelText('Send a follow-up')).toBeNull();
    diff = CHANGED;
    await act(async () => settle({ ...OUTCOME, put_back: ['context/notes.md'] }));
    expect(await screen.findByText(/Put back.*context\/notes\.md/)).toBeTruthy();
    expect(await screen.findByRole('button', { name: 'Changes (1)' })).toBeTruthy();
  });

  it('that was going on when the view was opened is waited for', async () => {
    const { client } = show({
      'refine.content': () => ({ ...CONTENT, session: 's1', run: 'r9' }),
      'refine.settle': () => new Promise(() => undefined)
    });
    await screen.findByText('The agent is at work.');
    await waitFor(() => expect(called(client, 'refine.settle')).toEqual([{ skill: 'one', run: 'r9' }]));
  });

  it('keeps what is typed while the message before it is sent', async () => {
    const sent = later();
    show({ 'refine.send': () => sent.answer });
    const area = await box();
    fireEvent.change(area, { target: { value: 'Shorter' } });
    fireEvent.keyDown(area, { key: 'Enter' });
    fireEvent.change(area, { target: { value: 'Shorter, please' } });
    await act(async () => sent.come({ session: 's1', run: 'r1', files: [], notice: '' }));
    expect(area.value).toBe('Shorter, please');
  });

  it('is over when what it came to is shown, also with news on the way', async () => {
    const settled = later<RefineOutcome>();
    const latest = later<RefineDiff>();
    const old = { ...CHANGED, digest: 'old' };
    let diff: () => unknown = () => old;
    const { client } = show({
      'refine.content': () => ({ ...CONTENT, session: 's1', run: 'r1' }),
      'refine.diff': () => diff(),
      'refine.settle': () => settled.answer
    });
    await screen.findByText('The agent is at work.');
    const first = later<RefineDiff>();
    diff = () => first.answer;
    await act(async () => settled.come(OUTCOME));
    diff = () => latest.answer;
    await act(async () => client.reset('skills', [{ version: 2 }]));
    await act(async () => first.come({ ...CHANGED, digest: 'first' }));
    // The reading that the news has begun is not here yet: nothing is decided of what is shown.
    await click('Accept all');
    expect(called(client, 'refine.decide')).toEqual([]);
    await act(async () => latest.come({ ...CHANGED, digest: 'latest' }));
    await click('Accept all');
    expect(called(client, 'refine.decide')[0]).toMatchObject({ digest: 'latest' });
  });

  it('begins with the message that it was opened with', async () => {
    show({}, { place: 'page' }, { message: 'A test of this skill asked: x' });
    expect((await box()).value).toBe('A test of this skill asked: x');
  });

  it('asks before its tab is closed while something is written and not sent', async () => {
    const unsaved = vi.fn();
    const send = vi.fn(() => ({ session: 's1', run: 'r1', files: [], notice: '' }));
    show(
      { 'refine.send': send, 'refine.settle': () => new Promise(() => undefined) },
      { place: 'page', unsaved },
      { message: 'A test of this skill asked: x' }
    );
    const area = await box();
    // What it was opened with, nobody wrote here.
    expect(unsaved).not.toHaveBeenCalled();
    fireEvent.change(area, { target: { value: 'Shorter, please' } });
    expect(unsaved).toHaveBeenLastCalledWith({ name: 'Refine one' });
    await act(async () => fireEvent.keyDown(area, { key: 'Enter' }));
    expect(send).toHaveBeenCalled();
    expect(unsaved).toHaveBeenLastCalledWith(null);
  });

  it('offers files behind an @ and takes one with the keyboard', async () => {
    show();
    const area = await box();
    fireEvent.change(area, { target: { value: 'only @ru', selectionStart: 8 } });
    const list = screen.getByRole('listbox');
    expect(within(list).getAllByRole('option')).toHaveLength(1);
    expect(area.getAttribute('aria-activedescendant')).toBe(within(list).getByRole('option').id);
    await act(async () => fireEvent.keyDown(area, { key: 'Enter' }));
    expect(area.value).toBe('only @references/rules.md ');
    expect(screen.queryByRole('listbox')).toBeNull();
  });

  it('shows the messages that an example has answers for, and plays them', async () => {
    const { client } = show({
      'refine.content': () => ({ ...CONTENT, suggestions: ['Add that.'] }),
      'refine.send': () => ({ session: 's1', run: 'r1', files: [], notice: '' }),
      'refine.settle': () => OUTCOME
    });
    await screen.findByRole('button', { name: 'Add that.' });
    await click('Add that.');
    expect((await box()).value).toBe('Add that.');
    await click('Send');
    expect(called(client, 'refine.send')[0]).toMatchObject({ message: 'Add that.', provider: 'replay' });
  });

  it('keeps a message that was refused, and says why', async () => {
    const failure = {
      kind: 'no_recording',
      message: 'Nothing is recorded for this.',
      remedy: 'Choose a provider.'
    };
    show({
      'refine.send': () => {
        throw new CallError(failure);
      }
    });
    fireEvent.change(await box(), { target: { value: 'Mine' } });
    await click('Send');
    expect((await screen.findByRole('alert')).textContent).toContain('Choose a provider.');
    expect((await box()).value).toBe('Mine');
  });

  it('that is full takes no message until another is begun', async () => {
    const facts = { reason: 'session_exhausted' };
    let session: string | null = 's1';
    const { client } = show({
      'refine.content': () => ({ ...CONTENT, session }),
      'refine.close': () => {
        session = null;
        return { closed: true };
      },
      'refine.send': () => {
        throw new CallError({
          kind: 'refused',
          message: 'This session has had its 400 turns.',
          remedy: '',
          facts
        });
      }
    });
    fireEvent.change(await box(), { target: { value: 'One more' } });
    await click('Send');
    await screen.findByText('This conversation is full: begin another.');
    await click('Send');
    expect(called(client, 'refine.send')).toHaveLength(1);
    await click('New conversation');
    expect(called(client, 'refine.close')).toHaveLength(1);
    await waitFor(() => expect(screen.queryByText('This conversation is full: begin another.')).toBeNull());
  });

  it('cannot be had while something forbids it, which is said', async () => {
    const { client } = show({
      'refine.content': () => ({ ...CONTENT, refusal: 'The answers contradict each other.' })
    });
    expect(await screen.findByText('The answers contradict each other.')).toBeTruthy();
    fireEvent.change(await box(), { target: { value: 'x' } });
    await click('Send');
    expect(called(client, 'refine.send')).toEqual([]);
  });

  it('shows the three texts of a check', async () => {
    const companion = {
      slug: 'post-invoices',
      type: 'domain',
      dimension: 'posting',
      score: 4,
      priority: 'high',
      reason: 'It goes on.',
      trigger: 'Post them'
    } as const;
    const validation = {
      validation_log: 'All links lead somewhere.',
      test_report: 'Fine.',
      companions: [companion]
    };
    show({
      'refine.send': () => ({ session: 's1', run: 'r1', files: [], notice: '' }),
      'refine.settle': () => ({ ...OUTCOME, changed: [], validation })
    });
    fireEvent.change(await box(), { target: { value: '/validate ' } });
    await click('Send');
    expect(await screen.findByText('All links lead somewhere.')).toBeTruthy();
    await click('How it would do');
    await click('1 skill that would go well with it');
    expect(screen.getByText('Fine.')).toBeTruthy();
    expect(screen.getByText('post-invoices')).toBeTruthy();
  });
});

describe('changes', () => {
  const changed: Answers = { 'refine.diff': () => CHANGED };

  it('are taken or left by the part, of the state that was seen', async () => {
    const { client } = show(changed);
    await screen.findByRole('button', { name: 'Reject part 2 of SKILL.md' });
    expect(screen.getByText('new first')).toBeTruthy();
    await click('Reject part 2 of SKILL.md');
    expect(called(client, 'refine.decide')[0]).toEqual({
      skill: 'one',
      accept: false,
      path: 'SKILL.md',
      hunks: ['h-2'],
      digest: 'd1',
      instance: expect.any(String)
    });
  });

  it('are taken by the file, and the version that this makes is told', async () => {
    const { client } = show(changed);
    await screen.findByRole('button', { name: 'Accept SKILL.md' });
    await click('Accept SKILL.md');
    expect(called(client, 'refine.decide')[0]).toMatchObject({ accept: true, path: 'SKILL.md', hunks: [] });
    expect(await screen.findByText('SKILL.md is accepted: version abcdef0.')).toBeTruthy();
  });

  it('say what no line shows: that a file can be run now, is empty or no text', async () => {
    const [file] = CHANGED.files;
    const program = {
      ...file,
      path: 'scripts/run.sh',
      added: 0,
      removed: 0,
      hunks: [],
      note: 'It can be run as a program now.'
    };
    show({ 'refine.diff': () => ({ ...CHANGED, files: [program] }) });
    const shown = await screen.findByRole('region', { name: 'scripts/run.sh' });
    expect(shown.textContent).toContain('It can be run as a program now.');
    expect(shown.textContent).toContain('There are no lines to show.');
  });

  it('of a turn can be decided once the page shows them as the turn has left them', async () => {
    let end: (outcome: RefineOutcome) => void = () => undefined;
    let reading: (() => void) | null = null;
    const { client } = show({
      'refine.diff': () =>
        reading
          ? new Promise(resolve => (reading = () => resolve({ ...CHANGED, digest: 'after' })))
          : CHANGED,
      'refine.send': () => ({ session: 's1', run: 'r1', files: [], notice: '' }),
      'refine.settle': () => new Promise<RefineOutcome>(resolve => (end = resolve))
    });
    await screen.findByRole('button', { name: 'Accept all' });
    fireEvent.change(await box(), { target: { value: 'More' } });
    await click('Send');
    reading = () => undefined;
    await act(async () => end(OUTCOME));
    await click('Accept all');
    expect(called(client, 'refine.decide')).toEqual([]);
    await act(async () => reading?.());
    await click('Accept all');
    expect(called(client, 'refine.decide')).toEqual([expect.objectContaining({ digest: 'after' })]);
  });

  it('are taken all as they were shown: with the digest of what was seen', async () => {
    const { client } = show({ 'refine.diff': () => ({ ...CHANGED, digest: 'all-1' }) });
    await screen.findByRole('button', { name: 'Accept all' });
    await click('Accept all');
    expect(called(client, 'refine.decide')).toEqual([
      { skill: 'one', accept: true, digest: 'all-1', instance: expect.any(String) }
    ]);
  });

  it('are rejected all at once only after a question, whose safe answer has the keyboard', async () => {
    const { client } = show(changed);
    await screen.findByRole('button', { name: 'Reject all…' });
    await click('Reject all…');
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Keep them' }));
    expect(called(client, 'refine.decide')).toEqual([]);
    await click('Reject all');
    expect(called(client, 'refine.decide')).toEqual([
      { skill: 'one', accept: false, instance: expect.any(String) }
    ]);
  });

  it('of the last turn are undone with one click, and what stays is told', async () => {
    const { client } = show({
      ...changed,
      'refine.undo': () => ({
        run: 'r1',
        restored: ['SKILL.md'],
        kept: ['references/rules.md'],
        diff: NOTHING
      })
    });
    await screen.findByRole('button', { name: 'Undo the last turn' });
    await click('Undo the last turn');
    expect(called(client, 'refine.undo')[0]).toMatchObject({ skill: 'one', run: 'r1' });
    expect(screen.getByText(/As before the turn: SKILL\.md\. Changed by somebody else/)).toBeTruthy();
    expect(document.activeElement?.className).toBe('wb-refine-result');
  });

  it('that were seen too long ago are refused with a way to look again', async () => {
    const failure = { kind: 'refused', message: 'SKILL.md has changed since.', remedy: 'Look again.' };
    const { client } = show({
      ...changed,
      'refine.decide': () => {
        throw new CallError(failure);
      }
    });
    await screen.findByRole('button', { name: 'Accept all' });
    await click('Accept all');
    const before = called(client, 'refine.diff').length;
    await click('Look again');
    expect(called(client, 'refine.diff').length).toBe(before + 1);
  });
});

describe('the border', () => {
  it('is moved with the arrow keys, and kept with the place', async () => {
    const keep = vi.fn();
    show({}, { place: 'page', keep }, { share: '50' });
    const border = await screen.findByRole('separator');
    fireEvent.keyDown(border, { key: 'ArrowRight' });
    fireEvent.keyDown(border, { key: 'ArrowRight' });
    expect(border.getAttribute('aria-valuenow')).toBe('54');
    expect(keep).toHaveBeenLastCalledWith({ view: 'refine', params: { skill: 'one', share: '54' } });
    fireEvent.keyDown(border, { key: 'End' });
    expect(border.getAttribute('aria-valuenow')).toBe('80');
  });
});

describe('a skill that is not there', () => {
  it('is said, with a way to look again', async () => {
    const failure = { kind: 'not_found', message: 'There is no skill one.', remedy: 'See skills.list.' };
    show({
      'refine.content': () => {
        throw new CallError(failure);
      }
    });
    expect((await screen.findByRole('alert')).textContent).toContain('There is no skill one.');
    expect(screen.getByRole('button', { name: 'Look again' })).toBeTruthy();
  });
});
