/**
 * Says once that a budget is near its end, and once that it is used up: once a day or month, also over reloads.
 *
 * It looks when the page opens, when an agent has ended, when transcripts were imported, and now and then; without a budget
 * nothing is counted.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { failureOf, type Client } from '../client/client';
import { money } from '../components/format';
import { IWorkbenchClient } from '../tokens';
import { loadBudgets, type Budget } from '../views/usage/budget';
import { ownZone } from '../views/usage/zones';
import { CommandIds, PACKAGE } from './ids';

const AGAIN_MS = 10 * 60_000;
/** Several things end at once: one look is enough for all. */
const GATHER_MS = 2_000;

export const usageBudgetsPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:usage-budgets`,
  description: 'Notifies when a budget is nearly used up, and when it is.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, client: IWorkbenchClient, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('workbench');
    const memory = new Memory(`workbench:budgets:${app.serviceManager.serverSettings.baseUrl}`);
    const watch = new BudgetWatch(client, memory, budget => notify(budget, trans, app));
    void app.restored.then(() => watch.start());
  }
};

function notify(budget: Budget, trans: TranslationBundle, app: JupyterFrontEnd): void {
  const [spent, limit] = [money(budget.spent), money(budget.limit)];
  const today = budget.period === 'day';
  const actions = [
    { label: trans.__('Open usage'), callback: () => void app.commands.execute(CommandIds.openUsage) }
  ];
  if (budget.level === 'over') {
    const sentence = today
      ? trans.__("Today's budget is used up: %1 of %2 (estimate).", spent, limit)
      : trans.__("This month's budget is used up: %1 of %2 (estimate).", spent, limit);
    Notification.error(sentence, { autoClose: false, actions });
  } else {
    const sentence = today
      ? trans.__("80 % of today's budget is used: %1 of %2 (estimate).", spent, limit)
      : trans.__("80 % of this month's budget is used: %1 of %2 (estimate).", spent, limit);
    Notification.warning(sentence, { autoClose: false, actions });
  }
}

/** The highest level that was said, by period and limit. */
type Told = { [budget: string]: number };

const LEVELS: readonly Budget['level'][] = ['none', 'near', 'over'];

/** Another limit is another budget: of a raised one is told anew. */
const keyOf = ({ period, since, limit }: Budget): string => `${period}/${since}/${limit}`;

/** Which of the budgets are news, and what has then been said; periods that are over are forgotten. */
export function news(budgets: readonly Budget[], told: Told): { fresh: Budget[]; told: Told } {
  const of = (budget: Budget): number => LEVELS.indexOf(budget.level);
  const before = (budget: Budget): number => told[keyOf(budget)] ?? 0;
  return {
    fresh: budgets.filter(budget => of(budget) > before(budget)),
    told: Object.fromEntries(
      budgets.map(budget => [keyOf(budget), Math.max(of(budget), before(budget))] as const)
    )
  };
}

/**
 * What was said, kept by the browser: the tabs of a page's workspaces share it, so only one of them says a thing. Where the
 * browser keeps nothing, this page remembers.
 */
export class Memory {
  private told: Told = {};

  constructor(private readonly key: string) {}

  read(): Told {
    try {
      return (JSON.parse(localStorage.getItem(this.key) ?? 'null') as Told | null) ?? this.told;
    } catch {
      return this.told;
    }
  }

  write(told: Told): void {
    this.told = told;
    try {
      localStorage.setItem(this.key, JSON.stringify(told));
    } catch {
      // A private window, or a full store: what this page remembers will do.
    }
  }
}

export class BudgetWatch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private refresh = false;

  constructor(
    private readonly client: Client,
    private readonly memory: Pick<Memory, 'read' | 'write'>,
    private readonly say: (budget: Budget) => void
  ) {}

  start(): void {
    const follow = (topic: string, refresh: boolean): void => {
      this.client.subscribe(
        topic,
        0,
        () => this.soon(GATHER_MS, refresh),
        () => undefined
      );
    };
    follow('status', true);
    // News of an import are no reason for another one.
    follow('usage', false);
    this.soon(GATHER_MS, true);
    setInterval(() => this.soon(0, true), AGAIN_MS);
  }

  async look(refresh: boolean): Promise<void> {
    const budgets = await loadBudgets(this.client, ownZone(), refresh);
    if (budgets.length) {
      const { fresh, told } = news(budgets, this.memory.read());
      this.memory.write(told);
      fresh.forEach(this.say);
    }
  }

  /** Looks in a moment. A look that is due already will do, for news that never pause must not put it off for ever. */
  private soon(ms: number, refresh: boolean): void {
    this.refresh ||= refresh;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const refreshing = this.refresh;
      this.refresh = false;
      this.look(refreshing).catch(error =>
        console.warn(`${PACKAGE}: budgets could not be looked at.`, failureOf(error).message)
      );
    }, ms);
  }
}
