import { beforeEach, describe, expect, it } from 'vitest';
import type { Batch, Failure } from '../protocol';
import { Subscriptions } from './subscriptions';

interface Sent {
  sub?: string;
  subscribe?: string;
  since?: number;
  unsubscribe?: string;
}

let sent: Sent[];
let got: Batch[];
let failed: Failure[];
let table: Subscriptions;

const batch = (since: number, seq: number, more: Partial<Batch> = {}): Batch => {
  const sub = sent.filter(message => message.subscribe).pop()?.sub ?? '';
  return { sub, since, seq, events: [seq], ...more };
};
const follow = (topic = 'session:a', since = 0) =>
  table.add(
    topic,
    since,
    b => got.push(b),
    f => failed.push(f)
  );

beforeEach(() => {
  [sent, got, failed] = [[], [], []];
  table = new Subscriptions(message => sent.push(message as Sent));
});

describe('a subscription', () => {
  it('delivers batches in order, each once', () => {
    follow();
    table.receive(batch(0, 5));
    table.receive(batch(0, 5));
    table.receive(batch(5, 9));
    expect(got.map(b => b.seq)).toEqual([5, 9]);
  });

  it('takes a batch that begins before its last number and goes beyond it', () => {
    follow();
    table.receive(batch(0, 5));
    table.receive(batch(3, 8));
    expect(got.map(b => b.seq)).toEqual([5, 8]);
  });

  it('asks again from its last number when there is a gap, and ignores what is still under way', () => {
    follow();
    table.receive(batch(0, 5));
    const late = batch(9, 12);
    table.receive(late);
    expect(sent.slice(1)).toEqual([
      { unsubscribe: late.sub },
      { sub: expect.any(String), subscribe: 'session:a', since: 5 }
    ]);
    table.receive(late);
    table.receive(batch(5, 12));
    expect(got.map(b => b.seq)).toEqual([5, 12]);
  });

  it('goes on from its last number on a new connection, under a new id', () => {
    follow();
    const first = sent[0].sub;
    table.receive(batch(0, 7));
    table.resubscribe();
    expect(sent[1]).toMatchObject({ subscribe: 'session:a', since: 7 });
    expect(sent[1].sub).not.toBe(first);
  });

  it('hears that its session has ended even when nothing more was said', () => {
    follow();
    table.receive(batch(0, 5));
    table.receive(batch(5, 5, { events: [], live: false }));
    expect(got.map(b => b.live)).toEqual([undefined, false]);
  });

  it('takes the whole state of a topic without history whatever its number', () => {
    follow('sessions');
    table.receive(batch(8, 9, { reset: true }));
    table.receive(batch(0, 1, { reset: true }));
    expect(got.length).toBe(2);
  });

  it('that fails says so once and is over', () => {
    follow();
    const over = batch(0, 0, { failure: { kind: 'not_found', message: 'No such session.', remedy: '' } });
    table.receive(over);
    table.receive(over);
    expect(failed.map(f => f.kind)).toEqual(['not_found']);
    table.resubscribe();
    expect(sent.length).toBe(1);
  });

  it('that is given up is ended at the host and hears nothing more', () => {
    const subscription = follow();
    const under = batch(0, 3);
    subscription.dispose();
    subscription.dispose();
    table.receive(under);
    expect(sent.slice(1)).toEqual([{ unsubscribe: under.sub }]);
    expect(got).toEqual([]);
    expect(table.size).toBe(0);
  });

  it('ignores what is for other tabs of a shared comm, and what is no batch', () => {
    follow();
    [{ ...batch(0, 3), sub: 'other.1' }, null, 'text', {}].forEach(message => table.receive(message));
    expect(got).toEqual([]);
  });

  it('has an id that no other page uses', () => {
    follow();
    new Subscriptions(message => sent.push(message as Sent)).add(
      'session:a',
      0,
      () => undefined,
      () => undefined
    );
    expect(sent[0].sub).not.toBe(sent[1].sub);
  });
});
