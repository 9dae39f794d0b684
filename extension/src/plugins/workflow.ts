/** How a skill is built, step by step: one tab a skill; where there is no room for tabs, the panel shows it. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { skillIcon } from './icon';
import { CommandIds } from './ids';
import { Inserting } from './insert';
import { argsOf, pagesPlugin, paramsOf, Tabs, type Params } from './pages';
import { pickSkill } from './pickSkill';
import { UnsavedTab } from './unsavedTab';

const ID = 'workbench-workflow-';

export const workflowPlugin = pagesPlugin('workflow', 'Builds skills step by step.', place => {
  const { app, client, host, shell, trans } = place;
  const tabs = new Tabs<UnsavedTab>(place, 'workbench-workflow', CommandIds.openWorkflow);
  const nothing = (): void =>
    void showDialog({
      title: trans.__('No skill is being built'),
      body: trans.__('Make a new skill first.'),
      buttons: [Dialog.okButton()]
    });
  app.commands.addCommand(CommandIds.openWorkflow, {
    label: trans.__('Build a Skill Step by Step'),
    caption: trans.__('Research, answer, decide and write: the workflow of a skill'),
    icon: skillIcon,
    describedBy: { args: argsOf(SAYS) },
    execute: async args => {
      const given = paramsOf(args, Object.keys(SAYS));
      const skill =
        given.skill ?? (await pickSkill(client, trans, { source: ['skill-builder'] }, () => true, nothing));
      if (!skill) {
        return undefined;
      }
      const params: Params = { ...given, skill };
      if (!shell) {
        return app.commands.execute(CommandIds.showPageInPanel, { view: 'workflow', ...params });
      }
      const page = { id: ID + skill, view: 'workflow', label: skill, icon: skillIcon } as const;
      const found = tabs.find(tab => tab.params.skill === skill);
      return tabs.show(found, () => {
        const tab = new UnsavedTab(client, host, trans, page, params);
        tab.title.caption = trans.__('Building %1', skill);
        return tab;
      });
    }
  });
  const inserting = new Inserting(app);
  app.commands.addCommand(CommandIds.insertCell, {
    label: trans.__('Insert a Cell into the Notebook That Was Used Last'),
    describedBy: { args: argsOf({ source: 'What is to stand in the cell.' }) },
    execute: ({ source }) => inserting.insert(String(source ?? ''))
  });
  place.offer(CommandIds.openWorkflow);
  tabs.restore();
});

const SAYS: Params = {
  skill: 'The name of a skill that is built by a workflow; without it a person is asked.',
  step: 'The key of the step to show.'
};
