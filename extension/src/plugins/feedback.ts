/** What a person has to say about Workbench: in the palette and in the Help menu (which the settings' schema says). */
import { agentIcon } from './icon';
import { CommandIds } from './ids';
import { argsOf, pagesPlugin, Tabs, type Page } from './pages';
import { UnsavedTab } from './unsavedTab';

export const feedbackPlugin = pagesPlugin('feedback', 'Takes feedback about Workbench.', place => {
  const { app, client, host, shell, trans } = place;
  const page: Page = {
    id: 'workbench-feedback',
    view: 'feedback',
    label: trans.__('Feedback'),
    icon: agentIcon
  };
  const tabs = new Tabs<UnsavedTab>(place, page.id, CommandIds.sendFeedback);
  app.commands.addCommand(CommandIds.sendFeedback, {
    label: trans.__('Send Feedback about Workbench'),
    caption: trans.__('Say what is wrong or what you wish for; you see what is sent before it is'),
    describedBy: { args: argsOf({}) },
    execute: () =>
      shell
        ? tabs.showOne({}, () => new UnsavedTab(client, host, trans, page, {}))
        : app.commands.execute(CommandIds.showPageInPanel, { view: page.view })
  });
  place.offer(CommandIds.sendFeedback);
  tabs.restore();
});
