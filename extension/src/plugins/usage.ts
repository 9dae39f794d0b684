/** The usage dashboard: one tab; where there is no room for tabs, the panel shows it. */
import { usageIcon } from './icon';
import { CommandIds } from './ids';
import { argsOf, PageTab, pagesPlugin, paramsOf, Tabs, type Args, type Page, type Params } from './pages';

export const usagePlugin = pagesPlugin('usage', 'Opens the usage dashboard.', place => {
  const { app, client, host, shell, trans } = place;
  const command = CommandIds.openUsage;
  const page: Page = { id: 'workbench-usage', view: 'usage', label: trans.__('Usage'), icon: usageIcon };
  const tabs = new Tabs<PageTab>(place, 'workbench-usage', command);
  app.commands.addCommand(command, {
    label: args => (args.isLauncher ? page.label : trans.__('Open Usage Dashboard')),
    caption: trans.__('See what agents have cost'),
    icon: usageIcon,
    describedBy: { args: argsOf(SAYS) },
    execute: args => {
      const params = paramsIn(args);
      return shell
        ? tabs.showOne(params, () => new PageTab(client, host, page, params))
        : app.commands.execute(CommandIds.showUsageInPanel, { ...params });
    }
  });
  place.offer(command, 2);
  tabs.restore();
});

const SAYS: Params = {
  range: '7d, 30d, 90d or month; without it 30d.',
  since: 'The first day of a range of its own, as 2026-11-21.',
  until: 'Its last day.',
  timezone: "An IANA name; without it the browser's zone.",
  provider: 'Only what this provider bills.',
  project: 'Only this project.',
  model: 'Only this model.',
  skill: 'Only this skill.'
};

export const paramsIn = (args: Args): Params => paramsOf(args, Object.keys(SAYS));
