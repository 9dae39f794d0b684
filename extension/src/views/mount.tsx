/**
 * The only place that makes React roots: a node, a client and a view's name become a living view, until it is disposed of.
 *
 * A notebook names the view, and notebooks come from anywhere: a name or version that is not known is a sentence, never
 * an error, and a view shows only what its ids name.
 */
import React, { lazy, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import type { Client } from '../client/client';
import { Boundary } from '../components/Boundary';
import { Sentence } from '../components/Sentence';
import type { View } from '../protocol';
import type { Host } from './host';
import { listenForKeys } from './keys';
import { SessionView } from './session/SessionView';
import { SessionsView } from './sessions/SessionsView';

type Params = { readonly [name: string]: string };
type Component = React.ComponentType<{ client: Client; params: Params; host: Host }>;

interface Known {
  readonly component: Component;
  /** The ids without which there is nothing to show. */
  readonly needs: readonly string[];
}

/** Chunks of their own: most pages never show them. */
const UsageView = lazy(async () => ({ default: (await import('./usage/UsageView')).UsageView }));

const SkillsView = lazy(async () => ({ default: (await import('./skills/SkillsView')).SkillsView }));
const SkillView = lazy(async () => ({ default: (await import('./skill/SkillView')).SkillView }));
const ExchangeView = lazy(async () => ({ default: (await import('./exchange/ExchangeView')).ExchangeView }));
const InstallsView = lazy(async () => ({ default: (await import('./installs/InstallsView')).InstallsView }));
const MarketplaceView = lazy(async () => ({
  default: (await import('./marketplace/MarketplaceView')).MarketplaceView
}));
const WorkflowView = lazy(async () => ({ default: (await import('./workflow/WorkflowView')).WorkflowView }));
const NewSkillView = lazy(async () => ({ default: (await import('./newskill/NewSkillView')).NewSkillView }));
const RefineView = lazy(async () => ({ default: (await import('./refine/RefineView')).RefineView }));
const SkillTestView = lazy(async () => ({
  default: (await import('./skilltest/SkillTestView')).SkillTestView
}));

const FeedbackView = lazy(async () => ({ default: (await import('./feedback/FeedbackView')).FeedbackView }));

const VIEWS: ReadonlyMap<string, Known> = new Map([
  ['session', { component: SessionView, needs: ['session'] }],
  ['sessions', { component: SessionsView, needs: [] }],
  ['usage', { component: UsageView, needs: [] }],
  ['skills', { component: SkillsView, needs: [] }],
  ['skill', { component: SkillView, needs: ['skill'] }],
  ['workflow', { component: WorkflowView, needs: ['skill'] }],
  ['new-skill', { component: NewSkillView, needs: [] }],
  ['refine', { component: RefineView, needs: ['skill'] }],
  ['skill-test', { component: SkillTestView, needs: ['skill'] }],
  ['import', { component: ExchangeView, needs: [] }],
  ['marketplace', { component: MarketplaceView, needs: [] }],
  ['installs', { component: InstallsView, needs: [] }],
  ['feedback', { component: FeedbackView, needs: [] }]
]);

const VERSION = 1;

/** Shows a view in `node` until the returned function is called. */
export function mount(node: HTMLElement, client: Client, view: View, host: Host = {}): () => void {
  const root = createRoot(node);
  const unlisten = listenForKeys();
  node.classList.add('wb-root');
  root.render(
    <Boundary>
      <Suspense fallback={<span className="wb-spinner" />}>
        <Shown client={client} view={view} host={host} />
      </Suspense>
    </Boundary>
  );
  return () => {
    unlisten();
    // Not at once: a disposal may come from inside a render.
    setTimeout(() => root.unmount());
  };
}

function Shown({ client, view, host }: { client: Client; view: View; host: Host }): React.ReactElement {
  const params = stringsOf(view?.params);
  const known = VIEWS.get(view?.view);
  if (!known || (view.version ?? VERSION) > VERSION || known.needs.some(name => !params[name])) {
    return <Sentence failure={unknown(view)} />;
  }
  return <known.component client={client} params={params} host={host} />;
}

function stringsOf(params: unknown): Params {
  return Object.fromEntries(
    Object.entries(params ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  );
}

const unknown = (view: View | null): { kind: string; message: string; remedy: string } => ({
  kind: 'unknown_view',
  message: `This version of Workbench has no view "${String(view?.view).slice(0, 80)}" with what this notebook gives it.`,
  remedy: 'Update jupyter-workbench, or run the cell again.'
});
