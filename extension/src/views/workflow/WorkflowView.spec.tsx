import React from 'react';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { RunState } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { asked, begun, decision, gate, question, step } from '../../testing/workflow';
import type { Host } from '../host';
import { WorkflowView } from './WorkflowView';

type Answers = NonNullable<ConstructorParameters<typeof FakeClient>[0]>;

const PRICE = { low: '0.10', high: '0.40', basis: 'history', text: 'As it was before.' };

async function show(state: RunState, answers: Answers = {}, host: Host = { place: 'page' }, params = {}) {
  const served = { state };
  const client = new FakeClient({
    'workflow.state': () => structuredClone(served.state),
    'workflow.standing': () => structuredClone(served.state),
    'workflow.definitions': () => ({ definitions: [] }),
    'workflow.estimate': () => PRICE,
    'agents.providers': () => ({
      providers: [
        { name: 'claude', label: 'Claude Code', installed: true, default: true },
        { name: 'codex', label: 'Codex', installed: true, default: false },
        { name: 'replay', label: 'Replay', installed: true, default: false }
      ]
    }),
    'workflow.answer': ({ base_rev, choice, text }) => {
      const now = { ...served.state, rev: served.state.rev + 1, documents: `d${served.state.rev + 1}` };
      served.state = now;
      return { rev: Number(base_rev) + 1, choice, text, now };
    },
    ...answers
  });
  const view = render(<WorkflowView client={client} params={{ skill: 'invoices', ...params }} host={host} />);
  await act(async () => undefined);
  /** The host says that it has changed. */
  const tell = async (next: RunState): Promise<void> => {
    const rev = served.state.rev + 1;
    served.state = { ...next, rev, documents: `d${rev}` };
    await act(async () => client.reset('workflow:invoices', [{ version: served.state.rev }]));
    await act(async () => undefined);
  };
  return { client, tell, ...view };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const button = (name: string | RegExp): HTMLElement => screen.getByRole('button', { name });
const click = async (name: string | RegExp): Promise<void> => {
  await act(async () => fireEvent.click(button(name)));
};
const row = (id: string): HTMLElement => document.querySelector<HTMLElement>(`[data-question="${id}"]`)!;
const radios = (id: string): HTMLInputElement[] => within(row(id)).getAllByRole('radio');
const words = (id: string): HTMLTextAreaElement => within(row(id)).getByRole('textbox');
const said = (): string | null | undefined => document.querySelector('.wb-next [role=status]')?.textContent;

/** What the host says of a skill that no workflow builds. */
const NO_WORKFLOW = {
  kind: 'refused',
  message: "'invoices' was not made by a workflow.",
  remedy: 'Refine it, or make a new skill.',
  facts: { reason: 'no_workflow', skill: 'invoices' }
};
const refuse = (): never => {
  throw new CallError(NO_WORKFLOW);
};
const unbuilt = (): Answers => ({ 'workflow.state': refuse });

describe('the steps', () => {
  it('say how each stands, what it took and what it cost; the one that is due is shown', async () => {
    await show(asked([question('Q1')]));
    const steps = within(screen.getByRole('navigation', { name: 'Steps' })).getAllByRole('button');
    expect(steps[0].textContent).toBe('1. ResearchDone1 min 01 s$0.1200');
    expect(steps.map(each => each.getAttribute('aria-current'))).toEqual(['step', null, null, null]);
    expect(said()).toBe('Questions wait for your answers.');
  });

  it('start with a price beside the click, by the agent that is chosen', async () => {
    const run = vi.fn(() => ({ skill: 'invoices', step: 'research', session: 's1', run: 'r1', notice: '' }));
    const { client } = await show(begun(), { 'workflow.run_step': run });
    expect(screen.getByText('$0.1000 to $0.4000')).toBeTruthy();
    fireEvent.change(screen.getByRole('combobox', { name: 'Agent' }), { target: { value: 'codex' } });
    await click('Start Research');
    expect(run).toHaveBeenCalledWith(expect.objectContaining({ step: 'research', provider: 'codex' }));
    expect(called(client, 'workflow.estimate').at(-1)).toMatchObject({ provider: 'codex' });
  });

  it('of an example are played from its recordings', async () => {
    const run = vi.fn(() => ({}));
    await show(begun({ example: 'invoice-matching' }), { 'workflow.run_step': run });
    expect(screen.getByText('Recorded example')).toBeTruthy();
    await click('Start Research');
    expect(run).toHaveBeenCalledWith(expect.objectContaining({ provider: 'replay' }));
  });

  it('of a skill of one’s own are not offered to an agent that only plays recordings', async () => {
    await show(begun());
    fireEvent.change(screen.getByRole('combobox', { name: 'Agent' }), { target: { value: 'replay' } });
    expect(screen.queryByRole('button', { name: 'Start Research' })).toBeNull();
    expect(screen.getByText(/Replay only plays recorded examples\. Choose another agent/)).toBeTruthy();
    fireEvent.change(screen.getByRole('combobox', { name: 'Agent' }), { target: { value: 'codex' } });
    expect(button('Start Research')).toBeTruthy();
  });

  it('whose agent cannot be told what was said say why, and take it anew', async () => {
    const intake_failure = {
      kind: 'invalid_output',
      message: 'context/intake.json cannot be read: line 1: it is no JSON.',
      remedy: 'Mend the file.'
    };
    const save = vi.fn(() => begun({ rev: 5 }));
    await show(begun({ intake_failure }), { 'workflow.save_intake': save });
    expect(screen.getByRole('alert').textContent).toMatch(/cannot be read, and no agent.*it is no JSON/);
    await click('Say it anew');
    const box = screen.getByRole('textbox', { name: 'What should an agent know how to do?' });
    expect(document.activeElement).toBe(box);
    await click('Save it');
    expect(save).not.toHaveBeenCalled();
    fireEvent.change(box, { target: { value: 'Match invoices.' } });
    await click('Save it');
    expect(save).toHaveBeenCalledWith(
      expect.objectContaining({ skill: 'invoices', description: 'Match invoices.', context: '' })
    );
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('say why they could not be started', async () => {
    const refuse = () => {
      throw new CallError({ kind: 'refused', message: 'The budget is spent.', remedy: 'Give more.' });
    };
    await show(begun(), { 'workflow.run_step': refuse });
    await click('Start Research');
    expect(screen.getByText('The budget is spent.')).toBeTruthy();
  });

  it('show their agent live while it works, and where it can be stopped', async () => {
    const running = step(0, 'research', { status: 'in_progress', session: 's1', run: 'r1' });
    const stop = vi.fn(() => ({}));
    const { client, tell } = await show(begun(), { 'workflow.stop': stop });
    await tell(begun({ next: 'wait', steps: [running], standing: 'Research is running.' }));
    expect(said()).toBe('Research is running.');
    expect(screen.getByRole('article', { name: 'Agent session' })).toBeTruthy();
    expect(client.following).toContain('session:s1');
    await click('Stop Research');
    expect(stop).toHaveBeenCalledWith({ skill: 'invoices' });
    // What the agent did is put away once it is done.
    await tell(asked([question('Q1')]));
    expect(screen.queryByRole('article', { name: 'Agent session' })).toBeNull();
    await click('What the agent did');
    expect(screen.getByRole('article', { name: 'Agent session' })).toBeTruthy();
    expect(screen.queryByRole('textbox', { name: 'Send a follow-up' })).toBeNull();
  });

  it('follow the work until a person looks at another, which is kept with the tab', async () => {
    const keep = vi.fn();
    const { tell } = await show(asked([question('Q1')]), {}, { place: 'page', keep });
    await click(/2\. Detail/);
    expect(keep).toHaveBeenLastCalledWith({
      view: 'workflow',
      params: { skill: 'invoices', step: 'detail' }
    });
    await tell(asked([question('Q1')], { standing: 'Still there.' }));
    expect(button(/2\. Detail/).getAttribute('aria-current')).toBe('step');
  });

  it('that have stopped say what was wrong, and are gone on with at a price', async () => {
    const failure = {
      kind: 'invalid_output',
      message: 'The output was not right.',
      remedy: 'Ask again.',
      facts: { problems: ['sections[0].questions[1].choices: 1 given, 2 to 4 needed'], raw: '{"a": 1}' }
    };
    const broken = step(0, 'research', {
      status: 'error',
      error: failure,
      actions: ['ask_again', 'edit_output', 'reset']
    });
    const run = vi.fn(() => ({}));
    const submit = vi.fn(() => asked([question('Q1')], { rev: 9 }));
    await show(begun({ next: 'mend', steps: [broken] }), {
      'workflow.run_step': run,
      'workflow.submit_output': submit
    });
    expect(screen.getByText(/choices: 1 given/)).toBeTruthy();
    await click('Ask again');
    expect(run).toHaveBeenCalledWith(expect.objectContaining({ step: 'research', repair: true }));
    await click('Edit the output myself');
    const box = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'The output, as JSON' });
    expect(box.value).toBe('{"a": 1}');
    fireEvent.change(box, { target: { value: '{"b": 2}' } });
    await click('Use this output');
    expect(submit).toHaveBeenCalledWith(expect.objectContaining({ step: 'research', text: '{"b": 2}' }));
    expect(row('Q1')).toBeTruthy();
  });

  it('that have stopped are gone on with only when what was typed is saved', async () => {
    const saved = later<never>();
    const error = { kind: 'internal', message: 'It fell over.', remedy: 'Run it again.' };
    const detail = step(1, 'detail', { status: 'error', error, actions: ['start'] });
    const before = asked([question('Q1')]);
    const state = { ...before, next: 'mend' as const, steps: [before.steps[0], detail] };
    const { client } = await show(state, { 'workflow.answer': () => saved.answer });
    await click(/^1\. Research/);
    fireEvent.change(words('Q1'), { target: { value: 'More precisely' } });
    await act(async () => fireEvent.blur(words('Q1')));
    await click(/^2\. Detail/);
    await click('Run it again');
    expect(called(client, 'workflow.run_step')).toEqual([]);
    await act(async () => saved.come({ rev: 1, choice: null, text: 'More precisely', now: state } as never));
    expect(called(client, 'workflow.run_step')).toHaveLength(1);
  });

  it('say that there is no such workflow, and look again', async () => {
    let there = false;
    const failure = {
      kind: 'not_found',
      message: 'There is no skill "invoices".',
      remedy: 'Look at the list.'
    };
    await show(begun(), {
      'workflow.state': () => {
        if (!there) {
          throw new CallError(failure);
        }
        return begun();
      }
    });
    expect(screen.getByText(failure.message)).toBeTruthy();
    there = true;
    await click('Look again');
    expect(button('Start Research')).toBeTruthy();
  });

  it('give way where another host takes the skill out of its workflow while they are open', async () => {
    const { client } = await show(asked([question('Q1')]), {
      'workflow.standing': refuse,
      'skills.get': () => ({ source: 'imported' })
    });
    words('Q1').focus();
    await act(async () => client.fail('workflow:invoices', NO_WORKFLOW));
    await waitFor(() => expect(screen.getByText(/This skill was kept as imported/)).toBeTruthy());
    expect(screen.queryByRole('navigation', { name: 'Steps' })).toBeNull();
    expect(document.activeElement?.textContent).toBe('invoices');
  });

  it('leave the keyboard where it is when they give way and it was elsewhere', async () => {
    const { client } = await show(asked([question('Q1')]), {
      'workflow.standing': refuse,
      'skills.get': () => ({ source: 'imported' })
    });
    await act(async () => client.fail('workflow:invoices', NO_WORKFLOW));
    await waitFor(() => expect(screen.getByText(/This skill was kept as imported/)).toBeTruthy());
    expect(document.activeElement).toBe(document.body);
  });

  it('stay while something that was typed there could not be saved', async () => {
    const unsaved = vi.fn();
    const { client } = await show(
      asked([question('Q1')]),
      { 'workflow.standing': refuse, 'workflow.answer': refuse },
      { place: 'page', unsaved }
    );
    fireEvent.change(words('Q1'), { target: { value: 'my only copy' } });
    await act(async () => client.fail('workflow:invoices', NO_WORKFLOW));
    fireEvent.blur(words('Q1'));
    await waitFor(() => expect(screen.getByText(/Not saved: 'invoices' was not made by/)).toBeTruthy());
    expect(words('Q1').value).toBe('my only copy');
    expect(screen.getByText(/something that you typed was not saved/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Look again' })).toBeNull();
    expect(unsaved).toHaveBeenLastCalledWith(expect.objectContaining({ name: 'invoices' }));
  });

  it('are followed again once a skill that was deleted is back', async () => {
    const failure = {
      kind: 'not_found',
      message: 'There is no skill "invoices".',
      remedy: 'Look at the list.'
    };
    let there = true;
    const { client } = await show(asked([question('Q1')]), {
      'workflow.standing': () => {
        if (!there) {
          throw new CallError(failure);
        }
        return asked([question('Q1')]);
      }
    });
    const subscribe = vi.spyOn(client, 'subscribe');
    there = false;
    await act(async () => client.fail('workflow:invoices', failure));
    await waitFor(() => expect(screen.getByText(failure.message)).toBeTruthy());
    there = true;
    subscribe.mockClear();
    await click('Look again');
    expect(screen.queryByText(failure.message)).toBeNull();
    expect(subscribe.mock.calls.map(([topic]) => topic)).toEqual(['workflow:invoices']);
  });

  it('do without news where a host has none to give', async () => {
    const { client } = await show(asked([question('Q1')]));
    const subscribe = vi.spyOn(client, 'subscribe');
    const failure = { kind: 'invalid_request', message: 'There is no topic.', remedy: '' };
    await act(async () => client.fail('workflow:invoices', failure));
    expect(words('Q1')).toBeTruthy();
    expect(screen.queryByText(failure.message)).toBeNull();
    expect(subscribe).not.toHaveBeenCalled();
  });

  it('are only looked at while another one holds the skill', async () => {
    await show(asked([question('Q1')], { held_by: 'someone' }));
    expect(screen.getByText(/worked on in another window/)).toBeTruthy();
    expect(radios('Q1')[0].disabled).toBe(true);
    expect(screen.queryByRole('button', { name: 'Reset…' })).toBeNull();
  });
});

describe('questions', () => {
  it('stand with what must be answered first, and mark what is recommended and why', async () => {
    await show(asked([question('Q1'), question('Q2', { must_answer: true })]));
    const order = [...document.querySelectorAll<HTMLElement>('[data-question]')].map(
      each => each.dataset.question
    );
    expect(order).toEqual(['Q2', 'Q1']);
    const recommended = within(row('Q1')).getByText('recommended').closest('label');
    expect(recommended?.textContent).toContain('Second of Q1');
    expect(recommended?.textContent).toContain('it is usual');
    expect(within(row('Q2')).getByText('must be answered')).toBeTruthy();
  });

  it('are answered with a number key, saved at once, one question each', async () => {
    const { client } = await show(asked([question('Q1'), question('Q2')]));
    radios('Q2')[0].focus();
    await act(async () => fireEvent.keyDown(radios('Q2')[0], { key: '2' }));
    expect(radios('Q2')[1].checked).toBe(true);
    expect(document.activeElement).toBe(radios('Q2')[1]);
    expect(called(client, 'workflow.answer')).toEqual([
      expect.objectContaining({ question_id: 'Q2', base_rev: 0, choice: 'B', text: null })
    ]);
    expect(screen.getByText('1 of 2 answered')).toBeTruthy();
    expect(within(row('Q2')).getByText('Saved')).toBeTruthy();
    // In the box for words a number is a number.
    await act(async () => fireEvent.keyDown(words('Q2'), { key: '1' }));
    expect(radios('Q2')[1].checked).toBe(true);
  });

  it('are answered in words, which are saved when the box is left', async () => {
    const { client } = await show(asked([question('Q1')]));
    fireEvent.change(words('Q1'), { target: { value: 'It depends' } });
    expect(called(client, 'workflow.answer')).toEqual([]);
    await act(async () => fireEvent.blur(words('Q1')));
    expect(called(client, 'workflow.answer')).toEqual([
      expect.objectContaining({ question_id: 'Q1', choice: null, text: 'It depends' })
    ]);
  });

  it('lead from one that is open to the next by the key N', async () => {
    await show(
      asked([
        question('Q1', { answer_choice: 'A', answer_text: 'First of Q1' }),
        question('Q2'),
        question('Q3')
      ])
    );
    await click(/Next open question/);
    expect(row('Q2').contains(document.activeElement)).toBe(true);
    fireEvent.keyDown(document.activeElement!, { key: 'n' });
    expect(row('Q3').contains(document.activeElement)).toBe(true);
    fireEvent.keyDown(document.activeElement!, { key: 'n' });
    expect(row('Q2').contains(document.activeElement)).toBe(true);
  });

  it('take the other recommendations together', async () => {
    const fill = vi.fn(() => ({ filled: 2, question_ids: ['Q2', 'Q3'] }));
    await show(
      asked([
        question('Q1', { answer_choice: 'A', answer_text: 'First of Q1' }),
        question('Q2'),
        question('Q3')
      ]),
      { 'workflow.autofill_clarifications': fill }
    );
    await click('Accept the other 2 recommendations');
    expect(fill).toHaveBeenCalledTimes(1);
  });

  it('are judged after the recommendations that were taken a moment before are there', async () => {
    let fill = (): void => undefined;
    const filled = new Promise(resolve => {
      fill = () => resolve({ filled: 1, question_ids: ['Q1'] });
    });
    const { client } = await show(asked([question('Q1')]), {
      'workflow.autofill_clarifications': () => filled,
      'workflow.evaluate_answers': () => ({})
    });
    await click('Accept the 1 recommendation');
    await click('Have my answers judged');
    expect(called(client, 'workflow.evaluate_answers')).toEqual([]);
    await act(async () => fill());
    expect(called(client, 'workflow.evaluate_answers')).toHaveLength(1);
  });

  it('are judged also when recommendations could not be taken', async () => {
    const { client } = await show(asked([question('Q1')]), {
      'workflow.autofill_clarifications': refuse,
      'workflow.evaluate_answers': () => ({})
    });
    await click('Accept the 1 recommendation');
    await click('Have my answers judged');
    expect(called(client, 'workflow.evaluate_answers')).toHaveLength(1);
  });

  it('show theirs and yours when two have answered one of them', async () => {
    let bases: unknown[] = [];
    const { client } = await show(asked([question('Q1')]), {
      'workflow.answer': ({ base_rev, choice, text }) => {
        bases = [...bases, base_rev];
        if (base_rev === 0) {
          const facts = {
            reason: 'conflict',
            rev: 4,
            theirs: ['A', 'First of Q1\n\nsometimes']
          };
          throw new CallError({ kind: 'refused', message: 'It was changed.', remedy: '', facts });
        }
        return { rev: 5, choice, text, now: begun({ rev: 9 }) };
      }
    });
    await act(async () => fireEvent.click(radios('Q1')[1]));
    const both = screen.getByRole('alert');
    expect(both.textContent).toContain('First of Q1 — sometimes');
    expect(both.textContent).toContain('Second of Q1');
    await click('Keep mine');
    expect(bases).toEqual([0, 4]);
    expect(called(client, 'workflow.answer').at(-1)).toMatchObject({ choice: 'B' });
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('keep what could not be saved, hold the tab, and save it again', async () => {
    let broken = true;
    const unsaved = vi.fn();
    await show(
      asked([question('Q1')]),
      {
        'workflow.answer': ({ choice, text }) => {
          if (broken) {
            throw new CallError({ kind: 'network', message: 'The server is gone.', remedy: 'Wait.' });
          }
          return { rev: 1, choice, text, now: asked([question('Q1')], { rev: 1 }) };
        }
      },
      { place: 'page', unsaved }
    );
    await act(async () => fireEvent.click(radios('Q1')[0]));
    expect(screen.getByRole('alert').textContent).toContain('The server is gone.');
    expect(unsaved).toHaveBeenLastCalledWith(expect.objectContaining({ name: 'invoices' }));
    // Nothing is made of answers that are not saved.
    await click('Have my answers judged');
    expect(screen.getByText('Something that you typed is not saved yet.')).toBeTruthy();
    broken = false;
    await click('Save again');
    expect(screen.queryByText(/The server is gone/)).toBeNull();
    expect(unsaved).toHaveBeenLastCalledWith(null);
  });

  it('keep what is being typed when the host tells of other changes', async () => {
    const { tell } = await show(asked([question('Q1'), question('Q2')]));
    fireEvent.change(words('Q1'), { target: { value: 'half a sent' } });
    await tell(
      asked([question('Q1'), question('Q2', { answer_choice: 'A', answer_text: 'First of Q2' })], {
        revs: { Q2: 1 }
      })
    );
    expect(words('Q1').value).toBe('half a sent');
    expect(radios('Q2')[0].checked).toBe(true);
  });
});

describe('the gate', () => {
  const judged = [
    { question_id: 'Q1', verdict: 'vague', reason: 'One word is not enough.', contradicts: null },
    { question_id: 'Q2', verdict: 'clear', reason: null, contradicts: null }
  ] as const;
  const waiting = (
    more = {},
    dialog: 'unanswered' | 'contradictory' = 'unanswered',
    choices = ['answer', 'continue']
  ) =>
    asked([question('Q1', { answer_text: 'Yes' }), question('Q2')], {
      next: 'gate',
      gate: gate({ dialog, choices: choices as never, ...more }, [...judged])
    });

  it('is gone to from the line that says how it stands, wherever one is on the page', async () => {
    await show(waiting());
    await click('Choose how it goes on');
    expect(document.activeElement?.getAttribute('aria-label')).toBe('What the answers were judged to be');
  });

  it('says its reasons beside the questions, and what can be done', async () => {
    await show(waiting());
    expect(within(row('Q1')).getByText(/One word is not enough/)).toBeTruthy();
    await click('Answer them');
    expect(row('Q1').contains(document.activeElement)).toBe(true);
  });

  it('goes on at a price: it is logged, and the next step begins', async () => {
    const log = vi.fn(() => ({ verdict: 'mixed', decision: 'continue', next_step: 'detail' }));
    const run = vi.fn(() => ({}));
    await show(waiting(), { 'workflow.log_gate_decision': log, 'workflow.run_step': run });
    await click('Go on without: Detail');
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ step: 'research', decision: 'continue' }));
    expect(run).toHaveBeenCalledWith(expect.objectContaining({ step: 'detail' }));
  });

  it('goes on only when what was typed is saved', async () => {
    const saved = later<never>();
    const { client } = await show(waiting(), { 'workflow.answer': () => saved.answer });
    fireEvent.change(words('Q1'), { target: { value: 'More precisely' } });
    await act(async () => fireEvent.blur(words('Q1')));
    await click('Go on without: Detail');
    expect(called(client, 'workflow.answer')).toHaveLength(1);
    expect(called(client, 'workflow.log_gate_decision')).toEqual([]);
    await act(async () =>
      saved.come({ rev: 1, choice: null, text: 'More precisely', now: waiting() } as never)
    );
    expect(called(client, 'workflow.log_gate_decision')).toHaveLength(1);
  });

  it('lets nobody past a contradiction', async () => {
    await show(waiting({}, 'contradictory', ['answer']));
    expect(screen.getByText('Some answers contradict each other')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Go on/ })).toBeNull();
  });

  it('that judged other answers is asked again', async () => {
    const judge = vi.fn(() => gate());
    await show(waiting({ stale: true }), { 'workflow.evaluate_answers': judge });
    expect(screen.queryByText('Some questions are open or vague')).toBeNull();
    expect(within(row('Q1')).getByText(/said before your last change/)).toBeTruthy();
    await click('Judge them again');
    expect(judge).toHaveBeenCalledTimes(1);
  });
});

describe('decisions', () => {
  const state = (status: 'needs-review' | 'resolved' = 'needs-review'): RunState =>
    asked([question('Q1')], {
      next: 'decide',
      next_step: 'decisions',
      steps: [
        ...asked([question('Q1')]).steps.slice(0, 2),
        step(2, 'decisions', {
          status: 'completed',
          artifacts: [{ path: 'context/decisions.json', size: 9, present: true, note: '' }]
        })
      ],
      decisions: {
        version: '1',
        metadata: { decision_count: 2, conflicts_resolved: 0, round: 1, contradictory_inputs: null },
        decisions: [decision('D1'), decision('D2', { status })]
      },
      sources: { D2: 'Q1' }
    });

  it('that need a review are open and first, and say which answer they came from', async () => {
    await show(state());
    const cards = screen.getAllByRole('article').map(each => each.getAttribute('aria-label'));
    expect(cards).toEqual(['Title of D2', 'Title of D1']);
    await click('From your answer to Q1: Title of Q1');
    expect(button(/1\. Research/).getAttribute('aria-current')).toBe('step');
    await waitFor(() => expect(row('Q1').contains(document.activeElement)).toBe(true));
  });

  it('are confirmed as they are, or saved as they were changed', async () => {
    const { decisions } = state();
    const decide = vi.fn(({ base_rev }) => ({
      rev: Number(base_rev) + 1,
      decisions,
      now: begun({ rev: 9 })
    }));
    await show(state(), { 'workflow.decide': decide });
    await click('Confirm D2');
    expect(decide.mock.calls[0][0]).not.toHaveProperty('decision');
    await click('Change D1');
    const box = screen.getAllByRole('textbox', { name: 'Decision' })[1];
    fireEvent.change(box, { target: { value: 'Otherwise' } });
    await act(async () => fireEvent.blur(box));
    expect(decide.mock.calls[1][0]).toMatchObject({ decision_id: 'D1', decision: 'Otherwise' });
  });
});

describe('a reset', () => {
  const plan = {
    running: false,
    steps: [
      {
        number: 0,
        key: 'research',
        title: 'Research',
        files: [{ path: 'context/clarifications.json', size: 900, changed: true }]
      },
      {
        number: 3,
        key: 'generate',
        title: 'Generate',
        files: [{ path: 'SKILL.md', size: 2000, changed: false }]
      }
    ]
  };

  it('lists every file before anything is done, and has the safe answer ready', async () => {
    const reset = vi.fn(() => ({
      removed: ['SKILL.md'],
      trash: '/trash/1',
      checkpoint: 'abcdef0123',
      state: begun({ rev: 5 })
    }));
    await show(asked([question('Q1')]), { 'workflow.preview_reset': () => plan, 'workflow.reset': reset });
    await click('Reset…');
    const dialog = screen.getByRole('alertdialog');
    expect(document.activeElement?.textContent).toBe('Leave it');
    expect([...dialog.querySelectorAll('code')].map(each => each.textContent)).toEqual([
      'context/clarifications.json',
      'SKILL.md'
    ]);
    expect(within(dialog).getByText('changed since')).toBeTruthy();
    await click('Reset');
    expect(reset).toHaveBeenCalledWith(
      expect.objectContaining({ step: 'research', keep: false, stop: false })
    );
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(screen.getByText('/trash/1')).toBeTruthy();
    expect(button('Start Research')).toBeTruthy();
  });

  it('that keeps its step is done only when what was typed there is saved', async () => {
    const saved = later<never>();
    const reset = vi.fn(() => ({ removed: [], trash: null, checkpoint: null, state: begun({ rev: 5 }) }));
    const state = asked([question('Q1')]);
    state.steps[0].actions.push('back');
    await show(state, {
      'workflow.preview_reset': () => plan,
      'workflow.reset': reset,
      'workflow.answer': () => saved.answer
    });
    fireEvent.change(words('Q1'), { target: { value: 'More precisely' } });
    await act(async () => fireEvent.blur(words('Q1')));
    await click(/^Go back/);
    await act(async () =>
      fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Go back' }))
    );
    expect(reset).not.toHaveBeenCalled();
    await act(async () => saved.come({ rev: 1, choice: null, text: 'More precisely', now: state } as never));
    expect(reset).toHaveBeenCalledWith(expect.objectContaining({ step: 'research', keep: true }));
  });

  it('offers to keep a text beyond a gap as imported, and then shows the way to the skill', async () => {
    const keep = vi.fn(() => ({
      skill: 'invoices',
      removed: ['context/decisions.json'],
      trash: '/trash/2',
      checkpoint: 'abcdef0123'
    }));
    const openRefine = vi.fn();
    await show(
      asked([question('Q1')]),
      { 'workflow.preview_reset': () => ({ ...plan, importable: true }), 'workflow.keep_imported': keep },
      { place: 'page', openRefine }
    );
    await click('Reset…');
    expect(screen.getByText(/keep the skill as imported instead/)).toBeTruthy();
    await click('Keep as imported');
    expect(keep).toHaveBeenCalledWith({ skill: 'invoices', instance: expect.any(String) });
    expect(screen.getByText(/No workflow builds it any more/)).toBeTruthy();
    expect(screen.getByText('/trash/2')).toBeTruthy();
    expect(document.activeElement?.textContent).toBe('invoices');
    await click('Refine it');
    expect(openRefine).toHaveBeenCalledWith('invoices');
  });

  it('says of a skill that was kept as imported that it has no steps to build, and leads to it', async () => {
    const host = { place: 'page', openRefine: vi.fn(), openSkill: vi.fn() } as const;
    const { client } = await show(
      begun(),
      { ...unbuilt(), 'skills.get': () => ({ source: 'imported' }) },
      host
    );
    expect(called(client, 'skills.get')).toEqual([{ name: 'invoices' }]);
    expect(screen.getByRole('status').textContent).toBe(
      'This skill was kept as imported: no workflow builds it, so there are no steps here.'
    );
    expect(screen.queryByText(/was not made by a workflow/)).toBeNull();
    await click('Refine it');
    expect(host.openRefine).toHaveBeenCalledWith('invoices');
    await click('Open the skill');
    expect(host.openSkill).toHaveBeenCalledWith('invoices');
  });

  it('says of any other skill only that no workflow builds it', async () => {
    await show(begun(), { ...unbuilt(), 'skills.get': () => ({ source: 'marketplace' }) });
    expect(screen.getByRole('status').textContent).toBe(
      'No workflow builds this skill, so there are no steps here.'
    );
  });

  it('of a whole skill offers nothing of that', async () => {
    await show(asked([question('Q1')]), { 'workflow.preview_reset': () => plan });
    await click('Reset…');
    expect(screen.queryByRole('button', { name: 'Keep as imported' })).toBeNull();
  });

  it('is left with Escape', async () => {
    await show(asked([question('Q1')]), { 'workflow.preview_reset': () => plan });
    await click('Reset…');
    fireEvent.keyDown(screen.getByRole('alertdialog'), { key: 'Escape' });
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });
});

it('a skill that is built is used, packed and opened', async () => {
  const done = begun({ next: 'done', next_step: null, current_step: 3, standing: 'The skill is built.' });
  const openSkill = vi.fn();
  const insertCell = vi.fn(async () => 'Untitled.ipynb');
  await show(
    done,
    {
      'workflow.use_now': () => ({
        cell: '%%agent --skill invoices\n',
        installed: ['/home/.claude/skills/invoices']
      }),
      'workflow.package': () => ({
        path: '/p/invoices.skill',
        size: 5000,
        digest: 'd',
        warnings: ['A part is recorded.']
      })
    },
    { place: 'page', openSkill, insertCell }
  );
  await click('Use it now');
  expect(screen.getByText(/%%agent --skill invoices/)).toBeTruthy();
  expect(insertCell).toHaveBeenCalledWith('%%agent --skill invoices\n');
  expect(screen.getByText('Untitled.ipynb')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Copy' })).toBeNull();
  expect(screen.getByText('/home/.claude/skills/invoices')).toBeTruthy();
  await click('Pack it');
  expect(screen.getByText('/p/invoices.skill')).toBeTruthy();
  expect(screen.getByText('A part is recorded.')).toBeTruthy();
  await click('Open the skill');
  expect(openSkill).toHaveBeenCalledWith('invoices');
});

it('a cell that uses a skill is to be copied where there is no notebook', async () => {
  const done = begun({ next: 'done', next_step: null, current_step: 3 });
  await show(done, {
    'workflow.use_now': () => ({ cell: '%%agent --skill invoices\n', installed: [] })
  });
  await click('Use it now');
  expect(screen.getByText(/%%agent --skill invoices/)).toBeTruthy();
  expect(button('Copy')).toBeTruthy();
});

it('what is saved here is known from the reply: only what others have changed is read again', async () => {
  const { client, tell } = await show(asked([question('Q1'), question('Q2')]));
  await act(async () => fireEvent.click(radios('Q1')[0]));
  await act(async () => client.reset('workflow:invoices', [{ version: 77 }]));
  await act(async () => undefined);
  expect(called(client, 'workflow.state')).toHaveLength(1);
  await tell(asked([question('Q1'), question('Q2', { answer_choice: 'B', answer_text: 'Second of Q2' })]));
  expect(called(client, 'workflow.state')).toHaveLength(2);
  expect(radios('Q2')[1].checked).toBe(true);
});

it('of five hundred questions a key draws one', async () => {
  const many = Array.from({ length: 500 }, (_, i) => question(`Q${i + 1}`, { must_answer: i % 3 === 0 }));
  const { client, tell } = await show(asked(many));
  await waitFor(() => expect(document.querySelectorAll('[data-question]')).toHaveLength(500), {
    timeout: 120_000
  });
  const drawn = new Set<string>();
  const observer = new MutationObserver(found =>
    found.forEach(({ target }) => {
      const node = target instanceof Element ? target : target.parentElement;
      drawn.add(node?.closest<HTMLElement>('[data-question]')?.dataset.question ?? 'outside');
    })
  );
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  const box = words('Q250');
  for (const letter of 'It depends on the amount') {
    fireEvent.change(box, { target: { value: box.value + letter } });
  }
  await act(async () => undefined);
  drawn.delete('outside');
  expect([...drawn]).toEqual(['Q250']);
  await act(async () => fireEvent.blur(box));
  expect(called(client, 'workflow.answer')).toHaveLength(1);
  drawn.clear();
  const next = structuredClone(many);
  next[9].answer_text = 'Said elsewhere';
  await tell(asked(next, { revs: { Q10: 1, Q250: 1 } }));
  drawn.delete('outside');
  expect([...drawn]).toContain('Q10');
  expect(drawn.size).toBeLessThanOrEqual(2);
  observer.disconnect();
});
