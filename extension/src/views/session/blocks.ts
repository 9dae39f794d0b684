/** What a transcript is made of on a screen. Blocks are values: a change makes a new block, so an unchanged one renders once. */
import type { Failure, PlanEntry, Question } from '../../protocol';

interface Base {
  /** Unique within the session and the same after a reload. */
  readonly key: string;
  readonly run: string;
}

export interface PromptBlock extends Base {
  readonly kind: 'prompt';
  readonly text: string;
  readonly t: number;
}

/** Guidance given while a turn ran; `accepted` is undefined until the agent has confirmed or refused it. */
export interface SteerBlock extends Base {
  readonly kind: 'steer';
  readonly text: string;
  readonly accepted?: boolean;
  readonly reason?: string;
}

export interface TextBlock extends Base {
  readonly kind: 'text' | 'thought';
  readonly text: string;
  readonly messageId?: string;
  readonly started: number;
  readonly ended: number;
  /** More of it may come. */
  readonly open: boolean;
}

export type ToolState = 'pending' | 'in_progress' | 'completed' | 'failed' | 'stopped';

/** A file that a call wrote; `before` is null for one that was not there. */
export interface FileChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

export interface ToolBlock extends Base {
  readonly kind: 'tool';
  readonly toolCallId: string;
  readonly name: string;
  readonly title: string;
  readonly toolKind: string;
  readonly state: ToolState;
  readonly input: { readonly [key: string]: unknown };
  readonly output: string;
  readonly changes: readonly FileChange[];
  readonly started: number;
  readonly ended: number;
  /** What a sub-agent did under this call. */
  readonly children: readonly Block[];
}

export interface PlanBlock extends Base {
  readonly kind: 'plan';
  readonly entries: readonly PlanEntry[];
}

export interface NoticeBlock extends Base {
  readonly kind: 'notice';
  readonly severity: 'info' | 'warning';
  readonly message: string;
}

export type Answerer = 'user' | 'timeout' | 'policy';

export interface PermissionBlock extends Base {
  readonly kind: 'permission';
  readonly permissionId: string;
  readonly tool: string;
  readonly input: { readonly [key: string]: unknown };
  readonly title?: string;
  readonly description?: string;
  /** `gone`: the turn ended before an answer. */
  readonly answer?: {
    readonly behavior: 'allow' | 'deny' | 'gone';
    readonly by?: Answerer;
    readonly remember?: boolean;
  };
}

export interface QuestionBlock extends Base {
  readonly kind: 'question';
  readonly userInputId: string;
  readonly message?: string;
  readonly questions: readonly Question[];
  readonly content?: { readonly [question: string]: unknown };
  readonly answer?: { readonly action: 'submit' | 'decline' | 'cancel' | 'gone'; readonly by?: Answerer };
}

export type Outcome = 'end' | 'aborted' | 'error' | 'interrupted';

/** How a turn ended. */
export interface EndBlock extends Base {
  readonly kind: 'end';
  readonly outcome: Outcome;
  /** Why it was stopped or cut off, in the protocol's word. */
  readonly reason: string;
  readonly failure?: Failure;
  readonly durationMs?: number;
  readonly turns?: number;
}

export type Block =
  | PromptBlock
  | SteerBlock
  | TextBlock
  | ToolBlock
  | PlanBlock
  | NoticeBlock
  | PermissionBlock
  | QuestionBlock
  | EndBlock;

/** The block of a kind. */
export type BlockOf<Kind extends Block['kind'], B = Block> = B extends { kind: infer K }
  ? Kind extends K
    ? B
    : never
  : never;

export const isActive = (state: ToolState): boolean => state === 'pending' || state === 'in_progress';
