/** The issue as it may leave by hand: masked by the server, which alone knows the secrets, a moment after the last letter. */
import { useEffect, useState } from 'react';
import type { Answer, Client } from '../../client/client';
import type { Drafted } from './FeedbackView';

export type ByHand = Answer<'feedback.by_hand'>;

const QUIET_MS = 300;

/** What the server said of this very title and body; null until it has. */
export function useByHand(client: Client, { title, body }: Pick<Drafted, 'title' | 'body'>): ByHand | null {
  const [said, setSaid] = useState<{ title: string; body: string; found: ByHand } | null>(null);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      // Without an answer nothing leaves by an address; copying asks once more, and says what is wrong.
      client.call('feedback.by_hand', { title, body }).then(
        found => current && setSaid({ title, body, found }),
        () => undefined
      );
    }, QUIET_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, title, body]);
  return said && said.title === title && said.body === body ? said.found : null;
}
