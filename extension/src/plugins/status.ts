/** The status bar: how many agents are at work, and what today has cost. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import type { Client } from '../client/client';
import { money } from '../components/format';
import { IWorkbenchClient } from '../tokens';
import { CommandIds, PACKAGE } from './ids';

export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:status`,
  description: 'Shows running agents and the cost of today in the status bar.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (bar) {
      const trans = (translator ?? nullTranslator).load('workbench');
      const item = new StatusItem(client, trans, () => open(app.commands));
      bar.registerStatusItem(statusPlugin.id, { item, align: 'left', rank: 100 });
    }
  }
};

/** The dashboard, or the sessions where there is none. */
function open(commands: CommandRegistry): void {
  const { openUsage, showPanel } = CommandIds;
  void commands.execute(commands.hasCommand(openUsage) ? openUsage : showPanel);
}

/** The one event of the topic `status`. */
export interface StatusRow {
  running: number;
  /** What runs of Workbench have cost. */
  cost_today: string | null;
  /** What all agents of this machine have cost, as the daily report has it; null until transcripts were counted. */
  cost_today_all: string | null;
  currency: string;
}

/** `running` agents and what today has cost, in words. */
export function statusText(row: StatusRow, trans: TranslationBundle): string {
  const { running, cost_today: cost, cost_today_all: whole } = row;
  const words = [running ? trans._n('%1 agent', '%1 agents', running) : trans.__('No agent')];
  if (cost !== null) {
    words.push(trans.__('%1 today', money(cost)));
  }
  if (whole !== null && whole !== cost) {
    words.push(trans.__('%1 with all agents', money(whole)));
  }
  return words.join(' · ');
}

export class StatusItem extends Widget {
  constructor(client: Client, trans: TranslationBundle, onClick: () => void) {
    super();
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'wb-status-item';
    button.title = trans.__(
      "Running agents, and the estimated cost of today: of Workbench's runs, and of all agents on this machine. Opens the usage dashboard."
    );
    button.addEventListener('click', onClick);
    this.node.append(button);
    const show = (row: StatusRow): void => {
      button.textContent = statusText(row, trans);
    };
    show({ running: 0, cost_today: null, cost_today_all: null, currency: 'USD' });
    const subscription = client.subscribe(
      'status',
      0,
      ({ events }) => events.length && show(events[events.length - 1] as StatusRow),
      failure => (button.textContent = trans.__('Agents: %1', failure.message))
    );
    this.disposed.connect(() => subscription.dispose());
  }
}
