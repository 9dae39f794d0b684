/**
 * The library and the pages of skills in tabs of the main area, restored after a reload with what was chosen in them.
 *
 * There is one library and one tab a skill: opening it again shows it. Notebook 7 has no room for them in its main
 * area; there the panel shows them.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host, Unsaved } from '../views/host';
import { ClosingGuard } from './closing';
import { hostIn } from './host';
import { skillIcon } from './icon';
import { CATEGORY, CommandIds, PACKAGE } from './ids';
import { ViewWidget } from './viewWidget';

type Params = { readonly [name: string]: string };
type Args = { readonly [name: string]: unknown };

const LIBRARY_ID = 'workbench-skills';
const SKILL_ID = 'workbench-skill-';

export const skillsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:skills`,
  description: 'Opens the library of skills, and the page of each.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ILauncher, ITranslator, IWorkbenchPreferences],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    translator: ITranslator | null,
    preferences: IWorkbenchPreferences | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('workbench');
    const tabs = new Tabs(app, client, hostIn('page', app.commands, preferences), trans);
    const inPanel = (args: Params): Promise<unknown> =>
      app.commands.execute(CommandIds.showSkillsInPanel, { ...args });
    app.commands.addCommand(CommandIds.openSkills, {
      label: args => (args.isLauncher ? trans.__('Skills') : trans.__('Open Skills')),
      caption: trans.__('See, make and change agent skills'),
      icon: skillIcon,
      describedBy: { args: SKILLS_ARGS },
      execute: args => (shell ? tabs.library(paramsIn(args)) : inPanel({}))
    });
    app.commands.addCommand(CommandIds.newSkill, {
      label: trans.__('New Skill'),
      caption: trans.__('Make an agent skill'),
      icon: skillIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => (shell ? tabs.library({ new: 'yes' }) : inPanel({}))
    });
    app.commands.addCommand(CommandIds.openSkill, {
      label: trans.__('Open a Skill'),
      icon: skillIcon,
      describedBy: { args: SKILL_ARGS },
      execute: args => {
        const skill = text(args.skill);
        if (!skill) {
          return app.commands.execute(CommandIds.openSkills);
        }
        return shell ? tabs.skill(skill, text(args.part)) : inPanel({ skill });
      }
    });
    for (const command of [CommandIds.openSkills, CommandIds.newSkill]) {
      palette?.addItem({ command, category: CATEGORY });
    }
    launcher?.add({
      command: CommandIds.openSkills,
      category: CATEGORY,
      rank: 3,
      args: { isLauncher: true }
    });
    if (shell && restorer) {
      tabs.restore(restorer);
    }
  }
};

/** The tabs that are open. */
class Tabs {
  private readonly libraries = new WidgetTracker<Tab>({ namespace: 'workbench-skills' });
  private readonly skills = new WidgetTracker<Tab>({ namespace: 'workbench-skill' });

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly client: Client,
    private readonly host: Host,
    private readonly trans: TranslationBundle
  ) {}

  library(params: Params): void {
    const found = this.libraries.find(() => true);
    if (found && Object.keys(params).length) {
      found.choose(params);
    }
    this.show(this.libraries, found, () =>
      this.make(LIBRARY_ID, { view: 'skills', params }, this.trans.__('Skills'))
    );
  }

  skill(skill: string, part: string): void {
    const found = this.skills.find(tab => tab.params.skill === skill);
    // What is typed there and not saved is worth more than the part that was asked for.
    if (found && part && found.params.part !== part && !found.closing.held) {
      found.choose({ skill, part });
    }
    const params: Params = part ? { skill, part } : { skill };
    this.show(this.skills, found, () => this.make(SKILL_ID + skill, { view: 'skill', params }, skill));
  }

  restore(restorer: ILayoutRestorer): void {
    const { openSkills, openSkill } = CommandIds;
    void restorer.restore(this.libraries, {
      command: openSkills,
      args: tab => tab.params,
      name: tab => tab.id
    });
    void restorer.restore(this.skills, { command: openSkill, args: tab => tab.params, name: tab => tab.id });
  }

  private show(tracker: WidgetTracker<Tab>, found: Tab | undefined, make: () => Tab): void {
    const tab = found ?? make();
    if (!found) {
      void tracker.add(tab);
      this.app.shell.add(tab, 'main', { type: 'Workbench' });
    }
    this.app.shell.activateById(tab.id);
  }

  private make(id: string, view: View, label: string): Tab {
    const tracker = view.view === 'skill' ? this.skills : this.libraries;
    const tab = new Tab(this.client, this.host, id, view, label, this.trans);
    tab.changed = () => void tracker.save(tab);
    return tab;
  }
}

class Tab extends MainAreaWidget<ViewWidget> {
  params: Params;
  /** What it shows is another thing from now on. */
  changed: () => void = () => undefined;
  readonly closing: ClosingGuard;
  private readonly own: Host;

  constructor(
    client: Client,
    host: Host,
    id: string,
    private readonly view: View,
    label: string,
    trans: TranslationBundle
  ) {
    const keep = ({ params: next }: View): void => {
      this.params = next ?? {};
      if (next?.skill) {
        // It was renamed: a skill that gets its old name has a tab of its own.
        this.id = SKILL_ID + next.skill;
        this.title.label = next.skill;
      }
      this.changed();
    };
    // What a place can do is asked when the view is mounted, so it is inherited, not copied.
    const unsaved = (work: Unsaved | null): void => this.closing.hold(work);
    const own = Object.create(host, { keep: { value: keep }, unsaved: { value: unsaved } }) as Host;
    super({ content: new ViewWidget(client, view, own) });
    this.own = own;
    this.closing = new ClosingGuard(this, trans);
    this.params = view.params ?? {};
    this.id = id;
    this.title.label = label;
    this.title.icon = skillIcon;
    this.title.closable = true;
    this.toolbar.hide();
  }

  /** Shows what the parameters say instead of what was chosen. */
  choose(params: Params): void {
    this.params = params;
    this.content.replace({ ...this.view, params }, this.own);
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const NAMES = ['query', 'sort', 'layout', 'source', 'status', 'loads', 'check', 'trust', 'purpose', 'tag'];

function paramsIn(args: Args): Params {
  return Object.fromEntries(NAMES.flatMap(name => (text(args[name]) ? [[name, text(args[name])]] : [])));
}

const SKILLS_ARGS = {
  type: 'object',
  properties: {
    query: { type: 'string', description: 'Words of the name, description, purpose or tags.' },
    tag: { type: 'string', description: 'Only skills with this tag.' },
    sort: { type: 'string', description: 'name, -updated, -created, -tokens, source or status.' },
    layout: { type: 'string', description: 'grid or list.' }
  }
} as const;

const SKILL_ARGS = {
  type: 'object',
  required: ['skill'],
  properties: {
    skill: { type: 'string', description: 'The name of a skill, as skills.list gives it.' },
    part: { type: 'string', description: 'edit, files, history, budget or security.' }
  }
} as const;
