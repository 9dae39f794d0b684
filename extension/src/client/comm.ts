/**
 * The client of front ends without our extension (VS Code, Colab): calls and events share the comm of an anywidget.
 *
 * A comm is shared by every tab that shows the notebook, so each answer reaches all of them; ids begin with this page's
 * own prefix and everything else is ignored. A kernel that does not answer within the limit is a failure, not a wait.
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

const ANSWER_WITHIN_MS = 30_000;

/** The part of an anywidget's model that this client needs. */
export interface CommModel {
  send(content: object): void;
  on(event: 'msg:custom', listener: (content: unknown) => void): void;
  off(event: 'msg:custom', listener: (content: unknown) => void): void;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: CallError): void;
  timer: ReturnType<typeof setTimeout>;
}

export class CommClient implements Client, Disposable {
  readonly connection = new Value<Connection>('open');
  private readonly page = pageId();
  private readonly subscriptions: Subscriptions;
  private readonly waiting = new Map<string, Waiting>();
  private calls = 0;

  constructor(private readonly model: CommModel) {
    this.subscriptions = new Subscriptions(message => model.send(message));
    model.on('msg:custom', this.receive);
  }

  call<Name extends keyof Commands>(name: Name, params: Request<Name>): Promise<Answer<Name>> {
    const id = `${this.page}.${++this.calls}`;
    return new Promise<Answer<Name>>((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id, SILENT_KERNEL), ANSWER_WITHIN_MS);
      this.waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, timer });
      this.model.send({ id, call: name, params });
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
    this.model.off('msg:custom', this.receive);
    this.waiting.forEach(({ timer }) => clearTimeout(timer));
    this.waiting.clear();
  }

  private receive = (content: unknown): void => {
    const message = content as { id?: string; result?: unknown; failure?: Failure } | null;
    if (message?.id === undefined) {
      this.subscriptions.receive(content);
    } else {
      this.settle(message.id, message.failure, message.result);
    }
  };

  private settle(id: string, failure?: Failure | null, result?: unknown): void {
    const waiting = this.waiting.get(id);
    if (!waiting) {
      return;
    }
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
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
