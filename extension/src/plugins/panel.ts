/** The left panel: the list of sessions, and one session where there is no other place for it (Notebook 7). */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host } from '../views/host';
import { hostIn } from './host';
import { agentIcon } from './icon';
import { CommandIds, PACKAGE, PANEL_ID } from './ids';
import { paramsIn } from './usage';
import { ViewWidget } from './viewWidget';

const LIST: View = { view: 'sessions' };
const RANK = 350;

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:panel`,
  description: 'Lists agent sessions in the left panel.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [ILayoutRestorer, IStateDB, ITranslator, IWorkbenchPreferences],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    restorer: ILayoutRestorer | null,
    states: IStateDB | null,
    translator: ITranslator | null,
    preferences: IWorkbenchPreferences | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('workbench');
    const panel = new SessionsPanel(client, hostIn('side', app.commands, preferences), states);
    panel.id = PANEL_ID;
    panel.title.icon = agentIcon;
    panel.title.caption = trans.__('Agent sessions');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', trans.__('Agent sessions'));
    restorer?.add(panel, PANEL_ID);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Workbench' });
    const show = (): void => app.shell.activateById(PANEL_ID);
    app.commands.addCommand(CommandIds.showPanel, {
      label: trans.__('Show Agent Sessions'),
      icon: agentIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        panel.showList();
        show();
      }
    });
    app.commands.addCommand(CommandIds.showInPanel, {
      label: trans.__('Show an Agent Session in the Side Panel'),
      describedBy: { args: SESSION_ARGS },
      execute: args => {
        panel.showSession(String(args.session ?? ''));
        show();
      }
    });
    app.commands.addCommand(CommandIds.showUsageInPanel, {
      label: trans.__('Show Usage in the Side Panel'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: args => {
        panel.showUsage(paramsIn(args));
        show();
      }
    });
    app.commands.addCommand(CommandIds.showSkillsInPanel, {
      label: trans.__('Show Skills in the Side Panel'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: args => {
        panel.showSkills(typeof args.skill === 'string' ? args.skill : '');
        show();
      }
    });
    app.commands.addCommand(CommandIds.showPageInPanel, {
      label: trans.__('Show a Page in the Side Panel'),
      describedBy: { args: { type: 'object', properties: { view: { type: 'string' } } } },
      execute: ({ view, ...params }) => {
        panel.showPage({ view: String(view), params: params as { [name: string]: string } });
        show();
      }
    });
  }
};

export const SESSION_ARGS = {
  type: 'object',
  required: ['session'],
  properties: {
    session: { type: 'string', description: 'The id of a session, as sessions.list gives it.' },
    title: { type: 'string', description: 'What the tab is called.' }
  }
} as const;

const STATE_KEY = 'workbench:panel';

/** Shows the list or one session, and remembers which over a reload. */
export class SessionsPanel extends ViewWidget {
  constructor(
    client: Client,
    private readonly side: Host,
    private readonly states: IStateDB | null
  ) {
    super(client, LIST, side);
    void this.restore();
  }

  showList(): void {
    this.replace(LIST, this.side);
    this.remember(null);
  }

  showSession(session: string): void {
    this.replace({ view: 'session', params: { session } }, { ...this.side, back: () => this.showList() });
    this.remember(session);
  }

  /** Not remembered over a reload: the list is what the panel is for. */
  showUsage(params: { readonly [name: string]: string }): void {
    this.replace({ view: 'usage', params }, { ...this.side, back: () => this.showList() });
  }

  /** The library, or one skill of it; not remembered either. */
  showSkills(skill: string): void {
    const view: View = skill ? { view: 'skill', params: { skill } } : { view: 'skills' };
    const back = (): void => (skill ? this.showSkills('') : this.showList());
    this.replace(view, Object.create(this.side, { back: { value: back } }) as Host);
  }

  /** Another page, before which the library comes; not remembered either. */
  showPage(view: View): void {
    this.replace(
      view,
      Object.create(this.side, { back: { value: (): void => this.showSkills('') } }) as Host
    );
  }

  private remember(session: string | null): void {
    void this.states?.save(STATE_KEY, { session });
  }

  private async restore(): Promise<void> {
    const state = (await this.states?.fetch(STATE_KEY)) as { session?: unknown } | null | undefined;
    if (typeof state?.session === 'string' && !this.isDisposed) {
      this.showSession(state.session);
    }
  }
}
