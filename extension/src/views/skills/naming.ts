/** What the name of a skill may be: said while it is typed. The server decides; this only saves a person the way. */

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const MOST = 64;

/** What is wrong with a name, or null. An empty one is not wrong yet. */
export function problemOf(name: string, taken: ReadonlySet<string>): string | null {
  if (name === '') {
    return null;
  }
  if (name.length > MOST) {
    return `A name has at most ${MOST} characters; this one has ${name.length}.`;
  }
  if (!NAME.test(name)) {
    return 'A name holds a-z, 0-9 and single hyphens between them.';
  }
  if (taken.has(name)) {
    return 'There is a skill of this name.';
  }
  return name === 'anthropic' || name === 'claude' ? 'This name is reserved.' : null;
}

/** The nearest name that would do; empty when nothing is left of it. */
export function suggested(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MOST)
    .replace(/^-+|-+$/g, '');
  if (!plain || !taken.has(plain)) {
    return plain;
  }
  for (let number = 2; ; number++) {
    const next = `${plain.slice(0, MOST - 4)}-${number}`;
    if (!taken.has(next)) {
      return next;
    }
  }
}
