/**
 * Sessions in tabs of the main area, restored after a reload.
 *
 * Notebook 7 has room for one document only in its main area and ignores another widget without a word; there the
 * same command shows the session in the side panel.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import { hostIn } from './host';
import { agentIcon } from './icon';
import { CommandIds, PACKAGE } from './ids';
import { SESSION_ARGS } from './panel';
import { ViewWidget } from './viewWidget';

type Tab = MainAreaWidget<ViewWidget>;

const PREFIX = 'workbench-session-';

export const tabPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:tab`,
  description: 'Opens agent sessions in tabs.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [ILabShell, ILayoutRestorer, ITranslator, IWorkbenchPreferences],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    preferences: IWorkbenchPreferences | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('workbench');
    const host = hostIn('page', app.commands, preferences);
    const tabs = new WidgetTracker<Tab>({ namespace: 'workbench-sessions' });
    const open = (session: string, title: string): void => {
      const found = tabs.find(tab => tab.id === PREFIX + session);
      const tab =
        found ??
        makeTab(new ViewWidget(client, { view: 'session', params: { session } }, host), session, title);
      if (!found) {
        void tabs.add(tab);
        app.shell.add(tab, 'main', { type: 'Workbench' });
      }
      app.shell.activateById(tab.id);
    };
    app.commands.addCommand(CommandIds.openSession, {
      label: trans.__('Open an Agent Session'),
      icon: agentIcon,
      describedBy: { args: SESSION_ARGS },
      execute: args => {
        const session = String(args.session ?? '');
        if (shell) {
          open(session, String(args.title ?? '') || trans.__('Agent session'));
        } else {
          void app.commands.execute(CommandIds.showInPanel, { session });
        }
      }
    });
    if (shell && restorer) {
      void restorer.restore(tabs, {
        command: CommandIds.openSession,
        args: tab => ({ session: tab.id.slice(PREFIX.length), title: tab.title.label }),
        name: tab => tab.id
      });
    }
  }
};

function makeTab(content: ViewWidget, session: string, title: string): Tab {
  const tab = new MainAreaWidget({ content });
  tab.id = PREFIX + session;
  tab.title.label = title.length > 32 ? `${title.slice(0, 31)}…` : title;
  tab.title.caption = title;
  tab.title.icon = agentIcon;
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}
