/** Starts an agent: who, and what it should do. */
import React, { useState } from 'react';
import type { Client } from '../../client/client';
import { firstLine } from '../../components/format';
import { Composer } from '../session/Composer';
import type { Host } from '../host';
import { useProviders } from './useProviders';

export function NewSession({ client, host }: { client: Client; host: Host }): React.ReactElement {
  const known = useProviders(client);
  const [chosen, setChosen] = useState<string | null>(null);
  const usual =
    known.find(row => row.name === host.provider) ??
    known.find(row => row.default && row.installed) ??
    known[0];
  const provider = chosen ?? usual?.name ?? 'replay';
  const missing = known.find(row => row.name === provider && !row.installed);
  const start = async (prompt: string): Promise<void> => {
    const title = firstLine(prompt);
    const { session } = await client.call('agents.start', { provider, prompt, title });
    host.openSession?.(session, title);
  };
  return (
    <div className="wb-new">
      <Composer label="What should the agent do?" send={start} />
      {known.length > 0 && (
        <label className="wb-choice">
          Agent
          <select value={provider} onChange={event => setChosen(event.target.value)}>
            {known.map(row => (
              <option key={row.name} value={row.name}>
                {row.label}
              </option>
            ))}
          </select>
        </label>
      )}
      {missing?.remedy && <p className="wb-hint">{missing.remedy}</p>}
    </div>
  );
}
