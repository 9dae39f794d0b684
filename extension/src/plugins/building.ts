/**
 * Making a new skill, refining one and testing one: a tab for what is to be made, and one a skill for the others; where there
 * is no room for tabs, the panel shows them.
 */
import { Notification } from '@jupyterlab/apputils';
import { Selected } from './cells';
import { skillIcon } from './icon';
import { CommandIds } from './ids';
import { argsOf, pagesPlugin, paramsOf, Tabs, type Page, type Params, type Place } from './pages';
import type { SkillRow } from '../protocol';
import { pickSkill } from './pickSkill';
import { UnsavedTab } from './unsavedTab';

export const buildingPlugin = pagesPlugin(
  'building',
  'Makes new skills, refines them and tests them.',
  place => {
    const { app, trans } = place;
    const selected = new Selected(app.shell);
    app.commands.addCommand(CommandIds.selectedCells, {
      label: trans.__('Give the Selected Cells as Evidence'),
      describedBy: { args: argsOf({}) },
      execute: () => selected.cells()
    });
    addNewSkill(place);
    addPage(place, {
      command: CommandIds.refineSkill,
      view: 'refine',
      says: {
        message: 'What stands in the box at first.',
        share: 'Percent of the width for the conversation.'
      },
      called: trans.__('Refine a Skill'),
      caption: trans.__('Make a skill better by talking, and take or leave each change'),
      label: skill => trans.__('Refine %1', skill)
    });
    addPage(place, {
      command: CommandIds.testSkill,
      view: 'skill-test',
      says: { prompt: 'What to test it with.', test: 'The id of a test to show.' },
      called: trans.__('Test a Skill'),
      caption: trans.__('Compare an agent with the skill and one without it'),
      label: skill => trans.__('Test %1', skill)
    });
  }
);

/** One tab, in which one skill after another is begun. */
function addNewSkill(place: Place): void {
  const { app, client, host, shell, trans } = place;
  const page = {
    id: 'workbench-new-skill',
    view: 'new-skill',
    label: trans.__('New skill'),
    icon: skillIcon
  } as const;
  const says: Params = {
    example: 'The name of a recorded example to begin with.',
    skill: 'A skill that was begun here.'
  };
  const tabs = new Tabs<UnsavedTab>(place, page.id, CommandIds.beginSkill);
  app.commands.addCommand(CommandIds.beginSkill, {
    label: args => (args.isLauncher ? trans.__('New skill') : trans.__('Build a New Skill')),
    caption: trans.__('Say what an agent should know how to do'),
    icon: skillIcon,
    describedBy: { args: argsOf(says) },
    execute: args => {
      const params = paramsOf(args, Object.keys(says));
      if (!shell) {
        return app.commands.execute(CommandIds.showPageInPanel, { view: page.view, ...params });
      }
      // A tab that is done with its skill begins the next one.
      const found = tabs.find(() => true);
      const make = (): UnsavedTab => new UnsavedTab(client, host, trans, page, params);
      // What is written there comes first.
      if (found?.closing.held) {
        return tabs.show(found, make);
      }
      if (found?.params.skill && !params.skill) {
        found.choose(params);
      }
      return tabs.showOne(params, make);
    }
  });
  place.offer(CommandIds.beginSkill, 2);
  tabs.restore();
}

interface Declared extends Pick<Page, 'view'> {
  readonly command: string;
  /** The parameters that it takes beside the skill. */
  readonly says: Params;
  readonly called: string;
  readonly caption: string;
  readonly label: (skill: string) => string;
}

/** One tab a skill. */
function addPage(place: Place, { command, view, says, called, caption, label }: Declared): void {
  const { app, client, host, shell, trans } = place;
  const id = `workbench-${view}`;
  const all: Params = { skill: 'The name of a skill; without it a person is asked.', ...says };
  const tabs = new Tabs<UnsavedTab>(place, id, command);
  const isOwn = ({ source, present }: SkillRow): boolean => present && source !== 'workspace';
  const nothing = (): void => void Notification.info(trans.__('There is no skill yet. Make one first.'));
  app.commands.addCommand(command, {
    label: called,
    caption,
    icon: skillIcon,
    describedBy: { args: argsOf(all) },
    execute: async args => {
      const given = paramsOf(args, Object.keys(all));
      const skill = given.skill ?? (await pickSkill(client, trans, {}, isOwn, nothing));
      if (!skill) {
        return undefined;
      }
      const params: Params = { ...given, skill };
      if (!shell) {
        return app.commands.execute(CommandIds.showPageInPanel, { view, ...params });
      }
      const page: Page = { id: `${id}-${skill}`, view, label: label(skill), icon: skillIcon };
      const found = tabs.find(tab => tab.params.skill === skill);
      // What it is opened with is worth more than what was looked at there, not than what is written there.
      if (found && !found.closing.held && (params.message || params.prompt || params.test)) {
        found.choose(params);
      }
      return tabs.show(found, () => new UnsavedTab(client, host, trans, page, params));
    }
  });
  place.offer(command);
  tabs.restore();
}
