/** A failure as a person meets it: what happened, and what to do about it. */
import React from 'react';
import type { Failure } from '../protocol';
import { Icon } from './Icon';
import { plain } from './plain';

interface Props {
  failure: Failure;
  /** It is told, not announced: it may have happened long ago. */
  past?: boolean;
  children?: React.ReactNode;
}

export function Sentence({ failure, past, children }: Props): React.ReactElement {
  return (
    <div className="wb-sentence" role={past ? undefined : 'alert'}>
      <Icon name="warning" />
      <div>
        <p>{plain(failure.message)}</p>
        {failure.remedy && <p className="wb-remedy">{plain(failure.remedy)}</p>}
        {children}
      </div>
    </div>
  );
}
