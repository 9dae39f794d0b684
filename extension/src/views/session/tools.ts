/** Calls of tools in a draft, at the top or under the call of the sub-agent that made them. */
import type { DiffContent, Record as Entry, ToolContent } from '../../protocol';
import { isActive, type Block, type FileChange, type ToolBlock, type ToolState } from './blocks';
import type { Draft } from './draft';
import { array, object, text, type Frame } from './frame';

export function toolOf(frame: Frame, { t }: Entry): ToolBlock {
  const toolCallId = text(frame.toolCallId);
  return {
    kind: 'tool',
    key: `tool:${toolCallId}`,
    run: text(frame.id),
    toolCallId,
    name: text(frame.name),
    title: text(frame.title) || text(frame.name),
    toolKind: text(frame.kind) || 'other',
    state: (text(frame.status) || 'pending') as ToolState,
    input: object(frame.rawInput),
    output: '',
    changes: [],
    started: t,
    ended: t,
    children: []
  };
}

export function placeTool(draft: Draft, frame: Frame, tool: ToolBlock): void {
  const parent = text(frame.parent);
  if (parent) {
    changeTool(draft, parent, outer => ({ ...outer, children: [...outer.children, tool] }));
  } else {
    draft.push(tool);
  }
}

export function updatedTool(tool: ToolBlock, frame: Frame, t: number): ToolBlock {
  return {
    ...tool,
    state: (text(frame.status) || tool.state) as ToolState,
    title: text(frame.title) || tool.title,
    input: frame.rawInput === undefined ? tool.input : object(frame.rawInput),
    output: frame.content === undefined ? tool.output : textOf(frame.content),
    changes: frame.content === undefined ? tool.changes : changesOf(frame.content),
    ended: t
  };
}

const textOf = (content: unknown): string =>
  array<ToolContent>(content)
    .filter(piece => piece?.type !== ('diff' as string))
    .map(piece => text(piece?.content?.text))
    .join('\n');

const changesOf = (content: unknown): readonly FileChange[] =>
  array<DiffContent>(content)
    .filter(piece => piece?.type === 'diff' && typeof piece.newText === 'string')
    .map(({ path, oldText, newText }) => ({
      path: text(path),
      before: typeof oldText === 'string' ? oldText : null,
      after: newText
    }));

/** Changes a call wherever it stands: at the top, or under the call of the sub-agent that made it. */
export function changeTool(draft: Draft, id: string, change: (tool: ToolBlock) => ToolBlock): void {
  const key = `tool:${id}`;
  if (draft.has(key)) {
    draft.update(key, 'tool', change);
    return;
  }
  for (let i = draft.blocks.length - 1; i >= 0; i--) {
    const outer = draft.blocks[i];
    if (outer.kind === 'tool' && outer.children.length) {
      const changed = within(outer, key, change);
      if (changed !== outer) {
        draft.blocks[i] = changed;
        return;
      }
    }
  }
}

function within(outer: ToolBlock, key: string, change: (tool: ToolBlock) => ToolBlock): ToolBlock {
  for (let i = outer.children.length - 1; i >= 0; i--) {
    const child = outer.children[i];
    if (child.kind === 'tool') {
      const next = child.key === key ? change(child) : within(child, key, change);
      if (next !== child) {
        return { ...outer, children: [...outer.children.slice(0, i), next, ...outer.children.slice(i + 1)] };
      }
    }
  }
  return outer;
}

/** A block after which nothing more comes: what was open is closed as it stands. */
export function settled(block: Block): Block {
  switch (block.kind) {
    case 'text':
    case 'thought':
      return block.open ? { ...block, open: false } : block;
    case 'tool':
      return settledTool(block);
    case 'permission':
      return block.answer ? block : { ...block, answer: { behavior: 'gone' } };
    case 'question':
      return block.answer ? block : { ...block, answer: { action: 'gone' } };
    default:
      return block;
  }
}

function settledTool(tool: ToolBlock): ToolBlock {
  const children = tool.children.map(settled);
  const same = children.every((child, i) => child === tool.children[i]);
  return same && !isActive(tool.state)
    ? tool
    : { ...tool, children, state: isActive(tool.state) ? 'stopped' : tool.state };
}
