import { buildingPlugin } from './plugins/building';
import { clientPlugin } from './plugins/client';
import { exchangePlugin } from './plugins/exchange';
import { feedbackPlugin } from './plugins/feedback';
import { launcherPlugin } from './plugins/launcher';
import { mimePlugin } from './plugins/mime';
import { palettePlugin } from './plugins/palette';
import { panelPlugin } from './plugins/panel';
import { settingsPlugin } from './plugins/settings';
import { skillDocumentPlugin } from './plugins/skillDocument';
import { skillsPlugin } from './plugins/skills';
import { statusPlugin } from './plugins/status';
import { tabPlugin } from './plugins/tab';
import { usagePlugin } from './plugins/usage';
import { usageBudgetsPlugin } from './plugins/usageBudgets';
import { workflowPlugin } from './plugins/workflow';

export default [
  clientPlugin,
  mimePlugin,
  settingsPlugin,
  panelPlugin,
  tabPlugin,
  palettePlugin,
  launcherPlugin,
  statusPlugin,
  usagePlugin,
  usageBudgetsPlugin,
  skillsPlugin,
  skillDocumentPlugin,
  exchangePlugin,
  workflowPlugin,
  buildingPlugin,
  feedbackPlugin
];
