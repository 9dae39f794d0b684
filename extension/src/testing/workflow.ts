/** Workflows for tests: what matters said, the rest as it usually is. */
import type { Decision, GateState, RunState, SkillQuestion, StepView } from '../protocol';

export function step(number: number, key: string, more: Partial<StepView> = {}): StepView {
  return {
    number,
    key,
    title: key[0].toUpperCase() + key.slice(1),
    status: 'pending',
    disabled: false,
    may_start: false,
    artifacts: [],
    actions: [],
    ...more
  };
}

export function question(id: string, more: Partial<SkillQuestion> = {}): SkillQuestion {
  return {
    id,
    title: `Title of ${id}`,
    must_answer: false,
    text: `What about ${id}?`,
    consolidated_from: [],
    choices: [
      { id: 'A', text: `First of ${id}`, is_other: false },
      { id: 'B', text: `Second of ${id}`, is_other: false },
      { id: 'C', text: 'Other (please specify)', is_other: true }
    ],
    recommendation: 'B: it is usual',
    answer_choice: null,
    answer_text: null,
    refinements: [],
    ...more
  };
}

export function decision(id: string, more: Partial<Decision> = {}): Decision {
  return {
    id,
    title: `Title of ${id}`,
    original_question: `What about ${id}?`,
    decision: `Decided for ${id}`,
    implication: `So it is with ${id}`,
    status: 'resolved',
    ...more
  };
}

export function gate(
  more: Partial<GateState> = {},
  judged: GateState['evaluation']['per_question'] = []
): GateState {
  return {
    step: 'research',
    number: 1,
    dialog: 'clear',
    choices: ['answer', 'continue', 'skip'],
    stale: false,
    evaluation: {
      verdict: 'sufficient',
      answered_count: 2,
      empty_count: 0,
      vague_count: 0,
      contradictory_count: 0,
      total_count: 2,
      reasoning: 'All is said.',
      per_question: judged,
      judged_by: 'model',
      answers_digest: 'd'
    },
    ...more
  };
}

const FILE = 'context/clarifications.json';

/** A skill whose research is done, and whose questions wait for answers. */
export function asked(questions: SkillQuestion[], more: Partial<RunState> = {}): RunState {
  const must = questions.filter(({ must_answer }) => must_answer).map(({ id }) => id);
  return {
    ...begun(),
    status: 'waiting_for_user',
    next: 'answer',
    next_step: 'research',
    standing: 'Questions wait for your answers.',
    steps: [
      step(0, 'research', {
        status: 'completed',
        session: 's1',
        cost: '0.12',
        tokens: 4000,
        duration_ms: 61_000,
        artifacts: [{ path: FILE, size: 900, present: true, note: '' }],
        actions: ['reset']
      }),
      step(1, 'detail'),
      step(2, 'decisions'),
      step(3, 'generate')
    ],
    clarifications: {
      version: '1',
      metadata: {
        title: 'Matching invoices',
        question_count: questions.length,
        section_count: 1,
        refinement_count: 0,
        must_answer_count: must.length,
        priority_questions: must,
        duplicates_removed: 0,
        scope_recommendation: false,
        scope_reason: null,
        warning: null,
        error: null,
        research_plan: {
          purpose: 'domain',
          domain: 'Accounting',
          topic_relevance: 'relevant',
          dimensions_evaluated: 2,
          dimensions_selected: 1,
          dimension_scores: [
            {
              name: 'Exceptions',
              score: 5,
              reason: 'Nobody writes them down.',
              focus: 'Credits',
              companion_skill: null
            },
            { name: 'Layout', score: 2, reason: 'A model knows it.', focus: '', companion_skill: null }
          ],
          selected_dimensions: [{ name: 'Exceptions', focus: 'Credits' }]
        }
      },
      sections: [{ id: 'S1', title: 'Matching', description: '', questions }],
      notes: [],
      answer_evaluator_notes: []
    },
    ...more
  };
}

/** A skill with nothing done yet. */
export function begun(more: Partial<RunState> = {}): RunState {
  return {
    skill: 'invoices',
    workflow: 'skill-builder',
    title: 'Skill builder',
    folder: '/skills/invoices',
    documents: 'd0',
    definition_digest: 'd',
    adoptable: false,
    example: null,
    status: 'pending',
    current_step: 0,
    steps: [
      step(0, 'research', { may_start: true, actions: ['start'] }),
      step(1, 'detail', { refusal: 'Research comes first.' }),
      step(2, 'decisions'),
      step(3, 'generate')
    ],
    disabled: [],
    next: 'run',
    next_step: 'research',
    standing: 'Research can be started.',
    intake: {
      purpose: 'domain',
      description: 'Match invoices.',
      context: '',
      tags: [],
      interview: { serves: [], refuses: [], good: '' },
      evidence: [],
      variables: {}
    },
    clarifications: null,
    decisions: null,
    sources: {},
    gate: null,
    revs: {},
    rev: 1,
    held_by: null,
    package: null,
    cost: '0',
    replayed_cost: '0',
    tokens: 0,
    ...more
  };
}
