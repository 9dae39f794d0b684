/** A client whose changes are this page's, so that its own lock does not keep it out. */
import type { Client } from '../../client/client';
import { PAGE } from '../../client/page';
import type { Commands } from '../../protocol';

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
