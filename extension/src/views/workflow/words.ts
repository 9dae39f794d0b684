/** What the screen says of steps, answers and decisions: short, one place. */
import type { Decision, GateState, RunState, StepView } from '../../protocol';
import type { IconName } from '../../components/Icon';
import type { Judgement } from './state';

export type Mood = 'idle' | 'running' | 'waiting' | 'good' | 'bad';

export interface Standing {
  readonly word: string;
  readonly mood: Mood;
  readonly icon: IconName;
}

const WAITING: { readonly [what: string]: string } = {
  permission: 'Asks your permission',
  question: 'Asks you',
  answers: 'Waits for answers',
  gate: 'Waits for your choice',
  decisions: 'Waits for decisions'
};

export function standingOf(step: StepView): Standing {
  if (step.disabled && step.status === 'pending') {
    return { word: 'Not needed', mood: 'idle', icon: 'minus' };
  }
  switch (step.status) {
    case 'pending':
      return { word: 'Not started', mood: 'idle', icon: 'circle' };
    case 'in_progress':
      return { word: 'Running', mood: 'running', icon: 'resume' };
    case 'waiting_for_user':
      return { word: WAITING[step.waiting ?? ''] ?? 'Waits for you', mood: 'waiting', icon: 'question' };
    case 'completed':
      return { word: step.skipped ? 'Skipped' : 'Done', mood: 'good', icon: 'check' };
    case 'error':
      return { word: 'Stopped', mood: 'bad', icon: 'warning' };
  }
}

export const MOODS: { readonly [next in RunState['next']]: Mood } = {
  run: 'idle',
  answer: 'waiting',
  gate: 'waiting',
  decide: 'waiting',
  wait: 'running',
  done: 'good',
  mend: 'bad'
};

export const VERDICTS: { readonly [verdict in Judgement['verdict']]: string } = {
  contradictory: 'Contradicts another answer',
  not_answered: 'Not answered',
  vague: 'Too vague',
  needs_refinement: 'Could be more precise',
  clear: 'Clear'
};

export const DIALOGS: { readonly [dialog in GateState['dialog']]: { title: string; says: string } } = {
  clear: { title: 'Your answers are clear', says: 'More research may still find what nobody asked.' },
  needs_refinement: {
    title: 'Some answers could be more precise',
    says: 'Say more, or go on: the next step asks closer questions where it is needed.'
  },
  unanswered: {
    title: 'Some questions are open or vague',
    says: 'Answer them, or go on without: what is not said will be guessed.'
  },
  contradictory: {
    title: 'Some answers contradict each other',
    says: 'A skill cannot follow both. Change one of them, and have the answers judged again.'
  },
  unavailable: {
    title: 'The answers could not be judged',
    says: 'Counting alone found nothing that is missing. Look over your answers, or go on.'
  }
};

export const DECISIONS: { readonly [status in Decision['status']]: { word: string; mood: Mood } } = {
  'needs-review': { word: 'Needs your review', mood: 'waiting' },
  resolved: { word: 'Decided', mood: 'good' },
  'conflict-resolved': { word: 'Conflict settled', mood: 'good' }
};

/** `1.2 kB`, `340 B`. */
export const bytes = (size: number): string => (size < 1000 ? `${size} B` : `${(size / 1000).toFixed(1)} kB`);
