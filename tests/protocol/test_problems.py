"""What is wrong with a request, a file or an answer is said in a person's words, never in those of a library."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from workbench.protocol.problems import form, not_json, said
from workbench.settings import Price, RepositoryName

LIBRARY = re.compile(
    r"Input should|Field required|Extra inputs|String should|should have|Value error|Expecting|delimiter|codec|recursion|tuple"
)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = "a"

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if value == "!":
            raise ValueError("it is no name.")
        return value


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (int, "x", "a whole number is needed"),
        (int, 1.5, "a whole number is needed"),
        (float, "x", "a number is needed"),
        (bool, 7, "true or false is needed"),
        (str, 5, "text is needed"),
        (list[int], "x", "a list is needed"),
        (tuple[int, ...], 3, "a list is needed"),
        (Part, 3, "an object is needed"),
        (Part, {"colour": 1}, "there is no such key"),
        (Part, {"name": "!"}, "it is no name"),
        (Literal["a", "b"], "c", "one of these is needed: a, b"),
        (Annotated[int, Field(le=400)], 401, "at most 400 is taken"),
        (Annotated[int, Field(ge=1)], 0, "at least 1 is needed"),
        (Annotated[float, Field(gt=0)], 0, "a number above 0"),
        (Annotated[float, Field(lt=5)], 7, "a number below 5"),
        (Annotated[str, Field(min_length=1)], "", "it is empty"),
        (Annotated[str, Field(max_length=50_000)], "x" * 50_001, "at most 50,000 characters are taken"),
        (Annotated[list[int], Field(min_length=1)], [], "0 given, at least 1 needed"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "2 given, at most 1 taken"),
        (Annotated[str, Field(pattern="^a$")], "b", "text of the form ^a$ is needed"),
        (Annotated[str, Field(pattern=form("^a+$", "a row of a"))], "b", "a row of a is needed"),
        (RepositoryName, "me", "a name such as owner/repo, or nothing, is needed"),
        (Price, "1e3", "an amount below 10,000, such as 3.25, is needed"),
        (
            Literal["or a", "it's", 'a "b"', "c, or d", "e"],
            "c",
            'one of these is needed: or a, it\'s, a "b", c, or d, e',
        ),
        (Literal["orange", 1, True], "c", "one of these is needed: orange, 1, True"),
        (Annotated[int, Field(multiple_of=5)], 3, "a multiple of 5 is needed"),
        (date, "yesterday", "a day is needed, such as 2026-11-21"),
        (datetime, "yesterday", "a time is needed, such as 2026-11-21T18:30:00Z"),
        (Annotated[float, Field(allow_inf_nan=False)], float("inf"), "not infinite"),
    ],
)
def test_what_a_shape_refuses_is_said_in_plain_words(kind: Any, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    told = said(refused.value.errors(include_url=False, include_input=False)[0])
    assert words in told
    assert not LIBRARY.search(told)


def test_a_key_that_is_missing_is_said_to_be_and_so_is_what_nobody_has_words_for() -> None:
    class Whole(BaseModel):
        part: Part

    with pytest.raises(ValidationError) as refused:
        Whole.model_validate({})
    assert said(refused.value.errors()[0]) == "it is missing"
    assert said({"type": "of_tomorrow", "msg": "Told by the library"}) == "Told by the library"
    assert said({"type": "greater_than", "msg": "Told without its facts"}) == "Told without its facts"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": ', "line 1, column 7: a value is missing (it ends in the middle)"),
        ('{\n "a": 1\n "b": 2}', "line 3, column 2: a comma or a closing bracket is missing"),
        ('{"a" 1}', "a colon is missing"),
        ('{"a": 1,}', "a comma is too many"),
        ('{"a": "b', "line 1, column 7: the text that begins here is not closed"),
        ('{"a": "b\n"}', "has to be escaped"),
        ('{"a": "\\q"}', "a backslash has to be doubled"),
        ('{"a": "\\u12"}', "four digits are needed"),
        ('{} {"a": 1}', "there is more behind its end"),
        ("[" * 100_000, "it has too many levels"),
        (b"\xff\xfe\xfd", "it is not UTF-8 text"),
    ],
)
def test_why_a_text_is_not_json_is_said_with_its_line(text: str | bytes, words: str) -> None:
    with pytest.raises((ValueError, RecursionError)) as refused:
        json.loads(text)
    assert isinstance(refused.value, ValueError | RecursionError)
    told = not_json(refused.value)
    assert words in told
    assert not LIBRARY.search(told)
