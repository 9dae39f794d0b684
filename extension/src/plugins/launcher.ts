/** A card in the launcher. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';
import { CommandIds, PACKAGE } from './ids';

export const launcherPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:launcher`,
  description: 'A launcher card that starts an agent session.',
  autoStart: true,
  optional: [ILauncher],
  activate: (_: JupyterFrontEnd, launcher: ILauncher | null): void => {
    launcher?.add({
      command: CommandIds.newSession,
      category: 'Workbench',
      rank: 1,
      args: { isLauncher: true }
    });
  }
};
