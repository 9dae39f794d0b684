/**
 * The refining of one skill: its text, what has changed of it, and the turn that is under way.
 *
 * A turn is over when the host has compared the folder with what it was before and put strays back; whoever opens the view
 * while a turn runs waits for that too. While it runs, what has changed so far is read again now and then.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import type { Failure, RefineContent, RefineDiff, RefineOutcome, Undone } from '../../protocol';
import { PAGE } from '../../client/page';
import { useNews } from '../skills/useNews';

export interface Refining {
  readonly content: RefineContent | null;
  readonly diff: RefineDiff | null;
  readonly failure: Failure | null;
  /** The open conversation, also one that was opened from here. */
  readonly session: string | null;
  readonly running: boolean;
  /** What the last turn that was seen here came to. */
  readonly outcome: RefineOutcome | null;
  /** What an agent is told of how its answer came about. */
  readonly notice: string;
  reload(): void;
  send(message: string, provider?: string): Promise<void>;
  decide(accept: boolean, path?: string, hunks?: readonly string[], digest?: string): Promise<string | null>;
  undo(): Promise<Undone>;
  close(): Promise<void>;
}

const LOOK_MS = 2_000;

export function useRefine(client: Client, skill: string): Refining {
  const [content, setContent] = useState<RefineContent | null>(null);
  const [diff, setDiff] = useState<RefineDiff | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [turn, setTurn] = useState<{ run: string; session: string } | null>(null);
  const [session, setSession] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<RefineOutcome | null>(null);
  const [lost, setLost] = useState<Failure | null>(null);
  const [notice, setNotice] = useState('');
  const read = useReader(client, skill);

  const reload = useCallback(async (): Promise<void> => {
    const found = await read();
    if (!found) {
      return;
    }
    if (found.failure) {
      setFailure(found.failure);
      return;
    }
    setFailure(null);
    setContent(found.content);
    setSession(found.content.session);
    setDiff(found.diff);
    const { run, session: open } = found.content;
    setTurn(before => before ?? (run && open ? { run, session: open } : null));
  }, [read]);
  useEffect(() => void reload(), [reload]);
  useNews(client, () => void reload());

  // Whoever waits for a turn learns what it came to; the wait ends with the view, the turn does not.
  useEffect(() => {
    if (!turn) {
      return;
    }
    let current = true;
    const timer = setInterval(() => void reload(), LOOK_MS);
    client
      .call('refine.settle', { skill, run: turn.run })
      .then(
        reply => current && setOutcome(reply),
        error => current && setLost(failureOf(error))
      )
      .finally(async () => {
        clearInterval(timer);
        // Decided is what is shown: so that is read first, and only then may it be.
        if (current) {
          await reload();
        }
        if (current) {
          setTurn(null);
        }
      });
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [client, skill, turn, reload]);

  const send = async (message: string, provider?: string): Promise<void> => {
    const chosen = provider && !session ? { provider } : {};
    const sent = await client.call('refine.send', { skill, message, instance: PAGE, ...chosen });
    setOutcome(null);
    setLost(null);
    setNotice(sent.notice ?? '');
    setSession(sent.session);
    setTurn({ run: sent.run, session: sent.session });
  };
  const decide: Refining['decide'] = async (accept, path, hunks = [], digest) => {
    const which = path === undefined ? { digest: diff?.digest } : { path, hunks: [...hunks], digest };
    const reply = await client.call('refine.decide', { skill, accept, instance: PAGE, ...which });
    setDiff(reply.diff);
    void reload();
    return reply.commit;
  };
  const undo = async (): Promise<Undone> => {
    const reply = await client.call('refine.undo', { skill, run: diff?.undoable, instance: PAGE });
    setDiff(reply.diff);
    void reload();
    return reply;
  };
  const close = async (): Promise<void> => {
    await client.call('refine.close', { skill, instance: PAGE });
    setOutcome(null);
    setNotice('');
    await reload();
  };
  return {
    content,
    diff,
    failure: failure ?? lost,
    session,
    running: turn !== null,
    outcome,
    notice,
    reload: () => void reload(),
    send,
    decide,
    undo,
    close
  };
}

type Found =
  | { readonly failure: null; readonly content: RefineContent; readonly diff: RefineDiff }
  | { readonly failure: Failure };

/** Reads both; what a later reading finds, where one has been begun meanwhile; null when the view is gone. */
function useReader(client: Client, skill: string): () => Promise<Found | null> {
  const last = useRef(0);
  const newest = useRef<Promise<Found | null>>(Promise.resolve(null));
  useEffect(
    () => () => {
      last.current += 1;
      newest.current = Promise.resolve(null);
    },
    [client, skill]
  );
  const one = useCallback(async (): Promise<Found | null> => {
    const mine = ++last.current;
    let found: Found;
    try {
      const [content, diff] = await Promise.all([
        client.call('refine.content', { skill }),
        client.call('refine.diff', { skill })
      ]);
      found = { failure: null, content, diff };
    } catch (error) {
      found = { failure: failureOf(error) };
    }
    return mine === last.current ? found : newest.current;
  }, [client, skill]);
  return useCallback(() => (newest.current = one()), [one]);
}
