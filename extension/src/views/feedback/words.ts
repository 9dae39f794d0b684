/** The text of an issue in other places than the form. Pure. */
import type { Drafted, Words } from './FeedbackView';

export const MASK = '[REDACTED]';

export const textOf = ({ title, body }: Pick<Drafted, 'title' | 'body'>): string =>
  `${title.trim()}\n\n${body.trim()}\n`;

/** They would be drafted alike. */
export const same = (one: Words, other: Words): boolean =>
  one.text.trim() === other.text.trim() && one.kind === other.kind;
