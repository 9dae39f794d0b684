/**
 * Agent text as it may be shown: what a terminal would obey is taken out, what the eye would not see is spelled out.
 *
 * Escape sequences of terminals are removed. Characters that reorder or hide text become `\u202e` and the like, so that a
 * command looks like what it is. Joiners stay where writing needs them: in emoji and between letters of scripts that join.
 */

// CSI, OSC (ended by BEL or ST), other string sequences, and two-character escapes.
const TERMINAL =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]|\u009b[0-?]*[ -/]*[@-~]/g;

const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

const SUSPECT =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\udb40]/;

const JOINED =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}]$/u;

export function plain(value: string): string {
  // Types end at the wire: a number where a text should be is shown, not a fault.
  const text = String(value ?? '');
  if (!SUSPECT.test(text)) {
    return text;
  }
  return text
    .replace(/\r\n?/g, '\n')
    .replace(TERMINAL, '')
    .replace(HIDDEN, (character, offset: number, whole: string) =>
      isJoiner(character) && JOINED.test(whole.slice(Math.max(0, offset - 2), offset))
        ? character
        : spelled(character)
    );
}

const isJoiner = (character: string): boolean => character === '\u200c' || character === '\u200d';

function spelled(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** The beginning of a text, cut at a line or a character, never inside a surrogate pair; `null` when it is short enough. */
export function preview(text: string, lines: number, characters: number): string | null {
  let end = 0;
  for (let line = 0; line < lines; line++) {
    const next = text.indexOf('\n', end);
    if (next < 0) {
      end = text.length;
      break;
    }
    end = next + 1;
  }
  end = Math.min(end, characters);
  if (end >= text.length) {
    return null;
  }
  const pair = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return text.slice(0, pair ? end - 1 : end);
}
