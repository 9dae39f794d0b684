"""Decisions, contradictions, and the steps that they disable: A2.28, A3.40, corners 11, 14 and 15."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drafted import QUICK, document
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest, NotFound
from workbench.workflows.documents import deciding, questions
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.documents.drafts import DecisionDraft, DecisionsDraft
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.wording import Nearest, overlap
from workbench.workflows.gate.disabling import disabled_steps
from workbench.workflows.workflow import Step


def one(role: str = "topic", decision: str = "Weekly", **changed: Any) -> DecisionDraft:
    values: dict[str, Any] = {
        "role": role,
        "title": f"About {role}",
        "question": f"What of {role}?",
        "decision": decision,
        "implication": "So it is done",
        "conflict_resolved": False,
    }
    return DecisionDraft.model_validate(values | changed)


def decided(*drafts: DecisionDraft, contradiction: str | None = None) -> Decisions:
    drafted = [one("purpose", "It matches"), one("trigger", "On an invoice"), *drafts]
    return deciding.derive(DecisionsDraft(contradiction=contradiction, decisions=drafted))[0]


def test_what_the_skill_enables_and_when_it_triggers_come_first_and_need_review() -> None:
    drafted = [one(decision="Weekly"), one("trigger", "On an invoice"), one("purpose", "It matches")]
    made, _ = deciding.derive(DecisionsDraft(contradiction=None, decisions=drafted))
    assert [(each.id, each.decision, each.status) for each in made.decisions] == [
        ("D1", "It matches", "needs-review"),
        ("D2", "On an invoice", "needs-review"),
        ("D3", "Weekly", "resolved"),
    ]
    assert (made.metadata.decision_count, made.metadata.round, made.metadata.contradictory_inputs) == (3, 1, None)


def test_a_settled_conflict_is_counted() -> None:
    made = decided(one(conflict_resolved=True), one(decision="Daily"))
    assert [each.status for each in made.decisions[2:]] == ["conflict-resolved", "resolved"]
    assert made.metadata.conflicts_resolved == 1
    assert deciding.decide(made, "D3", "Hourly").metadata.conflicts_resolved == 1


def test_needs_review_alone_does_not_block() -> None:
    made = decided()
    assert deciding.undecided(made) == ["D1", "D2"]
    assert not deciding.contradictory(made)
    assert blocked(None, made.model_dump_json()) == ()


def test_confirming_as_well_as_editing_makes_a_decision_resolved() -> None:
    made = deciding.decide(decided(), "D1")
    made = deciding.decide(made, "D2", decision="On any bill", implication="More often")
    assert [each.status for each in made.decisions] == ["resolved", "resolved"]
    assert (made.decisions[1].decision, made.decisions[1].implication) == ("On any bill", "More often")
    assert made.metadata.contradictory_inputs is None


def test_a_contradiction_is_a_decision_of_its_own_that_only_a_person_can_make() -> None:
    made = decided(contradiction="Q1 says daily, Q3 says never")
    last = made.decisions[-1]
    assert (last.status, last.implication, last.decision) == ("needs-review", "Q1 says daily, Q3 says never", "")
    assert deciding.contradictory(made)
    with pytest.raises(InvalidRequest, match="says nothing yet"):
        deciding.decide(made, last.id)


def test_settling_all_that_needs_review_sets_contradictory_inputs_to_revised_which_unblocks() -> None:
    made = decided(contradiction="They differ")
    for name, text in (("D1", None), ("D3", "Daily holds")):
        made = deciding.decide(made, name, text)
        assert made.metadata.contradictory_inputs is True
        assert blocked(None, made.model_dump_json()) == (3,)
    made = deciding.decide(made, "D2")
    assert made.metadata.contradictory_inputs == "revised"
    assert blocked(None, made.model_dump_json()) == ()


@pytest.mark.parametrize("missing", ["purpose", "trigger"])
def test_a_draft_without_purpose_or_trigger_is_refused_with_what_is_missing(missing: str) -> None:
    drafted = [one(role) for role in ("purpose", "trigger", "topic") if role != missing]
    with pytest.raises(InvalidOutput) as refused:
        deciding.derive(DecisionsDraft(contradiction=None, decisions=drafted))
    assert refused.value.problems[0].startswith(f"decisions: none has the role {missing}")


def test_a_decision_that_says_nothing_is_refused_with_its_path() -> None:
    with pytest.raises(InvalidOutput) as refused:
        decided(one(decision=" "))
    assert refused.value.problems == ["decisions[2].decision: is blank"]


ROLES = st.sampled_from(["purpose", "trigger", "topic"])
ANY = st.builds(one, ROLES, st.sampled_from(["Yes", "No", "Weekly"]), conflict_resolved=st.booleans())


@QUICK
@given(st.lists(ANY, max_size=6), st.one_of(st.none(), st.sampled_from(["", "They differ"])))
def test_any_document_made_is_valid_and_stays_so_with_each_decision(
    drafts: list[DecisionDraft], contradiction: str | None
) -> None:
    made = decided(*drafts, contradiction=contradiction)
    for each in made.decisions:
        assert deciding.validate(json.loads(made.model_dump_json())) == made
        made = deciding.decide(made, each.id, each.decision or "This one holds")
    assert deciding.undecided(made) == []
    assert made.metadata.contradictory_inputs == ("revised" if contradiction else None)


def test_an_unknown_decision_is_not_found() -> None:
    with pytest.raises(NotFound):
        deciding.decide(decided(), "D9")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"decision_count": 3}, "metadata.decision_count: is 3 but there are 2"),
        ({"conflicts_resolved": 1}, "metadata.conflicts_resolved: is 1 but there are 0"),
        ({"contradictory_inputs": "perhaps"}, "metadata.contradictory_inputs"),
    ],
)
def test_a_broken_document_of_decisions_is_refused_with_the_path(change: dict[str, object], line: str) -> None:
    raw = decided().model_dump()
    raw["metadata"] |= change
    with pytest.raises(InvalidOutput) as refused:
        deciding.validate(raw)
    assert refused.value.problems[0].startswith(line)


def test_two_decisions_are_demanded_unless_scope_or_contradiction() -> None:
    raw: dict[str, Any] = {"metadata": {"decision_count": 0, "conflicts_resolved": 0}, "decisions": []}
    with pytest.raises(InvalidOutput, match="at least 2 needed"):
        deciding.validate(raw)
    for excuse in ({"scope_recommendation": True}, {"contradictory_inputs": True}):
        deciding.validate({**raw, "metadata": raw["metadata"] | excuse})


# -- where a decision came from ---------------------------------------------------------------------------------------


def test_a_decision_says_which_answer_it_came_from() -> None:
    made = decided(
        one(question="Q3: who signs?"),
        one(decision="b", question="How often are invoices matched?"),
        one(decision="c", question="Something else entirely, in Q99?"),
    )
    assert deciding.sources(made, document()) == {"D3": "Q3", "D4": "Q1"}


# -- disabled steps ---------------------------------------------------------------------------------------------------

STEPS = [
    Step(key=key, title=key, prompt="p.md", disabled_when=when)  # type: ignore[arg-type]
    for key, when in (
        ("research", ()), ("detail", ("scope",)), ("decisions", ("scope",)), ("generate", ("scope", "contradiction")),
    )
]  # fmt: skip


def blocked(asked: str | bytes | None, decisions: str | bytes | None) -> tuple[int, ...]:
    return disabled_steps(STEPS, asked, decisions).steps


def metadata(**told: Any) -> str:
    return json.dumps({"metadata": told})


@pytest.mark.parametrize(
    ("asked", "decisions", "steps"),
    [
        (metadata(scope_recommendation=True, scope_reason="Too broad."), None, (1, 2, 3)),
        (None, metadata(scope_recommendation=True, decision_count=2), (1, 2, 3)),
        (metadata(scope_recommendation=True), metadata(decision_count=0, contradictory_inputs=True), (1, 2, 3)),
        (metadata(scope_recommendation=False), metadata(decision_count=0), (3,)),
        (None, metadata(decision_count=2, contradictory_inputs=True), (3,)),
        (None, metadata(decision_count=2, contradictory_inputs="revised"), ()),
        (metadata(scope_recommendation="true"), metadata(decision_count=False), ()),
        (None, None, ()),
    ],
)
def test_scope_disables_one_to_three_no_decisions_or_a_contradiction_three_else_nothing(
    asked: str | None, decisions: str | None, steps: tuple[int, ...]
) -> None:
    found = disabled_steps(STEPS, asked, decisions)
    assert found.steps == steps
    assert bool(found.reason) == bool(steps)


@QUICK
@given(st.one_of(st.binary(max_size=20), st.sampled_from([b"", b"[]", b"3", b'{"metadata": []}', b"[" * 100_000])))
def test_missing_or_broken_files_disable_nothing(raw: bytes) -> None:
    assert blocked(raw, raw) == ()


def test_why_a_step_is_disabled_is_what_the_research_said() -> None:
    assert (
        disabled_steps(STEPS, metadata(scope_recommendation=True, scope_reason="Too broad."), None).reason
        == "Too broad."
    )


def test_an_emptied_document_of_questions_disables_what_comes_after_it() -> None:
    from drafted import asks, research, stopped

    made, _ = questions.derive(research([asks()], warning=stopped("scope_guard_triggered")), purpose="domain")
    assert blocked(made.model_dump_json(), None) == (1, 2, 3)


TEXTS = st.dictionaries(
    st.sampled_from("abcd"), st.lists(st.sampled_from(["x", "y", "z", "w"]), max_size=4).map(" ".join)
)


@QUICK
@given(TEXTS, st.lists(st.sampled_from(["x", "y", "z", "v"]), max_size=4).map(" ".join))
def test_the_nearest_text_is_the_one_that_shares_most(texts: dict[str, str], text: str) -> None:
    name, share = Nearest(texts).of(text)
    shares = {key: overlap(text, each) for key, each in texts.items()}
    best = max(shares.values(), default=0.0)
    assert share == best
    assert name == (next(key for key in texts if shares[key] == best) if best else None)
