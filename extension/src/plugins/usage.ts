/**
 * The usage dashboard in a tab of the main area, restored after a reload with what was chosen in it.
 *
 * There is one: opening it again shows it. Notebook 7 has no room for it in its main area; there the panel shows it.
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
import { usageIcon } from './icon';
import { CATEGORY, CommandIds, PACKAGE } from './ids';
import { ViewWidget } from './viewWidget';

const TAB_ID = 'workbench-usage';

export const usagePlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:usage`,
  description: 'Opens the usage dashboard.',
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
    const tabs = new WidgetTracker<UsageTab>({ namespace: 'workbench-usage' });
    const command = CommandIds.openUsage;
    const open = (params: Params): void => {
      const found = tabs.find(tab => tab.id === TAB_ID);
      if (found && Object.keys(params).length) {
        found.choose(params);
      } else if (!found) {
        const tab = new UsageTab(client, host, params, trans.__('Usage'), () => void tabs.save(tab));
        void tabs.add(tab);
        app.shell.add(tab, 'main', { type: 'Workbench' });
      }
      app.shell.activateById(TAB_ID);
    };
    app.commands.addCommand(command, {
      label: args => (args.isLauncher ? trans.__('Usage') : trans.__('Open Usage Dashboard')),
      caption: trans.__('See what agents have cost'),
      icon: usageIcon,
      describedBy: { args: USAGE_ARGS },
      execute: args =>
        shell
          ? open(paramsIn(args))
          : app.commands.execute(CommandIds.showUsageInPanel, { ...paramsIn(args) })
    });
    palette?.addItem({ command, category: CATEGORY });
    launcher?.add({ command, category: CATEGORY, rank: 2, args: { isLauncher: true } });
    if (shell && restorer) {
      void restorer.restore(tabs, { command, args: tab => tab.params, name: tab => tab.id });
    }
  }
};

type Params = { readonly [name: string]: string };

const NAMES = ['range', 'since', 'until', 'timezone', 'provider', 'project', 'model', 'skill'];

export function paramsIn(args: { readonly [name: string]: unknown }): Params {
  return Object.fromEntries(
    NAMES.flatMap(name => {
      const value = args[name];
      return typeof value === 'string' && value ? [[name, value]] : [];
    })
  );
}

class UsageTab extends MainAreaWidget<ViewWidget> {
  params: Params;
  private readonly own: Host;

  constructor(client: Client, host: Host, params: Params, title: string, changed: () => void) {
    const keep = ({ params: next }: View): void => {
      this.params = next ?? {};
      changed();
    };
    // What a place can do is asked when the view is mounted, so it is inherited, not copied.
    const own = Object.create(host, { keep: { value: keep } }) as Host;
    super({ content: new ViewWidget(client, { view: 'usage', params }, own) });
    this.own = own;
    this.params = params;
    this.id = TAB_ID;
    this.title.label = title;
    this.title.icon = usageIcon;
    this.title.closable = true;
    this.toolbar.hide();
  }

  /** Shows what the parameters say instead of what was chosen. */
  choose(params: Params): void {
    this.params = params;
    this.content.replace({ view: 'usage', params }, this.own);
  }
}

const USAGE_ARGS = {
  type: 'object',
  properties: Object.fromEntries(
    [
      ['range', '7d, 30d, 90d or month; without it 30d.'],
      ['since', 'The first day of a range of its own, as 2026-11-21.'],
      ['until', 'Its last day.'],
      ['timezone', "An IANA name; without it the browser's zone."],
      ['provider', 'Only what this provider bills.'],
      ['project', 'Only this project.'],
      ['model', 'Only this model.'],
      ['skill', 'Only this skill.']
    ].map(([name, description]) => [name, { type: 'string', description }])
  )
} as const;
