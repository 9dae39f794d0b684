/** A failure as a person meets it: what happened, and what to do about it. */
import React from 'react';
import type { Failure } from '../protocol';
import { Icon } from './Icon';
import { plain } from './plain';

export function Sentence({
  failure,
  children
}: {
  failure: Failure;
  children?: React.ReactNode;
}): React.ReactElement {
  return (
    <div className="wb-sentence" role="alert">
      <Icon name="warning" />
      <div>
        <p>{plain(failure.message)}</p>
        {failure.remedy && <p className="wb-remedy">{plain(failure.remedy)}</p>}
        {children}
      </div>
    </div>
  );
}
