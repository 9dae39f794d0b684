/**
 * A cell is put below the one that is active in the notebook that was used last; where none is open, into a new one.
 *
 * The notebook's own commands do it, so it can be undone there as any cell can. A notebook that has not loaded the cell magic
 * is given the line that does, too.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';
import { notebookOf, Selected, type Notebook } from './cells';

const BELOW = 'notebook:insert-cell-below';
const NEW = 'notebook:create-new';
const EDIT = 'notebook:enter-edit-mode';
const LOAD = '%load_ext workbench';

export class Inserting {
  private readonly selected: Selected;

  constructor(private readonly app: JupyterFrontEnd) {
    this.selected = new Selected(app.shell);
  }

  /** Puts the cell there and shows it. The notebook's path; null where there is no notebook and none can be made. */
  async insert(source: string): Promise<string | null> {
    const { commands, shell } = this.app;
    if (!commands.hasCommand(BELOW)) {
      return null;
    }
    const notebook = this.selected.notebook() ?? (await this.made());
    if (!notebook) {
      return null;
    }
    shell.activateById(notebook.id);
    for (const each of loads(notebook) ? [source] : [LOAD, source]) {
      await this.below(notebook, each);
    }
    await this.toTheEnd(notebook);
    return notebook.context.path;
  }

  /** An empty cell that is active is taken as it is. */
  private async below({ content }: Notebook, source: string): Promise<void> {
    if (content.activeCell?.model.sharedModel?.getSource() !== '') {
      await this.app.commands.execute(BELOW);
    }
    content.activeCell?.model.sharedModel?.setSource(source);
  }

  /** What is to be done is written next, below the first line. */
  private async toTheEnd({ content }: Notebook): Promise<void> {
    const { commands } = this.app;
    if (commands.hasCommand(EDIT)) {
      await commands.execute(EDIT);
    }
    const editor = content.activeCell?.editor;
    editor?.setCursorPosition({ line: editor.lineCount - 1, column: 0 });
  }

  private async made(): Promise<(Widget & Notebook) | null> {
    const { commands, serviceManager } = this.app;
    if (!commands.hasCommand(NEW)) {
      return null;
    }
    await serviceManager.kernelspecs.ready;
    const kernelName = serviceManager.kernelspecs.specs?.default;
    const made: unknown = await commands.execute(NEW, { kernelName, isLauncher: true });
    const notebook = made ? notebookOf(made as Widget) : null;
    await notebook?.context.ready;
    return notebook;
  }
}

const loads = ({ content }: Notebook): boolean =>
  content.widgets.some(({ model }) => model.sharedModel?.getSource().includes(LOAD));
