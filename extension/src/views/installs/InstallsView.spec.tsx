import React from 'react';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../client/client';
import type { Installed, Installs, ScanReport } from '../../protocol';
import { FakeClient } from '../../testing/fake-client';
import { later } from '../../testing/later';
import { row } from '../../testing/skills';
import type { Host } from '../host';
import { InstallsView } from './InstallsView';

type Answers = ConstructorParameters<typeof FakeClient>[0];

beforeEach(() => {
  // jsdom lays nothing out.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(800);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
});

const at = (name: string, client: Installed['client'], state: Installed['state'], more = {}): Installed => ({
  name,
  client,
  scope: 'user',
  project: null,
  path: `/home/me/.${client}/skills/${name}`,
  method: state === 'foreign' ? null : 'copy',
  ours: state !== 'foreign',
  state,
  installed_at: null,
  ...more
});

const ROWS = [
  at('alpha', 'claude', 'current'),
  at('alpha', 'codex', 'outdated', { method: 'link' }),
  at('beta', 'claude', 'changed'),
  at('beta', 'cursor', 'missing'),
  at('gamma', 'claude', 'foreign'),
  at('alpha', 'claude', 'outdated', { scope: 'project', project: '/p' })
];

const SKILLS = [row('alpha'), row('beta'), row('own', { source: 'workspace' })];

const installs = (rows: Installed[] = ROWS): Installs => ({
  rows,
  places: [
    {
      client: 'claude',
      scope: 'user',
      project: null,
      path: '/home/me/.claude/skills',
      exists: true,
      first: true
    },
    {
      client: 'claude',
      scope: 'project',
      project: '/p',
      path: '/p/.claude/skills',
      exists: true,
      first: true
    }
  ]
});

async function show(answers: Answers = {}, host: Host = { place: 'page' }, params = {}) {
  const client = new FakeClient({
    'skills.list': () => ({ skills: SKILLS, deleted: [], total: 3, facets: {}, next_cursor: null }),
    'skills.installs': () => installs(),
    'skills.install': () => ({ done: [], refused: [] }),
    'skills.uninstall': () => ({ done: [], refused: [] }),
    ...answers
  });
  const view = render(<InstallsView client={client} params={params} host={host} />);
  await act(async () => undefined);
  return { client, ...view };
}

const called = (client: FakeClient, name: string) =>
  client.calls.filter(call => call.name === name).map(({ params }) => params);
const cell = (name: string): HTMLElement => screen.getByRole('gridcell', { name });
const bar = () => within(screen.getByRole('toolbar', { name: 'Chosen places' }));
const press = async (name: string | RegExp): Promise<void> => {
  await act(async () => fireEvent.click(bar().getByRole('button', { name })));
};
const words = (name: string): (string | null)[] =>
  within(screen.getAllByRole('row').find(each => within(each).queryByText(name)) as HTMLElement)
    .getAllByRole('gridcell')
    .map(each => each.textContent);

describe('the table of installs', () => {
  it('has the skills of the library and what others have put there, at each client', async () => {
    await show();
    expect(words('alpha')).toEqual(['Current', 'Outdated', '', '', '', '']);
    expect(words('beta')).toEqual(['Changed', '', 'Gone', '', '', '']);
    expect(words('gamma')).toEqual(['Not ours', '', '', '', '', '']);
    expect(screen.queryByText('own')).toBeNull();
    expect(screen.queryByRole('button', { name: 'gamma' })).toBeNull();
  });

  it('shows the folders of a project, known or named, and keeps which', async () => {
    const keep = vi.fn();
    const { client } = await show({}, { place: 'page', keep });
    const where = screen.getByLabelText('For');
    await act(async () => fireEvent.change(where, { target: { value: '/p' } }));
    expect(words('alpha')).toEqual(['Outdated', '', '', '', '', '']);
    expect(keep).toHaveBeenLastCalledWith({ view: 'installs', params: { project: '/p' } });
    fireEvent.change(where, { target: { value: '\u0000other' } });
    fireEvent.change(screen.getByLabelText('Folder of the project'), { target: { value: '/new/' } });
    await act(async () => fireEvent.submit(screen.getByRole('form', { name: 'Another project' })));
    expect(called(client, 'skills.installs').at(-1)).toEqual({ projects: ['/new/'] });
  });

  it('is narrowed to what is not as it was installed', async () => {
    await show();
    fireEvent.click(screen.getByRole('radio', { name: /Not as installed/ }));
    expect(screen.queryByText('gamma')).toBeNull();
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'zzz' } });
    expect(screen.getByText('No skill matches.')).toBeTruthy();
  });
});

describe('the chosen places', () => {
  it('are installed, in the fewest calls, by copy or by link', async () => {
    const { client } = await show({
      'skills.install': ({ names }) => ({
        done: (names as string[]).map(name => at(name, 'gemini', 'current')),
        refused: []
      })
    });
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all for Gemini CLI' }));
    fireEvent.click(cell('alpha, Copilot: not installed'));
    fireEvent.click(cell('beta, Copilot: not installed'));
    expect(bar().getByText('5 places chosen')).toBeTruthy();
    fireEvent.click(bar().getByRole('radio', { name: 'Link' }));
    await press('Install (4)');
    expect(called(client, 'skills.install')).toEqual([
      {
        names: ['alpha', 'beta'],
        clients: ['gemini', 'copilot'],
        scope: 'user',
        method: 'link',
        replace: false
      }
    ]);
    expect(screen.getByText('2 places: installed.')).toBeTruthy();
    expect(called(client, 'skills.installs')).toHaveLength(2);
  });

  it('are updated in the way that they were installed', async () => {
    const { client } = await show();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose alpha everywhere' }));
    await press('Update (1)');
    expect(called(client, 'skills.install')).toEqual([
      { names: ['alpha'], clients: ['codex'], scope: 'user', method: 'link', replace: false }
    ]);
  });

  it('are taken away; somebody’s work only after it was asked about', async () => {
    const { client } = await show();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all for Claude Code' }));
    await press('Take away (1)');
    expect(called(client, 'skills.uninstall')).toEqual([
      { names: ['alpha'], clients: ['claude'], scope: 'user', force: false }
    ]);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all for Claude Code' }));
    await press('Take away what was changed… (1)');
    expect(called(client, 'skills.uninstall')).toHaveLength(1);
    const asks = within(screen.getByRole('alertdialog'));
    expect(asks.getByRole('button', { name: 'Keep' })).toBe(document.activeElement);
    await act(async () => fireEvent.click(asks.getByRole('button', { name: 'Take away what was changed' })));
    expect(called(client, 'skills.uninstall')[1]).toMatchObject({ names: ['beta'], force: true });
  });

  it('are not given unasked what looks dangerous and was not reviewed', async () => {
    const skills = [
      row('alpha', { source: 'imported', trust: 'untrusted', verdict: 'dangerous' }),
      row('beta', { source: 'imported', trust: 'trusted', verdict: 'dangerous' }),
      row('delta', { source: 'imported', trust: 'untrusted' })
    ];
    const { client } = await show({
      'skills.list': () => ({ skills, deleted: [], total: 3, facets: {}, next_cursor: null }),
      'skills.scan': () => ({ verdict: 'dangerous' }) as ScanReport
    });
    fireEvent.click(cell('beta, Gemini CLI: not installed'));
    await press('Install (1)');
    expect(called(client, 'skills.install')).toHaveLength(1);
    fireEvent.click(cell('alpha, Gemini CLI: not installed'));
    fireEvent.click(cell('beta, Copilot: not installed'));
    fireEvent.click(cell('delta, Copilot: not installed'));
    await press('Install (3)');
    const asks = within(screen.getByRole('alertdialog', { name: 'Install (3 places)?' }));
    expect(asks.getByText(/looks dangerous in alpha, delta, and nobody/)).toBeTruthy();
    expect(called(client, 'skills.scan')).toEqual([{ name: 'delta' }]);
    expect(asks.queryByText(/somebody’s work/)).toBeNull();
    expect(asks.getByRole('button', { name: 'Not now' })).toBe(document.activeElement);
    expect(called(client, 'skills.install')).toHaveLength(1);
    await act(async () => fireEvent.click(asks.getByRole('button', { name: 'Install' })));
    expect(called(client, 'skills.install').length).toBeGreaterThan(1);
  });

  it('are asked about anew once others are chosen', async () => {
    const skills = [
      row('alpha', { source: 'imported', trust: 'untrusted', verdict: 'dangerous' }),
      row('delta', { source: 'imported', trust: 'untrusted' })
    ];
    let scanned = (_: unknown): void => undefined;
    const { client } = await show({
      'skills.list': () => ({ skills, deleted: [], total: 2, facets: {}, next_cursor: null }),
      'skills.scan': () => new Promise(done => (scanned = done))
    });
    fireEvent.click(cell('alpha, Gemini CLI: not installed'));
    await press('Install (1)');
    expect(screen.getByRole('alertdialog', { name: 'Install (1 place)?' })).toBeTruthy();
    fireEvent.click(cell('delta, Gemini CLI: not installed'));
    expect(screen.queryByRole('alertdialog')).toBeNull();
    // Another is chosen while the scan is waited for.
    await press('Install (2)');
    fireEvent.click(cell('delta, Copilot: not installed'));
    await act(async () => scanned({ verdict: 'dangerous' }));
    expect(screen.queryByRole('alertdialog')).toBeNull();
    await press('Install (3)');
    await act(async () => scanned({ verdict: 'dangerous' }));
    const asks = within(screen.getByRole('alertdialog', { name: 'Install (3 places)?' }));
    expect(asks.getByText(/looks dangerous in alpha, delta, and nobody/)).toBeTruthy();
    expect(called(client, 'skills.install')).toEqual([]);
  });

  it('replace what others have put there only where the library has something to put', async () => {
    await show();
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose gamma everywhere' }));
    expect(bar().queryByRole('button', { name: /Install|Replace|Take/ })).toBeNull();
    await press('Choose none');
    fireEvent.click(cell('beta, Claude Code: Changed'));
    await press('Replace what is there… (1)');
    fireEvent.keyDown(screen.getByRole('alertdialog'), { key: 'Escape' });
    expect(bar().getByText('1 place chosen')).toBeTruthy();
  });

  it('say what was left as it was and why, and stay chosen', async () => {
    await show({
      'skills.install': () => ({
        done: [at('alpha', 'gemini', 'current')],
        refused: [at('beta', 'gemini', 'foreign', { reason: 'There is something \u202e else.' })]
      })
    });
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all for Gemini CLI' }));
    await press('Install (2)');
    expect(screen.getByText(/1 place: installed. 1 place left as it was./)).toBeTruthy();
    expect(screen.getByText(/something \\u202e else/)).toBeTruthy();
    expect(bar().getByText('1 place chosen')).toBeTruthy();
  });

  it('are not chosen in a project because they were left as they were elsewhere', async () => {
    const report = later();
    await show({ 'skills.install': () => report.answer });
    fireEvent.click(cell('beta, Gemini CLI: not installed'));
    await press('Install (1)');
    await act(async () => void fireEvent.change(screen.getByLabelText('For'), { target: { value: '/p' } }));
    await act(async () =>
      report.come({ done: [], refused: [at('beta', 'gemini', 'foreign', { reason: 'Something else.' })] })
    );
    expect(screen.getByText(/Something else/)).toBeTruthy();
    expect(cell('beta, Gemini CLI: not installed').getAttribute('aria-selected')).toBe('false');
    expect(screen.queryByRole('toolbar', { name: 'Chosen places' })).toBeNull();
  });

  it('tell a failure with its remedy', async () => {
    await show({
      'skills.install': () => {
        throw new CallError({ kind: 'not_found', message: 'There is no /p.', remedy: 'Make it.' });
      }
    });
    fireEvent.click(cell('beta, Copilot: not installed'));
    await press('Install (1)');
    expect(screen.getByRole('alert').textContent).toBe('There is no /p.Make it.');
  });

  it('are reached and chosen by keys alone', async () => {
    await show();
    const key = (name: string, more = {}): void => {
      fireEvent.keyDown(document.activeElement as Element, { key: name, ...more });
    };
    const here = (): string | null | undefined => document.activeElement?.getAttribute('aria-label');
    expect(screen.getAllByRole('gridcell').filter(each => each.tabIndex === 0)).toHaveLength(1);
    act(() => cell('alpha, Claude Code: Current').focus());
    key('ArrowRight');
    key('ArrowDown');
    expect(here()).toBe('beta, Codex: not installed');
    key(' ');
    expect(cell('beta, Codex: not installed').getAttribute('aria-selected')).toBe('true');
    key('End');
    key('ArrowLeft');
    key('ArrowLeft');
    expect(here()).toBe('gamma, Claude Code: Not ours');
    key('a', { ctrlKey: true });
    expect(bar().getByText('18 places chosen')).toBeTruthy();
  });
});
