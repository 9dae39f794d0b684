/**
 * The anywidget door: the same views over a comm, where our extension is not.
 *
 * The page loads this code once, however many widgets show a view; each brings its model, which is the way to its kernel.
 */
import css from '../style/base.css';
import buildingCss from '../style/building.css';
import exchangeCss from '../style/exchange.css';
import skillsCss from '../style/skills.css';
import usageCss from '../style/usage.css';
import workflowCss from '../style/workflow.css';
import { CommClient, type CommModel } from './client/comm';
import type { View } from './protocol';
import { mount } from './views/mount';
import { chartsFrom } from './client/code';

interface Model extends CommModel {
  get(name: 'view'): View;
}

const STYLE_ID = 'workbench-style';

/** One sheet a document: an output may live in a frame of its own. */
function ensureStyle(node: HTMLElement): void {
  const root = node.getRootNode();
  const place = root instanceof ShadowRoot ? root : node.ownerDocument.head;
  if (!place.querySelector(`#${STYLE_ID}`)) {
    const style = node.ownerDocument.createElement('style');
    style.id = STYLE_ID;
    style.textContent = css + usageCss + skillsCss + exchangeCss + workflowCss + buildingCss;
    place.append(style);
  }
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  ensureStyle(el);
  const client = new CommClient(model);
  const node = el.ownerDocument.createElement('div');
  el.append(node);
  const unmount = mount(node, client, model.get('view'), { place: 'cell', charts: () => chartsFrom(model) });
  return () => {
    unmount();
    client.dispose();
  };
}

export default { render };
