import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import { exchangePlugin } from './exchange';
import { hostIn } from './host';
import { CommandIds } from './ids';
import { SessionsPanel } from './panel';
// Chunks of their own for a page; here they are read before anybody waits for what they show.
import '../views/marketplace/MarketplaceView';
import '../views/skills/SkillsView';

describe('the pages of the exchange', () => {
  const start = (inLab: boolean) => {
    const added: Widget[] = [];
    const shell = { add: vi.fn((tab: Widget) => void added.push(tab)), activateById: vi.fn() };
    const app = { commands: new CommandRegistry(), shell };
    const palette = { addItem: vi.fn() };
    const launcher = { add: vi.fn() };
    const client = new FakeClient();
    const plugin = exchangePlugin.activate as (...parts: unknown[]) => void;
    plugin(app, client, inLab ? shell : null, null, palette, launcher, null, null);
    const inPanel = vi.fn();
    app.commands.addCommand(CommandIds.showPageInPanel, { execute: inPanel });
    const run = (id: string, args = {}) => act(async () => app.commands.execute(id, args) as Promise<void>);
    return { app, run, added, shell, palette, launcher, inPanel };
  };

  it('are in the palette, and the import on a card of the launcher', () => {
    const { palette, launcher, app } = start(true);
    expect(palette.addItem.mock.calls.map(([{ command }]) => command)).toEqual([
      CommandIds.importSkills,
      CommandIds.openMarketplace,
      CommandIds.openInstalls
    ]);
    expect(launcher.add).toHaveBeenCalledTimes(1);
    expect(app.commands.label(CommandIds.importSkills, { isLauncher: true })).toBe('Import skills');
  });

  it('are one tab each, which shows another thing when it is asked for', async () => {
    const { run, added, shell } = start(true);
    await run(CommandIds.importSkills, { source: './a', other: 'x' });
    await run(CommandIds.importSkills, { source: './b' });
    await run(CommandIds.openMarketplace, { registry: 'shop' });
    await run(CommandIds.openInstalls, { project: '/p' });
    await run(CommandIds.openInstalls);
    expect(added.map(({ id }) => id)).toEqual([
      'workbench-import',
      'workbench-marketplace',
      'workbench-installs'
    ]);
    // What was looked into once is not looked into again after a reload.
    expect(added.map(tab => (tab as Widget & { params: object }).params)).toEqual([
      {},
      { registry: 'shop' },
      { project: '/p' }
    ]);
    expect(shell.activateById).toHaveBeenLastCalledWith('workbench-installs');
    added.forEach(tab => tab.dispose());
  });

  it('are shown in the panel where there is no room in the main area', async () => {
    const { run, shell, inPanel } = start(false);
    await run(CommandIds.importSkills, { source: './a' });
    await run(CommandIds.openInstalls);
    expect(inPanel.mock.calls.map(([args]) => args)).toEqual([
      { view: 'import', source: './a' },
      { view: 'installs' }
    ]);
    expect(shell.add).not.toHaveBeenCalled();
  });

  it('come after the library in the panel, which leads back to it', async () => {
    const client = new FakeClient({ 'registries.list': () => ({ registries: [] }) });
    const panel = new SessionsPanel(client, { place: 'side' }, null, nullTranslator.load('workbench'));
    document.body.append(panel.node);
    await act(async () => panel.showPage({ view: 'marketplace' }));
    await waitFor(() => expect(screen.getByRole('region', { name: 'Marketplaces' })).toBeTruthy());
    await act(async () => fireEvent.click(screen.getByRole('button', { name: 'Back' })));
    await waitFor(() => expect(screen.getByRole('region', { name: 'Skills' })).toBeTruthy());
    panel.dispose();
  });

  it('are offered to views where their commands are', async () => {
    const { app, added } = start(true);
    await act(async () => hostIn('page', app.commands, null).openPage?.('marketplace'));
    expect(added.map(({ id }) => id)).toEqual(['workbench-marketplace']);
    expect(hostIn('page', new CommandRegistry(), null).openPage).toBeUndefined();
    added.forEach(tab => tab.dispose());
  });
});
