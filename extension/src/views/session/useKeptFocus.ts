/** Keeps the keyboard in a card whose buttons are about to go: when it was in there, it moves to the given place. */
import { useLayoutEffect, useRef, type RefObject } from 'react';

export function useKeptFocus(settled: boolean, place: RefObject<HTMLElement>): RefObject<HTMLElement> {
  const card = useRef<HTMLElement>(null);
  const inside = useRef(false);
  const before = useRef(settled);
  // Read while rendering: once the buttons are gone the browser has already given the focus to the page.
  if (!before.current) {
    inside.current = card.current?.contains(document.activeElement) ?? false;
  }
  useLayoutEffect(() => {
    if (settled && !before.current && inside.current) {
      place.current?.focus({ preventScroll: true });
    }
    before.current = settled;
  }, [settled, place]);
  return card;
}
