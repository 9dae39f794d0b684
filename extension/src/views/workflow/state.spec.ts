import { describe, expect, it } from 'vitest';
import { asked, begun, decision, gate, question, step } from '../../testing/workflow';
import {
  answerOf,
  askedIn,
  byVerdict,
  dueStep,
  everyAsked,
  groupsOf,
  leavesOf,
  openFirst,
  recommendedOf,
  remarksOf,
  shared,
  worstOf
} from './state';

const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id);

describe('a state that comes anew', () => {
  it('keeps every part that is as it was', () => {
    const before = asked([question('Q1'), question('Q2')]);
    const next = structuredClone(before);
    next.clarifications!.sections[0].questions[1].answer_text = 'Yes';
    const shown = shared(before, next);
    expect(shown).toEqual(next);
    expect(shown.clarifications!.sections[0].questions[0]).toBe(
      before.clarifications!.sections[0].questions[0]
    );
    expect(shown.clarifications!.sections[0].questions[1]).not.toBe(
      before.clarifications!.sections[0].questions[1]
    );
    expect(shown.steps).toBe(before.steps);
    expect(shared(before, structuredClone(before))).toBe(before);
  });

  it('differs where something was added or taken away', () => {
    expect(shared<object>({ a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
    expect(shared<object>({ a: 1 }, { a: 1, b: undefined })).toEqual({ a: 1, b: undefined });
    expect(shared([1, 2], [1, 2, 3])).toEqual([1, 2, 3]);
    expect(shared<unknown>([1], { 0: 1 })).toEqual({ 0: 1 });
  });
});

describe('questions', () => {
  it('stand with those that must be answered first, each with its refinements', () => {
    const refined = question('Q3', {
      refinements: [{ ...question('R3.1'), parent_question_id: 'Q3', must_answer: false }] as never
    });
    const { clarifications } = asked([question('Q1'), question('Q2', { must_answer: true }), refined]);
    const groups = groupsOf(clarifications!);
    expect(groups.map(each => [each.id, ids(each.questions)])).toEqual([
      ['must', ['Q2']],
      ['S1', ['Q1', 'Q3']]
    ]);
    expect(ids(everyAsked(groups))).toEqual(['Q2', 'Q1', 'Q3', 'R3.1']);
    expect([...askedIn(clarifications).keys()]).toContain('R3.1');
  });

  it('name the choice that is recommended, by letter, by text, or not at all', () => {
    const said = (recommendation: string | null) => recommendedOf(question('Q1', { recommendation }));
    expect(said('B: it is usual')).toEqual({ id: 'B', why: 'it is usual' });
    expect(said('b')).toEqual({ id: 'B', why: '' });
    expect(said('second of Q1')).toEqual({ id: 'B', why: '' });
    expect(said('I would take First of Q1')).toEqual({ id: 'A', why: 'I would take First of Q1' });
    expect(said('Neither')).toBeNull();
    expect(said('C: other')).toBeNull();
    expect(said(null)).toBeNull();
  });

  it('show a picked choice and what was said beside it apart', () => {
    const one = question('Q1');
    expect(answerOf(one, 'A', 'First of Q1')).toEqual({ choice: 'A', words: null });
    expect(answerOf(one, 'A', 'First of Q1\n\nbut never on Fridays')).toEqual({
      choice: 'A',
      words: 'but never on Fridays'
    });
    expect(answerOf(one, 'C', 'Something')).toEqual({ choice: 'C', words: 'Something' });
    expect(answerOf(one, null, 'Free')).toEqual({ choice: null, words: 'Free' });
  });
});

describe('a gate', () => {
  const judged = [
    { question_id: 'Q1', verdict: 'clear', reason: null, contradicts: null },
    { question_id: 'Q2', verdict: 'vague', reason: 'One word.', contradicts: null },
    { question_id: 'Q3', verdict: 'contradictory', reason: 'Not both.', contradicts: 'Q1' }
  ] as const;

  it('lists the worst first, and begins there', () => {
    const one = gate({ dialog: 'contradictory' }, [...judged]);
    expect(byVerdict(one).map(([verdict, all]) => [verdict, all.map(each => each.question_id)])).toEqual([
      ['contradictory', ['Q3']],
      ['vague', ['Q2']],
      ['clear', ['Q1']]
    ]);
    expect(worstOf(one)).toBe('Q3');
    expect(worstOf(gate())).toBeNull();
  });

  it('says its reasons beside the questions, and of clear answers nothing', () => {
    const remarks = remarksOf(asked([question('Q1')], { gate: gate({}, [...judged]) }));
    expect([...remarks.keys()]).toEqual(['Q2', 'Q3']);
  });
});

describe('steps', () => {
  it('leave what they have made, or what their definition says', () => {
    const outline = {
      key: 'detail',
      number: 1,
      title: 'Detail',
      gate: true,
      outputs: ['context/clarifications.json']
    };
    const definition = { steps: [outline] } as never;
    const files = [
      { path: 'SKILL.md', size: 1, present: true },
      { path: 'references/a.md', size: 1, present: true }
    ];
    expect(leavesOf(step(1, 'detail'), definition)).toEqual(['questions']);
    expect(leavesOf(step(1, 'detail'), null)).toEqual([]);
    expect(leavesOf(step(3, 'generate', { artifacts: files }), null)).toEqual(['files']);
    expect(leavesOf(asked([]).steps[0], null)).toEqual(['questions']);
  });

  it('are shown where it goes on, and at the end the last', () => {
    expect(dueStep(begun())?.key).toBe('research');
    expect(dueStep(begun({ next: 'done', next_step: null, current_step: 3 }))?.key).toBe('generate');
  });
});

it('decisions that need a review come first', () => {
  const all = [decision('D1'), decision('D2', { status: 'needs-review' }), decision('D3')];
  expect(ids(openFirst(all))).toEqual(['D2', 'D1', 'D3']);
});
