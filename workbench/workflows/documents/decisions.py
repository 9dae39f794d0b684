"""What was decided for a skill, and from which answer: `context/decisions.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.protocol.screen import Model

FILE = "context/decisions.json"


class Decision(Model):
    """One decision. D1 says what the skill enables, D2 when it is used; both a person has to look at."""

    id: str
    title: str
    original_question: str
    decision: str
    implication: str
    status: Literal["resolved", "conflict-resolved", "needs-review"]


class DecisionMetadata(Model):
    """Counts, and whether the answers contradict each other ("revised": they did, and a person has settled it)."""

    decision_count: int
    conflicts_resolved: int
    round: int = 1
    contradictory_inputs: bool | Literal["revised"] | None = None
    scope_recommendation: bool | None = None


class Decisions(Model):
    """The whole document."""

    version: Literal["1"] = "1"
    metadata: DecisionMetadata
    decisions: list[Decision] = Field(default_factory=list)
