/** A skill that no workflow builds, in the place of its steps: what it is instead, and the way to it. */
import React, { useCallback } from 'react';
import type { Client } from '../../client/client';
import { useReading } from '../../components/hooks';
import type { Failure } from '../../protocol';
import { Unread } from '../Frame';
import type { Host } from '../host';
import { Onward } from './Kept';

interface Props {
  client: Client;
  skill: string;
  host: Host;
}

export const isUnbuilt = (failure: Failure | null): boolean => failure?.facts?.reason === 'no_workflow';

export function Unbuilt({ client, skill, host }: Props): React.ReactElement {
  const found = useReading(useCallback(() => client.call('skills.get', { name: skill }), [client, skill]));
  return (
    <>
      {found.failure && <Unread failure={found.failure} />}
      {found.value && (
        <div className="wb-finished">
          <p role="status">
            {found.value.source === 'imported'
              ? 'This skill was kept as imported: no workflow builds it, so there are no steps here.'
              : 'No workflow builds this skill, so there are no steps here.'}
          </p>
          <div className="wb-buttons">
            <Onward skill={skill} host={host} />
          </div>
        </div>
      )}
    </>
  );
}
