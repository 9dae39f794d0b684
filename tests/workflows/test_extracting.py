"""The one object in what an agent said: whatever it said, there is an answer or a refusal with its reason, and soon."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.workflows.documents.extracting import MAX_DEPTH, MAX_ITEMS, InvalidOutput, extract, repair_prompt

GOOD = {"title": "T", "sections": [{"questions": []}]}
TEXT = json.dumps(GOOD)


def problem(structured: object, *messages: str) -> str:
    with pytest.raises(InvalidOutput) as caught:
        extract(structured, messages)
    assert caught.value.problems
    assert caught.value.remedy
    return caught.value.problems[0]


def test_the_structured_value_comes_before_what_was_said() -> None:
    assert extract(GOOD, ['{"title": "other"}']) == GOOD


def test_a_fenced_block_of_the_last_message_is_taken_with_prose_around_it() -> None:
    assert extract(None, ["```json\n{}\n```", f"Here it is:\n\n```json\n{TEXT}\n```\n\nThat is all."]) == GOOD


def test_the_last_of_several_fenced_blocks_is_taken() -> None:
    assert extract(None, [f'```json\n{{"title": "draft"}}\n```\nBetter:\n```JSON\n{TEXT}\n```']) == GOOD


@pytest.mark.parametrize("fence", ["```", "~~~~", "```json title=answer", "   ```json"])
def test_a_fence_may_be_written_in_each_of_its_ways(fence: str) -> None:
    close = fence.strip().split("j")[0].strip().rstrip()
    assert extract(None, [f"{fence}\n{TEXT}\n{close}\n"]) == GOOD


def test_a_block_of_another_language_is_none() -> None:
    said = f'```python\nx = {{"a": 1}}\n```\n{TEXT}\n'
    assert "different" not in repr(extract(None, [f"```json\n{TEXT}\n```\n```python\nx = {{1: 2}}\n```"]))
    assert "2 different" in problem(None, said)


def test_right_json_as_plain_text_is_taken() -> None:
    assert extract(None, [f"Sure. {TEXT} Anything else {{maybe}}?"]) == GOOD


def test_a_fence_within_a_text_of_the_object_ends_nothing() -> None:
    value = {"title": "```json\n{}\n```", "sections": []}
    assert extract(None, [f"```json\n{json.dumps(value)}\n```"]) == value


def test_an_object_that_is_said_twice_is_one_and_two_that_differ_are_none() -> None:
    assert extract(None, [f"{TEXT}\nAgain: {TEXT}"]) == GOOD
    assert "2 different JSON objects" in problem(None, f'{TEXT}\n{{"title": "U"}}')


def test_nothing_and_no_object_and_something_else_are_told_apart() -> None:
    assert problem(None) == problem(None, "", " \n") == "it said nothing"
    assert "no JSON object" in problem(None, "I could not do it.")
    assert "a list" in problem([1, 2])
    assert "a list" in problem(None, "```json\n[1]\n```")
    assert "text" in problem("hello")


def test_json_that_is_broken_is_told_with_its_line_and_when_it_was_cut_off() -> None:
    assert problem(None, '```json\n{\n "a": 1,\n}\n```').startswith("line 3, column")
    assert "ends in the middle" in problem(None, '```json\n{"a": [1, 2')


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1" * 5000])
def test_numbers_that_json_does_not_have_are_refused(word: str) -> None:
    assert "JSON" in problem(None, f'```json\n{{"a": {word}}}\n```')


def test_what_is_huge_or_deep_or_has_too_many_items_is_refused() -> None:
    assert "1024 kB" in problem(None, "x" * 2_000_000)
    assert "1024 kB" in problem({"a": "x" * 2_000_000})
    deep: Any = {}
    for _ in range(MAX_DEPTH):
        deep = {"a": deep}
    assert "levels" in problem(deep)
    assert "levels" in problem(None, json.dumps(deep))
    assert "levels" in problem(None, '```json\n{"a": ' + "[" * 100_000)
    many = {"sections": [{"questions": [{}] * MAX_ITEMS}, {"questions": [{}]}]}
    assert f"questions: {MAX_ITEMS + 1} given" in problem(many)


@pytest.mark.parametrize(
    "said",
    [
        "{" * 500_000,
        '{"' * 250_000,
        '\\"' * 500_000,
        '{"a":' + '"\\"' * 300_000,
        "`" * 500_000,
        ("```" + " " * 100) * 5000,
        "```json\n" * 60_000,
        " " * 900_000 + "{",
        "{}" * 400_000,
        '{"a":1}' * 100_000,
    ],
    ids=["braces", "open", "escapes", "strings", "ticks", "spaces", "fences", "blanks", "empty", "many"],
)
def test_text_that_is_made_to_be_slow_is_not(said: str) -> None:
    try:
        extract(None, [said])
    except InvalidOutput:
        pass


def test_text_is_kept_as_it_is_but_for_what_cannot_be_stored() -> None:
    said = {"title": "<script>alert(1)</script>\n\té漢", "a\x00": "\ud800b\x1b[0mc\x7f"}
    found = extract(None, [f"```json\n{json.dumps(said)}\n```"])
    assert found == {"title": "<script>alert(1)</script>\n\té漢", "a": "b[0mc"}
    json.dumps(found, ensure_ascii=False).encode()


@given(st.text(), st.one_of(st.none(), st.text(), st.lists(st.integers()), st.booleans()))
def test_whatever_is_said_gives_an_object_or_a_refusal(said: str, structured: object) -> None:
    for messages in ([said], [f"```json\n{said}\n```"], [f"{{{said}"]):
        try:
            assert isinstance(extract(structured, messages), dict)
        except InvalidOutput:
            pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), JSON, min_size=1, max_size=5))
def test_an_object_is_found_in_each_of_its_dresses(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    dressed = [
        f"```json\n{text}\n```",
        f"```\n{text}\n```",
        f"It is {text}.",
        json.dumps(value, indent=3),
        f"~~~json\n{text}",
    ]
    assert all(extract(None, ["before", each]) == value for each in dressed)
    assert extract(value, []) == value


def test_a_repair_names_at_most_twenty_problems_and_asks_for_the_whole_object() -> None:
    text = repair_prompt([f"sections[{n}].title: missing" for n in range(30)])
    assert text.count("\n- ") == 21
    assert "and 10 more" in text
    assert "whole object" in text
    assert "file" in repair_prompt(["SKILL.md: is missing"], files=True)
