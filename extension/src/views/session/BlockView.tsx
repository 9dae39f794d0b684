/** One component a kind of block. A block is a value, so each is drawn again only when it has changed. */
import React, { memo } from 'react';
import { Clip } from '../../components/Clip';
import { Fold } from '../../components/Fold';
import { duration, plural } from '../../components/format';
import { Icon } from '../../components/Icon';
import { Markdown } from '../../components/Markdown';
import { plain } from '../../components/plain';
import { Sentence } from '../../components/Sentence';
import type { Failure } from '../../protocol';
import type { Block, EndBlock, PlanBlock, SteerBlock, TextBlock } from './blocks';
import { layout, type Item } from './layout';
import { PermissionCard, type Decide } from './PermissionCard';
import { QuestionCard, type Respond } from './QuestionCard';
import { ToolCard, ToolGroup } from './Tool';
import { ending, interruption } from './words';

/** What blocks may do; the same object for the life of a view. */
export interface BlockActions {
  readonly decide: Decide;
  readonly respond: Respond;
}

interface Props {
  item: Item;
  actions: BlockActions;
}

export const BlockView = memo(
  function BlockView({ item, actions }: Props): React.ReactElement | null {
    const nested = (blocks: readonly Block[]): React.ReactNode =>
      layout(blocks).map(child => <BlockView key={child.key} item={child} actions={actions} />);
    switch (item.kind) {
      case 'group':
        return <ToolGroup tools={item.tools} renderBlocks={nested} />;
      case 'tool':
        return <ToolCard tool={item} renderBlocks={nested} />;
      case 'prompt':
        return (
          <div className="wb-prompt" role="group" aria-label="You">
            <Prompt text={item.text} />
          </div>
        );
      case 'steer':
        return <Steer block={item} />;
      case 'text':
        return <Markdown text={item.text} />;
      case 'thought':
        return <Thought block={item} />;
      case 'plan':
        return <Plan block={item} />;
      case 'notice':
        return (
          <p className="wb-notice" data-severity={item.severity}>
            <Icon name={item.severity === 'warning' ? 'warning' : 'info'} />
            <span>{plain(item.message)}</span>
          </p>
        );
      case 'permission':
        return <PermissionCard block={item} decide={actions.decide} />;
      case 'question':
        return <QuestionCard block={item} respond={actions.respond} />;
      case 'end':
        return <End block={item} />;
    }
  },
  (before, after) => before.actions === after.actions && sameItem(before.item, after.item)
);

/** Groups are made anew by each layout; their calls are not. */
function sameItem(a: Item, b: Item): boolean {
  return (
    a === b ||
    (a.kind === 'group' &&
      b.kind === 'group' &&
      a.tools.length === b.tools.length &&
      a.tools.every((tool, i) => tool === b.tools[i]))
  );
}

const LONG_PROMPT = 1_200;

function Prompt({ text }: { text: string }): React.ReactElement {
  return text.length > LONG_PROMPT ? <Clip text={text} label="Your prompt" /> : <p>{plain(text)}</p>;
}

function Steer({ block }: { block: SteerBlock }): React.ReactElement {
  const state = block.accepted === undefined ? 'sent' : block.accepted ? 'taken up' : 'not taken up';
  return (
    <div
      className="wb-prompt wb-steer"
      data-accepted={block.accepted}
      role="group"
      aria-label={`Your guidance, ${state}`}
    >
      <Prompt text={block.text} />
      <small>
        Guidance, {state}
        {block.reason ? `: ${plain(block.reason).replace(/_/g, ' ')}` : ''}
      </small>
    </div>
  );
}

function Thought({ block }: { block: TextBlock }): React.ReactElement | null {
  if (!block.text.trim() && !block.open) {
    return null;
  }
  const took = block.ended - block.started;
  const line = (
    <>
      <Icon name="think" />
      <span className={block.open ? 'wb-shimmer' : undefined}>
        {block.open ? 'Thinking' : took >= 1000 ? `Thought for ${duration(took)}` : 'Thought'}
      </span>
    </>
  );
  return (
    <Fold className="wb-thought" summary={line}>
      {() => <Markdown text={block.text} />}
    </Fold>
  );
}

const PLAN_ICONS = { completed: 'check', in_progress: 'resume', pending: 'circle' } as const;
const PLAN_WORDS = { completed: 'done', in_progress: 'in progress', pending: 'to do' } as const;

function Plan({ block }: { block: PlanBlock }): React.ReactElement {
  const done = block.entries.filter(entry => entry.status === 'completed').length;
  return (
    <section className="wb-plan" aria-label="Plan">
      <header>
        Plan <small>{`${done} of ${block.entries.length} done`}</small>
      </header>
      <ul>
        {block.entries.map((entry, i) => (
          <li key={i} data-status={entry.status}>
            <span role="img" aria-label={PLAN_WORDS[entry.status] ?? 'to do'}>
              <Icon name={PLAN_ICONS[entry.status] ?? 'circle'} />
            </span>
            {plain(entry.content)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function End({ block }: { block: EndBlock }): React.ReactElement {
  if (block.outcome === 'error' || block.outcome === 'interrupted') {
    return <Sentence past failure={block.failure ?? cutOff(block.reason)} />;
  }
  const facts = [
    ending(block),
    block.durationMs !== undefined && duration(block.durationMs),
    block.turns !== undefined && plural(block.turns, 'turn')
  ];
  return <p className="wb-end">{facts.filter(Boolean).join(' · ')}</p>;
}

const cutOff = (reason: string): Failure => ({
  kind: 'interrupted',
  message: interruption(reason),
  remedy: 'What it said is kept. Resume, or send a new prompt, to go on from there.'
});
