/** What jsdom lacks and JupyterLab's modules ask for when they are loaded; and a clean page after each test. */
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

globalThis.DragEvent ??= class extends MouseEvent {} as typeof DragEvent;
window.matchMedia ??= (query: string) =>
  ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;

afterEach(() => {
  cleanup();
  document.body.replaceChildren();
});
