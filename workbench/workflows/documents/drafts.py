"""What a model is asked for: no ids that it would have to count, no counts, no answers.

Portable subset (a test walks the JSON schemas): objects without additional properties, every property required (absent is
null), no recursion, no unions but with null, no length, pattern or count keywords. Those are checked here, after it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from workbench.workflows.documents.clarifications import NoteKind


class Draft(BaseModel):
    """A part of a draft."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CodeDraft(Draft):
    code: str
    message: str


class ScoreDraft(Draft):
    name: str
    score: int
    reason: str
    focus: str
    companion_skill: str | None


class PlanDraft(Draft):
    domain: str
    topic_relevance: Literal["relevant", "not_relevant"]
    dimension_scores: list[ScoreDraft]
    selected: list[str]
    """Names of dimensions, at most five."""


class QuestionDraft(Draft):
    title: str
    text: str
    must_answer: bool
    choices: list[str]
    recommended: int | None
    """The index of a choice."""
    why: str
    consolidated_from: list[str]


class SectionDraft(Draft):
    title: str
    description: str
    questions: list[QuestionDraft]


class NoteDraft(Draft):
    type: NoteKind
    title: str
    body: str


class ResearchDraft(Draft):
    title: str
    warning: CodeDraft | None
    error: CodeDraft | None
    research_plan: PlanDraft
    sections: list[SectionDraft]
    notes: list[NoteDraft]


class RefinementDraft(Draft):
    parent_question_id: str
    title: str
    text: str
    choices: list[str]
    recommended: int | None
    why: str


class RefinementsDraft(Draft):
    refinements: list[RefinementDraft]
    notes: list[NoteDraft]


class DecisionDraft(Draft):
    role: Literal["purpose", "trigger", "topic"]
    title: str
    question: str
    decision: str
    implication: str
    conflict_resolved: bool


class DecisionsDraft(Draft):
    contradiction: str | None
    """Why the answers cannot all be right; null: they can."""
    decisions: list[DecisionDraft]


class JudgedDraft(Draft):
    question_id: str
    verdict: Literal["clear", "needs_refinement", "vague", "contradictory"]
    reason: str | None
    contradicts: str | None


class GateDraft(Draft):
    reasoning: str
    per_question: list[JudgedDraft]
