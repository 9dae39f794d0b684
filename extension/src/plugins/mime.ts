/**
 * The view in a cell: a renderer for outputs that name a view.
 *
 * It ranks before the widget manager's (-10), is safe (what it shows comes from the server, not from the notebook), and keeps
 * its nodes when the output is updated in place. It saves the notebook once when a view first appears, because an
 * unsaved output does not survive a reload.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import type { Client } from '../client/client';
import type { View } from '../protocol';
import { IWorkbenchClient, IWorkbenchPreferences } from '../tokens';
import type { Host } from '../views/host';
import { mount } from '../views/mount';
import { Fallback } from './fallback';
import { hostIn } from './host';
import { PACKAGE, VIEW_MIME } from './ids';

const RANK = -20;

export const mimePlugin: JupyterFrontEndPlugin<void> = {
  id: `${PACKAGE}:mime`,
  description: 'Shows an agent session in the output of a cell.',
  autoStart: true,
  requires: [IWorkbenchClient, IRenderMimeRegistry],
  optional: [IDocumentManager, IWorkbenchPreferences],
  activate: (
    app: JupyterFrontEnd,
    client: IWorkbenchClient,
    registry: IRenderMimeRegistry,
    documents: IDocumentManager | null,
    preferences: IWorkbenchPreferences | null
  ): void => {
    const host = hostIn('cell', app.commands, preferences);
    const save = async (widget: Widget, key: string): Promise<void> => {
      if (documents && preferences?.get().saveNotebook !== false) {
        await saveOnce(documents, widget, key);
      }
    };
    registry.addFactory(
      { safe: true, mimeTypes: [VIEW_MIME], createRenderer: () => new ViewRenderer(client, host, save) },
      RANK
    );
  }
};

export class ViewRenderer extends Widget implements IRenderMime.IRenderer {
  private unmount: (() => void) | null = null;
  private key = '';
  private fallback: Fallback | null = null;
  private saved: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly host: Host,
    private readonly save: (widget: Widget, key: string) => Promise<void>
  ) {
    super();
    this.addClass('wb-output');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    if (this.unmount) {
      return;
    }
    const view = model.data[VIEW_MIME] as unknown as View;
    const session = view?.params?.session;
    this.fallback = session ? new Fallback(this.client, model, session) : null;
    this.unmount = mount(this.node, this.client, view, {
      ...this.host,
      keep: next => keep(model, next),
      settled: (runs, watched) => void this.saved.then(() => this.fallback?.settled(runs, watched))
    });
    this.key = JSON.stringify(view?.params);
    this.saved = this.save(this, this.key);
  }

  override dispose(): void {
    this.fallback?.dispose();
    this.unmount?.();
    this.fallback = this.unmount = null;
    super.dispose();
  }

  protected override onAfterAttach(): void {
    if (this.key) {
      this.saved = this.save(this, this.key);
    }
  }
}

/** Notes in the output what its view shows from now on; only in a notebook that the person trusts. */
function keep(model: IRenderMime.IMimeModel, view: View): void {
  if (model.trusted) {
    model.setData({
      data: {
        ...model.data,
        [VIEW_MIME]: { version: 1, ...view } as unknown as IRenderMime.IMimeModel['data'][string]
      }
    });
  }
}

/** By document, the views that have appeared in it. */
const appeared = new WeakMap<object, Set<string>>();

/** By document, its last save. What is written meanwhile would count as saved when it ends, so writers wait for it. */
const saving = new WeakMap<object, Promise<unknown>>();

/** Saves the document around a widget, the first time that this view appears in it. */
async function saveOnce(documents: IDocumentManager, widget: Widget, key: string): Promise<void> {
  for (let parent = widget.parent; parent; parent = parent.parent) {
    const context = documents.contextForWidget(parent);
    if (context) {
      const views = appeared.get(context) ?? new Set();
      appeared.set(context, views);
      if (!views.has(key) && context.model.dirty && !context.model.readOnly) {
        // A save that fails says so itself.
        saving.set(
          context,
          context.save().catch(() => undefined)
        );
      }
      views.add(key);
      await saving.get(context);
      return;
    }
  }
}
