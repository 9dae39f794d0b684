/**
 * What was said, oldest first, as a log that follows its own end for as long as the person has not scrolled away from it.
 *
 * The document is bounded: of a long session the last blocks are in it, earlier ones on request. `aria-live` is off,
 * because a log is live by default and would read out every token; the status line and the cards announce instead.
 */
import React, { memo, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Icon } from '../../components/Icon';
import type { Block } from './blocks';
import { BlockView, type BlockActions } from './BlockView';
import { layout } from './layout';

export const SHOWN_BLOCKS = 2_000;
/** Closer to the end than this counts as being at the end. */
const NEAR_PX = 32;

interface Props {
  blocks: readonly Block[];
  actions: BlockActions;
  children?: React.ReactNode;
}

export const Transcript = memo(function Transcript({ blocks, actions, children }: Props): React.ReactElement {
  const [limit, setLimit] = useState(SHOWN_BLOCKS);
  const first = Math.max(0, blocks.length - limit);
  const items = useMemo(() => layout(first ? blocks.slice(first) : blocks), [blocks, first]);
  const { log, body, following, onScroll, follow } = useFollowing();
  return (
    <div className="wb-log-frame">
      <div
        className="wb-log"
        ref={log}
        role="log"
        aria-live="off"
        aria-label="Transcript"
        tabIndex={0}
        onScroll={onScroll}
      >
        <div className="wb-log-body" ref={body}>
          {first > 0 && (
            <button
              type="button"
              className="wb-more wb-earlier"
              onClick={() => setLimit(limit + SHOWN_BLOCKS)}
            >
              Show earlier ({first.toLocaleString('en')} more)
            </button>
          )}
          {items.map(item => (
            <BlockView key={item.key} item={item} actions={actions} />
          ))}
          {children}
        </div>
      </div>
      {!following && (
        <button type="button" className="wb-latest" onClick={follow}>
          <Icon name="down" /> Jump to latest
        </button>
      )}
    </div>
  );
});

function useFollowing() {
  const log = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [following, setFollowing] = useState(true);

  const toEnd = (): void => {
    if (log.current && follows.current) {
      log.current.scrollTop = log.current.scrollHeight;
    }
  };

  // Whatever changes the height (text, a card that opens, a narrower window), the end stays in sight.
  useLayoutEffect(() => {
    toEnd();
    if (typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(toEnd);
    [log.current, body.current].forEach(node => node && observer.observe(node));
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(toEnd);

  const set = (value: boolean): void => {
    follows.current = value;
    setFollowing(value);
  };
  const last = useRef(0);
  const onScroll = ({ currentTarget: node }: React.UIEvent<HTMLElement>): void => {
    const left = node.scrollHeight - node.scrollTop - node.clientHeight;
    // Growing content also puts the end out of sight; only moving up says that the person wants to stay where they are.
    if (left <= NEAR_PX) {
      set(true);
    } else if (node.scrollTop < last.current) {
      set(false);
    }
    last.current = node.scrollTop;
  };
  const follow = (): void => {
    set(true);
    toEnd();
    log.current?.focus({ preventScroll: true });
  };
  return { log, body, following, onScroll, follow };
}
