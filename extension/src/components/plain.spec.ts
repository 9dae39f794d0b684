import { describe, expect, it } from 'vitest';
import { plain, preview } from './plain';

describe('text from an agent', () => {
  it('loses what a terminal would obey: colours, links, titles', () => {
    expect(
      plain(
        '\u001b[31mred\u001b[0m \u001b]8;;https://evil.test\u0007link\u001b]8;;\u0007 \u001b]0;title\u001b\\end'
      )
    ).toBe('red link end');
  });

  it('shows characters that turn text around, so that a name looks like what it is', () => {
    expect(plain('photo\u202egpj.sh')).toBe('photo\\u202egpj.sh');
  });

  it('shows characters that cannot be seen', () => {
    expect(plain('a\u200bb\ufeffc\u2066d')).toBe('a\\u200bb\\ufeffc\\u2066d');
    expect(plain('hi\u{e0041}')).toBe('hi\\u{e0041}');
    expect(plain('nul\u0000bell\u0007')).toBe('nul\\u0000bell\\u0007');
  });

  it('leaves joiners where writing needs them', () => {
    const family = '👩\u200d👩\u200d👧';
    const persian = 'می\u200cخواهم';
    expect(plain(family)).toBe(family);
    expect(plain(persian)).toBe(persian);
    expect(plain('pass\u200dword')).toBe('pass\\u200dword');
  });

  it('keeps tabs and lines, with one kind of line end', () => {
    expect(plain('a\tb\r\nc\rd\n')).toBe('a\tb\nc\nd\n');
  });
});

describe('a preview', () => {
  it('is cut at a line, or at a character of a very long one', () => {
    expect(preview('1\n2\n3\n4', 2, 100)).toBe('1\n2\n');
    expect(preview('x'.repeat(50), 5, 10)).toBe('x'.repeat(10));
  });

  it('is not needed for what is short', () => {
    expect(preview('1\n2', 2, 100)).toBeNull();
    expect(preview('', 2, 100)).toBeNull();
  });

  it('never cuts a character in two', () => {
    expect(preview('aaa😀b', 1, 4)).toBe('aaa');
  });
});
