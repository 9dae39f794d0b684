/**
 * The client of JupyterLab and Notebook 7: each call is a POST, all events come over one WebSocket a page.
 *
 * Six open streams of another kind would starve the page's requests, so there is one socket, opened by the first
 * subscription. When it breaks it is opened again, later and later, and each topic goes on from its last number.
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { Batch, Commands, Failure } from '../protocol';
import {
  CallError,
  pageId,
  Value,
  type Answer,
  type Client,
  type Connection,
  type Disposable,
  type Request as Asked
} from './client';
import { PAGE } from './page';
import { Subscriptions } from './subscriptions';

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

export const SERVER_MISSING: Failure = {
  kind: 'server_missing',
  message: 'Jupyter Server does not know Workbench.',
  remedy:
    "Install it where the server runs ('pip install jupyter-workbench'), check 'jupyter server extension list', and restart the server."
};

/** What a page may say while it is left: the browser sends it even so. */
const LAST_WORDS: ReadonlySet<keyof Commands> = new Set(['skills.unlock'] as const);

export class ServerClient implements Client, Disposable {
  readonly connection = new Value<Connection>('connecting');
  private readonly page = pageId();
  private readonly subscriptions = new Subscriptions(message => this.send(message));
  private socket: WebSocket | null = null;
  private delay = FIRST_DELAY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private calls = 0;
  private disposed = false;

  constructor(private readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {
    window.addEventListener('online', this.hurry);
    document.addEventListener('visibilitychange', this.hurry);
  }

  async call<Name extends keyof Commands>(name: Name, params: Asked<Name>): Promise<Answer<Name>> {
    const body = JSON.stringify({ id: `${this.page}.${++this.calls}`, call: name, params });
    const init = { method: 'POST', body, ...(LAST_WORDS.has(name) ? { keepalive: true } : {}) };
    const reply = await this.request<{ result: Answer<Name> }>('workbench/call', init);
    return reply.result;
  }

  /** The version of Workbench on the server. */
  async version(): Promise<string> {
    return (await this.request<{ version: string }>('workbench/version', { method: 'GET' })).version;
  }

  subscribe(
    topic: string,
    since: number,
    onBatch: (batch: Batch) => void,
    onFailure: (failure: Failure) => void
  ): Disposable {
    const subscription = this.subscriptions.add(topic, since, onBatch, onFailure);
    this.open();
    return subscription;
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    window.removeEventListener('online', this.hurry);
    document.removeEventListener('visibilitychange', this.hurry);
    this.socket?.close();
  }

  private async request<Reply>(path: string, init: RequestInit): Promise<Reply> {
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        URLExt.join(this.settings.baseUrl, path),
        init,
        this.settings
      );
    } catch (error) {
      throw new CallError(unreachable(error));
    }
    const reply = await response.json().catch(() => null);
    if (response.status === 404) {
      throw new CallError(SERVER_MISSING);
    }
    if (reply?.failure || !response.ok || reply === null) {
      throw new CallError(reply?.failure ?? refusal(response, reply));
    }
    return reply as Reply;
  }

  private send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(message));
    }
  }

  private open(): void {
    if (this.socket || this.disposed) {
      return;
    }
    const { wsUrl, token, appendToken } = this.settings;
    const query = URLExt.objectToQueryString({ page: PAGE, ...(appendToken && token ? { token } : {}) });
    const socket = new this.settings.WebSocket(URLExt.join(wsUrl, 'workbench/events') + query);
    this.socket = socket;
    socket.onopen = () => {
      this.delay = FIRST_DELAY_MS;
      this.connection.set('open');
      this.subscriptions.resubscribe();
    };
    socket.onmessage = event => this.subscriptions.receive(JSON.parse(event.data));
    socket.onclose = () => this.closed();
  }

  private closed(): void {
    this.socket = null;
    if (this.disposed) {
      return;
    }
    this.connection.set('reconnecting');
    this.timer = setTimeout(() => this.open(), this.delay * (0.8 + 0.4 * Math.random()));
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY_MS);
  }

  /** The person is back, or the network: no reason to wait for the timer. */
  private hurry = (): void => {
    if (!document.hidden && this.connection.get() === 'reconnecting') {
      clearTimeout(this.timer);
      this.open();
    }
  };
}

function unreachable(error: unknown): Failure {
  return {
    kind: 'unreachable',
    message: 'Jupyter Server does not answer.',
    remedy: 'Agents go on without it; start the server again and the view goes on where it was.',
    facts: { cause: error instanceof Error ? error.message : String(error) }
  };
}

function refusal(response: Response, reply: { message?: string } | null): Failure {
  if (response.status === 401 || response.status === 403) {
    return {
      kind: 'forbidden',
      message: 'Jupyter Server refused the request.',
      remedy: 'Reload the page to log in again.',
      facts: { status: response.status }
    };
  }
  return {
    kind: 'http',
    message: reply?.message || `Jupyter Server answered ${response.status} ${response.statusText}.`,
    remedy: 'The log of Jupyter Server has the details.',
    facts: { status: response.status }
  };
}
