import type { CommandRegistry } from '@lumino/commands';
import type { IWorkbenchPreferences } from '../tokens';
import type { Host } from '../views/host';
import { CommandIds } from './ids';

/** What JupyterLab and Notebook 7 do for a view: sessions open by command, wherever the front end has room for them. */
export function hostIn(
  place: NonNullable<Host['place']>,
  commands: CommandRegistry,
  preferences: IWorkbenchPreferences | null
): Host {
  return {
    place,
    openSession: (session, title) => {
      if (commands.hasCommand(CommandIds.openSession)) {
        void commands.execute(CommandIds.openSession, { session, title });
      }
    },
    get provider() {
      return preferences?.get().provider || undefined;
    }
  };
}
