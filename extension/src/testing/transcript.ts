/** Writes transcripts for tests: each method is one record, numbered from 1, a tenth of a second apart. */
import type { Record as Entry } from '../protocol';

type Fields = { [name: string]: unknown };

export class Script {
  readonly entries: Entry[] = [];
  t = 1_700_000_000_000;

  constructor(
    public run = 'r1',
    private seq = 0
  ) {}

  private add(d: Entry['d'], f: Fields): this {
    this.t += 100;
    this.entries.push({ seq: ++this.seq, t: this.t, d, f });
    return this;
  }

  /** The entries so far, which are then forgotten: the next ones follow on them. */
  take(): Entry[] {
    return this.entries.splice(0);
  }

  wait(ms: number): this {
    this.t += ms;
    return this;
  }

  out(type: string, fields: Fields = {}): this {
    return this.add('out', { type, id: this.run, ...fields });
  }

  in(method: string, params: Fields, id = `${method}-${this.seq}`): this {
    return this.add('in', { id, method, params });
  }

  shim(type: string, fields: Fields = {}): this {
    return this.add('shim', { type, ...fields });
  }

  ready(
    provider = 'claude',
    capabilities: { [name: string]: boolean } = { steer: true, resume: true }
  ): this {
    return this.shim('start', { pid: 1, version: 1 }).add('out', {
      type: 'ready',
      version: 1,
      provider,
      pid: 2,
      capabilities
    });
  }

  prompt(text: string, run = this.run): this {
    this.run = run;
    return this.in('sendMessage', { prompt: text }, run);
  }

  text(text: string, fields: Fields = {}): this {
    return this.out('agent_message_chunk', { content: { type: 'text', text }, messageId: 'm1', ...fields });
  }

  thought(text: string, fields: Fields = {}): this {
    return this.out('agent_thought_chunk', { content: { type: 'text', text }, messageId: 'm1', ...fields });
  }

  tool(toolCallId: string, kind: string, name: string, rawInput: Fields = {}, fields: Fields = {}): this {
    return this.out('tool_call', {
      toolCallId,
      title: name,
      name,
      kind,
      status: 'in_progress',
      rawInput,
      ...fields
    });
  }

  result(toolCallId: string, text: string, status = 'completed'): this {
    return this.out('tool_call_update', {
      toolCallId,
      status,
      content: [{ type: 'content', content: { type: 'text', text } }]
    });
  }

  permission(permissionId: string, toolName: string, toolInput: Fields): this {
    return this.out('permissionRequest', { permissionId, toolName, toolInput });
  }

  usage(
    model: string,
    inputTokens: number,
    outputTokens: number,
    costUSD: number | null,
    cumulative = true
  ): this {
    return this.out('usage_update', {
      cumulative,
      modelUsage: {
        [model]: { inputTokens, outputTokens, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, costUSD }
      }
    });
  }

  end(fields: Fields = {}): this {
    return this.out('end', { stopReason: 'end_turn', turns: 1, durationMs: 1200, ...fields });
  }
}
