/** What the screen says of a session's state: short sentences, one place. */
import type { EndBlock } from './blocks';
import { isWaiting, lastRun, type SessionState } from './state';

export type Mood = 'idle' | 'running' | 'waiting' | 'good' | 'stopped' | 'bad';

export interface Status {
  readonly mood: Mood;
  readonly label: string;
}

export function statusOf(state: SessionState, loaded: boolean, failed: boolean): Status {
  if (failed) {
    return { mood: 'bad', label: 'Cannot be shown' };
  }
  if (!loaded) {
    return { mood: 'idle', label: 'Loading' };
  }
  switch (lastRun(state)?.phase) {
    case undefined:
      return { mood: 'idle', label: 'Not started' };
    case 'running':
      return isWaiting(state)
        ? { mood: 'waiting', label: 'Waiting for you' }
        : { mood: 'running', label: 'Running' };
    case 'finished':
      return { mood: 'good', label: 'Finished' };
    case 'stopped':
      return { mood: 'stopped', label: 'Stopped' };
    case 'failed':
      return { mood: 'bad', label: 'Failed' };
    case 'interrupted':
      return { mood: 'bad', label: 'Interrupted' };
  }
}

/** Why a turn was cut off, as a sentence. */
export function interruption(reason: string): string {
  const [word, detail] = reason.split(':');
  return INTERRUPTIONS[word]?.(detail) ?? `The turn was cut off (${reason}).`;
}

const INTERRUPTIONS: { readonly [word: string]: (detail?: string) => string } = {
  killed: signal => `The agent's process was killed (signal ${signal}).`,
  exit: code => `The agent's process ended in mid-turn (exit code ${code}).`,
  shim: () => 'The process that keeps the transcript ended in mid-turn.',
  silent: () => 'The agent was silent for too long and was ended.',
  garbage: () => 'The agent sent too much that could not be read and was ended.',
  disk_full: () => 'The disk was full.',
  ready_timeout: () => 'The agent did not become ready in time.',
  closed: () => 'The session was closed in mid-turn.',
  idle: () => 'The session was closed because nothing happened in it.',
  lost: () => 'The machine, or everything of this session on it, went down in mid-turn.'
};

/** How a turn came to an end that was not simply its end; empty when there is nothing to add. */
export function ending({ outcome, reason }: EndBlock): string {
  if (outcome === 'aborted') {
    return ['', 'user', 'user_requested', 'stopped', 'interrupted'].includes(reason)
      ? 'Stopped by you'
      : `Stopped: ${spaced(reason)}`;
  }
  return ['', 'end_turn', 'stop', 'success', 'completed'].includes(reason)
    ? 'Finished'
    : `Finished: ${spaced(reason)}`;
}

const spaced = (word: string): string => word.replace(/_/g, ' ');
