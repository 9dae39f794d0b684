/** How large a place that scrolls is, and how far it is scrolled: what is needed to make only the rows in sight. */
import { useEffect, useState, type RefObject, type UIEvent } from 'react';

export interface Scrolled {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  onScroll(event: UIEvent): void;
}

export function useScrolled(place: RefObject<HTMLElement>): Scrolled {
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [top, setTop] = useState(0);
  useEffect(() => {
    const node = place.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      setSize({ width: 800, height: 600 });
      return;
    }
    const read = (): void => {
      // A hidden tab has no size: what it shows may stay as it is.
      if (node.clientWidth) {
        const style = getComputedStyle(node);
        const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        setSize({ width: node.clientWidth - padding, height: node.clientHeight });
      }
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(node);
    return () => observer.disconnect();
  }, [place]);
  return { ...size, top, onScroll: event => setTop(event.currentTarget.scrollTop) };
}
