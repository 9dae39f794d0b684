import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallError } from '../client/client';
import { FakeClient } from '../testing/fake-client';
import { later } from '../testing/later';
import { asked, question } from '../testing/workflow';
import { SessionsPanel } from './panel';
// Chunks of their own for a page; here they are read before anybody waits for what they show.
import '../views/feedback/FeedbackView';
import '../views/newskill/NewSkillView';
import '../views/refine/RefineView';
import '../views/skills/SkillsView';
import '../views/workflow/WorkflowView';

const trans = nullTranslator.load('workbench');
const CONTENT = {
  skill: 'invoices',
  files: [],
  session: null,
  run: null,
  refusal: null,
  suggestions: [],
  cost: null
};
let answer: () => unknown;
let panel: SessionsPanel;

beforeEach(() => {
  answer = () => ({ rev: 1, choice: null, text: 'As it was', now: asked([question('Q1')], { rev: 1 }) });
  const client = new FakeClient({
    'agents.providers': () => ({ providers: [] }),
    'refine.content': () => CONTENT,
    'refine.diff': () => ({ stat: '', files: [], undoable: null }),
    'workflow.state': ({ skill }) => {
      if (skill === 'nobody') {
        throw new CallError({ kind: 'not_found', message: 'There is no skill "nobody".', remedy: '' });
      }
      return asked([question('Q1')]);
    },
    'workflow.definitions': () => ({ definitions: [] }),
    'workflow.answer': () => answer()
  });
  panel = new SessionsPanel(client, { place: 'side' }, null, trans);
  Widget.attach(panel, document.body);
});

afterEach(async () => {
  await act(async () => panel.dispose());
  document.body.replaceChildren();
});

const library = (): Promise<HTMLElement> => screen.findByRole('heading', { name: 'Skills' });
const dialog = (): HTMLElement | null => document.querySelector('.jp-Dialog');
const press = async (name: string): Promise<void> => {
  const button = await within(panel.node).findByRole('button', { name });
  button.focus();
  await act(async () => button.click());
};
const decide = async (label: string): Promise<void> => {
  await waitFor(() => expect(dialog()).not.toBeNull());
  const buttons = [...document.querySelectorAll<HTMLElement>('.jp-Dialog button')];
  await act(async () => buttons.find(({ textContent }) => textContent === label)?.click());
  await waitFor(() => expect(dialog()).toBeNull());
};
const write = async (text: string): Promise<HTMLTextAreaElement> => {
  const box = await waitFor(() => {
    const found = panel.node.querySelector('textarea');
    expect(found).not.toBeNull();
    return found!;
  });
  await act(async () => void fireEvent.change(box, { target: { value: text } }));
  return box;
};
const show = (view: string, params = {}): Promise<void> => act(async () => panel.showPage({ view, params }));

describe('the way back in the panel', () => {
  it.each(['feedback', 'refine', 'new-skill'])('asks before what was not sent is lost: %s', async view => {
    await show(view, { skill: view === 'refine' ? 'invoices' : undefined });
    const box = await write('It fails');
    await press('Back');
    await waitFor(() => expect(dialog()?.textContent).toContain('was not sent'));
    expect(dialog()?.contains(document.activeElement)).toBe(true);
    expect(document.activeElement?.textContent).toBe('Cancel');
    fireEvent.keyDown(dialog()!, { key: 'Escape', keyCode: 27 });
    await waitFor(() => expect(dialog()).toBeNull());
    expect(box.value).toBe('It fails');
    expect(panel.node.contains(box)).toBe(true);
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Back');
    await press('Back');
    await decide('Discard');
    expect(panel.node.contains(box)).toBe(false);
    await library();
    expect(panel.node.contains(document.activeElement)).toBe(true);
  });

  it('saves an answer that is open first, and stays where that fails', async () => {
    const refusal = new Error('The server is gone.');
    answer = () => Promise.reject(refusal);
    await show('workflow', { skill: 'invoices' });
    const box = await write('As it was');
    await press('Back');
    await waitFor(() => expect(dialog()?.textContent).toContain('Save what you typed in "invoices"'));
    await decide('Save');
    expect(panel.node.contains(box)).toBe(true);
    answer = () => ({ rev: 1, choice: null, text: 'As it was', now: asked([question('Q1')], { rev: 1 }) });
    await press('Back');
    await decide('Save');
    await waitFor(() => expect(panel.node.contains(box)).toBe(false));
  });

  it('does not ask where nothing was typed, and keeps the keyboard in the panel', async () => {
    await show('feedback');
    await press('Back');
    expect(dialog()).toBeNull();
    await library();
    expect(panel.node.contains(document.activeElement)).toBe(true);
  });

  it('asks no more in the next view for what was discarded in the one before', async () => {
    await show('feedback');
    await write('It fails');
    await press('Back');
    await decide('Discard');
    await show('feedback');
    await press('Back');
    expect(dialog()).toBeNull();
  });
});

describe('a page that cannot be read', () => {
  it('has a way back too', async () => {
    await show('workflow', { skill: 'nobody' });
    await within(panel.node).findByText('There is no skill "nobody".');
    await press('Back');
    await library();
  });
});

describe('a page that a command shows in the panel', () => {
  it('is the one that is there, with what is written in it', async () => {
    await show('refine', { skill: 'invoices' });
    const box = await write('Be kinder');
    await show('refine', { skill: 'invoices', message: 'Be brief' });
    expect(dialog()).toBeNull();
    expect(panel.node.contains(box)).toBe(true);
  });

  it('waits until what is written in another is discarded', async () => {
    await show('refine', { skill: 'invoices' });
    const box = await write('Be kinder');
    await show('refine', { skill: 'orders' });
    await decide('Cancel');
    expect(panel.node.contains(box)).toBe(true);
    await act(async () => panel.showList());
    await decide('Discard');
    expect(panel.node.contains(box)).toBe(false);
  });
});

it('a session that is remembered does not come over what was asked for meanwhile', async () => {
  const fetched = later();
  const states = { fetch: () => fetched.answer, save: async () => undefined };
  const other = new SessionsPanel(new FakeClient(), { place: 'side' }, states as never, trans);
  Widget.attach(other, document.body);
  await act(async () => other.showPage({ view: 'feedback', params: {} }));
  await waitFor(() => expect(other.node.querySelector('textarea')).not.toBeNull());
  const box = other.node.querySelector('textarea');
  await act(async () => fetched.come({ session: 's1' }));
  expect(other.node.querySelector('textarea')).toBe(box);
  await act(async () => other.dispose());
});
