import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from './client';
import { CommClient, type CommModel } from './comm';

class Model implements CommModel {
  sent: { id?: string; sub?: string }[] = [];
  listeners = new Set<(content: unknown) => void>();
  send = (content: object): void => void this.sent.push(content);
  on = (_: string, listener: (content: unknown) => void): void => void this.listeners.add(listener);
  off = (_: string, listener: (content: unknown) => void): void => void this.listeners.delete(listener);
  /** A comm's messages reach every tab that shows the notebook. */
  receive = (content: unknown): void => this.listeners.forEach(listener => listener(content));
}

let model: Model;
let client: CommClient;

beforeEach(() => {
  vi.useFakeTimers();
  model = new Model();
  client = new CommClient(model);
});
afterEach(() => {
  client.dispose();
  vi.useRealTimers();
});

describe('a call over a comm', () => {
  it('gets the answer that carries its id', async () => {
    const answer = client.call('sessions.list', { limit: 1 });
    model.receive({ id: model.sent[0].id, result: { sessions: [] } });
    expect(await answer).toEqual({ sessions: [] });
    expect(model.sent[0]).toMatchObject({ call: 'sessions.list', params: { limit: 1 } });
  });

  it('rejects with the failure that travelled', async () => {
    const answer = client.call('agents.stop', { session: 's' });
    model.receive({ id: model.sent[0].id, failure: { kind: 'not_found', message: 'No.', remedy: 'Look.' } });
    await expect(answer).rejects.toBeInstanceOf(CallError);
    await expect(answer).rejects.toMatchObject({ failure: { kind: 'not_found' } });
  });

  it('is not answered by the answer to another tab', async () => {
    const other = new CommClient(model);
    const mine = client.call('agents.providers', {});
    const theirs = other.call('agents.providers', {});
    expect(model.sent[0].id).not.toBe(model.sent[1].id);
    model.receive({ id: model.sent[1].id, result: 'theirs' });
    model.receive({ id: model.sent[0].id, result: 'mine' });
    expect([await mine, await theirs]).toEqual(['mine', 'theirs']);
    other.dispose();
  });

  it('of a kernel that does not answer is a sentence, not a wait', async () => {
    const answer = client.call('agents.providers', {});
    const outcome = expect(answer).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
    await vi.advanceTimersByTimeAsync(30_000);
    await outcome;
  });

  it('of a kernel that answers others meanwhile is waited for as long as it takes', async () => {
    const answer = client.call('refine.settle', { skill: 'x', run: 'r1' });
    for (let minute = 0; minute < 10; minute++) {
      const asked = model.sent.length;
      await vi.advanceTimersByTimeAsync(15_000);
      expect(model.sent).toHaveLength(asked + 1);
      await vi.advanceTimersByTimeAsync(14_000);
      model.receive({ id: model.sent.at(-1)!.id, result: { path: '/home' } });
    }
    model.receive({ id: model.sent[0].id, result: 'over' });
    expect(await answer).toBe('over');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(model.sent).toHaveLength(11);
  });

  it('of a kernel that falls silent later is a sentence too', async () => {
    const answer = client.call('refine.settle', { skill: 'x', run: 'r1' });
    const outcome = expect(answer).rejects.toMatchObject({ failure: { kind: 'unreachable' } });
    await vi.advanceTimersByTimeAsync(20_000);
    model.receive({ id: model.sent[1].id, result: { path: '/home' } });
    await vi.advanceTimersByTimeAsync(30_000);
    await outcome;
  });

  it('that waits when the view goes waits no longer', async () => {
    const answer = client.call('skills.lock', { name: 'x' });
    client.dispose();
    await expect(answer).rejects.toBeInstanceOf(CallError);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(model.sent).toHaveLength(1);
  });

  it('of a view that is gone is sent, and waits for nothing: a lock is given back as a view goes', async () => {
    client.dispose();
    await expect(client.call('skills.unlock', { name: 'x' })).rejects.toBeInstanceOf(CallError);
    expect(model.sent).toMatchObject([{ call: 'skills.unlock', params: { name: 'x' } }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(model.sent).toHaveLength(1);
  });

  it('leaves no listener behind', () => {
    client.dispose();
    expect(model.listeners.size).toBe(0);
  });
});

describe('events over a comm', () => {
  it('reach the subscription that asked for them', () => {
    const seen: number[] = [];
    client.subscribe(
      'session:a',
      0,
      batch => seen.push(batch.seq),
      () => undefined
    );
    model.receive({ sub: model.sent[0].sub, since: 0, seq: 2, events: [1, 2] });
    expect(seen).toEqual([2]);
  });
});
