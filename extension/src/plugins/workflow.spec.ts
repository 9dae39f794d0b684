import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import { skill } from '../testing/skills';
import { begun } from '../testing/workflow';
import { mount } from '../views/mount';
import { hostIn } from './host';
import { CommandIds } from './ids';
import { workflowPlugin } from './workflow';
// A chunk of its own for a page; here it is read before anybody waits for what it shows.
import '../views/skill/SkillView';

describe('the building of a skill', () => {
  const start = (inLab: boolean) => {
    const added: Widget[] = [];
    const shell = { add: vi.fn((tab: Widget) => void added.push(tab)), activateById: vi.fn() };
    const app = { commands: new CommandRegistry(), shell };
    const palette = { addItem: vi.fn() };
    const client = new FakeClient({ 'workflow.state': ({ skill: name }) => begun({ skill: String(name) }) });
    const plugin = workflowPlugin.activate as (...parts: unknown[]) => void;
    plugin(app, client, inLab ? shell : null, null, palette, null, null, null);
    const inPanel = vi.fn();
    app.commands.addCommand(CommandIds.showPageInPanel, { execute: inPanel });
    const run = (id: string, args = {}) => act(async () => app.commands.execute(id, args) as Promise<void>);
    return { app, run, added, shell, palette, inPanel };
  };

  it('is in the palette, and one tab a skill', async () => {
    const { run, added, shell, palette } = start(true);
    expect(palette.addItem.mock.calls.map(([{ command }]) => command)).toEqual([CommandIds.openWorkflow]);
    await run(CommandIds.openWorkflow, { skill: 'one' });
    await run(CommandIds.openWorkflow, { skill: 'two', step: 'detail' });
    await run(CommandIds.openWorkflow, { skill: 'one' });
    expect(added.map(({ id }) => id)).toEqual(['workbench-workflow-one', 'workbench-workflow-two']);
    expect(shell.activateById).toHaveBeenLastCalledWith('workbench-workflow-one');
    added.forEach(tab => tab.dispose());
  });

  it('is shown in the panel where there is no room in the main area', async () => {
    const { run, shell, inPanel } = start(false);
    await run(CommandIds.openWorkflow, { skill: 'one' });
    expect(inPanel.mock.calls.map(([args]) => args)).toEqual([{ view: 'workflow', skill: 'one' }]);
    expect(shell.add).not.toHaveBeenCalled();
  });

  it('is offered to views where its command is', async () => {
    const { app, added } = start(true);
    await act(async () => hostIn('page', app.commands, null).openWorkflow?.('one'));
    expect(added.map(({ id }) => id)).toEqual(['workbench-workflow-one']);
    expect(hostIn('page', new CommandRegistry(), null).openWorkflow).toBeUndefined();
    added.forEach(tab => tab.dispose());
  });

  it('ends with a cell below the active one of the notebook that was used last', async () => {
    const { app, run } = start(true);
    const cells: { model: { sharedModel: { text: string } } }[] = [];
    const content = { widgets: cells, activeCell: null as unknown, isSelectedOrActive: () => false };
    const notebook = Object.assign(new Widget(), { content, context: { path: 'used.ipynb' } });
    Object.assign(app.shell, { widgets: () => [notebook] });
    app.commands.addCommand('notebook:insert-cell-below', {
      execute: () => {
        const sharedModel = {
          text: '',
          getSource: () => sharedModel.text,
          setSource: (text: string) => (sharedModel.text = text)
        };
        content.activeCell = { model: { sharedModel } };
        cells.push(content.activeCell as (typeof cells)[number]);
      }
    });
    await run(CommandIds.insertCell, { source: '%%agent --skill one\n' });
    await run(CommandIds.insertCell, { source: '%%agent --skill two\n' });
    expect(cells.map(each => each.model.sharedModel.text)).toEqual([
      '%load_ext workbench',
      '%%agent --skill one\n',
      '%%agent --skill two\n'
    ]);
    notebook.dispose();
  });

  it('is led to from the page of a skill that is built here', async () => {
    const client = new FakeClient({ 'skills.get': ({ name }) => skill(String(name)) });
    const openWorkflow = vi.fn();
    const node = document.body.appendChild(document.createElement('div'));
    const view = { view: 'skill', params: { skill: 'one' } } as const;
    const unmount = await act(async () => mount(node, client, view, { place: 'page', openWorkflow }));
    await screen.findByRole('button', { name: 'Build' });
    fireEvent.click(screen.getByRole('button', { name: 'Build' }));
    expect(openWorkflow).toHaveBeenCalledWith('one');
    unmount();
  });
});
