/** One skill as it lies on the disk, read again when it may have changed and nothing here is half-written. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { useStable } from '../../components/hooks';
import type { Failure, Skill } from '../../protocol';
import { useNews } from '../skills/useNews';

export interface Reading {
  readonly skill: Skill | null;
  readonly failure: Failure | null;
  reload(): void;
  /** What a command answered is as good as reading it. */
  take(skill: Skill): void;
}

const STALE_MS = 3_000;

export function useSkill(client: Client, name: string, held: boolean): Reading {
  const [skill, setSkill] = useState<Skill | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  const loaded = useRef(0);
  const taken = useRef(0);
  const reload = useCallback(() => setAsked(before => before + 1), []);
  const again = useStable(() => held || reload());
  useEffect(() => {
    let current = true;
    const before = taken.current;
    client.call('skills.get', { name }).then(
      answer => {
        if (current && before !== taken.current) {
          // A command has answered meanwhile: which of the two is newer, nobody knows.
          again();
        } else if (current) {
          loaded.current = Date.now();
          // The same file is the same value: what is drawn from it stays.
          setSkill(shown => (shown && same(shown, answer) ? shown : answer));
          setFailure(null);
        }
      },
      error => current && setFailure(failureOf(error))
    );
    return () => {
      current = false;
    };
  }, [client, name, asked, again]);
  const take = useCallback((next: Skill) => {
    loaded.current = Date.now();
    taken.current += 1;
    setSkill(next);
  }, []);
  useNews(client, again);
  useEffect(() => {
    const look = (): void => {
      if (!held && !document.hidden && Date.now() - loaded.current > STALE_MS) {
        reload();
      }
    };
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [held, reload]);
  return { skill, failure, reload, take };
}

const same = (a: Skill, b: Skill): boolean => JSON.stringify(a) === JSON.stringify(b);
