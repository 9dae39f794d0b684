/**
 * Bringing skills in, marketplaces, and where skills are installed: a tab each, restored after a reload.
 *
 * There is one of each: opening it again shows it. Notebook 7 has no room for them in its main area; there the panel
 * shows them.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host } from '../views/host';
import { hostIn } from './host';
import { skillIcon } from './icon';
import { CATEGORY, CommandIds, PACKAGE } from './ids';
import { ViewWidget } from './viewWidget';

type Params = { readonly [name: string]: string };

export const exchangePlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:exchange`,
  description: 'Brings skills in, browses marketplaces, and shows where skills are installed.',
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
    const host = hostIn('page', app.commands, preferences);
    const pages: readonly Page[] = [
      {
        command: CommandIds.importSkills,
        view: 'import',
        names: ['source'],
        label: trans.__('Import Skills'),
        title: trans.__('Import skills'),
        caption: trans.__('Bring skills in from a file, a folder, a repository or a site')
      },
      {
        command: CommandIds.openMarketplace,
        view: 'marketplace',
        names: ['registry'],
        label: trans.__('Browse Skill Marketplaces'),
        title: trans.__('Marketplaces'),
        caption: trans.__('See what marketplaces offer, and what is newer there')
      },
      {
        command: CommandIds.openInstalls,
        view: 'installs',
        names: ['project'],
        label: trans.__('Show Where Skills Are Installed'),
        title: trans.__('Installed skills'),
        caption: trans.__('Put skills where agents look for them, and take them away')
      }
    ];
    for (const page of pages) {
      const tabs = new WidgetTracker<Tab>({ namespace: `workbench-${page.view}` });
      app.commands.addCommand(page.command, {
        label: args => (args.isLauncher ? page.title : page.label),
        caption: page.caption,
        icon: skillIcon,
        describedBy: { args: argsOf(page) },
        execute: args => {
          const params = paramsIn(args, page.names);
          if (!shell) {
            return app.commands.execute(CommandIds.showPageInPanel, { view: page.view, ...params });
          }
          open(app, tabs, params, () => new Tab(client, host, page, params, tab => void tabs.save(tab)));
          return undefined;
        }
      });
      palette?.addItem({ command: page.command, category: CATEGORY });
      if (shell && restorer) {
        void restorer.restore(tabs, {
          command: page.command,
          args: tab => tab.params,
          name: tab => tab.id
        });
      }
    }
    launcher?.add({
      command: CommandIds.importSkills,
      category: CATEGORY,
      rank: 4,
      args: { isLauncher: true }
    });
  }
};

interface Page {
  readonly command: string;
  readonly view: 'import' | 'marketplace' | 'installs';
  /** The parameters that it takes. */
  readonly names: readonly string[];
  readonly label: string;
  readonly title: string;
  readonly caption: string;
}

const SAYS: { readonly [name: string]: string } = {
  source: 'What to look into at once: a folder, an archive, owner/repo or an address.',
  registry: 'The name of a marketplace to browse at once.',
  project: 'The whole path of a project, whose folders are shown.'
};

const argsOf = ({ names }: Page): { readonly [name: string]: never } =>
  ({
    type: 'object',
    properties: Object.fromEntries(names.map(name => [name, { type: 'string', description: SAYS[name] }]))
  }) as unknown as { readonly [name: string]: never };

const paramsIn = (args: { readonly [name: string]: unknown }, names: readonly string[]): Params =>
  Object.fromEntries(
    names.flatMap(name => {
      const value = args[name];
      return typeof value === 'string' && value ? [[name, value]] : [];
    })
  );

function open(app: JupyterFrontEnd, tabs: WidgetTracker<Tab>, params: Params, make: () => Tab): void {
  const found = tabs.find(() => true);
  if (found && Object.keys(params).length) {
    found.choose(params);
  }
  const tab = found ?? make();
  if (!found) {
    void tabs.add(tab);
    app.shell.add(tab, 'main', { type: 'Workbench' });
  }
  app.shell.activateById(tab.id);
}

class Tab extends MainAreaWidget<ViewWidget> {
  params: Params;
  private readonly own: Host;

  constructor(
    client: Client,
    host: Host,
    private readonly page: Page,
    params: Params,
    changed: (tab: Tab) => void
  ) {
    const keep = ({ params: next }: View): void => {
      this.params = next ?? {};
      changed(this);
    };
    // What a place can do is asked when the view is mounted, so it is inherited, not copied.
    const own = Object.create(host, { keep: { value: keep } }) as Host;
    super({ content: new ViewWidget(client, { view: page.view, params }, own) });
    this.own = own;
    // A source is looked into once, not again after each reload.
    this.params = page.view === 'import' ? {} : params;
    this.id = `workbench-${page.view}`;
    this.title.label = page.title;
    this.title.icon = skillIcon;
    this.title.closable = true;
    this.toolbar.hide();
  }

  /** Shows what the parameters say instead of what was chosen. */
  choose(params: Params): void {
    this.params = this.page.view === 'import' ? {} : params;
    this.content.replace({ view: this.page.view, params }, this.own);
  }
}
