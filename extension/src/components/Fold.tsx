/** A line that opens: a real button with its state, and content that is made only while it is open. */
import React, { useId, useState } from 'react';
import { Icon } from './Icon';

interface Props {
  className: string;
  summary: React.ReactNode;
  open?: boolean;
  children: () => React.ReactNode;
}

export function Fold({ className, summary, open = false, children }: Props): React.ReactElement {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const shown = chosen ?? open;
  const id = useId();
  return (
    <div className={`wb-fold ${className}`}>
      <button
        type="button"
        className="wb-fold-line"
        aria-expanded={shown}
        aria-controls={shown ? id : undefined}
        onClick={() => setChosen(!shown)}
      >
        {summary}
        <span className="wb-chevron">
          <Icon name="chevron" />
        </span>
      </button>
      {shown && (
        <div className="wb-fold-body" id={id}>
          {children()}
        </div>
      )}
    </div>
  );
}
