"""Whether a recording may be played: four answers of three digests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import NoRecording, NotFound
from workbench.workflows.documents.clarifications import FILE as CLARIFICATIONS
from workbench.workflows.documents.decisions import FILE as DECISIONS
from workbench.workflows.recording import fitting, recordings
from workbench.workflows.recording.fitting import Differs, Exact, Missing, Stale, fit, parts_of, playable
from workbench.workflows.recording.recordings import Example, Key, MadeWith, Manifest, Recorded, Trial, Words

QUICK = settings(max_examples=60)
KEY = Key(workflow="skill-builder", step="detail", turn="main")
TEMPLATE = {"prompt detail.md": "p", "schema": "s", "tools": "t"}
INTAKE = "context/intake.json"

words = st.text(alphabet="abc é,.-", min_size=1, max_size=20).filter(lambda text: text.strip() != "")
answers = st.one_of(st.none(), words)


@st.composite
def questions(draw):
    return [
        {
            "id": f"Q{number}",
            "title": draw(words),
            "answer_text": draw(answers),
            "refinements": [{"id": f"R{number}.1", "answer_text": draw(answers)}] if draw(st.booleans()) else [],
        }
        for number in range(1, 1 + draw(st.integers(1, 6)))
    ]


def asked(found, **metadata) -> str:
    return json.dumps(
        {"version": "1", "metadata": metadata, "sections": [{"id": "S1", "title": "One", "questions": found}]}
    )


def example_of(inputs, *, template=TEMPLATE, key=KEY) -> Example:
    turn = Recorded(key=key, template=template, inputs={path: parts_of(path, text) for path, text in inputs.items()})
    said = Words(
        title="An example",
        summary="",
        purpose="domain",
        description="It.",
        refine=recordings.Prompts(messages=("Shorter, please.", "@SKILL.md Say why.")),
        tests=(Trial(prompt="Do it.\n"),),
    )
    made = MadeWith(provider="claude", sdk="1", cli="2")
    return Example("example", Path("/nowhere"), said, Manifest(made_with=made, turns=(turn,)))


@QUICK
@given(questions())
def test_the_same_documents_are_exact_whatever_their_counts_and_dates(found):
    shown = example_of({CLARIFICATIONS: asked(found, question_count=len(found))})
    now = asked([dict(reversed(question.items())) for question in found], question_count=99, updated="2026-03-04")
    assert isinstance(fit(shown, KEY, TEMPLATE, {CLARIFICATIONS: now}), Exact)


@QUICK
@given(questions(), st.data())
def test_a_changed_answer_is_named_and_no_other(found, data):
    shown = example_of({CLARIFICATIONS: asked(found)})
    index = data.draw(st.integers(0, len(found) - 1))
    changed = [dict(question) for question in found]
    changed[index]["answer_text"] = f"{found[index]['answer_text']} or not"
    answer = fit(shown, KEY, TEMPLATE, {CLARIFICATIONS: asked(changed)})
    assert isinstance(answer, Differs)
    assert answer.parts == {CLARIFICATIONS: (found[index]["id"],)}


@QUICK
@given(questions(), st.dictionaries(st.sampled_from([*TEMPLATE, "outputs"]), words))
def test_another_template_is_stale_whatever_the_documents_say(found, template):
    shown = example_of({CLARIFICATIONS: asked(found)})
    for documents in ({CLARIFICATIONS: asked(found)}, {}, {DECISIONS: "{}"}):
        answer = fit(shown, KEY, template, documents)
        assert isinstance(answer, Stale) == (template != TEMPLATE)
    if template != TEMPLATE:
        assert set(answer.changed) == {
            name for name in {*template, *TEMPLATE} if template.get(name) != TEMPLATE.get(name)
        }


@QUICK
@given(
    st.text(max_size=30), st.text(max_size=30), st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3)
)
def test_whoever_is_no_example_gets_nothing(step, turn, inputs):
    assert isinstance(fit(None, Key(workflow="skill-builder", step=step, turn=turn), {}, inputs), Missing)


@given(st.text(), st.sampled_from([CLARIFICATIONS, DECISIONS, INTAKE, "SKILL.md"]))
def test_a_broken_document_differs_and_does_not_fail(text, path):
    parts = parts_of(path, text)
    assert parts == parts_of(path, text)
    assert all(len(each) == 32 for each in parts.values())


@pytest.mark.parametrize("text", ["[]", "null", "3", "{", '{"sections": 4, "decisions": {}}', "[" * 100_000, "\ud800"])
def test_odd_documents_have_parts(text):
    for path in (CLARIFICATIONS, DECISIONS, INTAKE):
        assert parts_of(path, text)


def test_another_name_or_day_is_not_another_text():
    text = "---\nname: {}\nmetadata:\n  created: {}\n---\n\nText.\n"
    assert parts_of("SKILL.md", text.format("a", "2026-01-02")) == parts_of("SKILL.md", text.format("b", "2025-11-30"))
    assert parts_of("SKILL.md", "name: a\n") != parts_of("SKILL.md", "name: b\n")


def test_what_differs_is_said_in_a_sentence():
    shown = example_of(
        {CLARIFICATIONS: asked([{"id": "Q1"}, {"id": "Q2"}]), INTAKE: '{"description": "a", "context": "b"}'}
    )
    one = fit(
        shown,
        KEY,
        TEMPLATE,
        {
            CLARIFICATIONS: asked([{"id": "Q1", "answer_text": "x"}, {"id": "Q2"}]),
            INTAKE: '{"description": "a", "context": "b"}',
        },
    )
    assert (
        playable(one).notice
        == "Recorded example: your answer to Q1 differs from the recorded one and has no effect here."
    )
    more = fit(
        shown,
        KEY,
        TEMPLATE,
        {
            CLARIFICATIONS: asked([{"id": "Q1", "answer_text": "x"}, {"id": "Q2", "answer_text": "y"}]),
            INTAKE: '{"description": "c", "context": "b"}',
        },
    )
    assert playable(more).notice == (
        "Recorded example: your answers to Q1 and Q2 and your description differ from the recorded ones and have no effect here."
    )
    assert playable(fit(shown, KEY, TEMPLATE, {CLARIFICATIONS: "{}"})).notice
    whole = Differs(more.turn, {"SKILL.md": ("",)})
    assert whole.notice == "Recorded example: SKILL.md differs from the recorded one and has no effect here."
    good = Differs(more.turn, {INTAKE: ("what_good_looks_like",)})
    assert good.notice == (
        "Recorded example: your answer to “What does good look like?” differs from the recorded one and has no effect here."
    )
    questions = Differs(more.turn, {CLARIFICATIONS: ("",)})
    assert questions.notice == "Recorded example: the questions differ from the recorded ones and have no effect here."


def test_a_stale_recording_is_refused_and_says_what_changed():
    shown = example_of({})
    with pytest.raises(NoRecording) as raised:
        playable(fit(shown, KEY, {**TEMPLATE, "prompt detail.md": "new"}, {}))
    assert raised.value.message == "The recording of detail.main is out of date: prompt detail.md changed."
    assert "make recordings" in raised.value.remedy
    assert raised.value.facts["changed"] == ["prompt detail.md"]


def test_a_skill_of_ones_own_is_told_which_examples_there_are():
    with pytest.raises(NoRecording) as raised:
        playable(fit(None, KEY, TEMPLATE, {}))
    assert "Choose another provider" in raised.value.remedy
    assert raised.value.facts["example"] is None


def test_a_message_that_was_not_recorded_is_answered_with_those_that_were():
    shown = example_of({})
    key = Key(workflow="", step="refine", turn="say")
    with pytest.raises(NoRecording) as raised:
        playable(fit(shown, key, {}, {}, known=tuple(shown.messages)))
    assert raised.value.facts["suggestions"] == list(shown.messages)


@pytest.mark.parametrize(
    ("message", "turn"),
    [
        ("Shorter, please.", "say-1"),
        ("  shorter,\nplease. ", "say-1"),
        ("@SKILL.md Say why.", "say-2"),
        ("Say why.", None),
    ],
)
def test_a_message_is_known_by_its_words(message, turn):
    assert example_of({}).said(message) == turn


def test_a_test_is_known_by_its_prompt():
    assert example_of({}).tested("do it.") == 1
    assert example_of({}).tested("do that.") is None


def test_an_example_that_is_not_there_is_not_found():
    with pytest.raises(NotFound, match="There is no example 'nothing'"):
        recordings.find("nothing")


def test_what_a_turn_left_is_the_same_under_any_name_and_day():
    left = [
        fitting.tree_digest({"SKILL.md": f"---\nname: {name}\n---\n{day}\n"}, skill=name, today=day)
        for name, day in (("demo", "2026-01-02"), ("invoices", "2025-12-31"))
    ]
    assert left[0] == left[1]
    assert left[0] != fitting.tree_digest({"SKILL.md": "---\nname: demo\n---\n"}, skill="demo", today="2026-01-02")
