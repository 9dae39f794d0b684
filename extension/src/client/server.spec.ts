import { ServerConnection } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGE } from './page';
import { SERVER_MISSING, ServerClient } from './server';

class Socket {
  static opened: Socket[] = [];
  readyState: number = WebSocket.CONNECTING;
  sent: { sub?: string; subscribe?: string; since?: number }[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  constructor(readonly url: string) {
    Socket.opened.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.break();
  }
  connect(): void {
    this.readyState = WebSocket.OPEN;
    this.onopen?.();
  }
  break(): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.();
  }
  deliver(since: number, seq: number): void {
    const { sub } = this.sent[this.sent.length - 1];
    this.onmessage?.({ data: JSON.stringify({ sub, since, seq, events: [seq] }) });
  }
}

let answer: () => Response | Promise<Response>;
let asked: { url: string; body: { id: string; call: string; params: object } }[];
let client: ServerClient;

beforeEach(() => {
  vi.useFakeTimers();
  Socket.opened = [];
  asked = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost/user/x/',
    wsUrl: 'ws://localhost/user/x/',
    token: 'a b',
    appendToken: true,
    WebSocket: Socket as unknown as typeof WebSocket,
    fetch: async (request: RequestInfo | URL) => {
      const sent = request as Request;
      // Theirs adds the time to an address, against caches.
      asked.push({ url: sent.url.replace(/\?\d+$/, ''), body: JSON.parse((await sent.text()) || 'null') });
      return answer();
    }
  });
  client = new ServerClient(settings);
});
afterEach(() => {
  client.dispose();
  vi.useRealTimers();
});

const json = (value: unknown, status = 200): Response => new Response(JSON.stringify(value), { status });
const failureOfCall = async () => client.call('agents.providers', {}).catch(error => error.failure);

describe('a call to the server', () => {
  it('is a POST to its own place under the base address, with an id of its own', async () => {
    answer = () => json({ id: '1', result: { ok: true } });
    expect(await client.call('sessions.list', { limit: 2 })).toEqual({ ok: true });
    await client.call('sessions.list', {});
    expect(asked[0]).toMatchObject({
      url: 'http://localhost/user/x/workbench/call',
      body: { call: 'sessions.list', params: { limit: 2 } }
    });
    expect(asked[0].body.id).not.toBe(asked[1].body.id);
  });

  it('rejects with the failure that the command gave', async () => {
    answer = () =>
      json({ id: '1', failure: { kind: 'not_found', message: 'No such session.', remedy: 'List them.' } });
    expect(await failureOfCall()).toMatchObject({ kind: 'not_found', remedy: 'List them.' });
  });

  it('that nobody knows there says what to install', async () => {
    answer = () => json({ message: 'Not Found' }, 404);
    expect(await failureOfCall()).toEqual(SERVER_MISSING);
    answer = () => new Response('<html>', { status: 404 });
    expect(await failureOfCall()).toEqual(SERVER_MISSING);
  });

  it('that is refused says how to log in again', async () => {
    answer = () => new Response('', { status: 403 });
    expect(await failureOfCall()).toMatchObject({
      kind: 'forbidden',
      remedy: 'Reload the page to log in again.'
    });
  });

  it('that gets no answer says that the agents go on', async () => {
    answer = () => Promise.reject(new TypeError('Failed to fetch'));
    expect(await failureOfCall()).toMatchObject({ kind: 'unreachable' });
  });

  it('that gets something else than JSON is a failure too', async () => {
    answer = () => new Response('<html>', { status: 200 });
    expect(await failureOfCall()).toMatchObject({ kind: 'http' });
  });

  it('can be the question for the version', async () => {
    answer = () => json({ version: '9.9.9' });
    expect(await client.version()).toBe('9.9.9');
    expect(asked[0].url).toBe('http://localhost/user/x/workbench/version');
  });
});

describe('the socket of a page', () => {
  const follow = (topic: string, seen: number[] = []): number[] => {
    client.subscribe(
      topic,
      0,
      batch => seen.push(batch.seq),
      () => undefined
    );
    return seen;
  };

  it('is opened by the first subscription, and there is only one', () => {
    expect(Socket.opened.length).toBe(0);
    follow('session:a');
    follow('status');
    expect(Socket.opened.map(socket => socket.url)).toEqual([
      `ws://localhost/user/x/workbench/events?page=${PAGE}&token=a%20b`
    ]);
  });

  it('asks for what was subscribed while it was opening, once', () => {
    follow('session:a');
    Socket.opened[0].connect();
    follow('status');
    expect(Socket.opened[0].sent.map(message => message.subscribe)).toEqual(['session:a', 'status']);
    expect(client.connection.get()).toBe('open');
  });

  it('that broke is opened again and goes on from the last number', async () => {
    const seen = follow('session:a');
    Socket.opened[0].connect();
    Socket.opened[0].deliver(0, 4);
    Socket.opened[0].break();
    expect(client.connection.get()).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(700);
    Socket.opened[1].connect();
    expect(Socket.opened[1].sent).toMatchObject([{ subscribe: 'session:a', since: 4 }]);
    Socket.opened[1].deliver(4, 6);
    expect(seen).toEqual([4, 6]);
    expect(client.connection.get()).toBe('open');
  });

  it('is tried later and later while the server is away, never less than four times a minute', async () => {
    follow('session:a');
    for (let i = 0; i < 8; i++) {
      Socket.opened[Socket.opened.length - 1].break();
      await vi.advanceTimersByTimeAsync(18_000);
    }
    expect(Socket.opened.length).toBe(9);
    Socket.opened[8].break();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(Socket.opened.length).toBe(9);
  });

  it('is tried at once when the network or the person comes back', () => {
    follow('session:a');
    Socket.opened[0].break();
    window.dispatchEvent(new Event('online'));
    expect(Socket.opened.length).toBe(2);
  });

  it('stays closed when the client is given up', async () => {
    follow('session:a');
    client.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.opened.length).toBe(1);
  });
});
