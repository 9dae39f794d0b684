/** The time zones that a person may choose. */

/** The browser's own zone; one that it cannot name is UTC. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** Every zone that the browser knows, the likely ones first. */
export function zones(own: string): readonly string[] {
  const all = Intl.supportedValuesOf?.('timeZone') ?? [];
  return [...new Set([own, 'UTC', ...all])];
}
