import { describe, expect, it } from 'vitest';
import { problem } from '../../testing/skills';
import { counted, formOf, gravest, keyOf, marksOf, remaining, requests, typed, valueOf } from './state';

const FIELDS = {
  name: 'x',
  description: 'Does it.',
  metadata: { author: 'Kim', version: '1.0', deep: { a: 'b' } },
  'allowed-tools': ['Read', 'Grep'],
  custom: 'two\nlines'
};

describe('the form', () => {
  it('asks for the keys of the specification, and for what else the file has', () => {
    const form = formOf(FIELDS);
    expect(form.common.map(({ label }) => label)).toEqual([
      'Description',
      'License',
      'Compatibility',
      'Version'
    ]);
    expect(form.others).toMatchObject([
      { path: ['metadata', 'author'], kind: 'line' },
      { path: ['custom'], kind: 'text' }
    ]);
  });

  it('leaves lists and deeper maps to the text, and the name to renaming', () => {
    const form = formOf(FIELDS);
    expect(form.structured).toEqual(['metadata › deep', 'allowed-tools']);
    expect(form.others.some(({ path }) => path[0] === 'name')).toBe(false);
  });

  it('writes a version where the file has it, else in the metadata', () => {
    const versionIn = (fields: object) =>
      formOf({ ...fields }).common.find(({ label }) => label === 'Version')?.path;
    expect(versionIn({ version: '2' })).toEqual(['version']);
    expect(versionIn({})).toEqual(['metadata', 'version']);
  });

  it('survives front matter made to confuse it', () => {
    const odd = JSON.parse('{"__proto__": "x", "constructor": {"prototype": "y"}, "": ""}') as typeof FIELDS;
    expect(formOf(odd).others).toHaveLength(3);
    expect(valueOf(odd, ['__proto__'])).toBe('x');
    expect(valueOf({}, ['toString'])).toBe('');
    expect(valueOf({}, ['constructor', 'name'])).toBe('');
  });
});

describe('edits', () => {
  it('are what differs from the file', () => {
    const once = typed({}, FIELDS, ['license'], 'MIT');
    expect(once).toEqual({ [keyOf(['license'])]: 'MIT' });
    expect(typed(once, FIELDS, ['license'], '')).toEqual({});
  });

  it('go out as one change a key; an empty one takes the key out, a path reaches into a map', () => {
    const edits = typed(typed({}, FIELDS, ['description'], ''), FIELDS, ['metadata', 'author'], 'Lee');
    expect(requests(edits)).toEqual([
      { key: 'description', value: null },
      { key: ['metadata', 'author'], value: 'Lee' }
    ]);
  });

  it('that the file has taken are none any more', () => {
    const edits = typed(typed({}, FIELDS, ['license'], 'MIT'), FIELDS, ['custom'], 'one');
    expect(remaining(edits, { ...FIELDS, license: 'MIT' })).toEqual({ [keyOf(['custom'])]: 'one' });
  });
});

describe('diagnostics', () => {
  const FOUND = [
    problem('c', 9, { severity: 'info' }),
    problem('b', 2, { severity: 'warning' }),
    problem('a', 2),
    problem('z', 1, { severity: 'new-word' })
  ];

  it('come the gravest first, those of a kind that is not known last', () => {
    expect(gravest(FOUND).map(({ rule }) => rule)).toEqual(['a', 'b', 'c', 'z']);
    expect(counted(FOUND)).toEqual({ errors: 1, warnings: 1, notes: 2 });
  });

  it('mark each line once, with all that is said of it', () => {
    expect(marksOf(FOUND).get(2)).toEqual({ severity: 'error', says: 'a is broken.\nb is broken.' });
  });
});
