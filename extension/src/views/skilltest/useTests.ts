/** The tests of a skill, and the one that is looked at: read again for as long as it goes on. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import type { Failure, RunTest, SkillTest, VoteTest } from '../../protocol';
import { PAGE } from '../../client/page';
import { isAtWork } from './words';

export interface Tests {
  /** The last first; null before the first answer. */
  readonly tests: readonly SkillTest[] | null;
  /** The one that is shown; null: another is to be begun. */
  readonly shown: SkillTest | null;
  readonly failure: Failure | null;
  reload(): void;
  show(id: string | null): void;
  run(asked: Omit<RunTest, 'skill' | 'instance'>): Promise<void>;
  vote(round: number, vote: VoteTest['vote']): Promise<void>;
  stop(): Promise<void>;
  /** Goes on with one whose Workbench has ended, and comes back when it is over. */
  settle(): Promise<void>;
}

const LOOK_MS = 1_500;

export function useTests(client: Client, skill: string, first: string | undefined): Tests {
  const [tests, setTests] = useState<readonly SkillTest[] | null>(null);
  const [chosen, setChosen] = useState<string | null>(first ?? null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  const told = useRef(0);
  const reload = useCallback(() => setAsked(before => before + 1), []);
  const put = useCallback((test: SkillTest) => {
    setTests(before => {
      const known = before ?? [];
      return known.some(({ id }) => id === test.id)
        ? known.map(each => (each.id === test.id ? test : each))
        : [test, ...known];
    });
  }, []);
  const tell = (test: SkillTest): void => {
    told.current += 1;
    put(test);
  };
  useEffect(() => {
    let current = true;
    const before = told.current;
    client.call('skill_test.history', { skill }).then(
      reply => {
        if (current && before !== told.current) {
          // The list may be older than what was told meanwhile.
          reload();
        } else if (current) {
          setTests(reply.tests);
          setFailure(null);
          // What goes on is what one comes back for.
          const open = reply.tests.find(each => isAtWork(each) || each.status === 'voting');
          setChosen(id => id ?? open?.id ?? null);
        }
      },
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, skill, asked, reload]);
  const shown = tests?.find(({ id }) => id === chosen) ?? null;
  const going = shown && isAtWork(shown) ? shown.id : null;
  useEffect(() => {
    if (going === null) {
      return;
    }
    let current = true;
    const look = async (): Promise<void> => {
      try {
        const next = await client.call('skill_test.show', { id: going });
        if (current) {
          put(next);
          setFailure(null);
        }
      } catch (error) {
        if (current) {
          setFailure(failureOf(error));
        }
      }
      if (current) {
        timer = setTimeout(() => void look(), LOOK_MS);
      }
    };
    let timer = setTimeout(() => void look(), LOOK_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, going, put]);
  return {
    tests,
    shown,
    failure,
    reload,
    show: setChosen,
    run: async what => {
      const test = await client.call('skill_test.run', { skill, instance: PAGE, ...what });
      tell(test);
      setChosen(test.id);
    },
    vote: async (round, vote) => {
      if (shown) {
        tell(await client.call('skill_test.vote', { id: shown.id, round, vote }));
      }
    },
    stop: async () => {
      if (shown) {
        tell(await client.call('skill_test.stop', { id: shown.id }));
      }
    },
    settle: async () => {
      if (shown) {
        tell(await client.call('skill_test.settle', { id: shown.id }));
      }
    }
  };
}
