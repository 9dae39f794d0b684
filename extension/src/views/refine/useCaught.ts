/** The keyboard has a place when the button that had it is gone with what it did. */
import { useEffect, useRef, type RefObject } from 'react';

/** Give the place to an element; it gets the keyboard when `done` has become something else, and nobody has it. */
export function useCaught(done: unknown): RefObject<HTMLDivElement> {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (done && document.activeElement === document.body) {
      place.current?.focus({ preventScroll: true });
    }
  }, [done]);
  return place;
}
