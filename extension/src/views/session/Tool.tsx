/** Calls of tools: a card each, and one line for several that only look things up. */
import React, { memo, useMemo } from 'react';
import { Clip } from '../../components/Clip';
import { Fold } from '../../components/Fold';
import { duration, plural } from '../../components/format';
import { Icon, toolIcon } from '../../components/Icon';
import { plain } from '../../components/plain';
import { around, compare } from '../skill/diff';
import { DiffView } from '../skill/DiffView';
import { Arguments } from './Arguments';
import { isActive, type Block, type FileChange, type ToolBlock, type ToolState } from './blocks';
import { summary } from './layout';
import { Subject } from './Subject';

const STATES: { readonly [state in ToolState]: string } = {
  pending: 'waiting',
  in_progress: 'running',
  completed: 'done',
  failed: 'failed',
  stopped: 'stopped'
};

export function ToolStateMark({ state }: { state: ToolState }): React.ReactElement {
  const icon = state === 'completed' ? 'check' : state === 'failed' ? 'cross' : 'minus';
  return (
    <span
      className="wb-tool-state"
      data-state={state}
      role="img"
      aria-label={STATES[state]}
      title={STATES[state]}
    >
      {isActive(state) ? <span className="wb-spinner" /> : <Icon name={icon} />}
    </span>
  );
}

interface Props {
  tool: ToolBlock;
  renderBlocks: (blocks: readonly Block[]) => React.ReactNode;
}

export const ToolCard = memo(function ToolCard({ tool, renderBlocks }: Props): React.ReactElement {
  const took = tool.ended - tool.started;
  const line = (
    <>
      <Icon name={tool.children.length ? 'agent' : toolIcon(tool.toolKind)} />
      <span className="wb-tool-name">{plain(tool.name || tool.title)}</span>
      <Subject tool={tool} />
      {!isActive(tool.state) && took >= 1000 && <span className="wb-tool-time">{duration(took)}</span>}
      <ToolStateMark state={tool.state} />
    </>
  );
  return (
    <Fold className="wb-tool" summary={line} open={tool.state === 'failed'}>
      {() => <ToolDetail tool={tool} renderBlocks={renderBlocks} />}
    </Fold>
  );
});

function ToolDetail({ tool, renderBlocks }: Props): React.ReactElement {
  return (
    <>
      <Arguments name={tool.name} input={tool.changes.length ? withoutTexts(tool.input) : tool.input} />
      {tool.changes.map((change, at) => (
        <Change key={at} change={change} />
      ))}
      {tool.children.length > 0 && (
        <div
          className="wb-children"
          role="group"
          aria-label={`What the sub-agent did: ${plural(tool.children.length, 'step')}`}
        >
          {renderBlocks(tool.children)}
        </div>
      )}
      {tool.output ? (
        <Clip text={tool.output} label="Result" />
      ) : (
        <p className="wb-hint">
          {isActive(tool.state)
            ? 'No result yet.'
            : tool.state === 'stopped'
              ? 'Stopped before it had a result.'
              : 'No output.'}
        </p>
      )}
    </>
  );
}

/** What the difference shows need not be read twice. */
const withoutTexts = (input: ToolBlock['input']): ToolBlock['input'] =>
  Object.fromEntries(
    Object.entries(input).filter(([key]) => !['content', 'old_string', 'new_string', 'edits'].includes(key))
  );

function Change({ change: { path, before, after } }: { change: FileChange }): React.ReactElement {
  const rows = useMemo(
    () =>
      before === null ? compare('', after).filter(row => row.kind === 'new') : around(compare(before, after)),
    [before, after]
  );
  return <DiffView label={`${before === null ? 'The new file' : 'Changes of'} ${plain(path)}`} rows={rows} />;
}

interface GroupProps {
  tools: readonly ToolBlock[];
  renderBlocks: (blocks: readonly Block[]) => React.ReactNode;
}

export const ToolGroup = memo(
  function ToolGroup({ tools, renderBlocks }: GroupProps): React.ReactElement {
    const failed = tools.filter(({ state }) => state === 'failed').length;
    const state = stateOf(tools);
    const kinds = new Set(tools.map(({ toolKind }) => toolKind));
    const line = (
      <>
        <Icon name={kinds.size === 1 ? toolIcon(tools[0].toolKind) : 'search'} />
        <span className="wb-tool-summary">{summary(tools)}</span>
        {isActive(state) ? <Subject tool={tools[tools.length - 1]} /> : <span className="wb-tool-subject" />}
        {failed > 0 && <span className="wb-tool-failed">{failed} failed</span>}
        <ToolStateMark state={state} />
      </>
    );
    return (
      <Fold className="wb-tool wb-group" summary={line}>
        {() => tools.map(tool => <ToolCard key={tool.key} tool={tool} renderBlocks={renderBlocks} />)}
      </Fold>
    );
  },
  (before, after) =>
    before.tools.length === after.tools.length && before.tools.every((tool, i) => tool === after.tools[i])
);

function stateOf(tools: readonly ToolBlock[]): ToolState {
  const states = new Set(tools.map(({ state }) => state));
  const order: ToolState[] = ['in_progress', 'pending', 'stopped', 'completed', 'failed'];
  return order.find(state => states.has(state)) ?? 'completed';
}
