/** It is an issue now. */
import React, { useEffect, useRef } from 'react';
import { plain } from '../../components/plain';
import type { Submitted } from './FeedbackView';

export function Sent({ sent }: { sent: Submitted }): React.ReactElement {
  const { url, number, missing_labels: missing } = sent;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus({ preventScroll: true }), []);
  return (
    <div ref={place} tabIndex={-1}>
      <p role="status">
        Thank you. It is issue{' '}
        {/^https?:/.test(url) ? (
          <a href={url} target="_blank" rel="noopener noreferrer">
            #{number}
          </a>
        ) : (
          `#${number}`
        )}
        .
      </p>
      {missing.length > 0 && (
        <p className="wb-hint">Labels that could not be set: {missing.map(plain).join(', ')}.</p>
      )}
    </div>
  );
}
