/**
 * What this page is called where it locks a skill, and on its socket: what it locked goes with it.
 *
 * A reloaded page is the same one, so its own lock never keeps it out; a copy of its tab is another one, so the name lies in
 * the tab's storage only while no page is there to use it.
 */
import { pageId } from './client';

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
