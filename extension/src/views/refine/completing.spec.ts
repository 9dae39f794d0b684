import { describe, expect, it } from 'vitest';
import { completionAt, taken } from './completing';

const FILES = ['SKILL.md', 'references/rules.md', 'references/examples.md', 'scripts/rules.py'];
const at = (text: string, cursor = text.length) => completionAt(text, cursor, FILES);
const offered = (text: string, cursor?: number) => at(text, cursor).offers.map(each => each.text);

describe('a message while it is written', () => {
  it('is offered files behind an @, those whose name begins so first', () => {
    expect(offered('see @')).toEqual(FILES.map(path => `@${path}`));
    expect(offered('see @rul')).toEqual(['@references/rules.md', '@scripts/rules.py']);
    expect(offered('see @les')).toEqual([
      '@references/rules.md',
      '@references/examples.md',
      '@scripts/rules.py'
    ]);
    expect(offered('see @nothing')).toEqual([]);
  });

  it('is offered commands only at its beginning', () => {
    expect(offered('/')).toEqual(['/rewrite', '/validate']);
    expect(offered('/va')).toEqual(['/validate']);
    expect(offered('please /va')).toEqual([]);
  });

  it('is left alone in an address of mail and behind what is written out', () => {
    expect(offered('me@example')).toEqual([]);
    expect(offered('@SKILL.md')).toEqual([]);
    expect(offered('hello')).toEqual([]);
  });

  it('gets what is taken in the place of what was written, with one blank behind it', () => {
    const found = at('see @rul and go', 8);
    expect(taken('see @rul and go', found, found.offers[0])).toEqual({
      text: 'see @references/rules.md and go',
      cursor: 25
    });
    const end = at('/va');
    expect(taken('/va', end, end.offers[0])).toEqual({ text: '/validate ', cursor: 10 });
  });
});
