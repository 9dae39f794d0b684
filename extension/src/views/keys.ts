/**
 * Keys pressed in a view stay in the view: `d d` in a notebook deletes a cell, and a view sits in a cell.
 *
 * Lumino listens on the document in the capture phase and lets go of a key only when the focused element itself is marked (a
 * notebook's selector that matches that element wins over a mark further up). So the mark is set on the element just
 * before, by a listener on the window. With Ctrl, Cmd or Alt the key is the application's, except Enter, which would run
 * the cell. Escape gives the keyboard back to the cell.
 */
const MARK = 'data-lm-suppress-shortcuts';

let listeners = 0;

/** One listener for all views of the page, there while any view is. */
export function listenForKeys(): () => void {
  if (listeners++ === 0) {
    window.addEventListener('keydown', onKeyDown, true);
  }
  let listening = true;
  return () => {
    if (listening && --listeners === 0) {
      window.removeEventListener('keydown', onKeyDown, true);
    }
    listening = false;
  };
}

function onKeyDown(event: KeyboardEvent): void {
  const target = event.target;
  if (!(target instanceof HTMLElement) || !target.closest('.wb-root')) {
    return;
  }
  const theirs = (event.ctrlKey || event.metaKey || event.altKey) && event.key !== 'Enter';
  target.toggleAttribute(MARK, !theirs);
  if (event.key === 'Escape' && !event.isComposing) {
    target.closest<HTMLElement>('.jp-Cell')?.focus();
  }
}
