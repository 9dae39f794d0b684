/** Two panes side by side, with a border between them that a pointer and the arrow keys move. */
import React, { useRef, useState } from 'react';
import { LEAST, MOST, moved, shareAt, within } from './split';

interface Props {
  first: React.ReactNode;
  second: React.ReactNode;
  /** What the border stands between. */
  label: string;
  share: number;
  /** It was moved, and let go. */
  keep: (share: number) => void;
}

export function Panes({ first, second, label, share: given, keep }: Props): React.ReactElement {
  const [share, setShare] = useState(() => within(given));
  const place = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const follow = (event: React.PointerEvent): void => {
    if (dragging.current && place.current) {
      const { left, width } = place.current.getBoundingClientRect();
      setShare(shareAt(event.clientX, left, width));
    }
  };
  const release = (): void => {
    if (dragging.current) {
      dragging.current = false;
      keep(share);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const next = moved(share, event.key);
    if (next !== null) {
      event.preventDefault();
      setShare(next);
      keep(next);
    }
  };
  const style = { '--wb-share': `${share}%` } as React.CSSProperties;
  return (
    <div className="wb-panes" ref={place} style={style}>
      <div className="wb-pane wb-pane-first">{first}</div>
      <div
        className="wb-divider"
        role="separator"
        aria-orientation="vertical"
        aria-label={label}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        aria-valuenow={share}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onDoubleClick={() => {
          const usual = within(NaN);
          setShare(usual);
          keep(usual);
        }}
        onPointerDown={event => {
          dragging.current = true;
          event.currentTarget.setPointerCapture?.(event.pointerId);
        }}
        onPointerMove={follow}
        onPointerUp={release}
        onPointerCancel={release}
      />
      <div className="wb-pane">{second}</div>
    </div>
  );
}
