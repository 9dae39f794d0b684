/** What the page of a skill says of versions. */
import { firstLine } from '../../components/format';
import { plain } from '../../components/plain';
import type { VersionRow } from '../../protocol';

/** What a version did, without the name of the skill, which every message begins with. */
export function titleOf({ message, name }: VersionRow): string {
  const line = firstLine(plain(message));
  const said = line.startsWith(`${name}: `) ? line.slice(name.length + 2) : line;
  return said || 'Without a message';
}
