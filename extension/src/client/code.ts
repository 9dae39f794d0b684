/**
 * Brings code to a page that has no server of ours: the kernel sends it over the comm, once a page, when it is first needed.
 *
 * The views themselves come the same way, by the stub that each widget carries (`workbench/hosts/widgets.py`).
 */
import type { Failure } from '../protocol';
import type { Charts } from '../views/usage/drawing';
import { CallError } from './client';
import type { CommModel } from './comm';

const ANSWER_WITHIN_MS = 30_000;

let charts: Promise<Charts> | null = null;

/** The code that draws charts; what went wrong is tried again the next time. */
export function chartsFrom(model: CommModel): Promise<Charts> {
  charts ??= asked(model)
    .then(imported)
    .catch(error => {
      charts = null;
      throw error;
    });
  return charts;
}

/** A comm's answers reach every tab, and any tab's answer will do. */
function asked(model: CommModel): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      model.off('msg:custom', listen);
      then();
    };
    const listen = (content: unknown): void => {
      const message = content as { charts?: string | null; failure?: Failure } | null;
      if (message?.charts) {
        const text = message.charts;
        settle(() => resolve(text));
      } else if (message && 'charts' in message && message.failure) {
        const failure = message.failure;
        settle(() => reject(new CallError(failure)));
      }
    };
    const timer = setTimeout(() => settle(() => reject(new CallError(SILENT))), ANSWER_WITHIN_MS);
    model.on('msg:custom', listen);
    model.send({ code: 'charts' });
  });
}

async function imported(text: string): Promise<Charts> {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    return (await import(/* webpackIgnore: true */ url)) as Charts;
  } finally {
    URL.revokeObjectURL(url);
  }
}

const SILENT: Failure = {
  kind: 'unreachable',
  message: 'The kernel does not answer.',
  remedy: 'Run the cell again to see the charts.'
};
