/** A report that follows what it is asked with: while the next answer is on its way, the last one stays in sight. */
import { useEffect, useState } from 'react';
import { failureOf, type Answer, type Client, type Request } from '../../client/client';
import type { Commands, Failure } from '../../protocol';

export interface Answered<T> {
  readonly answer: T | null;
  readonly failure: Failure | null;
  /** What is in sight answers an earlier question. */
  readonly stale: boolean;
}

/** `stamp` moves when the same question may have another answer. */
export function useAnswer<Name extends keyof Commands>(
  client: Client,
  name: Name,
  params: Request<Name>,
  stamp: number
): Answered<Answer<Name>> {
  const [state, setState] = useState<Answered<Answer<Name>>>({ answer: null, failure: null, stale: true });
  const asked = JSON.stringify(params);
  useEffect(() => {
    let current = true;
    setState(before => ({ ...before, stale: true }));
    client.call(name, JSON.parse(asked) as Request<Name>).then(
      answer => current && setState({ answer, failure: null, stale: false }),
      error => current && setState(({ answer }) => ({ answer, failure: failureOf(error), stale: false }))
    );
    return () => {
      current = false;
    };
  }, [client, name, asked, stamp]);
  return state;
}
