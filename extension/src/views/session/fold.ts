/** One record of a transcript, added to a draft. Each kind of event has one small function. */
import type { PlanEntry, Question, Record as Entry } from '../../protocol';
import type { Answerer, Block, Outcome, PermissionBlock, QuestionBlock, TextBlock } from './blocks';
import { counted, NOTHING, type ModelCounts } from './counts';
import type { Draft } from './draft';
import { array, failureIn, number, object, params, strings, text, type Frame } from './frame';
import { changeTool, placeTool, settled, toolOf, updatedTool } from './tools';

type Step = (draft: Draft, frame: Frame, entry: Entry) => void;

export function fold(draft: Draft, entry: Entry): void {
  const frame = entry.f;
  if (!frame) {
    // A line that could not be read: the transcript keeps its bytes, the screen has nothing to show of it.
    return;
  }
  if (entry.d === 'in') {
    REQUESTS[text(frame.method)]?.(draft, frame, entry);
  } else {
    (entry.d === 'shim' ? SHIM : EVENTS)[text(frame.type)]?.(draft, frame, entry);
  }
}

const REQUESTS: { readonly [method: string]: Step } = {
  sendMessage(draft, frame, { t }) {
    const run = text(frame.id);
    const { prompt, cwd } = params(frame);
    draft.state.cwd = text(cwd) || draft.state.cwd;
    draft.push({ kind: 'prompt', key: `prompt:${run}`, run, text: text(prompt), t });
    const begun = {
      id: run,
      phase: 'running',
      started: t,
      before: draft.state.usage,
      counts: NOTHING
    } as const;
    draft.state.runs = [...draft.state.runs, begun];
  },

  steerSession(draft, frame) {
    const run = openRun(draft);
    closeText(draft);
    draft.push({ kind: 'steer', key: `steer:${text(frame.id)}`, run, text: text(params(frame).prompt) });
  },

  permissionResponse(draft, frame) {
    const { permissionId, behavior, remember } = params(frame);
    draft.update(`permission:${text(permissionId)}`, 'permission', block => ({
      ...block,
      answer: { behavior: behavior === 'allow' ? 'allow' : 'deny', by: 'user', remember: remember === true }
    }));
  },

  userInputResponse(draft, frame) {
    const { userInputId, action, content } = params(frame);
    draft.update(`question:${text(userInputId)}`, 'question', block => ({
      ...block,
      content: content as QuestionBlock['content'],
      answer: { action: action as 'submit', by: 'user' }
    }));
  }
};

const SHIM: { readonly [type: string]: Step } = {
  start(draft) {
    draft.state.alive = true;
  },

  exit(draft, frame, { t }) {
    draft.state.alive = false;
    for (const run of strings(frame.open)) {
      finish(draft, run, 'interrupted', text(frame.reason), {}, t);
    }
  }
};

const EVENTS: { readonly [type: string]: Step } = {
  ready(draft, frame) {
    draft.state.alive = true;
    draft.state.provider = text(frame.provider) || draft.state.provider;
    draft.state.capabilities = object(frame.capabilities) as { [name: string]: boolean };
  },

  session_info_update(draft, frame) {
    draft.state.model = text(frame.model) || draft.state.model;
  },

  usage_update(draft, frame) {
    if (frame.messageId !== undefined) {
      // What one response used, for the ledger of a run that is killed: it bears no price, and all is told at the end.
      return;
    }
    const usage = object(frame.modelUsage) as ModelCounts;
    const own = frame.cumulative === false;
    draft.updateRun(text(frame.id), run => ({ counts: counted(own ? {} : run.before, usage) }));
    draft.state.usage = usage;
  },

  agent_message_chunk: (draft, frame, entry) => chunk(draft, 'text', frame, entry),
  agent_thought_chunk: (draft, frame, entry) => chunk(draft, 'thought', frame, entry),

  tool_call(draft, frame, entry) {
    closeText(draft);
    placeTool(draft, frame, toolOf(frame, entry));
  },

  tool_call_update(draft, frame, entry) {
    changeTool(draft, text(frame.toolCallId), tool => updatedTool(tool, frame, entry.t));
  },

  plan(draft, frame) {
    const run = text(frame.id);
    const entries = array<PlanEntry>(frame.entries);
    const key = `plan:${run}`;
    if (draft.has(key)) {
      draft.update(key, 'plan', block => ({ ...block, entries }));
    } else {
      draft.push({ kind: 'plan', key, run, entries });
    }
  },

  notice(draft, frame, { seq }) {
    const severity = frame.severity === 'warning' ? 'warning' : 'info';
    draft.push({
      kind: 'notice',
      key: `notice:${seq}`,
      run: text(frame.id),
      severity,
      message: text(frame.message)
    });
  },

  permissionRequest(draft, frame) {
    closeText(draft);
    draft.push({
      kind: 'permission',
      key: `permission:${text(frame.permissionId)}`,
      run: text(frame.id),
      permissionId: text(frame.permissionId),
      tool: text(frame.toolName),
      input: object(frame.toolInput) as PermissionBlock['input'],
      title: text(frame.title) || undefined,
      description: text(frame.description) || undefined
    });
  },

  permissionResolved(draft, frame) {
    const { behavior, by } = frame;
    draft.update(`permission:${text(frame.permissionId)}`, 'permission', block => ({
      ...block,
      answer: { ...block.answer, behavior: behavior === 'allow' ? 'allow' : 'deny', by: by as Answerer }
    }));
  },

  userInputRequest(draft, frame) {
    closeText(draft);
    draft.push({
      kind: 'question',
      key: `question:${text(frame.userInputId)}`,
      run: text(frame.id),
      userInputId: text(frame.userInputId),
      message: text(frame.message) || undefined,
      questions: array<Question>(frame.questions)
    });
  },

  userInputResolved(draft, frame) {
    draft.update(`question:${text(frame.userInputId)}`, 'question', block => ({
      ...block,
      answer: { action: frame.action as 'submit', by: frame.by as Answerer }
    }));
  },

  steered(draft, frame) {
    draft.update(`steer:${text(frame.id)}`, 'steer', block => ({
      ...block,
      accepted: frame.accepted === true,
      reason: text(frame.reason) || undefined
    }));
  },

  end: (draft, frame, { t }) => finish(draft, text(frame.id), 'end', text(frame.stopReason), frame, t),
  aborted: (draft, frame, { t }) => finish(draft, text(frame.id), 'aborted', text(frame.reason), frame, t),

  error(draft, frame, { t, seq }) {
    const run = text(frame.id);
    if (draft.state.runs.some(({ id }) => id === run)) {
      finish(draft, run, 'error', text(frame.kind), frame, t);
    } else {
      // The failure of another request, or a line that the agent could not read: news, not the end of the turn.
      const message = text(frame.message);
      draft.push({ kind: 'notice', key: `notice:${seq}`, run: openRun(draft), severity: 'warning', message });
    }
  }
};

function chunk(draft: Draft, kind: TextBlock['kind'], frame: Frame, { seq, t }: Entry): void {
  const messageId = text(frame.messageId) || undefined;
  const more = text((frame.content as { text?: unknown } | undefined)?.text);
  const parent = text(frame.parent);
  const add = (blocks: readonly Block[]): readonly Block[] => {
    const last = blocks[blocks.length - 1];
    if (last && (last.kind === 'text' || last.kind === 'thought') && last.open) {
      if (last.kind === kind && last.messageId === messageId) {
        return [...blocks.slice(0, -1), { ...last, text: last.text + more, ended: t }];
      }
      blocks = [...blocks.slice(0, -1), { ...last, open: false }];
    }
    const key = `${kind}:${seq}`;
    return [
      ...blocks,
      { kind, key, run: text(frame.id), text: more, messageId, started: t, ended: t, open: true }
    ];
  };
  if (parent) {
    changeTool(draft, parent, tool => ({ ...tool, children: add(tool.children) }));
  } else {
    // The tail is all that can change: rebuilding the whole list for each chunk would be quadratic. A notice does not
    // cut a message in two.
    const notices: Block[] = [];
    while (draft.blocks[draft.blocks.length - 1]?.kind === 'notice') {
      notices.unshift(draft.blocks.pop() as Block);
    }
    const tail = draft.blocks.length ? [draft.blocks.pop() as Block] : [];
    const [first, ...rest] = add(tail);
    const grew = tail.length > 0 && rest.length === 0;
    [first, ...(grew ? [] : notices), ...rest, ...(grew ? notices : [])].forEach(block => draft.push(block));
  }
}

/** What follows text ends it: the text's last Markdown block is then final. */
function closeText(draft: Draft): void {
  const last = draft.blocks[draft.blocks.length - 1];
  if (last?.kind === 'text' || last?.kind === 'thought') {
    draft.blocks[draft.blocks.length - 1] = settled(last);
  }
}

function finish(draft: Draft, run: string, outcome: Outcome, reason: string, frame: Frame, t: number): void {
  const durationMs = number(frame.durationMs);
  const turns = number(frame.turns);
  draft.map(run, settled);
  const failure = outcome === 'error' ? failureIn(frame) : undefined;
  draft.push({ kind: 'end', key: `end:${run}`, run, outcome, reason, failure, durationMs, turns });
  draft.updateRun(run, () => ({ phase: PHASES[outcome], ended: t, durationMs, turns }));
}

const PHASES = { end: 'finished', aborted: 'stopped', error: 'failed', interrupted: 'interrupted' } as const;

/** The turn that news without a turn's id belongs to: the one that was begun last. */
const openRun = (draft: Draft): string => draft.state.runs[draft.state.runs.length - 1]?.id ?? '';
