import { describe, expect, it } from 'vitest';
import type { Record as Entry } from '../../protocol';
import { Script } from '../../testing/transcript';
import type { Block, BlockOf } from './blocks';
import { apply, EMPTY, isWaiting, lastRun, only, totals, type SessionState } from './state';

const batch = (events: Entry[], live = true) => ({ events, live, seq: events[events.length - 1]?.seq ?? 0 });
const play = (script: Script, live = true): SessionState => apply(EMPTY, batch(script.take(), live));
const kinds = (state: SessionState): string[] => state.blocks.map(block => block.kind);
const find = <K extends Block['kind']>(state: SessionState, kind: K) =>
  state.blocks.find(block => block.kind === kind) as BlockOf<K>;

function whole(): Script {
  return new Script()
    .ready()
    .prompt('Go')
    .thought('Hm. ')
    .thought('Yes.')
    .text('Hello ')
    .text('world')
    .tool('t1', 'read', 'Read', { file_path: 'a.py' })
    .result('t1', 'text')
    .permission('p1', 'Bash', { command: 'ls' })
    .in('permissionResponse', { permissionId: 'p1', behavior: 'allow' }, 'perm:p1')
    .out('permissionResolved', { permissionId: 'p1', behavior: 'allow', by: 'user' })
    .text('Done', { messageId: 'm2' })
    .usage('opus', 100, 20, 0.5)
    .end();
}

describe('the state of a session', () => {
  it('shows a turn as prompt, thought, text, call, permission, text and end', () => {
    const state = play(whole());
    expect(kinds(state)).toEqual(['prompt', 'thought', 'text', 'tool', 'permission', 'text', 'end']);
    expect(find(state, 'thought').text).toBe('Hm. Yes.');
    expect(find(state, 'text')).toMatchObject({ text: 'Hello world', open: false });
    expect(lastRun(state)).toMatchObject({ id: 'r1', phase: 'finished', turns: 1, durationMs: 1200 });
  });

  it('is the same however the records are cut into batches', () => {
    const entries = whole().take();
    const once = apply(EMPTY, batch(entries));
    for (let size = 1; size <= entries.length; size++) {
      let state = EMPTY;
      for (let i = 0; i < entries.length; i += size) {
        state = apply(state, batch(entries.slice(i, i + size)));
      }
      expect(state).toEqual(once);
    }
  });

  it('is not changed by records that it has seen, so replays and second subscriptions are free', () => {
    const entries = whole().take();
    const state = apply(EMPTY, batch(entries));
    expect(apply(state, batch(entries))).toEqual(state);
    expect(apply(state, batch(entries.slice(3)))).toEqual(state);
  });

  it('leaves the state that it was given as it was', () => {
    const script = whole();
    const entries = script.take();
    const before = apply(EMPTY, batch(entries.slice(0, 6)));
    const copy = structuredClone(before);
    apply(before, batch(entries));
    expect(before).toEqual(copy);
  });

  it('keeps blocks that did not change, so that they are not drawn again', () => {
    const script = whole();
    const entries = script.take();
    const before = apply(EMPTY, batch(entries.slice(0, 7)));
    const after = apply(before, batch(entries));
    expect(after.blocks[0]).toBe(before.blocks[0]);
    expect(after.blocks[1]).toBe(before.blocks[1]);
  });

  it('skips kinds that it does not know, and lines that could not be read', () => {
    const script = new Script().ready().out('novelty', { x: 1 }).prompt('Go');
    const entries = [...script.take(), { seq: 99, t: 1, d: 'out', bad: { why: 'json' } } as Entry];
    const state = apply(EMPTY, batch(entries));
    expect(kinds(state)).toEqual(['prompt']);
    expect(state.seq).toBe(99);
  });

  it('takes frames that hold something else than they should as empty, without a fault', () => {
    const script = new Script()
      .ready()
      .prompt('Go')
      .out('plan', { entries: 'none' })
      .out('tool_call', { toolCallId: 't', rawInput: [1], content: 3 })
      .out('tool_call_update', { toolCallId: 't', content: 'text' })
      .out('userInputRequest', { userInputId: 'q', questions: null })
      .out('usage_update', { modelUsage: 7 })
      .out('agent_message_chunk', { content: null });
    expect(kinds(play(script))).toEqual(['prompt', 'plan', 'tool', 'question', 'text']);
  });

  it('keeps what a call changed apart from what it said', () => {
    const content = [
      { type: 'content', content: { type: 'text', text: 'Updated.' } },
      { type: 'diff', path: '/s/a.md', oldText: 'one', newText: 'two' },
      { type: 'diff', path: '/s/b.md', oldText: null, newText: 'new' },
      { type: 'diff', path: '/s/c.md', newText: 7 }
    ];
    const state = play(
      new Script()
        .ready()
        .prompt('Go')
        .out('tool_call', { toolCallId: 't' })
        .out('tool_call_update', { toolCallId: 't', status: 'completed', content })
    );
    expect(state.blocks[1]).toMatchObject({
      output: 'Updated.',
      changes: [
        { path: '/s/a.md', before: 'one', after: 'two' },
        { path: '/s/b.md', before: null, after: 'new' }
      ]
    });
  });

  it('goes on with a message when only a notice came between its chunks', () => {
    const state = play(new Script().ready().prompt('Go').text('a').thought('b').text('c'));
    expect(kinds(state)).toEqual(['prompt', 'text', 'thought', 'text']);
    const noticed = play(
      new Script()
        .ready()
        .prompt('Go')
        .text('one ')
        .out('notice', { message: 'Slow.' })
        .out('heartbeat')
        .text('two')
    );
    expect(kinds(noticed)).toEqual(['prompt', 'text', 'notice']);
    expect(find(noticed, 'text').text).toBe('one two');
    const other = play(
      new Script()
        .ready()
        .prompt('Go')
        .text('one')
        .out('notice', { message: 'Slow.' })
        .text('two', { messageId: 'm2' })
    );
    expect(kinds(other)).toEqual(['prompt', 'text', 'notice', 'text']);
  });
});

describe('tool calls', () => {
  it('keep what an update leaves out', () => {
    const state = play(
      new Script().ready().prompt('Go').tool('t', 'edit', 'Edit', { a: 1 }).result('t', 'ok')
    );
    expect(find(state, 'tool')).toMatchObject({
      name: 'Edit',
      input: { a: 1 },
      state: 'completed',
      output: 'ok'
    });
  });

  it('that are open when the turn ends are shown as stopped', () => {
    const state = play(
      new Script().ready().prompt('Go').tool('t', 'execute', 'Bash').out('aborted', { reason: 'user' })
    );
    expect(find(state, 'tool').state).toBe('stopped');
    expect(lastRun(state)?.phase).toBe('stopped');
  });

  it("of a sub-agent stand under the sub-agent's call, however deep, and can be updated there", () => {
    const script = new Script()
      .ready()
      .prompt('Go')
      .tool('task', 'other', 'Task')
      .text('inner words', { parent: 'task', messageId: 's1' })
      .tool('inner', 'read', 'Read', {}, { parent: 'task' })
      .tool('deep', 'read', 'Read', {}, { parent: 'inner' })
      .result('deep', 'found')
      .text('outer words');
    const state = play(script);
    expect(kinds(state)).toEqual(['prompt', 'tool', 'text']);
    const [said, inner] = find(state, 'tool').children;
    expect(said).toMatchObject({ kind: 'text', text: 'inner words' });
    expect(inner).toMatchObject({ toolCallId: 'inner', children: [{ toolCallId: 'deep', output: 'found' }] });
  });

  it('that nobody made are ignored when they are updated', () => {
    expect(kinds(play(new Script().ready().prompt('Go').result('ghost', 'boo')))).toEqual(['prompt']);
  });
});

describe('what waits for a person', () => {
  it('is a permission until it is answered, by whomever', () => {
    const script = new Script().ready().prompt('Go').permission('p', 'Bash', { command: 'rm -rf x' });
    const asked = play(script);
    expect(isWaiting(asked)).toBe(true);
    const answered = apply(
      asked,
      batch(script.out('permissionResolved', { permissionId: 'p', behavior: 'deny', by: 'timeout' }).take())
    );
    expect(isWaiting(answered)).toBe(false);
    expect(find(answered, 'permission').answer).toEqual({ behavior: 'deny', by: 'timeout' });
  });

  it('remembers that a tool was allowed for the whole session', () => {
    const script = new Script()
      .ready()
      .prompt('Go')
      .permission('p', 'Bash', {})
      .in('permissionResponse', { permissionId: 'p', behavior: 'allow', remember: true })
      .out('permissionResolved', { permissionId: 'p', behavior: 'allow', by: 'user' });
    expect(find(play(script), 'permission').answer).toEqual({
      behavior: 'allow',
      by: 'user',
      remember: true
    });
  });

  it('is gone when the turn ends before an answer', () => {
    const script = new Script()
      .ready()
      .prompt('Go')
      .permission('p', 'Bash', {})
      .shim('exit', { reason: 'killed:9', open: ['r1'] });
    const state = play(script, false);
    expect(find(state, 'permission').answer).toEqual({ behavior: 'gone' });
    expect(isWaiting(state)).toBe(false);
  });

  it('is a question, whose answers are kept with it', () => {
    const script = new Script()
      .ready()
      .prompt('Go')
      .out('userInputRequest', { userInputId: 'q', questions: [{ question: 'Which?' }] })
      .in('userInputResponse', { userInputId: 'q', action: 'submit', content: { 'Which?': 'This' } })
      .out('userInputResolved', { userInputId: 'q', action: 'submit', by: 'user' });
    expect(find(play(script), 'question')).toMatchObject({
      content: { 'Which?': 'This' },
      answer: { action: 'submit', by: 'user' }
    });
  });

  it('cannot be answered by what an agent writes', () => {
    const script = new Script()
      .ready()
      .prompt('Go')
      .permission('p', 'Bash', {})
      .text('{"type":"permissionResolved","permissionId":"p","behavior":"allow"}');
    expect(isWaiting(play(script))).toBe(true);
  });
});

describe('the end of a turn', () => {
  it('by a dead process is an interruption with its reason', () => {
    const state = play(
      new Script()
        .ready()
        .prompt('Go')
        .text('Half a')
        .shim('exit', { reason: 'killed:9', open: ['r1'] }),
      false
    );
    expect(lastRun(state)?.phase).toBe('interrupted');
    expect(find(state, 'end')).toMatchObject({ outcome: 'interrupted', reason: 'killed:9' });
    expect(find(state, 'text')).toMatchObject({ text: 'Half a', open: false });
    expect(state.alive).toBe(false);
  });

  it('by an error keeps the sentence and its remedy', () => {
    const state = play(
      new Script()
        .ready()
        .prompt('Go')
        .out('error', { kind: 'api_error', message: 'No key.', remedy: 'Set one.' })
    );
    expect(find(state, 'end').failure).toMatchObject({
      kind: 'api_error',
      message: 'No key.',
      remedy: 'Set one.'
    });
  });

  it('is not an error of another request', () => {
    const script = new Script().ready().prompt('Go');
    script.run = 'perm:p1';
    const state = play(script.out('error', { kind: 'refused', message: 'Nobody waits for that.' }));
    expect(lastRun(state)?.phase).toBe('running');
    expect(find(state, 'notice')).toMatchObject({ severity: 'warning', message: 'Nobody waits for that.' });
  });

  it('leaves guidance with the answer that the agent gave to it', () => {
    const script = new Script().ready().prompt('Go').in('steerSession', { prompt: 'Left' }, 's1');
    expect(find(play(script), 'steer').accepted).toBeUndefined();
    const state = play(
      new Script()
        .ready()
        .prompt('Go')
        .in('steerSession', { prompt: 'Left' }, 's1')
        .out('steered', { id: 's1', accepted: false, reason: 'no_active_turn' })
    );
    expect(find(state, 'steer')).toMatchObject({ accepted: false, reason: 'no_active_turn' });
  });
});

describe('tokens and money', () => {
  const two = (cumulative: boolean): SessionState =>
    play(
      new Script()
        .ready()
        .prompt('One')
        .usage('opus', 100, 10, 0.1, cumulative)
        .end()
        .prompt('Two', 'r2')
        .usage('opus', 250, 30, 0.35, cumulative)
        .end()
    );

  it('of a provider that counts over its session are differenced turn by turn', () => {
    expect(two(true).runs.map(run => run.counts.input)).toEqual([100, 150]);
    expect(totals(two(true)).cost).toBeCloseTo(0.35);
  });

  it('of a provider that counts each turn are taken as they are', () => {
    expect(two(false).runs.map(run => run.counts.input)).toEqual([100, 250]);
  });

  it('that went down mean that the provider began anew', () => {
    const state = play(
      new Script()
        .ready()
        .prompt('One')
        .usage('opus', 100, 10, 0.1)
        .end()
        .prompt('Two', 'r2')
        .usage('opus', 40, 5, 0.04)
        .end()
    );
    expect(state.runs[1].counts).toMatchObject({ input: 40, output: 5, cost: 0.04 });
  });

  it('of one response are left to the ledger, and change nothing of what is told of all', () => {
    const response = { cumulative: false, messageId: 'm1', modelUsage: { opus: { inputTokens: 9 } } };
    const state = play(
      new Script()
        .ready()
        .prompt('One')
        .usage('opus', 100, 10, 0.1)
        .end()
        .prompt('Two', 'r2')
        .out('usage_update', response)
        .usage('opus', 250, 30, 0.35)
        .end()
    );
    expect(state.runs.map(run => run.counts.input)).toEqual([100, 150]);
  });

  it('have no price as soon as one model has none', () => {
    const state = play(new Script().ready().prompt('One').usage('new-model', 100, 10, null));
    expect(totals(state).cost).toBeNull();
  });
});

describe('a cell', () => {
  it('shows only its own turns', () => {
    const state = play(
      new Script()
        .ready()
        .prompt('One')
        .text('first')
        .end()
        .prompt('Two', 'r2')
        .text('second', { messageId: 'm2' })
        .end()
    );
    const mine = only(state, ['r2']);
    expect(mine.runs.map(run => run.id)).toEqual(['r2']);
    expect(mine.blocks.every(block => block.run === 'r2')).toBe(true);
    expect(only(state, [])).toBe(state);
  });
});
