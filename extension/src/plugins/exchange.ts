/**
 * Bringing skills in, marketplaces, and where skills are installed: one tab each; where there is no room for tabs, the
 * panel shows them.
 */
import { skillIcon } from './icon';
import { CommandIds } from './ids';
import { argsOf, PageTab, pagesPlugin, paramsOf, Tabs, type Page, type Params } from './pages';

export const exchangePlugin = pagesPlugin(
  'exchange',
  'Brings skills in, browses marketplaces, and shows where skills are installed.',
  place => {
    const { app, client, host, shell, trans } = place;
    const declare = ({ command, says, called, caption, rank, ...rest }: Declared): void => {
      const page: Page = { ...rest, id: `workbench-${rest.view}`, icon: skillIcon };
      const tabs = new Tabs<PageTab>(place, page.id, command);
      app.commands.addCommand(command, {
        label: args => (args.isLauncher ? page.label : called),
        caption,
        icon: skillIcon,
        describedBy: { args: argsOf(says) },
        execute: args => {
          const params = paramsOf(args, Object.keys(says));
          return shell
            ? tabs.showOne(params, () => new PageTab(client, host, page, params))
            : app.commands.execute(CommandIds.showPageInPanel, { view: page.view, ...params });
        }
      });
      place.offer(command, rank);
      tabs.restore();
    };
    declare({
      command: CommandIds.importSkills,
      view: 'import',
      says: { source: 'What to look into at once: a folder, an archive, owner/repo or an address.' },
      called: trans.__('Import Skills'),
      label: trans.__('Import skills'),
      caption: trans.__('Bring skills in from a file, a folder, a repository or a site'),
      // A source is looked into once, not again after each reload.
      once: true,
      rank: 4
    });
    declare({
      command: CommandIds.openMarketplace,
      view: 'marketplace',
      says: { registry: 'The name of a marketplace to browse at once.' },
      called: trans.__('Browse Skill Marketplaces'),
      label: trans.__('Marketplaces'),
      caption: trans.__('See what marketplaces offer, and what is newer there')
    });
    declare({
      command: CommandIds.openInstalls,
      view: 'installs',
      says: { project: 'The whole path of a project, whose folders are shown.' },
      called: trans.__('Show Where Skills Are Installed'),
      label: trans.__('Installed skills'),
      caption: trans.__('Put skills where agents look for them, and take them away')
    });
  }
);

interface Declared extends Pick<Page, 'view' | 'label' | 'once'> {
  readonly command: string;
  /** The parameters that it takes. */
  readonly says: Params;
  /** What the command is called; its tab and its card have a shorter name. */
  readonly called: string;
  readonly caption: string;
  /** Where its card stands in the launcher, if it has one. */
  readonly rank?: number;
}
