import { expect, it } from 'vitest';
import { chartsFrom } from './code';

type Listener = (content: unknown) => void;

class Model {
  readonly sent: object[] = [];
  readonly listeners = new Set<Listener>();

  send(content: object): void {
    this.sent.push(content);
  }

  on(_: string, listener: Listener): void {
    this.listeners.add(listener);
  }

  off(_: string, listener: Listener): void {
    this.listeners.delete(listener);
  }

  say(content: unknown): void {
    this.listeners.forEach(listener => listener(content));
  }
}

it('asks a kernel once for what draws charts, tells why it cannot be had, and asks again the next time', async () => {
  const model = new Model();
  const first = chartsFrom(model);
  expect(chartsFrom(model)).toBe(first);
  expect(model.sent).toEqual([{ code: 'charts' }]);
  model.say({ code: 'the views' });
  model.say({ id: 'page.1', failure: { kind: 'other', message: 'Not for us.', remedy: '' } });
  model.say({
    charts: null,
    failure: { kind: 'not_found', message: 'It is missing.', remedy: 'Install it.' }
  });
  await expect(first).rejects.toThrow('It is missing.');
  expect(model.listeners.size).toBe(0);
  const second = chartsFrom(model);
  expect(model.sent).toHaveLength(2);
  model.say({ charts: null, failure: { kind: 'not_found', message: 'Still missing.', remedy: '' } });
  await expect(second).rejects.toThrow('Still missing.');
});
