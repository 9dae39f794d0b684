import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { DefinitionRow, Interview, RunState } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { begun } from '../../testing/workflow';
import type { Host, Unsaved } from '../host';
import { NewSkillView } from './NewSkillView';

type Answers = NonNullable<ConstructorParameters<typeof FakeClient>[0]>;

const outline = (number: number, key: string) => ({ number, key, title: key, outputs: [], gate: false });

const WORKFLOWS: DefinitionRow[] = [
  {
    name: 'skill-builder',
    title: 'Skill builder',
    summary: 'Researches, asks, decides, writes.',
    shipped: true,
    path: '',
    digest: 'd',
    steps: ['a', 'b', 'c', 'd'].map((key, i) => outline(i, key)),
    variables: []
  },
  {
    name: 'quick-skill',
    title: 'Quick skill',
    summary: 'A first draft.',
    shipped: true,
    path: '',
    digest: 'd',
    steps: [outline(0, 'draft')],
    variables: []
  },
  {
    name: 'mine',
    title: '',
    summary: '',
    shipped: false,
    path: '/w/mine',
    digest: null,
    steps: [],
    variables: [],
    failure: { kind: 'broken', message: 'Line 3: a key twice.', remedy: '' }
  }
];

const EXAMPLES = [
  {
    name: 'invoice-matching',
    title: 'Matching supplier invoices',
    summary: 'Invoices against orders.',
    workflows: ['skill-builder', 'quick-skill'],
    refine: [],
    tests: []
  }
];

function show(more: Answers = {}, host: Host = { place: 'page' }, params: { [name: string]: string } = {}) {
  const client = new FakeClient({
    'workflow.definitions': () => ({ definitions: WORKFLOWS }),
    'workflow.examples': () => ({ examples: EXAMPLES }),
    'workflow.create': ({ skill }) => begun({ skill: String(skill) }),
    'workflow.state': ({ skill }) => begun({ skill: String(skill) }),
    'workflow.save_intake': ({ skill }) => begun({ skill: String(skill) }),
    'workflow.estimate': () => ({ low: '0.10', high: '0.40', basis: 'prompt', text: '' }),
    'agents.providers': () => ({ providers: [] }),
    'skills.installed_names': () => ({ names: ['taken'], library: ['taken'], workspace: [] }),
    'skills.suggest': () => ({ name: 'match-invoices', purpose: 'source', tags: ['finance'] }),
    ...more
  });
  return { client, ...render(<NewSkillView client={client} params={params} host={host} />) };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const click = (name: string | RegExp) =>
  act(async () => fireEvent.click(screen.getByRole('button', { name })));
const question = () => screen.getByLabelText<HTMLTextAreaElement>('What should an agent know how to do?');
const say = (text: string) => act(async () => fireEvent.change(question(), { target: { value: text } }));

describe('a new skill', () => {
  it('is begun with one question; the rest is suggested and taken as it is', async () => {
    const keep = vi.fn();
    const { client } = show({}, { place: 'page', keep });
    await screen.findByText('Skill builder');
    expect(document.activeElement).toBe(question());
    await say('Match our invoices to orders');
    await waitFor(() =>
      expect(screen.getByLabelText<HTMLInputElement>(/^Name/).value).toBe('match-invoices')
    );
    expect(screen.getAllByText('Suggested')).toHaveLength(3);
    await click('Create');
    expect(called(client, 'workflow.create')).toEqual([
      {
        skill: 'match-invoices',
        workflow: 'skill-builder',
        variables: {},
        evidence: [],
        description: 'Match our invoices to orders',
        context: '',
        purpose: 'source',
        tags: ['finance']
      }
    ]);
    expect(keep).toHaveBeenCalledWith({ view: 'new-skill', params: { skill: 'match-invoices' } });
  });

  it('may be proposed by a model, part by part, when the person asks for that', async () => {
    const proposal = {
      name: 'reconcile-invoices',
      purpose: 'domain',
      tags: ['finance'],
      description: 'Match each invoice to its order and receipt.',
      context: null,
      by: 'model',
      notice: ''
    };
    const { client } = show({
      'skills.suggest': ({ ask }) => (ask ? proposal : { ...proposal, name: 'by-rules' })
    });
    await screen.findByText('Skill builder');
    await say('Match our invoices to orders');
    await click('Ask a model for a proposal');
    expect(called(client, 'skills.suggest').filter(({ ask }) => ask)).toEqual([
      { text: 'Match our invoices to orders', ask: true, current: {} }
    ]);
    expect(screen.getByLabelText<HTMLInputElement>(/^Name/).value).toBe('reconcile-invoices');
    expect(question().value).toBe('Match our invoices to orders');
    await click('Use this');
    expect(question().value).toBe('Match each invoice to its order and receipt.');
  });

  it('keeps what the person writes against every later suggestion', async () => {
    const { client } = show();
    await screen.findByText('Skill builder');
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'my-name' } });
    await say('Match our invoices to orders');
    await waitFor(() => expect(called(client, 'skills.suggest')).toHaveLength(1));
    fireEvent.click(screen.getByRole('radio', { name: /Quick skill/ }));
    await click('Create');
    expect(called(client, 'workflow.create')[0]).toMatchObject({ skill: 'my-name', workflow: 'quick-skill' });
  });

  it('is not begun before there is something to begin with, and says what is missing', async () => {
    const { client } = show();
    await screen.findByText('Skill builder');
    await click('Create');
    expect((await screen.findByRole('alert')).textContent).toBe('Say what an agent should know how to do.');
    expect(document.activeElement).toBe(question());
    await say('Something long enough');
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'taken' } });
    expect(screen.getAllByText(/There is a skill of this name/).length).toBeGreaterThan(0);
    await click('Use “taken-2”');
    expect(called(client, 'workflow.create')).toEqual([]);
  });

  it('is not built by a workflow that cannot be read, which is told', async () => {
    show();
    expect(await screen.findByText('Line 3: a key twice.')).toBeTruthy();
    expect(screen.getByRole('radio', { name: /mine/ })).toHaveProperty('disabled', true);
  });

  it('may be an example, with its own words and no price', async () => {
    const { client } = show();
    await screen.findByText('Skill builder');
    await click('Matching supplier invoices');
    expect(screen.queryByLabelText('What should an agent know how to do?')).toBeNull();
    expect(screen.getByText(/no key is needed/)).toBeTruthy();
    await click('Create');
    expect(called(client, 'workflow.create')[0]).toEqual({
      skill: 'invoice-matching',
      workflow: 'skill-builder',
      variables: {},
      evidence: [],
      example: 'invoice-matching'
    });
  });

  it('that is refused keeps all that was written', async () => {
    const failure = { kind: 'exists', message: 'There is a folder of this name.', remedy: 'Choose another.' };
    show({
      'workflow.create': () => {
        throw new CallError(failure);
      }
    });
    await screen.findByText('Skill builder');
    await say('Match our invoices to orders');
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'my-name' } });
    await click('Create');
    expect(await screen.findByText('Choose another.')).toBeTruthy();
    expect(question().value).toBe('Match our invoices to orders');
  });

  it('that is written and not begun is asked about before its tab is closed', async () => {
    const unsaved = vi.fn();
    show({}, { place: 'page', unsaved });
    await screen.findByText('Skill builder');
    expect(unsaved).not.toHaveBeenCalled();
    await say('Match our invoices to orders');
    expect(unsaved).toHaveBeenLastCalledWith({ name: 'New skill' });
    await say('');
    expect(unsaved).toHaveBeenLastCalledWith(null);
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'my-name' } });
    await say('Match our invoices to orders');
    await click('Create');
    expect(unsaved).toHaveBeenLastCalledWith(null);
  });

  it('takes the selected cells of a notebook as evidence', async () => {
    const cell = { source: 'df.head()', outputs: 'a b', origin: 'n.ipynb, cell 3' };
    const { client } = show({}, { place: 'page', cells: async () => [cell] });
    await screen.findByText('Skill builder');
    await say('Match our invoices to orders');
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'my-name' } });
    await click('What it should know of you and your work');
    await click('Add the selected cells');
    expect(screen.getByText('1 cell added.')).toBeTruthy();
    await click('Create');
    expect(called(client, 'workflow.create')[0]).toMatchObject({ evidence: [cell] });
  });
});

describe('an interview', () => {
  const state = (more: Partial<RunState> = {}) => ({ 'workflow.state': () => begun(more) });

  it('is shown with the price of the research, which begins with a click', async () => {
    const { client } = show(
      { ...state({ skill: 'one' }), 'workflow.run_step': () => ({ skill: 'one', step: 'research' }) },
      { place: 'page' },
      { skill: 'one' }
    );
    expect(await screen.findByText('$0.1000 to $0.4000')).toBeTruthy();
    await click(/^Start/);
    expect(called(client, 'workflow.run_step')[0]).toMatchObject({ skill: 'one', step: 'research' });
  });

  it('saves each answer as it is left, while the research runs', async () => {
    const { client } = show(state({ skill: 'one', next: 'wait' }), { place: 'page' }, { skill: 'one' });
    const first = await screen.findByLabelText('Request 1');
    fireEvent.change(first, { target: { value: 'Match tonight’s invoices' } });
    await act(async () => fireEvent.blur(first));
    await waitFor(() =>
      expect(called(client, 'workflow.save_intake')).toEqual([
        {
          skill: 'one',
          instance: expect.any(String),
          interview: { serves: ['Match tonight’s invoices'], refuses: [], good: '' }
        }
      ])
    );
    expect(await screen.findByText('Saved.')).toBeTruthy();
  });

  it('shows what was said before, and asks for more lines only when all are filled', async () => {
    const interview = { serves: ['a', 'b', 'c'] as ['a', 'b', 'c'], refuses: [] as [], good: 'Short.' };
    show(state({ intake: { ...begun().intake, interview } }), { place: 'page' }, { skill: 'one' });
    const lines = await screen.findByRole('group', { name: 'What should it serve?' });
    expect(within(lines).getAllByRole('textbox')).toHaveLength(3);
    await act(async () => fireEvent.click(within(lines).getByRole('button', { name: 'Another one' })));
    expect(within(lines).getAllByRole('textbox')).toHaveLength(4);
    expect(screen.getByLabelText<HTMLTextAreaElement>('What does good look like?').value).toBe('Short.');
  });

  it('that could not be saved says so, and asks before it is left', async () => {
    const unsaved = vi.fn();
    const failure = { kind: 'storage', message: 'The disk is full.', remedy: 'Make room.' };
    show(
      {
        ...state({ skill: 'one' }),
        'workflow.save_intake': () => {
          throw new CallError(failure);
        }
      },
      { place: 'page', unsaved },
      { skill: 'one' }
    );
    const good = await screen.findByLabelText('What does good look like?');
    fireEvent.change(good, { target: { value: 'A table.' } });
    await act(async () => fireEvent.blur(good));
    expect(await screen.findByText('The disk is full.')).toBeTruthy();
    expect(unsaved).toHaveBeenLastCalledWith({ name: 'one', save: expect.any(Function) });
    expect(screen.getByRole('button', { name: 'Save it again' })).toBeTruthy();
  });

  it('saves cells that could not be saved when it is asked to, and asks before it is left', async () => {
    const unsaved = vi.fn();
    const cell = { source: 'df.head()', outputs: 'a b', origin: 'n.ipynb, cell 3' };
    const failure = { kind: 'storage', message: 'The disk is full.', remedy: 'Make room.' };
    let full = true;
    const { client } = show(
      {
        ...state({ skill: 'one' }),
        'workflow.save_intake': () => {
          if (full) {
            throw new CallError(failure);
          }
          return begun({ skill: 'one' });
        }
      },
      { place: 'page', unsaved, cells: async () => [cell] },
      { skill: 'one' }
    );
    await screen.findByRole('button', { name: 'Add the selected cells' });
    await click('Add the selected cells');
    await screen.findByText('The disk is full.');
    expect(unsaved).toHaveBeenLastCalledWith({ name: 'one', save: expect.any(Function) });
    full = false;
    await click('Save it again');
    expect(called(client, 'workflow.save_intake').at(-1)).toMatchObject({ evidence: [cell] });
    expect(unsaved).toHaveBeenLastCalledWith(null);
  });

  it.each([
    ['more of it', 'A table, sorted.'],
    ['the words as they were before', '']
  ])('is not saved by a save under which more is typed: %s', async (_, more) => {
    const saving = later();
    let work: Unsaved | null = null;
    const unsaved = (next: Unsaved | null): void => void (work = next);
    const { client } = show(
      {
        ...state({ skill: 'one' }),
        'workflow.save_intake': async () => {
          await saving.answer;
          return begun({ skill: 'one' });
        }
      },
      { place: 'page', unsaved },
      { skill: 'one' }
    );
    const good = await screen.findByLabelText<HTMLTextAreaElement>('What does good look like?');
    fireEvent.change(good, { target: { value: 'A table.' } });
    const left = (work as Unsaved | null)?.save?.();
    await waitFor(() => expect(called(client, 'workflow.save_intake')).toHaveLength(1));
    await act(async () => fireEvent.change(good, { target: { value: more } }));
    await act(async () => saving.come(null));
    expect(await left).toBe(false);
    expect(good.value).toBe(more);
    await act(async () => expect(await (work as Unsaved | null)?.save?.()).toBe(true));
    expect(called(client, 'workflow.save_intake').at(-1)).toMatchObject({ interview: { good: more } });
    expect(work).toBeNull();
  });

  it('that is left and come back to while it is saved does not write over what was said', async () => {
    const saving = later();
    let interview: Interview = { serves: [], refuses: [], good: '' };
    let rev = 1;
    const now = () =>
      begun({ skill: 'one', rev, documents: `d${rev}`, intake: { ...begun().intake, interview } });
    const { client } = show(
      {
        'workflow.state': now,
        'workflow.standing': now,
        'workflow.save_intake': async ({ interview: said }) => {
          if (rev === 1) {
            await saving.answer;
          }
          interview = said as Interview;
          rev += 1;
          return now();
        }
      },
      { place: 'page' },
      { skill: 'one' }
    );
    const good = await screen.findByLabelText('What does good look like?');
    fireEvent.change(good, { target: { value: 'Short.' } });
    await act(async () => fireEvent.blur(good));
    await click('All steps');
    await click('Back');
    await screen.findByLabelText('Request 1');
    await act(async () => saving.come(null));
    await act(async () => client.reset('workflow:one', [{ version: 2 }]));
    const first = screen.getByLabelText('Request 1');
    fireEvent.change(first, { target: { value: 'Match' } });
    await act(async () => fireEvent.blur(first));
    expect(interview).toMatchObject({ good: 'Short.', serves: ['Match'] });
  });

  it('of a skill that was kept as imported gives way to that', async () => {
    const openSkill = vi.fn();
    const failure = { kind: 'refused', message: 'x', remedy: '', facts: { reason: 'no_workflow' } };
    const left = (): never => {
      throw new CallError(failure);
    };
    const imported = { 'workflow.state': left, 'skills.get': () => ({ source: 'imported' }) };
    show(imported, { place: 'page', openSkill }, { skill: 'one' });
    expect(await screen.findByText(/This skill was kept as imported/)).toBeTruthy();
    await click('Open the skill');
    expect(openSkill).toHaveBeenCalledWith('one');
  });

  it('leads to the steps', async () => {
    const openWorkflow = vi.fn();
    show(state({ skill: 'one' }), { place: 'page', openWorkflow }, { skill: 'one' });
    await screen.findByRole('button', { name: 'All steps' });
    await click('All steps');
    expect(openWorkflow).toHaveBeenCalledWith('one');
  });
});
