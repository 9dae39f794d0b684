/**
 * Who edits a skill: this page while something is typed and not saved, or another one, and then it is only read here.
 *
 * The lock is taken with the first letter and given back when that is saved, discarded or left. A server takes it from a
 * page that stays away; a page that was only cut off for a while asks for it again. A person may take it over at any time.
 * It is the page's, not a view's: what two views of a skill do about it follows each other, and the last one gives it back.
 */
import React, { useCallback, useEffect, useState } from 'react';
import { failureOf, type Client } from '../../client/client';
import { useAction } from '../../components/hooks';
import { Icon } from '../../components/Icon';
import { Sentence } from '../../components/Sentence';
import type { Failure } from '../../protocol';
import { PAGE } from '../../client/page';

export interface Editing {
  /** Another page or program has the lock. */
  readonly elsewhere: boolean;
  /** Takes the lock from whoever has it. */
  takeOver(): Promise<void>;
}

/** `locked`: as far as is known, somebody has the lock; `held`: something is typed here and not saved. */
export function useEditing(client: Client, name: string, locked: boolean, held: boolean): Editing {
  const [elsewhere, setElsewhere] = useState(false);
  const [taken, setTaken] = useState(0);

  useEffect(() => {
    if (!locked || held) {
      setElsewhere(false);
      return;
    }
    let current = true;
    client.call('skills.check_lock', { name, instance: PAGE }).then(
      lock => {
        if (current) {
          setElsewhere(lock.locked && !lock.mine);
          if (lock.locked && lock.mine) {
            // It came behind what gave it back: before the page was loaded again, or under the name before.
            inTurn(name, () => unlock(client, name));
          }
        }
      },
      () => current && setElsewhere(true)
    );
    return () => {
      current = false;
    };
  }, [client, name, locked, held, taken]);

  useEffect(() => {
    if (!held) {
      return;
    }
    let current = true;
    const lock = (): Promise<unknown> =>
      client
        .call('skills.lock', { name, instance: PAGE })
        .then(() => current && setElsewhere(false))
        // Of another failure the person hears when it is saved.
        .catch(error => current && setElsewhere(isLocked(failureOf(error))));
    const hidden = (): void => {
      // There may be no turn any more; a page that is shown again waits for the answer.
      const answer = giveBack(client, name);
      inTurn(name, () => answer);
    };
    const again = (event: PageTransitionEvent): void => void (event.persisted && inTurn(name, lock));
    const reconnected = (): void => void (client.connection.get() === 'open' && inTurn(name, lock));
    holders.set(name, (holders.get(name) ?? 0) + 1);
    inTurn(name, lock);
    const unwatch = client.connection.watch(reconnected);
    window.addEventListener('pagehide', hidden);
    window.addEventListener('pageshow', again);
    return () => {
      current = false;
      unwatch();
      window.removeEventListener('pagehide', hidden);
      window.removeEventListener('pageshow', again);
      holders.set(name, (holders.get(name) ?? 0) - 1);
      inTurn(name, () => unlock(client, name));
    };
  }, [client, name, held, taken]);

  const takeOver = useCallback(async () => {
    const { locked, mine, instance } = await client.call('skills.check_lock', { name, instance: PAGE });
    if (locked && !mine) {
      await client.call('skills.unlock', { name, instance });
    }
    setElsewhere(false);
    setTaken(before => before + 1);
  }, [client, name]);
  return { elsewhere, takeOver };
}

/** How many views of this page have something of a skill that is not saved, by its name. */
const holders = new Map<string, number>();

/** What is asked last about the lock of a skill, by its name, while it has not been answered. */
const turns = new Map<string, Promise<unknown>>();

/** Not before what was asked before has been answered: a lock that is given back and taken again is taken. */
function inTurn(name: string, act: () => Promise<unknown>): void {
  const turn = (turns.get(name) ?? Promise.resolve()).then(act).finally(() => {
    if (turns.get(name) === turn) {
      turns.delete(name);
    }
  });
  turns.set(name, turn);
}

/** Unless a view of this page needs it, which is known when it is its turn. */
const unlock = async (client: Client, name: string): Promise<unknown> =>
  holders.get(name) ? undefined : giveBack(client, name);

const giveBack = (client: Client, name: string): Promise<unknown> =>
  client.call('skills.unlock', { name, instance: PAGE }).catch(() => undefined);

export const isLocked = ({ facts }: Failure): boolean => facts?.reason === 'locked';

interface Props {
  editing: Editing;
  /** Something is typed here too. */
  held: boolean;
}

export function Elsewhere({ editing, held }: Props): React.ReactElement {
  const action = useAction();
  return (
    <div className="wb-skill-locked" role="group" aria-label="Being edited">
      <div className="wb-done-line">
        <Icon name="lock" />
        <span role="status">
          It is being edited in another window.{' '}
          {held ? 'What you typed cannot be saved until that is done.' : 'Here you can read it.'}
        </span>
        <button
          type="button"
          className="wb-button"
          aria-disabled={action.busy}
          title="What is typed there can then not be saved while you edit here."
          onClick={() => void action.run(editing.takeOver)}
        >
          Edit it here instead
        </button>
      </div>
      {action.failure && <Sentence failure={action.failure} />}
    </div>
  );
}
