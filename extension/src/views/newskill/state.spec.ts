import { describe, expect, it } from 'vitest';
import type { DefinitionRow, ExampleRow } from '../../protocol';
import {
  EMPTY,
  exemplified,
  interviewOf,
  isTyped,
  joined,
  missingIn,
  requestOf,
  saidOf,
  sameSaid,
  shownOf
} from './state';

const workflow = (name: string, more: Partial<DefinitionRow> = {}): DefinitionRow => ({
  name,
  title: name,
  summary: '',
  shipped: true,
  path: '',
  digest: 'd',
  steps: [],
  variables: [],
  failure: null,
  ...more
});

const EXAMPLE: ExampleRow = {
  name: 'invoice-matching',
  title: 'Matching invoices',
  summary: '',
  workflows: ['quick-skill'],
  refine: [],
  tests: []
};

const SUGGESTED = { name: 'match-invoices', purpose: 'source' as const, tags: ['finance'] };

describe('a suggestion', () => {
  it('fills what the person has left empty, and gives way to every word of theirs', () => {
    expect(shownOf(EMPTY, SUGGESTED)).toEqual({
      name: 'match-invoices',
      purpose: 'source',
      tags: ['finance']
    });
    const mine = { ...EMPTY, name: 'mine', purpose: 'platform' as const, tags: [] };
    expect(shownOf(mine, SUGGESTED)).toEqual({ name: 'mine', purpose: 'platform', tags: [] });
    expect(shownOf({ ...mine, name: '' }, SUGGESTED).name).toBe('match-invoices');
    expect(shownOf(EMPTY, null)).toEqual({ name: '', purpose: 'domain', tags: [] });
  });
});

describe('a skill that is to be', () => {
  const ready = { ...EMPTY, text: 'Match invoices', name: 'match', workflow: 'quick-skill' };
  const missing = (draft: typeof EMPTY, row = workflow('quick-skill'), taken = new Set<string>()) =>
    missingIn(draft, shownOf(draft, null), row, taken);

  it('needs words, a name that is free, and a workflow that can be read', () => {
    expect(missing(ready)).toBeNull();
    expect(missing({ ...ready, text: ' ' })).toMatch(/Say what/);
    expect(missing({ ...ready, name: '' })).toMatch(/name/);
    expect(missing({ ...ready, name: 'Not So' })).toMatch(/a-z/);
    expect(missing(ready, undefined, new Set(['match']))).toMatch(/There is a skill/);
    const broken = workflow('quick-skill', { failure: { kind: 'broken', message: 'Line 3.', remedy: '' } });
    expect(missing(ready, broken)).toMatch(/Choose how/);
  });

  it('needs the variables that have no default', () => {
    const field = { key: 'team', label: 'Team', default: '', required: true, choices: [] };
    const asks = workflow('quick-skill', { variables: [field] });
    expect(missing(ready, asks)).toBe('Fill in “Team”.');
    expect(missing({ ...ready, variables: { team: 'Nord' } }, asks)).toBeNull();
  });

  it('of an example takes its name and a workflow that it was recorded for, and gives them back', () => {
    const rows = [workflow('skill-builder'), workflow('quick-skill')];
    const draft = exemplified({ ...EMPTY, workflow: 'skill-builder' }, EXAMPLE, rows);
    expect(draft).toMatchObject({
      example: 'invoice-matching',
      name: 'invoice-matching',
      workflow: 'quick-skill'
    });
    expect(requestOf(draft, shownOf(draft, null))).toEqual({
      skill: 'invoice-matching',
      workflow: 'quick-skill',
      variables: {},
      evidence: [],
      example: 'invoice-matching'
    });
    expect(exemplified(draft, null, rows)).toMatchObject({ example: null });
    expect(exemplified(draft, null, rows).name).toBeUndefined();
    expect(exemplified({ ...draft, name: 'mine' }, null, rows).name).toBe('mine');
  });
});

describe('an interview', () => {
  it('asks for three requests and one that is not meant, and keeps no blank line', () => {
    expect(saidOf({ serves: ['a'] })).toEqual({ serves: ['a', '', ''], refuses: [''], good: '' });
    expect(interviewOf({ serves: [' a ', '', 'b'], refuses: [''], good: ' g ' })).toEqual({
      serves: ['a', 'b'],
      refuses: [],
      good: 'g'
    });
    expect(sameSaid(saidOf({}), saidOf({ serves: [''] }))).toBe(true);
  });

  it('has each cell of a notebook once, as it is now', () => {
    const cell = (origin: string, source: string) => ({ origin, source, outputs: '' });
    expect(joined([cell('a, cell 1', 'old'), cell('b, cell 2', 'x')], [cell('a, cell 1', 'new')])).toEqual([
      cell('b, cell 2', 'x'),
      cell('a, cell 1', 'new')
    ]);
  });
});

describe('what would be lost with the form', () => {
  it('is what a person wrote or gave, not what an example brings', () => {
    expect(isTyped(EMPTY)).toBe(false);
    expect(isTyped({ ...EMPTY, text: ' ', name: '', tags: [], workflow: 'quick-skill' })).toBe(false);
    expect(isTyped({ ...EMPTY, example: 'invoice-matching', name: 'invoice-matching' })).toBe(false);
    for (const written of [
      { text: 'a' },
      { context: 'a' },
      { name: 'a' },
      { example: 'invoice-matching', name: 'mine' },
      { tags: ['a'] },
      { variables: { region: 'EU' } },
      { evidence: [{ source: 'x', outputs: '', origin: '' }] }
    ]) {
      expect(isTyped({ ...EMPTY, ...written })).toBe(true);
    }
  });
});
