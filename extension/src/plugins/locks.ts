/**
 * Which of the pages that show a session may write what they know into the notebook: the one that holds its Web Lock.
 *
 * A page asks once a session, however many of its cells show it, and keeps the lock while any of them does.
 */
export interface Claim {
  /** True: this page holds the lock. False: another does. Null: this page is not secure and has no locks. */
  readonly held: Promise<boolean | null>;
  release(): void;
}

interface Held {
  users: number;
  readonly held: Promise<boolean | null>;
  readonly free: () => void;
}

const claims = new Map<string, Held>();

export function claim(session: string): Claim {
  const found = claims.get(session) ?? request(session);
  claims.set(session, found);
  found.users += 1;
  let released = false;
  return {
    held: found.held,
    release: () => {
      if (!released && --found.users === 0) {
        claims.delete(session);
        found.free();
      }
      released = true;
    }
  };
}

function request(session: string): Held {
  const locks = globalThis.navigator?.locks;
  if (!locks) {
    return { users: 0, held: Promise.resolve(null), free: () => undefined };
  }
  let free = (): void => undefined;
  const until = new Promise<void>(resolve => {
    free = resolve;
  });
  const held = new Promise<boolean>(resolve => {
    void locks.request(`workbench/${session}`, { ifAvailable: true }, lock => {
      resolve(lock !== null);
      return lock && until;
    });
  });
  return { users: 0, held, free };
}
