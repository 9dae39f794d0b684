import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import { buildingPlugin } from './building';
import { outputsOf } from './cells';
import type { ClosingGuard } from './closing';
import { hostIn } from './host';
import { CommandIds } from './ids';

const { beginSkill, refineSkill, testSkill, selectedCells } = CommandIds;

function start(inLab: boolean, open: Widget[] = []) {
  const added: Widget[] = [];
  const shell = {
    add: vi.fn((tab: Widget) => void added.push(tab)),
    activateById: vi.fn(),
    widgets: () => open[Symbol.iterator](),
    currentChanged: new Signal<object, { newValue: Widget | null }>({})
  };
  const app = { commands: new CommandRegistry(), shell };
  const palette = { addItem: vi.fn() };
  const client = new FakeClient();
  const plugin = buildingPlugin.activate as (...parts: unknown[]) => void;
  plugin(app, client, inLab ? shell : null, null, palette, null, null, null);
  const inPanel = vi.fn();
  app.commands.addCommand(CommandIds.showPageInPanel, { execute: inPanel });
  const run = (id: string, args = {}) => act(async () => app.commands.execute(id, args) as Promise<unknown>);
  const end = () => added.forEach(tab => tab.dispose());
  return { app, run, added, shell, palette, inPanel, end };
}

describe('making, refining and testing a skill', () => {
  it('are in the palette, but not what only views ask for', () => {
    const { palette } = start(true);
    expect(palette.addItem.mock.calls.map(([{ command }]) => command)).toEqual([
      beginSkill,
      refineSkill,
      testSkill
    ]);
  });

  it('have one tab for a new skill, and one a skill for each of the others', async () => {
    const { run, added, end } = start(true);
    await run(beginSkill);
    await run(beginSkill);
    await run(refineSkill, { skill: 'one' });
    await run(refineSkill, { skill: 'one', message: 'Shorter' });
    await run(testSkill, { skill: 'one' });
    await run(testSkill, { skill: 'two' });
    expect(added.map(({ id }) => id)).toEqual([
      'workbench-new-skill',
      'workbench-refine-one',
      'workbench-skill-test-one',
      'workbench-skill-test-two'
    ]);
    expect(added[1].title.label).toBe('Refine one');
    end();
  });

  it('leave a tab as it is while something in it is written and not sent', async () => {
    const { run, added, end } = start(true);
    await run(beginSkill);
    await run(refineSkill, { skill: 'one' });
    const [fresh, refining] = added as (Widget & { closing: ClosingGuard; params: object })[];
    fresh.closing.hold({ name: 'New skill' });
    refining.closing.hold({ name: 'Refine one' });
    await run(beginSkill, { example: 'invoice-matching' });
    await run(refineSkill, { skill: 'one', message: 'Shorter' });
    expect([fresh.params, refining.params]).toEqual([{}, { skill: 'one' }]);
    fresh.closing.hold(null);
    refining.closing.hold(null);
    await run(beginSkill, { example: 'invoice-matching' });
    await run(refineSkill, { skill: 'one', message: 'Shorter' });
    expect(refining.params).toEqual({ skill: 'one', message: 'Shorter' });
    expect(fresh.params).toEqual({ example: 'invoice-matching' });
    expect(added).toHaveLength(2);
    end();
  });

  it('are shown in the panel where there is no room in the main area', async () => {
    const { run, inPanel, shell } = start(false);
    await run(beginSkill, { example: 'invoice-matching' });
    await run(refineSkill, { skill: 'one', message: 'Shorter' });
    expect(inPanel.mock.calls.map(([args]) => args)).toEqual([
      { view: 'new-skill', example: 'invoice-matching' },
      { view: 'refine', skill: 'one', message: 'Shorter' }
    ]);
    expect(shell.add).not.toHaveBeenCalled();
  });

  it('are offered to views where their commands are', async () => {
    const { app, added, end } = start(true);
    const host = hostIn('page', app.commands, null);
    await act(async () => host.openNewSkill?.());
    await act(async () => host.openRefine?.('one', 'Shorter'));
    await act(async () => host.openTest?.('one'));
    expect(added.map(({ id }) => id)).toEqual([
      'workbench-new-skill',
      'workbench-refine-one',
      'workbench-skill-test-one'
    ]);
    const bare = hostIn('page', new CommandRegistry(), null);
    expect([bare.openNewSkill, bare.openRefine, bare.openTest, bare.cells]).toEqual(Array(4).fill(undefined));
    end();
  });
});

describe('the selected cells', () => {
  const cell = (source: unknown, outputs: unknown[] = []) => ({
    model: { toJSON: () => ({ source, outputs }) }
  });

  function notebook(path: string, cells: object[], chosen: object[]): Widget {
    const widget = new Widget();
    return Object.assign(widget, {
      content: { widgets: cells, isSelectedOrActive: (each: object) => chosen.includes(each) },
      context: { path }
    });
  }

  it('of the notebook that was used last are given with their outputs as text', async () => {
    const [a, b, empty] = [
      cell(['import x\n', 'x.go()'], [{ output_type: 'stream', text: ['one\n', 'two\n'] }]),
      cell('y'),
      cell('')
    ];
    const first = notebook('first.ipynb', [a, b, empty], [a, empty]);
    const second = notebook('second.ipynb', [cell('other')], []);
    const { app, shell } = start(true, [new Widget(), second, first]);
    shell.currentChanged.emit({ newValue: first });
    shell.currentChanged.emit({ newValue: new Widget() });
    expect(await app.commands.execute(selectedCells)).toEqual([
      { source: 'import x\nx.go()', outputs: 'one\ntwo', origin: 'first.ipynb, cell 1' }
    ]);
    expect(await hostIn('side', app.commands, null).cells?.()).toHaveLength(1);
  });

  it('are none where no notebook is open', async () => {
    const { app } = start(true, [new Widget()]);
    expect(await app.commands.execute(selectedCells)).toEqual([]);
  });

  it('give results as text, and errors with their traceback', () => {
    expect(
      outputsOf([
        { data: { 'text/html': '<b>1</b>', 'text/plain': ['1'] } },
        { data: { 'image/png': 'AAAA' } },
        { ename: 'ValueError', evalue: 'no', traceback: [] },
        { ename: 'ValueError', evalue: 'no', traceback: ['line 1', 'line 2'] }
      ])
    ).toBe('1\nValueError: no\nline 1\nline 2');
    expect(outputsOf(undefined)).toBe('');
  });
});
