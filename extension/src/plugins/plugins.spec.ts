import { readFileSync } from 'node:fs';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { act, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import plugins from '../index';
import { CallError } from '../client/client';
import { FakeClient } from '../testing/fake-client';
import { DEFAULTS, IWorkbenchClient } from '../tokens';
import { VERSION } from '../version';
import { buildingPlugin } from './building';
import { feedbackPlugin } from './feedback';
import { handshake } from './client';
import { exchangePlugin } from './exchange';
import { CommandIds, PACKAGE, PANEL_ID } from './ids';
import { palettePlugin } from './palette';
import { panelPlugin, SessionsPanel } from './panel';
import { skillsPlugin } from './skills';
import { StatusItem, statusText } from './status';
import { tabPlugin } from './tab';
import { usagePlugin } from './usage';
import { workflowPlugin } from './workflow';

const json = (path: string) => JSON.parse(readFileSync(path, 'utf-8'));
const trans = nullTranslator.load('workbench');

describe('the package', () => {
  it('has one version', () => {
    expect(json('package.json').version).toBe(VERSION);
  });

  it('needs nothing but the client and what each capability is about', () => {
    const required = Object.fromEntries(
      plugins.map(({ id, requires }) => [id.split(':')[1], requires?.map(token => token.name.split(':')[1])])
    );
    expect(required).toEqual({
      client: undefined,
      mime: ['IWorkbenchClient', 'IRenderMimeRegistry'],
      plugin: ['ISettingRegistry'],
      panel: ['IWorkbenchClient'],
      tab: ['IWorkbenchClient'],
      palette: ['IWorkbenchClient'],
      launcher: undefined,
      status: ['IWorkbenchClient'],
      usage: ['IWorkbenchClient'],
      'usage-budgets': ['IWorkbenchClient'],
      skills: ['IWorkbenchClient'],
      'skill-document': ['IWorkbenchClient'],
      exchange: ['IWorkbenchClient'],
      workflow: ['IWorkbenchClient'],
      building: ['IWorkbenchClient'],
      feedback: ['IWorkbenchClient']
    });
  });

  it('describes each plugin, and says who provides its tokens', () => {
    expect(plugins.every(({ id, description }) => id.startsWith(`${PACKAGE}:`) && description)).toBe(true);
    expect(IWorkbenchClient.name).toBe(`${PACKAGE}:IWorkbenchClient`);
  });

  it('has settings whose defaults are those that hold without a settings registry', () => {
    const { properties } = json('schema/plugin.json');
    const defaults = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, (property as { default: unknown }).default])
    );
    expect(defaults).toEqual(DEFAULTS);
  });

  it('keeps no registry’s address in its lock file', () => {
    expect(readFileSync('yarn.lock', 'utf-8')).not.toMatch(/https?:\/\//);
  });
});

describe('the handshake', () => {
  it('is silent when page and server fit', async () => {
    expect(await handshake({ version: async () => VERSION })).toBeNull();
  });

  it('names both versions when they do not', async () => {
    const failure = await handshake({ version: async () => '9.9.9' });
    expect(failure?.message).toBe(`This page has Workbench ${VERSION}, the server has 9.9.9.`);
    expect(failure?.remedy).toContain('Restart');
  });

  it('says what to install when the server does not know us, and nothing when it is just away', async () => {
    const failing = (kind: string) => ({
      version: () => Promise.reject(new CallError({ kind, message: 'No.', remedy: 'Do.' }))
    });
    expect((await handshake(failing('server_missing')))?.remedy).toBe('Do.');
    expect(await handshake(failing('unreachable'))).toBeNull();
  });
});

describe('the status bar', () => {
  it('says how many agents work and what today has cost', () => {
    const said = (running: number, ours: string | null, all: string | null) =>
      statusText({ running, cost_today: ours, cost_today_all: all, currency: 'USD' }, trans);
    expect(said(0, null, null)).toBe('No agent');
    expect(said(1, '0.42', null)).toBe('1 agent · $0.4200 today');
    expect(said(3, '12.5', '12.5')).toBe('3 agents · $12.50 today');
    expect(said(3, '12.5', '20')).toBe('3 agents · $12.50 today · $20.00 with all agents');
  });

  it('follows the server, opens the panel, and stops following', () => {
    const client = new FakeClient();
    const onClick = vi.fn();
    const item = new StatusItem(client, trans, onClick);
    client.reset('status', [{ running: 2, cost_today: null, cost_today_all: null, currency: 'USD' }]);
    expect(item.node.textContent).toBe('2 agents');
    item.node.querySelector('button')?.click();
    expect(onClick).toHaveBeenCalled();
    client.fail('status', { kind: 'home_unusable', message: 'The home cannot be read.', remedy: '' });
    expect(item.node.textContent).toBe('Agents: The home cannot be read.');
    item.dispose();
    expect(client.following).toEqual([]);
  });
});

interface App {
  commands: CommandRegistry;
  shell: { add: ReturnType<typeof vi.fn>; activateById: ReturnType<typeof vi.fn> };
}
const application = (): App => ({
  commands: new CommandRegistry(),
  shell: { add: vi.fn(), activateById: vi.fn() }
});

describe('the commands', () => {
  it('say what they take, for programs that run them', async () => {
    const app = application();
    void palettePlugin.activate(app as never, new FakeClient(), null, null);
    void panelPlugin.activate(app as never, new FakeClient(), null, null, null, null);
    void tabPlugin.activate(app as never, new FakeClient(), null, null, null, null);
    void usagePlugin.activate(app as never, new FakeClient(), null, null, null, null, null, null);
    void skillsPlugin.activate(app as never, new FakeClient(), null, null, null, null, null, null);
    void exchangePlugin.activate(app as never, new FakeClient(), null, null, null, null, null, null);
    void workflowPlugin.activate(app as never, new FakeClient(), null, null, null, null, null, null);
    void buildingPlugin.activate(app as never, new FakeClient(), null, null, null, null, null, null);
    void feedbackPlugin.activate(app as never, new FakeClient(), null, null, null, null, null, null);
    for (const id of Object.values(CommandIds)) {
      expect((await app.commands.describedBy(id)).args, id).toMatchObject({ type: 'object' });
      expect(app.commands.label(id)).not.toBe('');
    }
  });

  it('start an agent with a prompt and open its session', async () => {
    const app = application();
    const client = new FakeClient({ 'agents.start': () => ({ session: 's', run: 'r' }) });
    void palettePlugin.activate(app as never, client, null, null);
    const opened = vi.fn();
    app.commands.addCommand(CommandIds.openSession, { execute: opened });
    const started = await app.commands.execute(CommandIds.newSession, {
      prompt: 'Fix it\nplease',
      provider: 'replay'
    });
    expect(client.calls[0].params).toEqual({ prompt: 'Fix it\nplease', title: 'Fix it', provider: 'replay' });
    expect(started).toEqual({ session: 's', run: 'r' });
    expect(opened.mock.calls[0][0]).toEqual({ session: 's', title: 'Fix it' });
  });

  it('stop the session that is named, or the only one that runs', async () => {
    const app = application();
    const rows = [
      { id: 'a', state: 'busy' },
      { id: 'b', state: 'ended' }
    ];
    const client = new FakeClient({ 'agents.stop': () => ({}), 'sessions.list': () => ({ sessions: rows }) });
    void palettePlugin.activate(app as never, client, null, null);
    await app.commands.execute(CommandIds.stopSession, { session: 'x' });
    await app.commands.execute(CommandIds.stopSession, {});
    expect(client.calls.filter(call => call.name === 'agents.stop').map(call => call.params.session)).toEqual(
      ['x', 'a']
    );
  });
});

describe('a session that is opened', () => {
  it('is a tab in JupyterLab, one for each session', async () => {
    const app = application();
    void tabPlugin.activate(app as never, new FakeClient(), {} as never, null, null, null);
    await act(async () => {
      await app.commands.execute(CommandIds.openSession, { session: 's', title: 'A title' });
      await app.commands.execute(CommandIds.openSession, { session: 's' });
      await app.commands.execute(CommandIds.openSession, { session: 't' });
    });
    expect(app.shell.add.mock.calls.map(([tab, area]) => [tab.id, tab.title.label, area])).toEqual([
      ['workbench-session-s', 'A title', 'main'],
      ['workbench-session-t', 'Agent session', 'main']
    ]);
    expect(app.shell.activateById).toHaveBeenCalledTimes(3);
    app.shell.add.mock.calls.forEach(([tab]) => tab.dispose());
  });

  it('is in the panel in Notebook 7, whose main area takes no second widget', async () => {
    const app = application();
    const client = new FakeClient();
    await act(async () => {
      void tabPlugin.activate(app as never, client, null, null, null, null);
      void panelPlugin.activate(app as never, client, null, null, null, null);
    });
    await act(async () => void (await app.commands.execute(CommandIds.openSession, { session: 's' })));
    expect(app.shell.add.mock.calls.map(([, area]) => area)).toEqual(['left']);
    expect(app.shell.activateById).toHaveBeenCalledWith(PANEL_ID);
    // The view that was there goes a moment after the next has come.
    await waitFor(() => expect(client.following).toEqual(['session:s']));
  });

  it('is in the panel again after a reload, and the way back leads to the list', async () => {
    const kept = new Map<string, unknown>([['workbench:panel', { session: 's' }]]);
    const states = {
      fetch: async (key: string) => kept.get(key),
      save: async (key: string, value: unknown) => void kept.set(key, value)
    };
    const client = new FakeClient({ 'agents.providers': () => ({ providers: [] }) });
    let panel: SessionsPanel | undefined;
    await act(async () => {
      panel = new SessionsPanel(client, {}, states as never, trans);
    });
    await waitFor(() => expect(client.following).toEqual(['session:s']));
    await act(async () =>
      panel?.node.querySelector<HTMLElement>('[aria-label="Back to all sessions"]')?.click()
    );
    await waitFor(() => expect(client.following).toEqual(['sessions']));
    expect(kept.get('workbench:panel')).toEqual({ session: null });
    panel?.dispose();
  });
});
