import type { CommandRegistry } from '@lumino/commands';
import type { Evidence } from '../protocol';
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
    get openWorkflow() {
      return commands.hasCommand(CommandIds.openWorkflow)
        ? (skill: string) => void commands.execute(CommandIds.openWorkflow, { skill })
        : undefined;
    },
    get openRefine() {
      return commands.hasCommand(CommandIds.refineSkill)
        ? (skill: string, message?: string) =>
            void commands.execute(CommandIds.refineSkill, message ? { skill, message } : { skill })
        : undefined;
    },
    get openTest() {
      return commands.hasCommand(CommandIds.testSkill)
        ? (skill: string) => void commands.execute(CommandIds.testSkill, { skill })
        : undefined;
    },
    get openNewSkill() {
      return commands.hasCommand(CommandIds.beginSkill)
        ? () => void commands.execute(CommandIds.beginSkill)
        : undefined;
    },
    get cells() {
      return commands.hasCommand(CommandIds.selectedCells)
        ? async () => (await commands.execute(CommandIds.selectedCells)) as readonly Evidence[]
        : undefined;
    },
    get insertCell() {
      return commands.hasCommand(CommandIds.insertCell)
        ? async (source: string) =>
            (await commands.execute(CommandIds.insertCell, { source })) as string | null
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
