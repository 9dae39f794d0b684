/** The left panel: the list of sessions, and whatever has no other place in Notebook 7: a session, the library, a page. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host, Unsaved } from '../views/host';
import { LeavingGuard } from './closing';
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
    const panel = new SessionsPanel(client, hostIn('side', app.commands, preferences), states, trans);
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

/**
 * Shows the list or one session, and remembers which over a reload.
 *
 * Whatever is to be shown instead of what is there, by the way back or by a command, waits until nothing is lost by it.
 */
export class SessionsPanel extends ViewWidget {
  private readonly leaving: LeavingGuard;
  private shown: View = LIST;
  /** What the view that is shown was given: one that is on its way out has nothing to say any more. */
  private given: Host | null = null;

  constructor(
    client: Client,
    private readonly side: Host,
    private readonly states: IStateDB | null,
    trans: TranslationBundle
  ) {
    super(client, LIST, side);
    this.leaving = new LeavingGuard(trans);
    this.node.tabIndex = -1;
    void this.restore();
  }

  showList(): void {
    this.turnTo(LIST, undefined, () => this.remember(null));
  }

  showSession(session: string): void {
    const back = (): void => this.showList();
    this.turnTo({ view: 'session', params: { session } }, back, () => this.remember(session));
  }

  /** Not remembered over a reload: the list is what the panel is for. */
  showUsage(params: { readonly [name: string]: string }): void {
    this.turnTo({ view: 'usage', params }, () => this.showList());
  }

  /** The library, or one skill of it; not remembered either. */
  showSkills(skill: string): void {
    const view: View = skill ? { view: 'skill', params: { skill } } : { view: 'skills' };
    this.turnTo(view, () => (skill ? this.showSkills('') : this.showList()));
  }

  /** Another page, before which the library comes; not remembered either. */
  showPage(view: View): void {
    this.turnTo(view, () => this.showSkills(''));
  }

  private turnTo(view: View, back?: () => void, done?: () => void): void {
    // What is written there comes first: it is what was asked for.
    if (this.leaving.held && isSame(view, this.shown)) {
      return;
    }
    this.leaving.leave(() => {
      const unsaved = (work: Unsaved | null): void => {
        if (this.given === host) {
          this.leaving.hold(work);
        }
      };
      // What a place can do is asked when the view is mounted, so it is inherited, not copied.
      const host = Object.create(this.side, { back: { value: back }, unsaved: { value: unsaved } }) as Host;
      this.shown = view;
      this.given = host;
      const focused = this.node.contains(document.activeElement);
      this.replace(view, host);
      if (focused) {
        // The button that was pressed is gone: the keyboard stays in the panel, before the first thing in it.
        this.node.focus({ preventScroll: true });
      }
      done?.();
    });
  }

  private remember(session: string | null): void {
    void this.states?.save(STATE_KEY, { session });
  }

  private async restore(): Promise<void> {
    const state = (await this.states?.fetch(STATE_KEY)) as { session?: unknown } | null | undefined;
    // Whoever has asked for something meanwhile is shown that.
    if (typeof state?.session === 'string' && !this.isDisposed && !this.given) {
      this.showSession(state.session);
    }
  }
}

/** One page of one skill; what else it is opened with is less than what is written there. */
const isSame = (one: View, other: View): boolean =>
  one.view === other.view && one.params?.skill === other.params?.skill;
