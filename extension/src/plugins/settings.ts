/** Hands on what a person chose in the settings editor. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Value } from '../client/client';
import { DEFAULTS, IWorkbenchPreferences, type Preferences } from '../tokens';
import { PACKAGE } from './ids';
// The settings editor looks the icon up by name.
import './icon';

export const settingsPlugin: JupyterFrontEndPlugin<IWorkbenchPreferences> = {
  id: `${PACKAGE}:plugin`,
  description: 'The settings of the views.',
  autoStart: true,
  provides: IWorkbenchPreferences,
  requires: [ISettingRegistry],
  activate: (_: JupyterFrontEnd, registry: ISettingRegistry): IWorkbenchPreferences => {
    const preferences = new Value<Preferences>(DEFAULTS);
    const apply = (settings: ISettingRegistry.ISettings): void => {
      const chosen = { ...DEFAULTS, ...(settings.composite as Partial<Preferences>) };
      preferences.set(chosen);
      document.documentElement.style.setProperty(
        '--wb-cell-height',
        `min(${Number(chosen.cellHeight)}px, 80vh)`
      );
    };
    registry.load(settingsPlugin.id).then(
      settings => {
        apply(settings);
        settings.changed.connect(apply);
      },
      reason => console.error(`${PACKAGE}: the settings could not be read; the defaults hold.`, reason)
    );
    return preferences;
  }
};
