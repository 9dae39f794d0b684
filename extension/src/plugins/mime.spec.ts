import { MimeModel, RenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { act } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../testing/fake-client';
import { Script } from '../testing/transcript';
import { Fallback } from './fallback';
import { VIEW_MIME } from './ids';
import { mimePlugin, ViewRenderer } from './mime';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const WIDGET_MIME = 'application/vnd.jupyter.widget-view+json';
const view = { version: 1, view: 'session', params: { session: 's', run: 'r1' } };
const bundle = { [VIEW_MIME]: view, [WIDGET_MIME]: { model_id: 'm' }, 'text/markdown': 'old' };

let client: FakeClient;
let renderers: ViewRenderer[];
const settle = (): Promise<void> => act(async () => void (await new Promise(resolve => setTimeout(resolve))));

function modelOf(trusted: boolean): MimeModel {
  let model: MimeModel;
  // As a notebook's output model does it: new data, the same trust.
  const callback = ({ data }: { data?: object }): void => {
    model = Object.assign(model, new MimeModel({ data: data as typeof bundle, trusted, callback }));
  };
  model = new MimeModel({ data: bundle, trusted, callback });
  return model;
}

async function show(
  trusted: boolean,
  save = vi.fn(async (): Promise<void> => undefined)
): Promise<{ renderer: ViewRenderer; model: MimeModel; save: typeof save }> {
  const renderer = new ViewRenderer(client, { place: 'cell' }, save);
  renderers.push(renderer);
  const model = modelOf(trusted);
  await act(() => renderer.renderModel(model));
  return { renderer, model, save };
}

beforeEach(() => {
  renderers = [];
  client = new FakeClient({
    'sessions.markdown': ({ run }) => ({ markdown: `Text of ${String(run)}` }),
    'usage.session_runs': () => ({ runs: [] })
  });
});
afterEach(async () => {
  renderers.forEach(renderer => renderer.dispose());
  await settle();
});

describe('an output that names a view', () => {
  it('is ours before a widget’s, in trusted and in other notebooks', () => {
    const registry = new RenderMimeRegistry();
    registry.addFactory(
      {
        safe: false,
        mimeTypes: [WIDGET_MIME],
        createRenderer: () => new ViewRenderer(client, {}, async () => undefined)
      },
      -10
    );
    const app = { commands: { hasCommand: () => false } };
    void mimePlugin.activate(app as never, client, registry, null, null);
    expect(registry.preferredMimeType(bundle, 'ensure')).toBe(VIEW_MIME);
    expect(registry.preferredMimeType(bundle, 'any')).toBe(VIEW_MIME);
    const { [VIEW_MIME]: _, ...without } = bundle;
    expect(registry.preferredMimeType(without, 'any')).toBe(WIDGET_MIME);
  });

  it('keeps its nodes when it is displayed again', async () => {
    const { renderer, model } = await show(true);
    const article = renderer.node.querySelector('article');
    expect(article).not.toBeNull();
    await act(() => renderer.renderModel(model));
    expect(renderer.node.querySelector('article')).toBe(article);
  });

  it('gives up its subscription when the output is cleared', async () => {
    const { renderer } = await show(true);
    expect(client.following).toEqual(['session:s']);
    renderer.dispose();
    await settle();
    expect(client.following).toEqual([]);
  });

  it('asks for its notebook to be saved when it appears', async () => {
    const { renderer, save } = await show(true);
    expect(save).toHaveBeenCalledWith(renderer, JSON.stringify(view.params));
    Widget.attach(renderer, document.body);
    expect(save).toHaveBeenCalledTimes(2);
  });
});

describe('the notebook around an output', () => {
  const open = (dirty: boolean, readOnly = false) => {
    const context = { model: { dirty, readOnly }, save: vi.fn(async (): Promise<void> => undefined) };
    const documents = {
      contextForWidget: (widget: Widget) => (widget.id === 'document' ? context : undefined)
    };
    const registry = new RenderMimeRegistry();
    void mimePlugin.activate(
      { commands: { hasCommand: () => false } } as never,
      client,
      registry,
      documents as never,
      null
    );
    const parent = new Widget();
    parent.id = 'document';
    const appear = async (run: string): Promise<void> => {
      const renderer = registry.createRenderer(VIEW_MIME) as ViewRenderer;
      renderers.push(renderer);
      renderer.parent = parent;
      const data = { [VIEW_MIME]: { ...view, params: { session: 's', run } } };
      await act(() => renderer.renderModel(new MimeModel({ data })));
    };
    return { context, appear };
  };

  it.each([
    ['is saved once for each view', true, false, 2],
    ['that has no changes is left alone', false, false, 0],
    ['that is read-only is left alone', true, true, 0]
  ])('%s', async (_, dirty, readOnly, saves) => {
    const { context, appear } = open(dirty, readOnly);
    for (const run of ['r1', 'r2', 'r1']) {
      await appear(run);
    }
    expect(context.save).toHaveBeenCalledTimes(saves);
  });
});

describe('the text that a notebook keeps of a run', () => {
  const play = async (...steps: ((script: Script) => Script)[]): Promise<void> => {
    const script = new Script().ready();
    for (const step of steps) {
      await act(async () => client.say('s', step(script).take()));
    }
    await settle();
  };
  const prompt = (script: Script): Script => script.prompt('Go').text('Hello');
  const end = (script: Script): Script => script.end();

  it('is written when the run has ended before this page’s eyes', async () => {
    const { model } = await show(true);
    await play(prompt, end);
    expect(model.data['text/markdown']).toBe('Text of r1');
    expect(model.data[VIEW_MIME]).toEqual(view);
    expect(client.calls.find(call => call.name === 'sessions.markdown')?.params).toEqual({
      session: 's',
      run: 'r1'
    });
  });

  it('holds the last runs that fit whole when follow-ups were sent from the cell', async () => {
    const long = new FakeClient({
      'sessions.markdown': ({ run }) => ({ markdown: `${String(run)} `.repeat(run === 'r1' ? 7_000 : 100) }),
      'usage.session_runs': () => ({ runs: [] })
    });
    const model = modelOf(true);
    const fallback = new Fallback(long, model, 's');
    await fallback.settled(['r1', 'r2', 'r3'], true);
    expect(model.data['text/markdown']).toMatch(/^r2 [^]*\n\n---\n\nr3 /);
    fallback.dispose();
  });

  it('is not written where there are no locks and the run had ended before', async () => {
    client.say('s', new Script().ready().prompt('Go').end().take());
    const { model } = await show(true);
    await settle();
    expect(model.data['text/markdown']).toBe('old');
  });

  it('is never written into a notebook that is not trusted', async () => {
    const { model } = await show(false);
    await play(prompt, end);
    expect(model.data['text/markdown']).toBe('old');
  });

  it('is written by the one page that holds the lock of the session, for all of its cells', async () => {
    const asked: string[] = [];
    const locks = {
      request: async (name: string, _: object, granted: (lock: object | null) => unknown) => {
        asked.push(name);
        await granted(asked.length === 1 ? {} : null);
      }
    };
    vi.stubGlobal('navigator', { ...navigator, locks });
    const first = await show(true);
    const second = await show(true);
    await play(prompt, end);
    expect(asked).toEqual(['workbench/s']);
    expect([first, second].map(({ model }) => model.data['text/markdown'])).toEqual([
      'Text of r1',
      'Text of r1'
    ]);
    renderers.splice(0).forEach(renderer => renderer.dispose());
    const other = await show(true);
    await settle();
    expect(asked.length).toBe(2);
    expect(other.model.data['text/markdown']).toBe('old');
    vi.unstubAllGlobals();
  });
});
