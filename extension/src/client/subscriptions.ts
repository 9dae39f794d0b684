/**
 * The table of what this page follows, and the rule by which events arrive in order, each once.
 *
 * A batch covers the numbers above `since` up to `seq`. It is taken when it continues what was delivered, ignored when all of
 * it was delivered before, and when it leaves a gap the topic is asked for again from the last delivered number, under a new
 * id, so that what is still under way for the old one is ignored.
 */
import type { Batch, Failure } from '../protocol';
import { pageId, type Disposable } from './client';

interface Entry {
  topic: string;
  last: number;
  onBatch: (batch: Batch) => void;
  onFailure: (failure: Failure) => void;
}

type Send = (message: object) => void;

export class Subscriptions {
  private readonly page = pageId();
  private readonly entries = new Map<string, Entry>();
  private count = 0;

  /** `send` drops the message when there is no connection: `resubscribe` says it again on the next one. */
  constructor(private readonly send: Send) {}

  add(
    topic: string,
    since: number,
    onBatch: (batch: Batch) => void,
    onFailure: (failure: Failure) => void
  ): Disposable {
    const entry: Entry = { topic, last: since, onBatch, onFailure };
    this.ask(entry);
    return { dispose: () => this.drop(entry) };
  }

  get size(): number {
    return this.entries.size;
  }

  /** Asks for every topic again, each from its last number: a new connection knows nothing. */
  resubscribe(): void {
    const entries = [...this.entries.values()];
    this.entries.clear();
    entries.forEach(entry => this.ask(entry));
  }

  /** A message from the host; those that are not for this page are none of our business. */
  receive(message: unknown): void {
    const batch = message as Batch;
    const entry = this.entries.get(batch?.sub);
    if (!entry) {
      return;
    }
    if (batch.failure) {
      this.entries.delete(batch.sub);
      entry.onFailure(batch.failure);
    } else if (batch.reset || this.continues(entry, batch)) {
      entry.last = batch.seq;
      entry.onBatch(batch);
    }
  }

  private continues(entry: Entry, batch: Batch): boolean {
    if (batch.since > entry.last) {
      this.drop(entry);
      this.ask(entry);
      return false;
    }
    // An empty batch at the last number is still news: it says whether the session lives.
    return batch.seq > entry.last || (batch.seq === entry.last && batch.events.length === 0);
  }

  private ask(entry: Entry): void {
    const sub = `${this.page}.${++this.count}`;
    this.entries.set(sub, entry);
    this.send({ sub, subscribe: entry.topic, since: entry.last });
  }

  private drop(entry: Entry): void {
    for (const [sub, other] of this.entries) {
      if (other === entry) {
        this.entries.delete(sub);
        this.send({ unsubscribe: sub });
      }
    }
  }
}
