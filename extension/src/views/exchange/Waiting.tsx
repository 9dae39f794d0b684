/** How far a work is, and the way to end it. Its stage is announced, its numbers are only seen. */
import React, { useEffect, useRef } from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { Progress, Work } from './useWork';
import { bytes, STAGE_WORDS } from './words';

export function Waiting({ work, what }: { work: Work; what: string }): React.ReactElement {
  const { progress, cancelling } = work;
  const stop = useRef<HTMLButtonElement>(null);
  useEffect(() => stop.current?.focus(), []);
  return (
    <div className="wb-waiting">
      <p role="status">
        {cancelling ? 'Cancelling' : progress ? STAGE_WORDS[progress.stage] : 'Beginning'}… {plain(what)}
      </p>
      <progress
        aria-label="Progress"
        max={progress?.total ?? undefined}
        value={progress?.total ? Math.min(progress.done, progress.total) : undefined}
      />
      <p className="wb-hint">{progress && progress.done > 0 ? amount(progress) : '\u00a0'}</p>
      <button
        type="button"
        ref={stop}
        className="wb-button wb-stop"
        aria-disabled={cancelling}
        onClick={() => !cancelling && work.cancel()}
      >
        <Icon name="stop" /> Cancel
      </button>
    </div>
  );
}

function amount({ done, total, unit }: Progress): string {
  const count = (value: number): string => (unit === 'bytes' ? bytes(value) : value.toLocaleString('en'));
  const noun = unit === 'bytes' ? '' : ` ${unit}`;
  return total ? `${count(done)} of ${count(total)}${noun}` : `${count(done)}${noun}`;
}
