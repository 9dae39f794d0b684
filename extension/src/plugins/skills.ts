/**
 * The library and the pages of skills: one tab of the library, and one a skill; where there is no room for tabs, the
 * panel shows them.
 */
import { skillIcon } from './icon';
import { CommandIds } from './ids';
import { argsOf, pagesPlugin, paramsOf, Tabs, type Params, type Place } from './pages';
import { UnsavedTab } from './unsavedTab';

const LIBRARY_ID = 'workbench-skills';
const SKILL_ID = 'workbench-skill-';

export const skillsPlugin = pagesPlugin(
  'skills',
  'Opens the library of skills, and the page of each.',
  place => {
    const { app, shell, trans } = place;
    const tabs = new SkillTabs(place);
    const inPanel = (args: Params): Promise<unknown> =>
      app.commands.execute(CommandIds.showSkillsInPanel, { ...args });
    app.commands.addCommand(CommandIds.openSkills, {
      label: args => (args.isLauncher ? trans.__('Skills') : trans.__('Open Skills')),
      caption: trans.__('See, make and change agent skills'),
      icon: skillIcon,
      describedBy: { args: argsOf(SKILLS_SAYS) },
      execute: args => (shell ? tabs.showLibrary(paramsOf(args, NAMES)) : inPanel({}))
    });
    app.commands.addCommand(CommandIds.newSkill, {
      label: trans.__('New Skill'),
      caption: trans.__('Make an agent skill'),
      icon: skillIcon,
      describedBy: { args: argsOf({}) },
      execute: () => (shell ? tabs.showLibrary({ new: 'yes' }) : inPanel({}))
    });
    app.commands.addCommand(CommandIds.openSkill, {
      label: trans.__('Open a Skill'),
      icon: skillIcon,
      describedBy: { args: { ...argsOf(SKILL_SAYS), required: ['skill'] } },
      execute: args => {
        const { skill, part = '' } = paramsOf(args, Object.keys(SKILL_SAYS));
        if (!skill) {
          return app.commands.execute(CommandIds.openSkills);
        }
        return shell ? tabs.showSkill(skill, part) : inPanel({ skill });
      }
    });
    place.offer(CommandIds.openSkills, 3);
    place.offer(CommandIds.newSkill);
    tabs.restore();
  }
);

/** The tabs that are open. */
class SkillTabs {
  private readonly libraries: Tabs<SkillTab>;
  private readonly skills: Tabs<SkillTab>;

  constructor(private readonly place: Place) {
    this.libraries = new Tabs(place, 'workbench-skills', CommandIds.openSkills);
    this.skills = new Tabs(place, 'workbench-skill', CommandIds.openSkill);
  }

  showLibrary(params: Params): void {
    const { client, host, trans } = this.place;
    const page = { id: LIBRARY_ID, view: 'skills', label: trans.__('Skills'), icon: skillIcon } as const;
    this.libraries.showOne(params, () => new SkillTab(client, host, trans, page, params));
  }

  showSkill(skill: string, part: string): void {
    const { client, host, trans } = this.place;
    const params: Params = part ? { skill, part } : { skill };
    const found = this.skills.find(tab => tab.params.skill === skill);
    // What is typed there and not saved is worth more than the part that was asked for.
    if (found && part && found.params.part !== part && !found.closing.held) {
      found.choose(params);
    }
    const page = { id: SKILL_ID + skill, view: 'skill', label: skill, icon: skillIcon } as const;
    this.skills.show(found, () => new SkillTab(client, host, trans, page, params));
  }

  restore(): void {
    this.libraries.restore();
    this.skills.restore();
  }
}

class SkillTab extends UnsavedTab {
  protected override keep(params: Params): void {
    if (params.skill) {
      // It was renamed: a skill that gets its old name has a tab of its own.
      this.id = SKILL_ID + params.skill;
      this.title.label = params.skill;
    }
    super.keep(params);
  }
}

const NAMES = ['query', 'sort', 'layout', 'source', 'status', 'loads', 'check', 'trust', 'purpose', 'tag'];

const SKILLS_SAYS: Params = {
  query: 'Words of the name, description, purpose or tags.',
  tag: 'Only skills with this tag.',
  sort: 'name, -updated, -created, -tokens, source or status.',
  layout: 'grid or list.'
};

const SKILL_SAYS: Params = {
  skill: 'The name of a skill, as skills.list gives it.',
  part: 'edit, files, history, budget or security.'
};
