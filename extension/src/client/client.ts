/**
 * What a view may ask of the outside: one call with one answer, or a topic whose events arrive in order, each once.
 *
 * Views know only this interface. Who carries it (a POST and a WebSocket, or a comm) is chosen where a view is mounted.
 */
import type { Batch, Commands, Failure } from '../protocol';

/** Something that is given up exactly once. */
export interface Disposable {
  dispose(): void;
}

export type Connection = 'connecting' | 'open' | 'reconnecting' | 'failed';

/** A value that can be read at any time and watched. */
export interface Watched<T> {
  get(): T;
  watch(listener: () => void): () => void;
}

export type Request<Name extends keyof Commands> = Commands[Name]['request'];
export type Answer<Name extends keyof Commands> = Commands[Name]['reply'];

export interface Client {
  /** Runs one command. Rejects with a `CallError`, never with anything else. */
  call<Name extends keyof Commands>(name: Name, params: Request<Name>): Promise<Answer<Name>>;

  /**
   * Follows a topic from above `since`. After `onFailure` nothing more comes. Lost connections are the client's business:
   * it asks again from the last number that it delivered.
   */
  subscribe(
    topic: string,
    since: number,
    onBatch: (batch: Batch) => void,
    onFailure: (failure: Failure) => void
  ): Disposable;

  readonly connection: Watched<Connection>;
}

/** A failure that travelled: a sentence for people and a kind for programs. */
export class CallError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = 'CallError';
  }
}

/** Any thrown value as a failure to show. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CallError) {
    return error.failure;
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'internal',
    message,
    remedy: 'Reload the page; if it happens again, the browser console has the details.'
  };
}

/** The smallest store: set, get, watch. */
export class Value<T> implements Watched<T> {
  private listeners = new Set<() => void>();

  constructor(private value: T) {}

  get = (): T => this.value;

  set(value: T): void {
    if (value !== this.value) {
      this.value = value;
      this.listeners.forEach(listener => listener());
    }
  }

  watch = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

/** A prefix that no other tab, page or earlier load of this page uses: a comm's answers reach all of them. */
export function pageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return Array.from(bytes, byte => byte.toString(36).padStart(2, '0')).join('');
}
