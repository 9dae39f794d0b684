"""The gate: what is missing, vague or wrong in a person's answers, and what may be done about it.

Idea: what can be counted is counted here (blank, a stock phrase, too short) and so are the counts and the verdict; a model
judges only the rest. Invariant: a blank is never clear, a choice is never vague, the counts add up whatever the model
says, and a contradiction that a model has found is not passed as long as the answers are the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from pydantic import ValidationError

from workbench.workflows.documents.clarifications import Clarifications, EvaluatorNote
from workbench.workflows.documents.drafts import GateDraft, JudgedDraft
from workbench.workflows.documents.questions import Asked, answers_digest, asked
from workbench.workflows.documents.wording import plain, words
from workbench.workflows.gate.evaluation import Dialog, Evaluation, GateChoice, Judged, Judgement, Verdict
from workbench.workflows.workflow import Gate

_WORST: Final[Mapping[Judgement, int]] = {
    "clear": 0, "needs_refinement": 1, "vague": 2, "not_answered": 2, "contradictory": 3,
}  # fmt: skip
_STOCK: Final = re.compile(
    r"(i am |i'm |we are |we're )?(not sure|unsure)|tbd|tba|to be (decided|determined|defined)|n/a|n\.a\.|not applicable"
    r"|defaults?|(i |we )?(don't|do not|dont) know( yet)?|no idea|[\s?.…–—-]+\Z",
    re.IGNORECASE,
)
"""What says that there is no answer, as all of it or as its beginning; signs only as all of it: a list begins with one."""
_REASON: Final = 2_000


def counted(item: Asked, min_words: int) -> Judged | None:
    """What counting alone says of an answer; None: that is for the model. A choice is never vague, whatever is said
    beside it.
    """
    if item.choice is not None:
        return None
    text = plain(item.text)
    if not text:
        return Judged(question_id=item.id, verdict="not_answered", reason="There is no answer yet.")
    stock = _STOCK.match(text)
    if stock and not re.match(r"\w", text[stock.end() :]):
        return Judged(question_id=item.id, verdict="vague", reason=f"“{stock[0]}” leaves it open.")
    length = len(words(text))
    if length < min_words:
        told = f"{length} word{'' if length == 1 else 's'}"
        return Judged(question_id=item.id, verdict="vague", reason=f"It has {told}; fewer than {min_words} say little.")
    return None


def for_model(document: Clarifications, gate: Gate, *, first: bool) -> list[str]:
    """The questions whose answers a model is to judge: with none of them, there is no need to pay for it."""
    return [each.id for each in asked(document, open_refinements=not first) if counted(each, gate.min_words) is None]


def evaluate(
    document: Clarifications,
    gate: Gate,
    draft: GateDraft | None,
    *,
    first: bool,
    before: Evaluation | None = None,
) -> Evaluation:
    """A judgement of all answers. `draft` None: the model failed, or was not asked, and counting alone judges; unless
    `before` is a model's word on the same answers that found a contradiction, which then stands.

    `first`: the gate before the refinements, which does not ask for those that a reset run has left unanswered.
    """
    items = asked(document, open_refinements=not first)
    digest = answers_digest(document, open_refinements=not first)
    if draft is None and before is not None and _binds(before, digest):
        return before
    said = _said(draft)
    known = {item.id for item in items}
    judged = [_judged(item, gate.min_words, said.get(item.id, []), known) for item in items]
    counts = Counter(each.verdict for each in judged)
    verdict = verdict_of(counts, gate.sufficient, gate.mixed)
    reasoning = plain(draft.reasoning, _REASON) if draft is not None else ""
    return Evaluation(
        verdict=verdict,
        answered_count=counts["clear"] + counts["needs_refinement"],
        empty_count=counts["not_answered"],
        vague_count=counts["vague"],
        contradictory_count=counts["contradictory"],
        total_count=len(items),
        reasoning=reasoning or _sentence(counts, len(items)),
        per_question=judged,
        judged_by="rules" if draft is None else "model",
        answers_digest=digest,
    )


def verdict_of(counts: Mapping[Judgement, int], sufficient: float, mixed: float) -> Verdict:
    """The label of these counts, in exact decimals. No answers at all are insufficient."""
    total = sum(counts.values())
    good = Decimal(counts.get("clear", 0) + counts.get("needs_refinement", 0))
    if not total:
        return "insufficient"
    enough = good >= Decimal(str(sufficient)) * total
    if enough and not counts.get("contradictory", 0):
        return "sufficient"
    return "mixed" if enough or good >= Decimal(str(mixed)) * total else "insufficient"


# -- what may be done -------------------------------------------------------------------------------------------------


def dialog(evaluation: Evaluation) -> Dialog:
    """Which dialog is shown: the worst question picks it."""
    if evaluation.contradictory_count:
        return "contradictory"
    if evaluation.empty_count or evaluation.vague_count or not evaluation.total_count:
        return "unanswered"
    if evaluation.judged_by == "rules":
        return "unavailable"
    unclear = any(each.verdict == "needs_refinement" for each in evaluation.per_question)
    return "needs_refinement" if unclear else "clear"


def choices(shown: Dialog, gate: Gate) -> list[GateChoice]:
    """What a person may choose. Answering is always possible; a contradiction leaves nothing else."""
    if shown == "contradictory":
        return ["answer"]
    return ["answer", "continue", "skip"] if shown == "clear" and gate.skip_to else ["answer", "continue"]


def read(text: str | bytes | None) -> Evaluation:
    """A stored evaluation. One that is missing or broken says that nothing is answered."""
    try:
        return Evaluation.model_validate_json(text or b"")
    except ValidationError:
        return Evaluation(
            verdict="insufficient",
            answered_count=0,
            empty_count=0,
            vague_count=0,
            contradictory_count=0,
            total_count=0,
            reasoning="There is no judgement of the answers.",
            judged_by="rules",
            answers_digest="",
        )


# -- beside the questions ---------------------------------------------------------------------------------------------


def noted(document: Clarifications, evaluation: Evaluation) -> Clarifications:
    """The document with what the gate said of each answer that is not clear."""
    titles = {each.id: each.title for each in asked(document)}
    notes = [
        EvaluatorNote(
            type=each.verdict,
            question_id=each.question_id,
            question_title=titles[each.question_id],
            body=each.reason or "",
        )
        for each in evaluation.per_question
        if each.verdict != "clear" and each.question_id in titles
    ]
    return document.model_copy(update={"answer_evaluator_notes": notes})


# -- judging ----------------------------------------------------------------------------------------------------------


def _binds(before: Evaluation, digest: str) -> bool:
    """Whether a model has found a contradiction in the very same answers."""
    return before.judged_by == "model" and before.answers_digest == digest and before.contradictory_count > 0


def _said(draft: GateDraft | None) -> dict[str, list[JudgedDraft]]:
    found: dict[str, list[JudgedDraft]] = {}
    for each in draft.per_question if draft is not None else ():
        found.setdefault(each.question_id.strip(), []).append(each)
    return found


def _judged(item: Asked, min_words: int, said: Iterable[JudgedDraft], known: set[str]) -> Judged:
    """What counting says; where it says nothing, the worst that the model said, and clear where that said nothing."""
    mechanical = counted(item, min_words)
    if mechanical is not None:
        return mechanical
    heard = [_heard(item, each, known) for each in said]
    return max(heard, key=lambda each: _WORST[each.verdict], default=Judged(question_id=item.id, verdict="clear"))


def _heard(item: Asked, draft: JudgedDraft, known: set[str]) -> Judged:
    """What a model said of an answer, as far as it can be right."""
    verdict: Judgement = draft.verdict
    reason = plain(draft.reason or "", _REASON)
    against = (draft.contradicts or "").strip()
    if verdict == "contradictory" and (against not in known or against == item.id):
        verdict, against = "needs_refinement", ""
    if verdict == "vague" and item.choice is not None:
        verdict, reason = "clear", ""
    if verdict == "contradictory":
        reason = reason or f"It cannot be true together with the answer to {against}."
        return Judged(question_id=item.id, verdict=verdict, reason=reason, contradicts=against)
    if verdict == "vague":
        reason = reason or "It leaves open what was asked."
    return Judged(question_id=item.id, verdict=verdict, reason=reason or None)


def _sentence(counts: Mapping[Judgement, int], total: int) -> str:
    if not total:
        return "There are no questions."
    named: Sequence[tuple[Judgement, str]] = (
        ("not_answered", "not answered"), ("vague", "vague"), ("contradictory", "contradictory"),
        ("needs_refinement", "to be refined"),
    )  # fmt: skip
    told = [f"{counts[name]} {word}" for name, word in named if counts.get(name)]
    return f"Of {total} answers {', '.join(told)}." if told else f"None of {total} answers is blank or vague."
