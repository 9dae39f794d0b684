import type { CommandRegistry } from '@lumino/commands';
import type { IWorkbenchPreferences } from '../tokens';
import type { Host, Page } from '../views/host';
import { CommandIds } from './ids';

const PAGE_COMMANDS: { readonly [page in Page]: string } = {
  marketplace: CommandIds.openMarketplace,
  installs: CommandIds.openInstalls
};

/** What JupyterLab and Notebook 7 do for a view: sessions open by command, wherever the front end has room for them. */
export function hostIn(
  place: NonNullable<Host['place']>,
  commands: CommandRegistry,
  preferences: IWorkbenchPreferences | null
): Host {
  return {
    place,
    // A chunk of its own: it is fetched when the first chart is shown.
    charts: () => import('../views/usage/vega'),
    // Asked when a view is mounted: the plugin that opens sessions is optional, and may come later than this one.
    get openSession() {
      return commands.hasCommand(CommandIds.openSession)
        ? (session: string, title: string) =>
            void commands.execute(CommandIds.openSession, { session, title })
        : undefined;
    },
    get openSkill() {
      return commands.hasCommand(CommandIds.openSkill)
        ? (skill: string) => void commands.execute(CommandIds.openSkill, { skill })
        : undefined;
    },
    get openPage() {
      return commands.hasCommand(CommandIds.openInstalls)
        ? (page: Page) => void commands.execute(PAGE_COMMANDS[page])
        : undefined;
    },
    get skillsLayout() {
      return preferences?.get().skillsLayout;
    },
    get provider() {
      return preferences?.get().provider || undefined;
    }
  };
}
