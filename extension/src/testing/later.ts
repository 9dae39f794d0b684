/** An answer that comes when the test says so. */
export interface Later<T> {
  readonly answer: Promise<T>;
  come(value: T): void;
}

export function later<T = unknown>(): Later<T> {
  let come: (value: T) => void = () => undefined;
  const answer = new Promise<T>(resolve => (come = resolve));
  return { answer, come };
}
