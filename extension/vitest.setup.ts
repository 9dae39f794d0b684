/** What jsdom lacks and JupyterLab's modules ask for when they are loaded; and a clean page after each test. */
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

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
  cleanup();
  document.body.replaceChildren();
});
