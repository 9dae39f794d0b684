"""What the gate says of a person's answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.protocol.screen import Model

FILE = "answer-evaluation.json"
"""In the skill's working folder."""

Judgement = Literal["clear", "needs_refinement", "not_answered", "vague", "contradictory"]
Verdict = Literal["sufficient", "mixed", "insufficient"]
Dialog = Literal["clear", "needs_refinement", "unanswered", "contradictory", "unavailable"]
"""Which dialog is shown: the worst question picks it; `unavailable`: the judge failed, and counting alone found nothing worse."""
GateChoice = Literal["answer", "continue", "skip"]


class Judged(Model):
    """One question's judgement; a refinement's id is a question's here."""

    question_id: str
    verdict: Judgement
    reason: str | None = None
    contradicts: str | None = None


class Evaluation(Model):
    """A judgement of all answers, as A3.34 has it, with who judged and which answers (`answers_digest`)."""

    verdict: Verdict
    answered_count: int
    empty_count: int
    vague_count: int
    contradictory_count: int
    total_count: int
    reasoning: str
    per_question: list[Judged] = Field(default_factory=list)
    judged_by: Literal["model", "rules"]
    answers_digest: str
