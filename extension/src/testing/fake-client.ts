/** A client that plays what a test tells it to, and remembers what it was asked. It speaks the interface that views know. */
import {
  CallError,
  Value,
  type Answer as Answered,
  type Client,
  type Connection,
  type Disposable,
  type Request
} from '../client/client';
import type { Batch, Commands, Failure, Record as Entry } from '../protocol';

interface Follower {
  topic: string;
  onBatch: (batch: Batch) => void;
  onFailure: (failure: Failure) => void;
}

type Answer = (params: { [name: string]: unknown }) => unknown;

export class FakeClient implements Client {
  readonly connection = new Value<Connection>('open');
  readonly calls: { name: string; params: { [name: string]: unknown } }[] = [];
  private followers = new Set<Follower>();
  private entries = new Map<string, Entry[]>();
  private states = new Map<string, unknown[]>();

  constructor(private readonly answers: { [Name in keyof Commands]?: Answer } = {}) {}

  async call<Name extends keyof Commands>(name: Name, params: Request<Name>): Promise<Answered<Name>> {
    this.calls.push({ name, params: params as { [name: string]: unknown } });
    const answer = this.answers[name];
    if (!answer) {
      throw new CallError({ kind: 'unknown_command', message: `No command is named ${name}.`, remedy: '' });
    }
    return (await answer(params as { [name: string]: unknown })) as Answered<Name>;
  }

  subscribe(
    topic: string,
    since: number,
    onBatch: (batch: Batch) => void,
    onFailure: (failure: Failure) => void
  ): Disposable {
    const follower = { topic, onBatch, onFailure };
    this.followers.add(follower);
    const past = (this.entries.get(topic) ?? []).filter(entry => entry.seq > since);
    if (past.length) {
      onBatch({ sub: '', since, seq: past[past.length - 1].seq, events: past, live: true });
    }
    const state = this.states.get(topic);
    if (state) {
      onBatch({ sub: '', since: 0, seq: 0, events: state, reset: true });
    }
    return { dispose: () => this.followers.delete(follower) };
  }

  get following(): string[] {
    return [...this.followers].map(({ topic }) => topic);
  }

  /** Adds records to a session's transcript and shows them to its followers. */
  say(session: string, entries: Entry[], live = true): void {
    const topic = `session:${session}`;
    const all = this.entries.get(topic) ?? [];
    const since = all[all.length - 1]?.seq ?? 0;
    this.entries.set(topic, [...all, ...entries]);
    this.send(topic, { since, seq: entries[entries.length - 1]?.seq ?? since, events: entries, live });
  }

  /** Sends the whole state of a topic without history. */
  reset(topic: string, events: unknown[]): void {
    this.states.set(topic, events);
    this.send(topic, { since: 0, seq: 0, events, reset: true });
  }

  fail(topic: string, failure: Failure): void {
    this.followers.forEach(follower => follower.topic === topic && follower.onFailure(failure));
  }

  private send(topic: string, batch: Omit<Batch, 'sub'>): void {
    this.followers.forEach(follower => follower.topic === topic && follower.onBatch({ sub: '', ...batch }));
  }
}
