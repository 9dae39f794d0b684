/**
 * What this page is called where a skill is locked, and a client that says so with every change.
 *
 * A reloaded page is the same one, so its own lock never keeps it out; a copy of its tab is another one, so the name lies in
 * the tab's storage only while no page is there to use it.
 */
import { pageId, type Client } from '../../client/client';
import type { Commands } from '../../protocol';

const KEY = 'workbench-page';

export const PAGE = taken() ?? pageId();

window.addEventListener('pagehide', () => keep(PAGE));
window.addEventListener('pageshow', taken);

/** Where a page may keep nothing, it has another name after a reload: it can still take its skill over. */
function taken(): string | null {
  try {
    const name = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return name;
  } catch {
    return null;
  }
}

function keep(name: string): void {
  try {
    sessionStorage.setItem(KEY, name);
  } catch {
    // See above.
  }
}

const CHANGES: ReadonlySet<keyof Commands> = new Set([
  'skills.edit',
  'skills.fix',
  'skills.rename',
  'skills.delete',
  'skills.update_tags',
  'skills.update_metadata',
  'git.restore',
  'git.tag'
] as const);

/** The same client; what it changes, this page changes. */
export function asPage(client: Client): Client {
  return {
    connection: client.connection,
    call: (name, params) => client.call(name, CHANGES.has(name) ? { ...params, instance: PAGE } : params),
    subscribe: (...asked) => client.subscribe(...asked)
  };
}
