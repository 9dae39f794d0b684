/**
 * The client of front ends without our extension (VS Code, Colab): calls and events share the comm of an anywidget.
 *
 * A comm is shared by every tab that shows the notebook, so each answer reaches all of them; ids begin with this page's
 * own prefix and everything else is ignored. Some answers take minutes by design, so a kernel that says nothing for a while
 * is asked something small: one that does not answer that either is a failure, not a wait.
 */
import type { Batch, Commands, Failure } from '../protocol';
import {
  CallError,
  pageId,
  Value,
  type Answer,
  type Client,
  type Connection,
  type Disposable,
  type Request
} from './client';
import { Subscriptions } from './subscriptions';

/** Silence until it is asked, and as much again until it is given up. */
const SILENT_MS = 15_000;

/** The part of an anywidget's model that this client needs. */
export interface CommModel {
  send(content: object): void;
  on(event: 'msg:custom', listener: (content: unknown) => void): void;
  off(event: 'msg:custom', listener: (content: unknown) => void): void;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: CallError): void;
}

export class CommClient implements Client, Disposable {
  readonly connection = new Value<Connection>('open');
  private readonly page = pageId();
  private readonly subscriptions: Subscriptions;
  private readonly waiting = new Map<string, Waiting>();
  private calls = 0;
  private disposed = false;
  /** Runs while an answer is owed. */
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly model: CommModel) {
    this.subscriptions = new Subscriptions(message => model.send(message));
    model.on('msg:custom', this.receive);
  }

  call<Name extends keyof Commands>(name: Name, params: Request<Name>): Promise<Answer<Name>> {
    return new Promise<Answer<Name>>((resolve, reject) => {
      const id = this.send(name, params);
      if (this.disposed) {
        // It is said nevertheless: a view that goes gives back what it has locked.
        reject(new CallError(VIEW_GONE));
        return;
      }
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      if (this.silence === undefined) {
        this.listen();
      }
    });
  }

  subscribe(
    topic: string,
    since: number,
    onBatch: (batch: Batch) => void,
    onFailure: (failure: Failure) => void
  ): Disposable {
    return this.subscriptions.add(topic, since, onBatch, onFailure);
  }

  dispose(): void {
    this.disposed = true;
    this.model.off('msg:custom', this.receive);
    this.settleAll(VIEW_GONE);
    this.listen();
  }

  private receive = (content: unknown): void => {
    const message = content as { id?: string; result?: unknown; failure?: Failure } | null;
    if (message?.id === undefined) {
      this.subscriptions.receive(content);
    } else {
      this.settle(message.id, message.failure, message.result);
    }
    this.listen();
  };

  private send<Name extends keyof Commands>(name: Name, params: Request<Name>): string {
    const id = `${this.page}.${++this.calls}`;
    this.model.send({ id, call: name, params });
    return id;
  }

  /** Waits anew for a word of the kernel, whatever it is about. */
  private listen(): void {
    clearTimeout(this.silence);
    this.silence = this.waiting.size ? setTimeout(this.ask, SILENT_MS) : undefined;
  }

  private ask = (): void => {
    this.send('settings.data_path', {});
    this.silence = setTimeout(this.giveUp, SILENT_MS);
  };

  private giveUp = (): void => {
    this.silence = undefined;
    this.settleAll(SILENT_KERNEL);
  };

  private settleAll(failure: Failure): void {
    [...this.waiting.keys()].forEach(id => this.settle(id, failure));
  }

  private settle(id: string, failure?: Failure | null, result?: unknown): void {
    const waiting = this.waiting.get(id);
    if (!waiting) {
      return;
    }
    this.waiting.delete(id);
    if (failure) {
      waiting.reject(new CallError(failure));
    } else {
      waiting.resolve(result);
    }
  }
}

const SILENT_KERNEL: Failure = {
  kind: 'unreachable',
  message: 'The kernel does not answer.',
  remedy: 'The agent goes on without it; restart the kernel and run the cell again to see the session.'
};

const VIEW_GONE: Failure = {
  kind: 'unreachable',
  message: 'The view that asked this is gone.',
  remedy: 'Run the cell again to show it.'
};
