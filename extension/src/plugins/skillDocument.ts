/**
 * A double-click on a SKILL.md opens the skill's page, if it is a skill of the library; any other opens in the editor.
 *
 * The file browser knows a path below the server's root, the library knows whole paths: a skill is the one of that
 * folder's name whose path ends as the file's does and whose text is the file's. It is the page that writes, a version at
 * a time; the document only follows, so that an editor of the same file shows what is there. In Notebook 7 a document
 * that turns out to be another's would leave an empty page behind, so there the page is offered by "Open With" only.
 */
import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ABCWidgetFactory, DocumentWidget, type DocumentRegistry } from '@jupyterlab/docregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../client/client';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host, Unsaved } from '../views/host';
import { ClosingGuard } from './closing';
import { hostIn } from './host';
import { skillIcon } from './icon';
import { PACKAGE } from './ids';
import { ViewWidget } from './viewWidget';

const FILE_TYPE = 'workbench-skill';
const FACTORY = 'Skill';
const EDITOR = 'Editor';

export const skillDocumentPlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:skill-document`,
  description: 'Opens a SKILL.md of the library as a skill.',
  autoStart: true,
  requires: [IWorkbenchClient],
  optional: [ILabShell, IWorkbenchPreferences, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    shell: ILabShell | null,
    preferences: IWorkbenchPreferences | null,
    translator: ITranslator | null
  ): void => {
    app.docRegistry.addFileType(
      {
        name: FILE_TYPE,
        displayName: 'Agent Skill',
        pattern: '^SKILL\\.md$',
        extensions: [],
        mimeTypes: ['text/markdown'],
        contentType: 'file',
        fileFormat: 'text',
        icon: skillIcon
      },
      // Before the type of Markdown files, which this is too.
      ['markdown']
    );
    const edit = (path: string): void =>
      void app.commands.execute('docmanager:open', { path, factory: EDITOR });
    const host = hostIn('page', app.commands, preferences);
    const trans = (translator ?? nullTranslator).load('workbench');
    app.docRegistry.addWidgetFactory(new SkillFactory(client, host, edit, trans, shell !== null));
  }
};

export class SkillFactory extends ABCWidgetFactory<DocumentWidget> {
  constructor(
    private readonly client: Client,
    private readonly host: Host,
    private readonly edit: (path: string) => void,
    private readonly trans: TranslationBundle,
    usual: boolean
  ) {
    super({ name: FACTORY, fileTypes: [FILE_TYPE], defaultFor: usual ? [FILE_TYPE] : [], readOnly: true });
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget {
    const content = new ViewWidget(this.client, null, this.host);
    const widget = new DocumentWidget({ content, context });
    widget.toolbar.hide();
    void this.fill(content, context, widget);
    return widget;
  }

  private async fill(
    content: ViewWidget,
    context: DocumentRegistry.Context,
    widget: DocumentWidget
  ): Promise<void> {
    await context.ready;
    const skill = await skillAt(this.client, context.path, context.model.toString());
    if (widget.isDisposed) {
      return;
    }
    if (skill !== null) {
      const wrote = (): void => {
        if (!context.model.dirty) {
          // It fails where the skill was renamed or deleted: then there is nothing to follow.
          context.revert().catch(() => undefined);
        }
      };
      const closing = new ClosingGuard(widget, this.trans);
      const unsaved = (work: Unsaved | null): void => closing.hold(work);
      const own = { wrote: { value: wrote }, unsaved: { value: unsaved } };
      const host = Object.create(this.host, own) as Host;
      content.replace({ view: 'skill', params: { skill } }, host);
      // Not the label: a document widget takes a new one for a new name of the file.
      widget.title.icon = skillIcon;
      widget.title.caption = `${skill}: ${context.path}`;
    } else {
      this.edit(context.path);
      widget.dispose();
    }
  }
}

/** The skill that a file of the server is the SKILL.md of, or null. */
export async function skillAt(client: Client, path: string, text: string): Promise<string | null> {
  const below = path.includes(':') ? path.slice(path.indexOf(':') + 1) : path;
  const name = below.split('/').at(-2);
  if (!name) {
    return null;
  }
  try {
    const skill = await client.call('skills.get', { name });
    const place = `${skill.path}/SKILL.md`;
    const found = place.endsWith(`/${below}`) && lines(skill.text) === lines(text);
    return found ? name : null;
  } catch {
    // No skill of the library has this name, or the library cannot say: the editor shows the file.
    return null;
  }
}

const lines = (text: string): string => text.replace(/\r\n?/g, '\n').replace(/^\ufeff/, '');
