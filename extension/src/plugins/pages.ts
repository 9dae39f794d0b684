/**
 * Pages in tabs of the main area, restored after a reload with what was chosen in them.
 *
 * Opening a page that is open shows it. Notebook 7 has no room for pages in its main area, and so no shell here: what a
 * command does then is its plugin's to say.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host } from '../views/host';
import { hostIn } from './host';
import { CATEGORY, PACKAGE } from './ids';
import { ViewWidget } from './viewWidget';

export type Params = { readonly [name: string]: string };
export type Args = { readonly [name: string]: unknown };

/** Where pages live, and what they are given. */
export interface Place {
  readonly app: JupyterFrontEnd;
  readonly client: Client;
  readonly host: Host;
  readonly trans: TranslationBundle;
  /** Null: there is no room in the main area. */
  readonly shell: ILabShell | null;
  readonly restorer: ILayoutRestorer | null;
  /** Offers a command in the palette, and on a card of the launcher at `rank`. */
  offer(command: string, rank?: number): void;
}

/** A plugin that declares pages. */
export function pagesPlugin(
  name: string,
  description: string,
  start: (place: Place) => void
): JupyterFrontEndPlugin<void> {
  return {
    id: `${PACKAGE}:${name}`,
    description,
    autoStart: true,
    requires: [IWorkbenchClient],
    optional: [ILabShell, ILayoutRestorer, ICommandPalette, ILauncher, ITranslator, IWorkbenchPreferences],
    activate: (
      app: JupyterFrontEnd,
      client: IWorkbenchClient,
      shell: ILabShell | null,
      restorer: ILayoutRestorer | null,
      palette: ICommandPalette | null,
      launcher: ILauncher | null,
      translator: ITranslator | null,
      preferences: IWorkbenchPreferences | null
    ): void => {
      const trans = (translator ?? nullTranslator).load('workbench');
      const host = hostIn('page', app.commands, preferences);
      const offer = (command: string, rank?: number): void => {
        palette?.addItem({ command, category: CATEGORY });
        if (rank !== undefined) {
          launcher?.add({ command, category: CATEGORY, rank, args: { isLauncher: true } });
        }
      };
      start({ app, client, host, trans, shell, restorer, offer });
    }
  };
}

/** What a tab shows, and what it is called. */
export interface Page {
  readonly id: string;
  readonly view: View['view'];
  readonly label: string;
  readonly icon: LabIcon;
  /** It is done with its parameters once: they are not kept for after a reload. */
  readonly once?: boolean;
}

export class PageTab extends MainAreaWidget<ViewWidget> {
  params: Params;
  /** What it shows is another thing from now on. */
  changed: () => void = () => undefined;
  private readonly own: Host;

  constructor(
    client: Client,
    host: Host,
    private readonly page: Page,
    params: Params
  ) {
    const keep = ({ params: next }: View): void => this.keep(next ?? {});
    // What a place can do is asked when the view is mounted, so it is inherited, not copied.
    const own = Object.create(host, { keep: { value: keep } }) as Host;
    super({ content: new ViewWidget(client, { view: page.view, params }, own) });
    this.own = own;
    this.params = page.once ? {} : params;
    this.id = page.id;
    this.title.label = page.label;
    this.title.icon = page.icon;
    this.title.closable = true;
    this.toolbar.hide();
  }

  /** Shows what the parameters say instead of what was chosen. */
  choose(params: Params): void {
    this.params = this.page.once ? {} : params;
    this.content.replace({ view: this.page.view, params }, this.own);
  }

  protected keep(params: Params): void {
    this.params = params;
    this.changed();
  }
}

/** The open tabs of one kind. */
export class Tabs<T extends PageTab> {
  private readonly tracker: WidgetTracker<T>;

  constructor(
    private readonly place: Place,
    namespace: string,
    private readonly command: string
  ) {
    this.tracker = new WidgetTracker<T>({ namespace });
  }

  find(is: (tab: T) => boolean): T | undefined {
    return this.tracker.find(is);
  }

  /** Shows the only tab of its kind, with another thing in it when there are parameters. */
  showOne(params: Params, make: () => T): void {
    const found = this.find(() => true);
    if (found && Object.keys(params).length) {
      found.choose(params);
    }
    this.show(found, make);
  }

  show(found: T | undefined, make: () => T): void {
    const tab = found ?? make();
    if (!found) {
      tab.changed = () => void this.tracker.save(tab);
      void this.tracker.add(tab);
      this.place.app.shell.add(tab, 'main', { type: 'Workbench' });
    }
    this.place.app.shell.activateById(tab.id);
  }

  /** Opens again after a reload what was open before it. */
  restore(): void {
    const { shell, restorer } = this.place;
    if (shell && restorer) {
      void restorer.restore(this.tracker, {
        command: this.command,
        args: tab => tab.params,
        name: tab => tab.id
      });
    }
  }
}

/** Those of the arguments that are text and are taken. */
export const paramsOf = (args: Args, names: readonly string[]): Params =>
  Object.fromEntries(
    names.flatMap(name => {
      const value = args[name];
      return typeof value === 'string' && value ? [[name, value]] : [];
    })
  );

/** What a command says of the text arguments that it takes: each with a sentence. */
export const argsOf = (says: Params): { readonly [name: string]: never } =>
  ({
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(says).map(([name, description]) => [name, { type: 'string', description }])
    )
  }) as unknown as { readonly [name: string]: never };
