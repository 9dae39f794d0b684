/**
 * How blocks are laid out: neighbouring calls of looking-up tools become one line, everything else stands for itself.
 *
 * A group's key is that of its first call, so a group that grows stays open or closed as the person left it.
 */
import { isActive, type Block, type ToolBlock } from './blocks';

export interface Group {
  readonly kind: 'group';
  readonly key: string;
  readonly tools: readonly ToolBlock[];
}

export type Item = Block | Group;

const FOLDED = new Set(['read', 'search', 'fetch', 'execute']);

export function layout(blocks: readonly Block[]): Item[] {
  const items: Item[] = [];
  let open: ToolBlock[] = [];
  const close = (): void => {
    if (open.length > 1) {
      items.push({ kind: 'group', key: `group:${open[0].key}`, tools: open });
    } else {
      items.push(...open);
    }
    open = [];
  };
  for (const block of blocks) {
    if (block.kind === 'tool' && FOLDED.has(block.toolKind) && !block.children.length) {
      open.push(block);
    } else {
      close();
      items.push(block);
    }
  }
  close();
  return items;
}

interface Phrase {
  readonly now: string;
  readonly past: string;
  readonly one: string;
  readonly many: string;
}

const PHRASES: { readonly [kind: string]: Phrase } = {
  read: { now: 'reading', past: 'read', one: 'file', many: 'files' },
  search: { now: 'searching', past: 'searched', one: 'pattern', many: 'patterns' },
  fetch: { now: 'fetching', past: 'fetched', one: 'page', many: 'pages' },
  execute: { now: 'running', past: 'ran', one: 'command', many: 'commands' }
};

/** "Read 3 files, searched 2 patterns"; the kinds that are still at work stand in the present tense. */
export function summary(tools: readonly ToolBlock[]): string {
  const kinds = [...new Set(tools.map(tool => tool.toolKind))];
  const parts = kinds.map(kind => {
    const calls = tools.filter(tool => tool.toolKind === kind);
    const count = new Set(calls.map(subject)).size;
    const { now, past, one, many } = PHRASES[kind] ?? PHRASES.execute;
    return `${calls.some(({ state }) => isActive(state)) ? now : past} ${count} ${count === 1 ? one : many}`;
  });
  const sentence = parts.join(', ');
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

export interface About {
  readonly text: string;
  /** It is the path of a file or a folder. */
  readonly isPath: boolean;
}

/** What a call is about, in one line: the file, the pattern, the command. */
export function about(tool: ToolBlock): About {
  for (const key of SUBJECTS) {
    const value = tool.input[key];
    if (typeof value === 'string' && value.trim()) {
      return { text: value.trim(), isPath: PATHS.has(key) };
    }
  }
  return { text: tool.title !== tool.name ? tool.title : tool.toolCallId, isPath: false };
}

export const subject = (tool: ToolBlock): string => about(tool).text;

const PATHS = new Set(['file_path', 'path', 'notebook_path']);

const SUBJECTS = [
  'command',
  'file_path',
  'path',
  'notebook_path',
  'pattern',
  'query',
  'url',
  'description',
  'prompt',
  'skill'
];
