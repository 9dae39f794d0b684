import { act, fireEvent, render, screen, within } from '@testing-library/react';
import React from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { SessionRow } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { SessionsView } from './SessionsView';
import { matching, ordered } from './state';

const row = (id: string, more: Partial<SessionRow> = {}): SessionRow => ({
  id,
  provider: 'claude',
  title: `Title ${id}`,
  state: 'ended',
  created: '2026-01-01T00:00:00Z',
  updated: '2026-01-01T00:00:00Z',
  cost: null,
  model: null,
  cwd: null,
  skill: null,
  step: null,
  workflow: null,
  seq: 0,
  open_runs: [],
  runs: 1,
  pruned: false,
  ...more
});

describe('the order of sessions', () => {
  it('has those at work first, then those that wait, then the newest', () => {
    const rows = [
      row('old', { updated: '2026-01-01T00:00:00Z' }),
      row('new', { updated: '2026-02-01T00:00:00Z' }),
      row('live', { state: 'live' }),
      row('busy', { state: 'busy' })
    ];
    expect(ordered(rows).map(({ id }) => id)).toEqual(['busy', 'live', 'new', 'old']);
  });

  it('is narrowed by words in any order', () => {
    const rows = [
      row('a', { title: 'Fix the framer' }),
      row('b', { title: 'Fix the shim', provider: 'replay' })
    ];
    expect(matching(rows, 'shim REPLAY').map(({ id }) => id)).toEqual(['b']);
    expect(matching(rows, ' ').length).toBe(2);
  });
});

describe('the list of sessions', () => {
  let client: FakeClient;
  const openSession = vi.fn();
  const show = async (rows: SessionRow[]): Promise<void> => {
    render(<SessionsView client={client} host={{ openSession }} />);
    await act(async () => client.reset('sessions', rows));
  };
  beforeEach(() => {
    openSession.mockClear();
    client = new FakeClient({
      'agents.providers': () => ({
        providers: [
          { name: 'replay', label: 'Replay (offline)', installed: true, default: true },
          {
            name: 'claude',
            label: 'Claude Code',
            installed: false,
            default: false,
            remedy: "Run pip install 'jupyter-workbench[claude]'."
          }
        ]
      }),
      'agents.start': () => ({ session: 'new', run: 'r' }),
      'agents.stop': () => ({}),
      'sessions.end': () => {
        throw new CallError({ kind: 'not_found', message: 'It is gone.', remedy: '' });
      }
    });
  });

  it('says what to do when there is none', async () => {
    await show([]);
    expect(screen.getByText('No agent has run here yet.')).toBeTruthy();
  });

  it('shows each with its cost, opens it, and stops only what runs', async () => {
    await show([row('a', { state: 'busy', cost: '0.5' }), row('b')]);
    const [first, second] = screen.getAllByRole('listitem');
    expect(first.textContent).toContain('$0.5000');
    expect(within(first).getByRole('img', { name: 'running' })).toBeTruthy();
    expect(within(second).queryByRole('button', { name: /Stop|Close/ })).toBeNull();
    await act(
      async () => void fireEvent.click(within(first).getByRole('button', { name: 'Stop the agent: Title a' }))
    );
    expect(client.calls.pop()).toEqual({ name: 'agents.stop', params: { session: 'a' } });
    fireEvent.click(within(second).getByTitle('Title b'));
    expect(openSession).toHaveBeenCalledWith('b', 'Title b');
  });

  it('keeps a failure beside the session that it belongs to', async () => {
    await show([row('a', { state: 'live' })]);
    await act(
      async () => void fireEvent.click(screen.getByRole('button', { name: 'Close the session: Title a' }))
    );
    expect(within(screen.getByRole('listitem')).getByRole('alert').textContent).toContain('It is gone.');
  });

  it('starts a session with the first line as its title, and opens it', async () => {
    await show([]);
    const box = screen.getByRole('textbox', { name: 'What should the agent do?' });
    fireEvent.change(box, { target: { value: 'Review this\nand more' } });
    await act(async () => void fireEvent.keyDown(box, { key: 'Enter' }));
    expect(client.calls.pop()?.params).toEqual({
      provider: 'replay',
      prompt: 'Review this\nand more',
      title: 'Review this'
    });
    expect(openSession).toHaveBeenCalledWith('new', 'Review this');
  });

  it('says how to install an agent that is not there', async () => {
    await show([]);
    fireEvent.change(screen.getByRole('combobox', { name: 'Agent' }), { target: { value: 'claude' } });
    expect(screen.getByText(/pip install/)).toBeTruthy();
  });

  it('offers a filter when there are many', async () => {
    await show(Array.from({ length: 9 }, (_, i) => row(String(i))));
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'Title 7' } });
    expect(screen.getAllByRole('listitem').length).toBe(1);
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'nothing' } });
    expect(screen.getByText('No session matches.')).toBeTruthy();
  });
});
