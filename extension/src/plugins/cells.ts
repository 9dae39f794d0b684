/**
 * The selected cells of the notebook that was used last, with their outputs as text.
 *
 * Notebooks are told by what they can do, not by their class: the page loads without the notebook's code, and a notebook of
 * another extension serves as well.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';
import type { Evidence } from '../protocol';

/** As much as is taken of one cell. */
const MOST_SOURCE = 100_000;
const MOST_OUTPUTS = 200_000;
const MOST_CELLS = 50;

interface Cell {
  readonly model: { toJSON(): unknown; readonly sharedModel?: Source };
  readonly editor?: {
    readonly lineCount: number;
    setCursorPosition(place: { line: number; column: number }): void;
  } | null;
}

/** What stands in a cell. */
export interface Source {
  getSource(): string;
  setSource(text: string): void;
}

export interface Notebook {
  readonly content: {
    readonly widgets: readonly Cell[];
    readonly activeCell?: Cell | null;
    isSelectedOrActive(cell: Cell): boolean;
  };
  readonly context: { readonly path: string; readonly ready?: Promise<void> };
}

/** Remembers which notebook was in use: when a page is asked, the page itself is. */
export class Selected {
  private last: Widget | null = null;

  constructor(private readonly shell: JupyterFrontEnd.IShell) {
    shell.currentChanged?.connect((_, { newValue }) => {
      if (newValue && notebookOf(newValue)) {
        this.last = newValue;
      }
    });
  }

  cells(): Evidence[] {
    const notebook = this.notebook();
    return notebook ? evidenceOf(notebook) : [];
  }

  /** The notebook that was used last, as long as it is open. */
  notebook(): (Widget & Notebook) | null {
    const open = [...this.shell.widgets('main')].flatMap(each => notebookOf(each) ?? []);
    return (
      open.find(each => each === this.last) ?? open.find(({ isVisible }) => isVisible) ?? open[0] ?? null
    );
  }
}

export function notebookOf(widget: Widget): (Widget & Notebook) | null {
  const { content, context } = widget as Widget & Partial<Notebook>;
  const fits = Array.isArray(content?.widgets) && typeof content?.isSelectedOrActive === 'function';
  return fits && typeof context?.path === 'string' ? (widget as Widget & Notebook) : null;
}

function evidenceOf({ content, context }: Notebook): Evidence[] {
  return content.widgets
    .flatMap((cell, i) => (content.isSelectedOrActive(cell) ? [{ cell, number: i + 1 }] : []))
    .slice(0, MOST_CELLS)
    .map(({ cell, number }) => {
      const { source, outputs } = cell.model.toJSON() as { source?: unknown; outputs?: unknown };
      return {
        source: textOf(source).slice(0, MOST_SOURCE),
        outputs: outputsOf(outputs).slice(0, MOST_OUTPUTS),
        origin: `${context.path}, cell ${number}`.slice(-500)
      };
    })
    .filter(each => each.source || each.outputs);
}

/** What a person reads below a cell: printed text, results as text, the traceback of an error. */
export function outputsOf(outputs: unknown): string {
  return (Array.isArray(outputs) ? (outputs as readonly Output[]) : [])
    .map(({ text, data, traceback, ename, evalue }) =>
      text !== undefined
        ? textOf(text)
        : data?.['text/plain'] !== undefined
          ? textOf(data['text/plain'])
          : traceback !== undefined
            ? (traceback as readonly string[]).join('\n') || `${String(ename)}: ${String(evalue)}`
            : ''
    )
    .filter(Boolean)
    .map(each => each.replace(/\n$/, ''))
    .join('\n');
}

interface Output {
  readonly text?: unknown;
  readonly data?: { readonly [mime: string]: unknown };
  readonly traceback?: unknown;
  readonly ename?: unknown;
  readonly evalue?: unknown;
}

/** In a notebook's file a text is one, or a list of its lines. */
const textOf = (text: unknown): string =>
  Array.isArray(text) ? text.join('') : typeof text === 'string' ? text : '';
