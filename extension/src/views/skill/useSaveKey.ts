/**
 * Ctrl+S (or Cmd+S) within a place saves what is there, not the document around it.
 *
 * The application listens on the document in the capture phase, so this has to be before it, on the window.
 */
import { useEffect, useRef, type RefObject } from 'react';

export function useSaveKey(place: RefObject<HTMLElement>, save: () => unknown): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const mine = event.target instanceof Node && place.current?.contains(event.target);
      if (mine && event.key === 's' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        event.stopImmediatePropagation();
        latest.current();
      }
    };
    window.addEventListener('keydown', onKeyDown, true);
    return () => window.removeEventListener('keydown', onKeyDown, true);
  }, [place]);
}
