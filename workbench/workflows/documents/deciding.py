"""Decisions: made of a draft, looked at by a person, each with the question that it came from.

Idea: what the skill enables (D1) and when it is used (D2) a person always looks at; so does the one thing that must be
settled where answers contradict each other. Invariant: as long as a contradiction stands nothing is built on it; it is
settled ("revised") once a person has looked at all that was for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from workbench.errors import InvalidRequest, NotFound
from workbench.workflows.documents.checking import validate_decisions as validate
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.decisions import Decision, DecisionMetadata, Decisions
from workbench.workflows.documents.drafts import DecisionDraft, DecisionsDraft
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.questions import asked
from workbench.workflows.documents.wording import Nearest, legible, plain

__all__ = ["contradictory", "decide", "derive", "sources", "undecided", "validate"]

_TITLE, _TEXT = 200, 20_000
_NEAR: Final = 0.5
"""A decision's question that shares this much of its words with one of the document's came from that."""
SETTLE: Final = "Which of the answers that contradict each other holds?"


def derive(draft: DecisionsDraft) -> tuple[Decisions, list[str]]:
    """The document of a draft, from scratch, and what was left out. Raises InvalidOutput with a line for each thing that
    is wrong. A contradiction becomes a decision of its own that only a person can make.
    """
    problems, notes, kept = list[str](), list[str](), list[tuple[int, DecisionDraft]]()
    for index, each in enumerate(draft.decisions):
        path = f"decisions[{index}]"
        if not plain(each.decision):
            problems.append(f"{path}.decision: is blank")
        elif any(_same(each, other) for _, other in kept):
            notes.append(f"{path}: decided before, left out")
        else:
            kept.append((index, each))
    leading: list[tuple[int, DecisionDraft]] = []
    for role, said in (("purpose", "what the skill enables"), ("trigger", "when it is used")):
        found = next((each for each in kept if each[1].role == role), None)
        if found is not None:
            leading.append(found)
        elif not problems:
            problems.append(f"decisions: none has the role {role} ({said}), 1 needed")
    if problems:
        raise InvalidOutput.of(problems)
    ordered = [*leading, *(each for each in kept if each not in leading)]
    made = [_decision(number, each, review=number <= len(leading)) for number, (_, each) in enumerate(ordered, 1)]
    why = plain(draft.contradiction or "", _TEXT)
    if why:
        made.append(_contradiction(len(made) + 1, why))
    return _recounted(Decisions(metadata=_metadata(contradictory=bool(why)), decisions=made)), notes


def undecided(document: Decisions) -> list[str]:
    """The decisions that a person has to look at."""
    return [each.id for each in document.decisions if each.status == "needs-review"]


def contradictory(document: Decisions) -> bool:
    """Whether answers contradict each other, and nobody has settled it."""
    return document.metadata.contradictory_inputs is True


def decide(document: Decisions, name: str, decision: str | None = None, implication: str | None = None) -> Decisions:
    """The document with one decision edited, or with neither named confirmed as it is. Either way a person has looked at
    it. Raises NotFound, or InvalidRequest where there is nothing to confirm.
    """
    old = next((each for each in document.decisions if each.id == name), None)
    if old is None:
        raise NotFound(
            f"There is no decision {name[:40]!r}.",
            remedy="Look at the decisions again: they may have been made anew.",
            decision=name[:200],
        )
    text = old.decision if decision is None else legible(decision)
    if not text.strip():
        raise InvalidRequest(
            f"{name} says nothing yet.",
            remedy="Write what is decided.",
            problems=[{"path": "decision", "message": "is blank"}],
        )
    new = old.model_copy(
        update={
            "decision": text,
            "implication": old.implication if implication is None else legible(implication),
            "status": "resolved" if old.status == "needs-review" else old.status,
        }
    )
    changed = document.model_copy(
        update={"decisions": [new if each.id == name else each for each in document.decisions]}
    )
    if contradictory(changed) and not undecided(changed):
        settled = changed.metadata.model_copy(update={"contradictory_inputs": "revised"})
        changed = changed.model_copy(update={"metadata": settled})
    return _recounted(changed)


def sources(document: Decisions, questions: Clarifications) -> dict[str, str]:
    """By a decision's id the question that it came from: the one that it names, else the one that reads most like it."""
    decided = tuple((each.id, each.original_question) for each in document.decisions)
    return dict(_sources(decided, tuple((each.id, each.question, each.title) for each in asked(questions))))


@lru_cache(maxsize=4)  # answers are saved one by one, and change none of these words
def _sources(decided: tuple[tuple[str, str], ...], items: tuple[tuple[str, str, str], ...]) -> Mapping[str, str]:
    known = {name for name, _, _ in items}
    nearest = (Nearest({name: text for name, text, _ in items}), Nearest({name: title for name, _, title in items}))
    found: dict[str, str] = {}
    for decision, question in decided:
        named = next((name for name in _NAMES.findall(question) if name in known), None)
        name, share = max((each.of(question) for each in nearest), key=lambda pair: pair[1])
        if named is not None:
            found[decision] = named
        elif name is not None and share >= _NEAR:
            found[decision] = name
    return found


_NAMES: Final = re.compile(r"\b(?:Q\d+|R\d+\.\d+)\b", re.ASCII)


def _same(first: DecisionDraft, second: DecisionDraft) -> bool:
    return (first.title, first.question, first.decision) == (second.title, second.question, second.decision)


def _decision(number: int, draft: DecisionDraft, *, review: bool) -> Decision:
    text = plain(draft.decision, _TEXT)
    return Decision(
        id=f"D{number}",
        title=plain(draft.title, _TITLE) or plain(draft.question, _TITLE) or plain(text, _TITLE),
        original_question=plain(draft.question, _TEXT),
        decision=text,
        implication=plain(draft.implication, _TEXT),
        status="needs-review" if review else "conflict-resolved" if draft.conflict_resolved else "resolved",
    )


def _contradiction(number: int, why: str) -> Decision:
    return Decision(
        id=f"D{number}",
        title="A contradiction to settle",
        original_question=SETTLE,
        decision="",
        implication=why,
        status="needs-review",
    )


def _metadata(*, contradictory: bool) -> DecisionMetadata:
    return DecisionMetadata(
        decision_count=0, conflicts_resolved=0, contradictory_inputs=True if contradictory else None
    )


def _recounted(document: Decisions) -> Decisions:
    counts = {
        "decision_count": len(document.decisions),
        "conflicts_resolved": sum(each.status == "conflict-resolved" for each in document.decisions),
    }
    return document.model_copy(update={"metadata": document.metadata.model_copy(update=counts)})
