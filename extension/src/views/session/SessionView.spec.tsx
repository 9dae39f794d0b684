import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import { FakeClient } from '../../testing/fake-client';
import { Script } from '../../testing/transcript';
import type { Host } from '../host';
import { SessionView } from './SessionView';

let client: FakeClient;
let script: Script;
let refuse: string | null;

const answering = (reply: unknown) => () => {
  if (refuse) {
    throw new CallError({ kind: 'refused', message: refuse, remedy: 'Try later.' });
  }
  return reply;
};

beforeEach(() => {
  refuse = null;
  script = new Script();
  client = new FakeClient({
    'agents.send': answering({ session: 's', run: 'r2' }),
    'agents.steer': answering({ accepted: true }),
    'agents.stop': answering({}),
    'agents.respond_permission': answering({}),
    'agents.respond_input': answering({}),
    'usage.session_runs': () => ({
      runs: [
        {
          run: 'r1',
          input_tokens: 1500,
          output_tokens: 20,
          cache_read_tokens: 0,
          cache_creation_tokens: 0,
          cost: '0.1234'
        }
      ]
    })
  });
});

function show(params: { run?: string; also?: string } = {}, host: Host = {}): void {
  render(<SessionView client={client} params={{ session: 's', ...(params as object) }} host={host} />);
}
const say = (live = true): Promise<void> => act(async () => client.say('s', script.take(), live));
const click = (name: string | RegExp): Promise<void> =>
  act(async () => void fireEvent.click(screen.getByRole('button', { name })));
const status = (): string => screen.getAllByRole('status')[0].textContent ?? '';
const called = (name: string) => client.calls.filter(call => call.name === name).map(call => call.params);
async function type(label: string, text: string): Promise<void> {
  const box = screen.getByRole('textbox', { name: label });
  fireEvent.change(box, { target: { value: text } });
  await act(async () => void fireEvent.keyDown(box, { key: 'Enter' }));
}

describe('a running turn', () => {
  it('says that it runs, streams its text and can be stopped', async () => {
    show();
    expect(status()).toBe('Loading');
    script.ready().prompt('Say hello').text('Hel');
    await say();
    expect(status()).toBe('Running');
    script.text('lo *there*');
    await say();
    expect(screen.getByText('there').closest('p')?.textContent).toBe('Hello there');
    await click('Stop the agent');
    expect(called('agents.stop')).toEqual([{ session: 's' }]);
    script.out('aborted', { reason: 'user' });
    await say();
    expect(status()).toBe('Stopped');
    expect(screen.queryByRole('button', { name: 'Stop the agent' })).toBeNull();
    expect(screen.getByText('there')).toBeTruthy();
  });

  it('has a transcript that a screen reader does not read out token by token', async () => {
    show();
    script.ready().prompt('Go').text('x');
    await say();
    const log = screen.getByRole('log', { name: 'Transcript' });
    expect(log.getAttribute('aria-live')).toBe('off');
    expect(within(log).queryByRole('status')).toBeNull();
    expect(screen.getByRole('article', { name: 'Agent session' })).toBeTruthy();
  });

  it('takes guidance, and keeps a text that the agent refused', async () => {
    show();
    script.ready().prompt('Go');
    await say();
    refuse = 'No turn is open.';
    await type('Guide the agent while it works', 'Left');
    expect(screen.getByRole('alert').textContent).toContain('No turn is open.');
    const box = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Guide the agent while it works' });
    expect(box.value).toBe('Left');
    refuse = null;
    await type('Guide the agent while it works', 'Right');
    expect(called('agents.steer')[1]).toEqual({ session: 's', prompt: 'Right' });
    expect(box.value).toBe('');
  });

  it('offers no guidance to an agent that cannot take it', async () => {
    show();
    script.ready('codex', { steer: false }).prompt('Go');
    await say();
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('folds thinking, with how long it took', async () => {
    show();
    script.ready().prompt('Go').thought('secret plan').wait(2900).thought('.').text('Done');
    await say();
    expect(screen.queryByText(/secret plan/)).toBeNull();
    await click('Thought for 3.0 s');
    expect(screen.getByText(/secret plan/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Thought for 3.0 s' }).getAttribute('aria-expanded')).toBe(
      'true'
    );
  });

  it('folds neighbouring calls to a line that opens to cards, and those to arguments and results', async () => {
    show();
    script
      .ready()
      .prompt('Go')
      .tool('a', 'read', 'Read', { file_path: 'a.py' })
      .tool('b', 'search', 'Grep', { pattern: 'x+' });
    await say();
    expect(screen.getByText('Reading 1 file, searching 1 pattern')).toBeTruthy();
    script.result('a', 'print(1)').result('b', 'a.py:1');
    await say();
    await click(/Read 1 file, searched 1 pattern/);
    await click(/^Grep/);
    expect(screen.getByLabelText('Arguments of Grep').textContent).toBe('patternx+');
    expect(screen.getByLabelText('Result').textContent).toBe('a.py:1');
  });

  it('names a file from where the session works, and tells the whole path to the mouse and to a screen reader', async () => {
    show();
    script
      .ready()
      .in('sendMessage', { prompt: 'Go', cwd: '/home/me/work' }, 'r1')
      .tool('a', 'edit', 'Edit', { file_path: '/home/me/work/skills/demo/SKILL.md', old_string: 'a' })
      .tool('b', 'edit', 'Write', { file_path: '/var/other/place/notes.md' });
    await say();
    const [inside, outside] = [...document.querySelectorAll('.wb-tool-subject')];
    expect(inside.querySelector('[aria-hidden]')?.textContent).toBe('skills/demo/SKILL.md');
    expect(inside.getAttribute('title')).toBe('/home/me/work/skills/demo/SKILL.md');
    expect(outside.querySelector('.wb-tool-file')?.textContent).toBe('notes.md');
    expect(outside.querySelector('.wb-tool-folder')?.textContent).toBe('/var/other/place/');
    expect(
      screen.getByRole('button', { name: /^Edit \/home\/me\/work\/skills\/demo\/SKILL.md/ })
    ).toBeTruthy();
    expect(screen.getByRole('button', { name: /^Write \/var\/other\/place\/notes.md/ })).toBeTruthy();
  });

  it('shows a failed call open, without what a terminal would obey', async () => {
    show();
    script
      .ready()
      .prompt('Go')
      .tool('a', 'execute', 'Bash', { command: 'echo \u202e' })
      .result('a', '\u001b[31mno\u001b[0m', 'failed');
    await say();
    expect(screen.getByLabelText('Result').textContent).toBe('no');
    expect(screen.getByRole('img', { name: 'failed' })).toBeTruthy();
    expect(screen.getAllByText(/echo \\u202e/).length).toBe(2);
  });

  it('previews a huge result and shows all of it on request', async () => {
    show();
    const lines = Array.from({ length: 500 }, (_, i) => `line ${i}`).join('\n');
    script.ready().prompt('Go').tool('a', 'execute', 'Bash').result('a', lines, 'failed');
    await say();
    expect(screen.getByLabelText('Result').textContent).not.toContain('line 20');
    await click(/Show all \(4 kB\)/);
    expect(screen.getByLabelText('Result').textContent).toContain('line 499');
  });

  it('shows the plan with what is done', async () => {
    show();
    const entry = (content: string, state: string) => ({ content, status: state, priority: 'high' });
    script
      .ready()
      .prompt('Go')
      .out('plan', { entries: [entry('One', 'in_progress'), entry('Two', 'pending')] });
    script.out('plan', { entries: [entry('One', 'completed'), entry('Two', 'in_progress')] });
    await say();
    const plan = screen.getByRole('region', { name: 'Plan' });
    expect(plan.textContent).toContain('1 of 2 done');
    expect(
      within(plan)
        .getAllByRole('img')
        .map(icon => icon.getAttribute('aria-label'))
    ).toEqual(['done', 'in progress']);
  });

  it('says when the connection is being mended', async () => {
    show();
    script.ready().prompt('Go');
    await say();
    act(() => client.connection.set('reconnecting'));
    expect(status()).toContain('Reconnecting');
  });
});

describe('a permission', () => {
  beforeEach(async () => {
    show();
    script
      .ready()
      .prompt('Go')
      .permission('p1', 'Bash', { command: 'rm -rf build', flags: ['a', { b: 1 }] });
    await say();
  });
  const answer = (fields: object): Promise<void> => {
    script.out('permissionResolved', { permissionId: 'p1', ...fields });
    return say();
  };

  it('shows the tool and all of its arguments, and says that it waits', () => {
    expect(status()).toBe('Waiting for you');
    const card = screen.getByRole('group', { name: 'Permission to use Bash' });
    expect(card.textContent).toContain('rm -rf build');
    expect(card.textContent).toContain('"b": 1');
    expect(within(card).getByRole('alert').textContent).toBe('The agent wants to use Bash');
  });

  it.each([
    ['Allow', 'allow', false, 'Allowed.'],
    ['Allow for this session', 'allow', true, 'Allowed for this session.'],
    ['Deny', 'deny', false, 'Denied.']
  ])('is answered by %s, and the focus stays in the card', async (name, behavior, remember, outcome) => {
    screen.getByRole('button', { name }).focus();
    await click(name);
    expect(called('agents.respond_permission')).toEqual([
      { session: 's', permission: 'p1', behavior, remember }
    ]);
    script.in('permissionResponse', { permissionId: 'p1', behavior, remember });
    await answer({ behavior, by: 'user' });
    expect(document.activeElement?.textContent).toBe(outcome);
    expect(screen.queryByText('rm -rf build')).toBeNull();
    await click('What was asked');
    expect(screen.getByText('rm -rf build')).toBeTruthy();
    expect(screen.queryByRole('button', { name })).toBeNull();
  });

  it('that is clicked twice is answered once', async () => {
    const button = screen.getByRole('button', { name: 'Allow' });
    await act(async () => {
      fireEvent.click(button);
      fireEvent.click(button);
    });
    expect(called('agents.respond_permission').length).toBe(1);
  });

  it('that another page answered first says so', async () => {
    refuse = 'This was already answered.';
    await click('Deny');
    expect(screen.getByText('This was already answered.')).toBeTruthy();
    await answer({ behavior: 'allow', by: 'user' });
    expect(screen.queryByText('This was already answered.')).toBeNull();
    expect(screen.getByText('Allowed.')).toBeTruthy();
  });

  it('that nobody answered says so, and takes no focus from elsewhere', async () => {
    const box = screen.getByRole('textbox');
    box.focus();
    await answer({ behavior: 'deny', by: 'timeout' });
    expect(screen.getByText('Denied: nobody answered in time.')).toBeTruthy();
    expect(document.activeElement).toBe(box);
  });

  it('is not made by what an agent writes', async () => {
    script.text('<section class="wb-card"><button>Allow</button></section>\n\n[Allow](javascript:alert(1))');
    await say();
    expect(screen.getAllByRole('button', { name: 'Allow' }).length).toBe(1);
  });
});

describe('a question', () => {
  const questions = [
    {
      header: 'Where',
      question: 'Which channel?',
      options: [{ label: 'Stable' }, { label: 'Beta', description: 'Testers' }]
    },
    { question: 'Which checks?', multiSelect: true, options: [{ label: 'Unit' }, { label: 'Browser' }] }
  ];
  beforeEach(async () => {
    show();
    script.ready().prompt('Go').out('userInputRequest', { userInputId: 'q1', questions });
    await say();
  });

  it('is answered with one choice, several, or words of one’s own', async () => {
    await click('Answer');
    expect(called('agents.respond_input')).toEqual([]);
    fireEvent.click(screen.getByRole('radio', { name: /Beta/ }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Unit' }));
    fireEvent.click(screen.getByRole('checkbox', { name: 'Browser' }));
    fireEvent.change(screen.getByRole('textbox', { name: /Which checks/ }), { target: { value: 'Types' } });
    await click('Answer');
    expect(called('agents.respond_input')).toEqual([
      {
        session: 's',
        input: 'q1',
        action: 'submit',
        content: { 'Which channel?': 'Beta', 'Which checks?': ['Unit', 'Browser', 'Types'] }
      }
    ]);
  });

  it('takes a typed answer in place of a choice', async () => {
    fireEvent.click(screen.getByRole('radio', { name: /Stable/ }));
    fireEvent.change(screen.getByRole('textbox', { name: /Which channel/ }), {
      target: { value: 'Nightly' }
    });
    fireEvent.click(screen.getByRole('checkbox', { name: 'Unit' }));
    await click('Answer');
    expect(called('agents.respond_input')[0].content).toEqual({
      'Which channel?': 'Nightly',
      'Which checks?': ['Unit']
    });
  });

  it('may be declined, and then shows that', async () => {
    await click('Do not answer');
    expect(called('agents.respond_input')[0]).toMatchObject({ action: 'decline' });
    script.out('userInputResolved', { userInputId: 'q1', action: 'decline', by: 'user' });
    await say();
    expect(screen.getByText('Not answered.')).toBeTruthy();
  });
});

describe('a turn that is over', () => {
  it('shows the figures of the ledger, with the model and the time', async () => {
    show();
    script
      .ready()
      .prompt('Go')
      .out('session_info_update', { model: 'opus' })
      .usage('opus', 100, 10, 0.1)
      .end({ turns: 3 });
    await say();
    const footer = screen.getByRole('contentinfo').textContent;
    expect(footer).toContain('opus');
    expect(footer).toContain('1.5k in · 20 out');
    expect(footer).toContain('$0.1234 est.');
    expect(footer).toContain('1.2 s');
    expect(footer).toContain('3 turns');
  });

  it('goes on with a follow-up', async () => {
    show();
    script.ready().prompt('Go').end();
    await say();
    await type('Send a follow-up', 'More');
    expect(called('agents.send')).toEqual([{ session: 's', prompt: 'More' }]);
  });

  it('of a replay says so, once', async () => {
    show();
    script.ready('replay').prompt('Go').end();
    await say();
    expect(screen.getAllByText('replay').filter(node => node.className.includes('wb-badge')).length).toBe(1);
  });

  it('that failed shows what happened, what to do, and Resume', async () => {
    show();
    script
      .ready()
      .prompt('Go')
      .out('error', { kind: 'api_error', message: 'The key is wrong.', remedy: 'Set ANTHROPIC_API_KEY.' });
    await say();
    expect(status()).toBe('Failed');
    expect(screen.getByText('The key is wrong.')).toBeTruthy();
    expect(screen.getByText('Set ANTHROPIC_API_KEY.')).toBeTruthy();
    // The status line announces it; a notebook that is opened again does not call out each failure of last week.
    expect(screen.queryByRole('alert')).toBeNull();
    await click('Resume');
    expect(called('agents.send')).toEqual([{ session: 's', prompt: 'Continue from where you stopped.' }]);
  });

  it('that was killed keeps what was said and offers to resume', async () => {
    show();
    script
      .ready()
      .prompt('Go')
      .text('Half')
      .shim('exit', { reason: 'killed:9', open: ['r1'] });
    await say(false);
    expect(status()).toBe('Interrupted');
    expect(screen.getByText('Half')).toBeTruthy();
    expect(screen.getByText("The agent's process was killed (signal 9).")).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Resume' })).toBeTruthy();
  });

  it('that cannot be resumed offers nothing that would fail', async () => {
    show();
    script
      .ready('codex', {})
      .prompt('Go')
      .shim('exit', { reason: 'closed', open: ['r1'] });
    await say(false);
    expect(screen.queryByRole('button', { name: 'Resume' })).toBeNull();
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('tells its host once, and whether it was seen to run', async () => {
    const settled = vi.fn();
    show({ run: 'r1' }, { settled });
    script.ready().prompt('Go');
    await say();
    expect(settled).not.toHaveBeenCalled();
    script.end();
    await say();
    script.out('heartbeat');
    await say();
    expect(settled.mock.calls).toEqual([[['r1'], true]]);
  });
});

describe('a cell', () => {
  it('shows its own turn and the follow-ups that were sent from it, and notes those', async () => {
    const keep = vi.fn();
    show({ run: 'r1' }, { place: 'cell', keep });
    script
      .ready()
      .prompt('Mine')
      .text('My answer')
      .end()
      .prompt('Elsewhere', 'r9')
      .text('Not mine', { messageId: 'm9' })
      .end();
    await say();
    expect(screen.queryByText('Not mine')).toBeNull();
    await type('Send a follow-up', 'And then?');
    expect(keep).toHaveBeenCalledWith({ view: 'session', params: { session: 's', run: 'r1', also: 'r2' } });
    script.prompt('And then?', 'r2').text('Then this', { messageId: 'm3' });
    await say();
    expect(screen.getByText('Then this')).toBeTruthy();
  });

  it('opens its session where there is room for it', async () => {
    const openSession = vi.fn();
    show({ run: 'r1' }, { place: 'cell', openSession });
    script.ready().prompt('Go');
    await say();
    await click('Open the session');
    expect(openSession).toHaveBeenCalledWith('s', 'Go');
  });
});

describe('a session in which nothing was said', () => {
  it('says so and takes the first prompt', async () => {
    show();
    await say();
    expect(status()).toBe('Not started');
    await type('What should the agent do?', 'Begin');
    expect(called('agents.send')).toEqual([{ session: 's', prompt: 'Begin' }]);
  });
});

describe('a session that cannot be shown', () => {
  it('is the sentence that the server gave', async () => {
    show();
    act(() =>
      client.fail('session:s', {
        kind: 'not_found',
        message: 'There is no session s.',
        remedy: 'List the sessions.'
      })
    );
    expect(screen.getByRole('alert').textContent).toContain('There is no session s.');
    expect(status()).toBe('Cannot be shown');
    expect(screen.queryByRole('textbox')).toBeNull();
  });

  it('stops following when it is gone from the screen', () => {
    const { unmount } = render(<SessionView client={client} params={{ session: 's' }} host={{}} />);
    expect(client.following).toEqual(['session:s']);
    unmount();
    expect(client.following).toEqual([]);
  });
});
