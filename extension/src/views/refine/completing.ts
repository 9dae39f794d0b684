/** What a message may still become while it is written: a file behind an `@`, a command behind a `/`. Pure. */

export interface Offer {
  /** What the person sees and gets. */
  readonly text: string;
  readonly says: string;
}

export interface Completion {
  /** The piece of the message that an offer takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly offers: readonly Offer[];
}

const COMMANDS: readonly Offer[] = [
  { text: '/rewrite', says: 'Write it again from what it knows, then check it' },
  { text: '/validate', says: 'Check it, change nothing' }
];

const MOST = 8;
const NONE: Completion = { from: 0, to: 0, offers: [] };

/** What fits at the cursor; without an offer where nothing does. */
export function completionAt(text: string, cursor: number, files: readonly string[]): Completion {
  const before = text.slice(0, cursor);
  const word = /(?:^|[\s([,;])([@/][^\s@,;:!?()[\]"'`]*)$/.exec(before)?.[1];
  if (!word) {
    return NONE;
  }
  const from = cursor - word.length;
  const rest = /^[^\s@,;:!?()[\]"'`]*/.exec(text.slice(cursor))?.[0] ?? '';
  const offers = word.startsWith('@')
    ? filesLike(word.slice(1), files)
    : // A command is one only where the message begins.
      before.slice(0, from).trim() === ''
      ? COMMANDS.filter(each => each.text.startsWith(word.toLowerCase()))
      : [];
  // What is written out already needs no offer.
  return offers.length === 1 && offers[0].text === word + rest
    ? NONE
    : { from, to: cursor + rest.length, offers };
}

/** Files whose name begins with what is written come first, then those that hold it. */
function filesLike(written: string, files: readonly string[]): readonly Offer[] {
  const wanted = written.toLowerCase();
  const rank = (path: string): number => {
    const folded = path.toLowerCase();
    const name = folded.slice(folded.lastIndexOf('/') + 1);
    return folded.startsWith(wanted) || name.startsWith(wanted) ? 0 : folded.includes(wanted) ? 1 : 2;
  };
  return [0, 1]
    .flatMap(wantedRank => files.filter(path => rank(path) === wantedRank))
    .slice(0, MOST)
    .map(path => ({ text: `@${path}`, says: 'Change only this file' }));
}

/** The message with an offer in it, and where the cursor is then. */
export function taken(
  text: string,
  { from, to }: Completion,
  offer: Offer
): { text: string; cursor: number } {
  const blank = /^\s/.test(text.slice(to)) ? '' : ' ';
  return {
    text: text.slice(0, from) + offer.text + blank + text.slice(to),
    cursor: from + offer.text.length + 1
  };
}
