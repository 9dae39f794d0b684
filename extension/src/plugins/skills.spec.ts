import { CommandRegistry } from '@lumino/commands';
import type { Widget } from '@lumino/widgets';
import { act } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { CallError } from '../client/client';
import { FakeClient } from '../testing/fake-client';
import { skill } from '../testing/skills';
import type { ClosingGuard } from './closing';
import { CommandIds } from './ids';
import { skillAt } from './skillDocument';
import { skillsPlugin } from './skills';

describe('a SKILL.md of the file browser', () => {
  const TEXT = '---\r\nname: x\r\n---\r\n';
  const client = new FakeClient({
    'skills.get': ({ name }) => {
      if (name !== 'x') {
        throw new CallError({ kind: 'not_found', message: 'No.', remedy: '' });
      }
      return skill('x', { path: '/home/me/workbench/skills/x', text: TEXT });
    }
  });

  it('is a skill where the library has this folder with this text', async () => {
    expect(await skillAt(client, 'workbench/skills/x/SKILL.md', TEXT.replace(/\r/g, ''))).toBe('x');
    expect(await skillAt(client, 'drive:skills/x/SKILL.md', TEXT)).toBe('x');
  });

  it('is none in another folder, with another text, in no folder, or of a name that nobody has', async () => {
    expect(await skillAt(client, 'elsewhere/x/SKILL.md', TEXT)).toBeNull();
    expect(await skillAt(client, 'workbench/skills/x/SKILL.md', 'other')).toBeNull();
    expect(await skillAt(client, 'SKILL.md', TEXT)).toBeNull();
    expect(await skillAt(client, 'skills/y/SKILL.md', TEXT)).toBeNull();
  });
});

describe('the commands', () => {
  const start = (inLab: boolean) => {
    const added: Widget[] = [];
    const shell = { add: vi.fn((tab: Widget) => void added.push(tab)), activateById: vi.fn() };
    const app = { commands: new CommandRegistry(), shell };
    const client = new FakeClient({ 'skills.get': ({ name }) => skill(String(name)) });
    void skillsPlugin.activate(app as never, client, inLab ? shell : null, null, null, null, null, null);
    const inPanel = vi.fn();
    app.commands.addCommand(CommandIds.showSkillsInPanel, { execute: inPanel });
    const run = (id: string, args = {}) => act(async () => app.commands.execute(id, args) as Promise<void>);
    return { run, shell, added, inPanel };
  };

  it('open one library and one tab a skill', async () => {
    const { run, added, shell } = start(true);
    await run(CommandIds.openSkills);
    await run(CommandIds.newSkill);
    await run(CommandIds.openSkill, { skill: 'a' });
    await run(CommandIds.openSkill, { skill: 'a', part: 'history' });
    await run(CommandIds.openSkill, { skill: 'b' });
    expect(added.map(({ id }) => id)).toEqual(['workbench-skills', 'workbench-skill-a', 'workbench-skill-b']);
    expect(added.map(({ title }) => title.label)).toEqual(['Skills', 'a', 'b']);
    expect(shell.activateById).toHaveBeenLastCalledWith('workbench-skill-b');
    added.forEach(tab => tab.dispose());
  });

  it('leave a tab as it is while something in it is not saved, and mark it', async () => {
    const { run, added } = start(true);
    await run(CommandIds.openSkill, { skill: 'a' });
    const [tab] = added as [Widget & { closing: ClosingGuard; params: object }];
    tab.closing.hold({ name: 'a', save: () => Promise.resolve(true) });
    await run(CommandIds.openSkill, { skill: 'a', part: 'history' });
    expect(tab.params).toEqual({ skill: 'a' });
    expect(tab.title.className).toBe('jp-mod-dirty');
    tab.closing.hold(null);
    expect(tab.title.className).toBe('');
    await run(CommandIds.openSkill, { skill: 'a', part: 'history' });
    expect(tab.params).toEqual({ skill: 'a', part: 'history' });
    tab.close();
    expect(tab.isDisposed).toBe(true);
  });

  it('show a skill in the panel where there is no room in the main area', async () => {
    const { run, shell, inPanel } = start(false);
    await run(CommandIds.openSkill, { skill: 'a' });
    await run(CommandIds.openSkills);
    expect(inPanel.mock.calls.map(([args]) => args)).toEqual([{ skill: 'a' }, {}]);
    expect(shell.add).not.toHaveBeenCalled();
  });
});
