"""Drafts as a model writes them and documents with answers, small ones to read and any to generate."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from workbench.workflows.documents import questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.drafts import (
    CodeDraft,
    GateDraft,
    JudgedDraft,
    PlanDraft,
    QuestionDraft,
    RefinementDraft,
    RefinementsDraft,
    ResearchDraft,
    ScoreDraft,
    SectionDraft,
)
from workbench.workflows.workflow import Gate

QUICK = settings(max_examples=40)
FIRST = Gate(prompt="gate-1.md", reads="context/clarifications.json", skip_to="decisions")
SECOND = Gate(prompt="gate-2.md", reads="context/clarifications.json")


def asks(text: str = "How often are invoices matched?", **changed: Any) -> QuestionDraft:
    """A question as a model drafts it."""
    values: dict[str, Any] = {
        "title": text.rstrip("?"),
        "text": text,
        "must_answer": False,
        "choices": ["Daily", "Weekly", "Monthly"],
        "recommended": 1,
        "why": "most teams close the week",
        "consolidated_from": [],
    }
    return QuestionDraft.model_validate(values | changed)


def scores(*marks: int) -> list[ScoreDraft]:
    return [
        ScoreDraft(name=f"Dimension {place}", score=mark, reason="so", focus="that", companion_skill=None)
        for place, mark in enumerate(marks, 1)
    ]


def research(*sections: list[QuestionDraft], **changed: Any) -> ResearchDraft:
    """A research draft with these questions."""
    values: dict[str, Any] = {
        "title": "Matching invoices",
        "warning": None,
        "error": None,
        "research_plan": PlanDraft(
            domain="accounting",
            topic_relevance="relevant",
            dimension_scores=scores(5, 4, 3, 2),
            selected=["Dimension 1"],
        ),
        "sections": [
            SectionDraft(title=f"Part {place}", description="", questions=each)
            for place, each in enumerate(sections, 1)
        ],
        "notes": [],
    }
    return ResearchDraft.model_validate(values | changed)


def document(*texts: str, must: int = 0) -> Clarifications:
    """A document of one section with these questions (by default three), the first ones to be answered."""
    asked = texts or ("How often are invoices matched?", "Which currency rules?", "Who approves a difference?")
    drafts = [asks(text, must_answer=place < must) for place, text in enumerate(asked)]
    return questions.derive(research(drafts), purpose="domain")[0]


def behind(parent: str = "Q1", text: str = "What happens on public holidays?", **changed: Any) -> RefinementDraft:
    """A refinement as a model drafts it."""
    values: dict[str, Any] = {
        "parent_question_id": parent,
        "title": "",
        "text": text,
        "choices": ["They wait", "They go on"],
        "recommended": 0,
        "why": "banks are closed",
    }
    return RefinementDraft.model_validate(values | changed)


def refined(made: Clarifications, *drafts: RefinementDraft, used: tuple[str, ...] = ()) -> Clarifications:
    return questions.merge(made, RefinementsDraft(refinements=list(drafts), notes=[]), used=used)[0]


def judged(*said: tuple[str, str] | tuple[str, str, str | None, str | None]) -> GateDraft:
    """What a model said: (question, verdict[, reason, contradicts])."""
    rows = [(*each, None, None)[:4] for each in said]
    return GateDraft(
        reasoning="Most is clear.",
        per_question=[
            JudgedDraft.model_validate({"question_id": name, "verdict": verdict, "reason": why, "contradicts": other})
            for name, verdict, why, other in rows
        ],
    )


def stopped(code: str, message: str = "It is about everything.") -> CodeDraft:
    return CodeDraft(code=code, message=message)


# -- any --------------------------------------------------------------------------------------------------------------

WORDS = [
    "daily",
    "weekly",
    "TBD",
    "not",
    "sure",
    "default",
    "rules",
    "the",
    "30",
    "days",
    "税",
    "<script>",
    "A",
    "B:",
    "?",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
ANY_TEXT = st.one_of(TEXTS, st.text(max_size=12))
FULL = st.sampled_from(
    [
        "Every difference above ten euros is approved by finance",
        "We wait for two working days, then ask",
        "每月月底对账",
    ]
)
"""What counting has nothing against: these are for a model to judge."""
CHOICES = st.lists(st.sampled_from(["Yes", "No", "Both of them", "Hold", "Never", "Other"]), min_size=2, max_size=6)


def _usable(choices: list[str]) -> bool:
    return len({choice for choice in choices if choice != "Other"}) > 1


def question_drafts() -> st.SearchStrategy[QuestionDraft]:
    return st.builds(
        QuestionDraft,
        title=TEXTS,
        text=st.text(alphabet="abcdefgh xyz", min_size=4, max_size=12).map(lambda text: f"Why {text}?"),
        must_answer=st.booleans(),
        choices=CHOICES.filter(_usable),
        recommended=st.one_of(st.none(), st.integers(-1, 6)),
        why=ANY_TEXT,
        consolidated_from=st.lists(TEXTS, max_size=3),
    )


def research_drafts() -> st.SearchStrategy[ResearchDraft]:
    sections = st.lists(st.lists(question_drafts(), min_size=1, max_size=4), min_size=1, max_size=3)
    return sections.map(lambda each: research(*each))


@st.composite
def documents(draw: st.DrawFn, *, deep: bool = True) -> Clarifications:
    """Any document as it may stand: with refinements, and some or all of it answered in any way, or as a file that was
    edited by hand has it.
    """
    made, _ = questions.derive(draw(research_drafts()), purpose="domain")
    if deep:
        made, _ = questions.merge(made, draw(refinements_drafts()))
    hows = draw(st.sampled_from([["none", "none", "choice", "text", "both", "blank"], ["real", "full"]]))
    for each in questions.asked(made):
        question = questions.find(made, each.id)
        how = draw(st.sampled_from(hows))
        ids = [choice.id for choice in question.choices if how != "real" or not choice.is_other]
        how = how if ids or how != "real" else "full"
        choice = draw(st.sampled_from(ids)) if ids and how in ("choice", "both", "real") else None
        text = draw(FULL) if how == "full" else draw(ANY_TEXT) if how in ("text", "both") else None
        made = by_hand(made, each.id, " \n") if how == "blank" else questions.answer(made, each.id, choice, text)
    return made


def by_hand(made: Clarifications, name: str, text: str) -> Clarifications:
    """A question with this in its answer, whatever `answer` would make of it."""
    raw = made.model_dump()
    for section in raw["sections"]:
        for question in section["questions"]:
            for each in (question, *question["refinements"]):
                if each["id"] == name:
                    each["answer_text"] = text
    return Clarifications.model_validate(raw)


def refinements_drafts(of: Clarifications | None = None) -> st.SearchStrategy[RefinementsDraft]:
    """Any draft of refinements: of questions that there are and are not, usable and not; `of` a document, it may ask what
    that asks already.
    """
    known = [each.question for each in questions.asked(of)] if of is not None else []
    told = st.sampled_from([*known, *(text.upper() for text in known)]) if known else ANY_TEXT
    fine = st.sampled_from([["Yes", "No"], ["Yes", "No", "Never"], []])
    one = st.builds(
        RefinementDraft,
        parent_question_id=st.sampled_from(["Q1", "Q1", "Q2", "Q3", " Q1 ", "Q99", "R1.1", ""]),
        title=ANY_TEXT,
        text=st.one_of(ANY_TEXT, told),
        choices=st.one_of(fine, st.lists(st.sampled_from(["Yes", "No", "", "Other"]), max_size=5)),
        recommended=st.one_of(st.none(), st.integers(-1, 5)),
        why=ANY_TEXT,
    )
    return st.builds(RefinementsDraft, refinements=st.lists(one, max_size=8), notes=st.just([]))


@st.composite
def merges(draw: st.DrawFn) -> tuple[Clarifications, RefinementsDraft, RefinementsDraft]:
    """A document and what two runs of its detailed research say of it."""
    made = draw(documents())
    return made, draw(refinements_drafts(made)), draw(refinements_drafts(made))


@st.composite
def gate_drafts(draw: st.DrawFn, of: Clarifications | None = None) -> GateDraft:
    """Any judgement of a model, of questions that there are (those `of` a document) and are not, more than once; one in
    which all is well, or nearly, or two answers contradict each other.
    """
    there = [each.id for each in questions.asked(of)] if of is not None else ["Q1", "Q2", "Q3", "Q4", "R1.1", "R2.1"]
    names = st.sampled_from([*there * 3, "Q99", ""])
    mood = draw(st.sampled_from(["any", "contradiction", "mild"]))
    verdicts = ["clear", "needs_refinement", *(["vague", "contradictory"] if mood == "any" else [])]
    one = st.builds(
        JudgedDraft,
        question_id=names,
        verdict=st.sampled_from(verdicts),
        reason=st.one_of(st.none(), ANY_TEXT),
        contradicts=st.one_of(st.none(), names),
    )
    said = draw(st.lists(one, max_size=8))
    if mood == "contradiction" and len(there) > 1:
        first, second = draw(st.permutations(there))[:2]
        against = {"question_id": first, "verdict": "contradictory", "reason": draw(ANY_TEXT), "contradicts": second}
        said.insert(draw(st.integers(0, len(said))), JudgedDraft.model_validate(against))
    return GateDraft(reasoning=draw(ANY_TEXT), per_question=said)


@st.composite
def judgements(draw: st.DrawFn) -> tuple[Clarifications, GateDraft | None]:
    """Answers, and what a model says of them; None: it failed."""
    made = draw(documents())
    return made, draw(st.one_of(st.none(), gate_drafts(made), gate_drafts(made)))
