/** A report that follows what it is asked with: while the next answer is on its way, the last one stays in sight. */
import { useEffect, useMemo, useState } from 'react';
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
  const [{ of, ...state }, setState] = useState<Omit<Answered<Answer<Name>>, 'stale'> & { of?: object }>({
    answer: null,
    failure: null
  });
  const asked = JSON.stringify(params);
  /** What an answer has to be of: another one from the moment at which something else is asked. */
  const question = useMemo(() => ({ client, name, asked, stamp }), [client, name, asked, stamp]);
  useEffect(() => {
    let current = true;
    question.client.call(question.name, JSON.parse(question.asked) as Request<Name>).then(
      answer => current && setState({ answer, failure: null, of: question }),
      error => current && setState(({ answer }) => ({ answer, failure: failureOf(error), of: question }))
    );
    return () => {
      current = false;
    };
  }, [question]);
  return { ...state, stale: of !== question };
}
