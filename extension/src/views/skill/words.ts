/** What the page of a skill says of versions and days. */
import { firstLine } from '../../components/format';
import { plain } from '../../components/plain';
import type { VersionRow } from '../../protocol';

/** What a version did, without the name of the skill, which every message begins with. */
export function titleOf({ message, name }: VersionRow): string {
  const line = firstLine(plain(message));
  const said = line.startsWith(`${name}: `) ? line.slice(name.length + 2) : line;
  return said || 'Without a message';
}

/** Why nothing may be done to a skill while something is typed: it would be done under that. */
export const UNSAVED = 'Save or discard what you typed first.';

/** The day of a moment where the person is, as a box for days writes it. */
export function dayOf(moment: string): string {
  const at = new Date(moment);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const CLASSES: { readonly [label: string]: string } = {
  AST01: 'malicious',
  AST02: 'supply chain',
  AST03: 'asks for too much',
  AST04: 'insecure metadata',
  AST05: 'unsafe to load',
  AST06: 'weak isolation',
  AST07: 'may change later',
  AST08: 'hides from scanners',
  AST09: 'no governance',
  AST10: 'reused elsewhere'
};

/** A class of the OWASP Agentic Skills Top 10, in words. */
export const classOf = (label: string): string =>
  Object.hasOwn(CLASSES, label) ? CLASSES[label] : plain(label);
