/** Prompts worth a test: those an example has recordings for, else the requests that the person said it should serve. */
import { useEffect, useState } from 'react';
import type { Client } from '../../client/client';

export interface Prompts {
  readonly texts: readonly string[];
  readonly recorded: boolean;
}

const NONE: Prompts = { texts: [], recorded: false };

export function usePrompts(client: Client, skill: string): Prompts {
  const [prompts, setPrompts] = useState(NONE);
  useEffect(() => {
    let current = true;
    // A skill that was not built here has no workflow, and the prompt is written by hand.
    found(client, skill).then(
      next => current && setPrompts(next),
      () => undefined
    );
    return () => {
      current = false;
    };
  }, [client, skill]);
  return prompts;
}

async function found(client: Client, skill: string): Promise<Prompts> {
  const { example, intake } = await client.call('workflow.state', { skill });
  if (example) {
    const { examples } = await client.call('workflow.examples', {});
    return { texts: examples.find(({ name }) => name === example)?.tests ?? [], recorded: true };
  }
  return { texts: intake.interview?.serves ?? [], recorded: false };
}
