import { describe, expect, it } from 'vitest';
import type { Badge } from '../../protocol';
import { row } from '../../testing/skills';
import { choiceOf, find, isNarrowed, offered, paramsOf, toggled, widened, type Choice } from './state';

const SKILLS = [
  row('beta', {
    tags: ['sql', 'x'],
    source: 'imported',
    trust: 'untrusted',
    valid: false,
    updated_at: '2026-11-05'
  }),
  row('alpha', { tags: ['sql'], purpose: 'platform', updated_at: '2026-11-04' }),
  row('gamma', { description: null, present: false, status: 'error', updated_at: '2026-11-06' })
];

const USUAL = choiceOf({});
const names = (choice: Choice): string[] => find(SKILLS, choice).rows.map(({ name }) => name);

describe('a choice', () => {
  it('is given again by its parameters, also with a comma in a tag', () => {
    const choice = toggled(
      toggled({ ...USUAL, query: 'a b', sort: '-updated', layout: 'list' }, 'tag', 'c, d'),
      'source',
      'imported'
    );
    expect(choiceOf(paramsOf(choice))).toEqual(choice);
    expect(paramsOf(USUAL)).toEqual({});
  });

  it('is laid out as a person wants it, where nothing else was chosen', () => {
    expect(choiceOf({}, 'list').layout).toBe('list');
    expect(choiceOf(paramsOf(USUAL, 'list'), 'list').layout).toBe('grid');
  });

  it('takes what cannot be read as it stands, and passes over what is no sort or layout', () => {
    expect(choiceOf({ tag: '100%', sort: 'size', layout: 'tree' })).toMatchObject({
      facets: { tag: ['100%'] },
      sort: 'name',
      layout: 'grid'
    });
  });

  it('is widened without losing how it is sorted and laid out', () => {
    const choice = { ...toggled(USUAL, 'trust', 'own'), query: 'x', sort: 'status', layout: 'list' } as const;
    expect(isNarrowed(choice)).toBe(true);
    expect(widened(choice)).toEqual({ ...USUAL, sort: 'status', layout: 'list' });
  });
});

describe('finding', () => {
  it('wants every word, anywhere in name, description, purpose or tags', () => {
    expect(names({ ...USUAL, query: 'SQL plat' })).toEqual(['alpha']);
    expect(names({ ...USUAL, query: 'does gamma' })).toEqual([]);
  });

  it('wants any value of one facet, all of the tags, and every facet at once', () => {
    expect(names(toggled(toggled(USUAL, 'source', 'imported'), 'source', 'skill-builder'))).toHaveLength(3);
    expect(names(toggled(toggled(USUAL, 'tag', 'sql'), 'tag', 'x'))).toEqual(['beta']);
    expect(names(toggled(toggled(USUAL, 'tag', 'sql'), 'source', 'skill-builder'))).toEqual(['alpha']);
  });

  it('sorts by name, by change and by status, equals by name', () => {
    expect(names(USUAL)).toEqual(['alpha', 'beta', 'gamma']);
    expect(names({ ...USUAL, sort: '-updated' })).toEqual(['gamma', 'beta', 'alpha']);
    expect(names({ ...USUAL, sort: 'status' })).toEqual(['alpha', 'beta', 'gamma']);
  });

  it('tells where skills load, apart from whether they meet the specification', () => {
    const badge: Badge = { colour: 'amber', text: '', loads: ['codex'], fails: ['api'], reduced: [] };
    const lossy = row('lossy', { badge });
    const huge = row('huge', { badge: null, tokens: null });
    const loads = (value: string): string[] =>
      find([...SKILLS, lossy, huge], toggled(USUAL, 'loads', value)).rows.map(({ name }) => name);
    expect(loads('gone')).toEqual(['gamma']);
    expect(loads('some')).toEqual(['lossy']);
    expect(loads('unread')).toEqual(['huge']);
    expect(loads('all')).toEqual(['alpha', 'beta']);
    expect(names(toggled(USUAL, 'check', 'no'))).toEqual(['beta']);
  });

  it('sorts by what a skill takes; one that cannot be read takes nothing', () => {
    const rows = [
      row('huge', { tokens: null }),
      row('little', { tokens: { listing: 1, body: 1 } }),
      row('much', { tokens: { listing: 9, body: 900 } })
    ];
    const sorted = find(rows, { ...USUAL, sort: '-tokens' }).rows.map(({ name }) => name);
    expect(sorted).toEqual(['much', 'little', 'huge']);
  });

  it('counts in each facet what choosing it too would leave', () => {
    const choice = toggled(USUAL, 'source', 'imported');
    const { counts } = find(SKILLS, choice);
    expect(Object.fromEntries(counts.source)).toEqual({ imported: 1, 'skill-builder': 2 });
    expect(Object.fromEntries(counts.trust)).toEqual({ untrusted: 1, own: 0 });
    expect(Object.fromEntries(counts.tag)).toEqual({ sql: 1, x: 1 });
  });

  it('offers what is chosen first, even when no skill has it any more', () => {
    const choice = toggled(USUAL, 'tag', 'gone');
    expect(offered(find(SKILLS, choice), choice, 'tag')).toEqual([
      ['gone', 0],
      ['sql', 0],
      ['x', 0]
    ]);
  });
});
