/** Whether what is typed is saved; and where another one has saved something else meanwhile, both, to choose from. */
import React from 'react';
import { Icon } from '../../components/Icon';
import { plain } from '../../components/plain';
import type { Desk } from './desk';
import type { Entry, Fields } from './entry';

interface Props<V extends Fields> {
  desk: Desk<V>;
  id: string;
  what: 'answer' | 'decision';
  entry: Entry<V>;
  /** A value as one reads it. */
  show: (value: V) => string;
}

export function Saving<V extends Fields>({
  desk,
  id,
  what,
  entry,
  show
}: Props<V>): React.ReactElement | null {
  const { phase, failure, theirs, draft, saved } = entry;
  if (phase === 'conflict' && theirs) {
    return (
      <div className="wb-conflict" role="alert">
        <p>
          <b>This {what} was changed somewhere else while you wrote yours.</b>
        </p>
        <dl>
          <dt>Theirs</dt>
          <dd>{plain(show(theirs.value))}</dd>
          <dt>Yours</dt>
          <dd>{plain(show(draft))}</dd>
        </dl>
        <div className="wb-buttons">
          <button type="button" className="wb-button" onClick={() => desk.settle(id, false)}>
            Take theirs
          </button>
          <button type="button" className="wb-button" onClick={() => desk.settle(id, true)}>
            Keep mine
          </button>
        </div>
      </div>
    );
  }
  if (phase === 'failed' && failure) {
    return (
      <p className="wb-unsaved" role="alert">
        <Icon name="warning" />
        <span>
          Not saved: {plain(failure.message)} {failure.remedy && plain(failure.remedy)}
        </span>
        <button type="button" className="wb-button" onClick={() => void desk.flush(id)}>
          Save again
        </button>
      </p>
    );
  }
  const word = phase === 'calm' ? (saved ? 'Saved' : '') : 'Saving…';
  return word ? <small className="wb-is-saved">{word}</small> : null;
}
