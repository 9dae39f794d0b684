/** What jsdom lacks and JupyterLab's modules ask for when they are loaded; and a clean page after each test. */
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// A machine may stand still for seconds; what is waited for comes, or the test is wrong.
configure({ asyncUtilTimeout: 60_000 });

const nothing = (): undefined => undefined;

globalThis.DragEvent ??= class extends MouseEvent {} as typeof DragEvent;
globalThis.ResizeObserver ??= class {
  observe = nothing;
  unobserve = nothing;
  disconnect = nothing;
};
globalThis.requestIdleCallback ??= call => setTimeout(call) as unknown as number;
// Vega measures text with it, and estimates where there is none.
HTMLCanvasElement.prototype.getContext = () => null;
window.matchMedia ??= (media: string) =>
  ({
    matches: false,
    media,
    addListener: nothing,
    removeListener: nothing,
    addEventListener: nothing,
    removeEventListener: nothing
  }) as unknown as MediaQueryList;

afterEach(() => {
  vi.useRealTimers();
  cleanup();
  document.body.replaceChildren();
});
