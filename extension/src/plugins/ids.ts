/** Names that plugins share: of commands, of places, and of plugins themselves. */
export const PACKAGE = '@jupyter-workbench/lab';
export const VIEW_MIME = 'application/vnd.workbench.view+json';
export const PANEL_ID = 'workbench-panel';
export const CATEGORY = 'Workbench';

export const CommandIds = {
  newSession: 'workbench:new-session',
  openSession: 'workbench:open-session',
  showPanel: 'workbench:show-panel',
  showInPanel: 'workbench:show-in-panel',
  stopSession: 'workbench:stop-session',
  endSession: 'workbench:end-session',
  openUsage: 'workbench:open-usage',
  showUsageInPanel: 'workbench:show-usage-in-panel',
  openSkills: 'workbench:open-skills',
  openSkill: 'workbench:open-skill',
  newSkill: 'workbench:new-skill',
  openWorkflow: 'workbench:open-workflow',
  beginSkill: 'workbench:begin-skill',
  refineSkill: 'workbench:refine-skill',
  testSkill: 'workbench:test-skill',
  selectedCells: 'workbench:selected-cells',
  insertCell: 'workbench:insert-cell',
  showSkillsInPanel: 'workbench:show-skills-in-panel',
  importSkills: 'workbench:import-skills',
  openMarketplace: 'workbench:open-marketplace',
  openInstalls: 'workbench:open-installs',
  sendFeedback: 'workbench:send-feedback',
  showPageInPanel: 'workbench:show-page-in-panel'
} as const;
