/** A log that follows its own end for as long as the person has not scrolled away from it, and keeps their place otherwise. */
import { useLayoutEffect, useRef, useState, type RefObject, type UIEvent } from 'react';

/** Coming closer to the end than this counts as having come to the end. */
const NEAR_PX = 32;

interface Following {
  readonly log: RefObject<HTMLDivElement>;
  readonly body: RefObject<HTMLDivElement>;
  readonly following: boolean;
  onScroll(event: UIEvent<HTMLElement>): void;
  /** Goes to the end and stays there. */
  follow(): void;
  /** The next render adds above: what is in sight stays there, and the keyboard goes to the log. */
  hold(): void;
}

export function useFollowing(): Following {
  const log = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const held = useRef<number | null>(null);
  const [following, setFollowing] = useState(true);

  const toPlace = (): void => {
    const node = log.current;
    if (node && held.current !== null) {
      // A browser holds what is in sight by itself, but not at the very top, and not every browser does.
      node.scrollTop = node.scrollHeight - held.current;
      held.current = null;
    } else if (node && follows.current) {
      node.scrollTop = node.scrollHeight;
    }
  };

  // Whatever changes the height (text, a card that opens, a narrower window), the end stays in sight.
  useLayoutEffect(() => {
    if (typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(toPlace);
    [log.current, body.current].forEach(node => node && observer.observe(node));
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(toPlace);

  const set = (value: boolean): void => {
    follows.current = value;
    setFollowing(value);
  };
  const last = useRef(0);
  const onScroll = ({ currentTarget: node }: UIEvent<HTMLElement>): void => {
    const left = node.scrollHeight - node.scrollTop - node.clientHeight;
    // Growing content also puts the end out of sight; only moving up says that the person wants to stay where they are.
    // However little: a touchpad moves by a few pixels, and the next words would take each of them back.
    if (node.scrollTop < last.current && left > 1) {
      set(false);
    } else if (left <= NEAR_PX) {
      set(true);
    }
    last.current = node.scrollTop;
  };
  const focus = (): void => log.current?.focus({ preventScroll: true });
  const follow = (): void => {
    set(true);
    toPlace();
    focus();
  };
  const hold = (): void => {
    if (log.current) {
      held.current = log.current.scrollHeight - log.current.scrollTop;
      set(false);
      focus();
    }
  };
  return { log, body, following, onScroll, follow, hold };
}
