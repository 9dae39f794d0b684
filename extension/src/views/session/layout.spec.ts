import { describe, expect, it } from 'vitest';
import type { Block, ToolBlock, ToolState } from './blocks';
import { layout, subject, summary } from './layout';

let count = 0;
function tool(toolKind: string, input: ToolBlock['input'] = {}, state: ToolState = 'completed'): ToolBlock {
  const toolCallId = `t${++count}`;
  const base = {
    kind: 'tool',
    run: 'r',
    name: 'Tool',
    title: 'Tool',
    output: '',
    changes: [],
    started: 0,
    ended: 0
  } as const;
  return { ...base, key: `tool:${toolCallId}`, toolCallId, toolKind, input, state, children: [] };
}
const notice: Block = { kind: 'notice', key: 'n', run: 'r', severity: 'info', message: '' };

describe('neighbouring calls', () => {
  it('that look things up become one line', () => {
    const items = layout([notice, tool('read'), tool('search'), tool('execute'), notice]);
    expect(items.map(item => item.kind)).toEqual(['notice', 'group', 'notice']);
  });

  it('that change something stay cards, and so does a single call', () => {
    const items = layout([tool('read'), tool('edit'), tool('edit'), tool('read')]);
    expect(items.map(item => item.kind)).toEqual(['tool', 'tool', 'tool', 'tool']);
  });

  it('of sub-agents stand for themselves', () => {
    const task = { ...tool('read'), children: [notice] };
    expect(layout([tool('read'), task, tool('read')]).map(item => item.kind)).toEqual([
      'tool',
      'tool',
      'tool'
    ]);
  });

  it('keep the key of their first one while they grow, so an open group stays open', () => {
    const first = tool('read');
    const [small] = layout([first, tool('read')]);
    const [large] = layout([first, tool('read'), tool('search')]);
    expect(large.key).toBe(small.key);
  });
});

describe('the line of a group', () => {
  it('counts files and patterns once each, in the past tense', () => {
    const calls = [
      tool('read', { file_path: 'a.py' }),
      tool('read', { file_path: 'b.py' }),
      tool('read', { file_path: 'a.py' }),
      tool('search', { pattern: 'x' }),
      tool('search', { pattern: 'y' })
    ];
    expect(summary(calls)).toBe('Read 2 files, searched 2 patterns');
  });

  it('uses the present tense for what is still at work', () => {
    expect(
      summary([tool('read', { file_path: 'a' }), tool('execute', { command: 'ls' }, 'in_progress')])
    ).toBe('Read 1 file, running 1 command');
    expect(summary([tool('search', { pattern: 'a' }, 'pending'), tool('search', { pattern: 'b' })])).toBe(
      'Searching 2 patterns'
    );
  });
});

describe('what a call is about', () => {
  it('is its command, file, pattern or address, else its title', () => {
    expect(subject(tool('execute', { description: 'Lists', command: ' ls -l ' }))).toBe('ls -l');
    expect(subject(tool('fetch', { url: 'https://a.test' }))).toBe('https://a.test');
    expect(subject({ ...tool('other'), title: 'Something else' })).toBe('Something else');
  });
});
