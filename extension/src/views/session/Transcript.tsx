/**
 * What was said, oldest first, as a log that follows its own end.
 *
 * The document is bounded: of a long session the last blocks are in it, earlier ones on request. While a person reads
 * further up, old blocks wait until they have been overtaken by as many again. `aria-live` is off, because a log is live
 * by default and would read out every token; the status line and the cards announce instead.
 */
import React, { memo, useMemo, useRef, useState } from 'react';
import { Icon } from '../../components/Icon';
import type { Block } from './blocks';
import { BlockView, type BlockActions } from './BlockView';
import { layout } from './layout';
import { useFollowing } from './useFollowing';

export const SHOWN_BLOCKS = 2_000;

interface Props {
  blocks: readonly Block[];
  actions: BlockActions;
  children?: React.ReactNode;
}

export const Transcript = memo(function Transcript({ blocks, actions, children }: Props): React.ReactElement {
  const [limit, setLimit] = useState(SHOWN_BLOCKS);
  const { log, body, following, onScroll, follow, hold } = useFollowing();
  const due = Math.max(0, blocks.length - limit);
  const before = useRef(due);
  const first = following ? due : Math.max(Math.min(before.current, due), due - SHOWN_BLOCKS);
  before.current = first;
  const items = useMemo(() => layout(first ? blocks.slice(first) : blocks), [blocks, first]);
  const showEarlier = (): void => {
    hold();
    setLimit(blocks.length - first + SHOWN_BLOCKS);
  };
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
            <button type="button" className="wb-more wb-earlier" onClick={showEarlier}>
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
