/** How wide a place is, in steps of some pixels: a chart is drawn anew for each. */
import { useEffect, useState, type RefObject } from 'react';

const STEP = 8;

export function useWidth(place: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const node = place.current;
    if (!node) {
      return;
    }
    // A hidden tab has no width: what it shows may stay as it is.
    const read = (): void => setWidth(before => Math.floor(node.clientWidth / STEP) * STEP || before);
    read();
    const observer = new ResizeObserver(read);
    observer.observe(node);
    return () => observer.disconnect();
  }, [place]);
  return width;
}
