import { describe, expect, it } from 'vitest';
import { plan, planned } from '../../testing/plans';
import { answer, asksOf, begun, canCome, choicesOf, seen, tick, waiting } from './state';

const unnamed = planned(null, { status: 'ask', proposed: 'found', path: 'x/SKILL.md', description: 'D.' });
const taken = planned('mine', { status: 'ask', state: 'taken', proposed: 'mine-2' });
const changed = planned('own', { status: 'ready', state: 'customised', proposed: 'own' });
const silent = planned('silent', { status: 'ask', description: null });
const refused = planned('bad', { status: 'refuse', digest: null });
const ROWS = [planned('good'), unnamed, taken, changed, silent, refused];
const PLAN = plan(ROWS);
const all = tick(begun(PLAN), ROWS, true);

describe('a choice of rows', () => {
  it('begins with what the plan proposes, and never holds what cannot come', () => {
    const rows = [
      planned('good'),
      planned('here', { state: 'same' }),
      planned('link', { place: 'alias', ticked: true }),
      planned('far', { place: 'remote', digest: null, ticked: true }),
      refused
    ];
    expect([...begun(plan(rows)).ticked]).toEqual(['skills/good/SKILL.md']);
    expect([...tick(begun(plan(rows)), rows, true).ticked]).toEqual(['skills/good/SKILL.md']);
    expect(rows.map(canCome)).toEqual([true, false, false, false, false]);
  });

  it('asks for a name, for what to do with a name that is taken, and for a description', () => {
    expect(ROWS.map(row => asksOf(row))).toEqual([[], ['name'], ['taken'], ['taken'], ['description'], []]);
    // What has come from there before keeps the name that it has here.
    expect(asksOf(planned('a', { state: 'update', proposed: 'b' }))).toEqual([]);
  });

  it('sends nothing that waits for an answer', () => {
    expect([...waiting(PLAN, all).values()]).toEqual([['name'], ['taken'], ['taken'], ['description']]);
    expect(choicesOf(PLAN, all).map(({ path }) => path)).toEqual(['skills/good/SKILL.md']);
  });

  it('sends each answer as the server takes it', () => {
    const answered = answer(all, [
      ['x/SKILL.md', { name: 'found' }],
      [taken.path, { taken: 'keep_both' }],
      [changed.path, { taken: 'replace', name: 'left over' }],
      [silent.path, { description: ' Says it. ' }]
    ]);
    expect(waiting(PLAN, answered).size).toBe(0);
    expect(choicesOf(PLAN, answered).slice(1)).toEqual([
      { path: 'x/SKILL.md', digest: 'digest of null', name: 'found' },
      { path: taken.path, digest: 'digest of mine', name: 'mine-2', taken: 'keep_both' },
      { path: changed.path, digest: 'digest of own', taken: 'replace' },
      { path: silent.path, digest: 'digest of silent', description: 'Says it.' }
    ]);
    const both = answer(answered, [[changed.path, { taken: 'keep_both', name: '' }]]);
    expect(choicesOf(PLAN, both)[3]).toMatchObject({ name: 'own-2', taken: 'keep_both' });
  });

  it('lets an answer be wrong only until it is sent', () => {
    for (const name of ['', 'Not A Name', 'claude', 'a--b', 'x'.repeat(65)]) {
      const given = answer(all, [['x/SKILL.md', { name }]]);
      expect(waiting(PLAN, given).get('x/SKILL.md')).toEqual(['name']);
    }
  });

  it('gives no name twice', () => {
    const twins = [planned('one'), planned('One', { path: 'other/SKILL.md' })];
    const both = begun(plan(twins));
    expect(waiting(plan(twins), both).get('other/SKILL.md')).toEqual(['twin']);
    const named = answer(both, [['other/SKILL.md', { name: 'two' }]]);
    expect(choicesOf(plan(twins), named).map(({ name }) => name)).toEqual([undefined, 'two']);
  });
});

describe('what is shown of a plan', () => {
  it('is grouped by place, searched and narrowed, and counted', () => {
    const rows = [
      planned('alpha'),
      planned('beta', { place: 'set-aside', path: 'old/beta/SKILL.md' }),
      planned('gamma', { scan: { verdict: 'dangerous', critical: 1, high: 0, medium: 0, low: 0 } }),
      planned('delta', { state: 'update' }),
      refused
    ];
    const { ticked } = begun(plan(rows));
    const whole = seen(plan(rows), ticked, 'all', '');
    expect(whole.groups.map(({ place, rows: some }) => [place, some.length])).toEqual([
      ['offered', 4],
      ['set-aside', 1]
    ]);
    expect(whole.counts).toEqual({
      all: 5,
      chosen: 3,
      asks: 0,
      repair: 0,
      update: 1,
      findings: 1,
      refuse: 1
    });
    expect(seen(plan(rows), ticked, 'all', 'OLD beta').count).toBe(1);
    expect(seen(plan(rows), ticked, 'findings', 'alpha')).toMatchObject({ count: 0, groups: [] });
  });
});
