"""What a shape or a parser refuses, in a person's words.

Pydantic says it in a programmer's ("Input should be a valid tuple"). Who typed a request, a file or an answer is told what
is needed there instead. Invariant: values are left out, since they may be secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Facts = Mapping[str, Any]

_KINDS: Final[Mapping[str, str]] = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such key",
    "string_type": "text is needed",
    "string_unicode": "text is needed, and this holds half a character",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "int_parsing_size": "the number is too large",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "finite_number": "a number is needed that is not infinite",
    "decimal_type": "a number is needed",
    "decimal_parsing": "a number is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "list_type": "a list is needed",
    "tuple_type": "a list is needed",
    "set_type": "a list is needed",
    "frozen_set_type": "a list is needed",
    "dict_type": "an object is needed",
    "mapping_type": "an object is needed",
    "model_type": "an object is needed",
    "model_attributes_type": "an object is needed",
    "dataclass_type": "an object is needed",
    "none_required": "null is needed",
    "json_invalid": "it is not JSON",
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "a day is needed, such as 2026-11-21",
    ),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        "a time is needed, such as 2026-11-21T18:30:00Z",
    ),
}
_TOLD: Final[Mapping[str, Callable[[Facts], str]]] = {
    "literal_error": lambda facts: f"one of these is needed: {_listed(facts['expected'])}",
    "enum": lambda facts: f"one of these is needed: {_listed(facts['expected'])}",
    "greater_than": lambda facts: f"a number above {facts['gt']} is needed",
    "greater_than_equal": lambda facts: f"at least {facts['ge']} is needed",
    "less_than": lambda facts: f"a number below {facts['lt']} is needed",
    "less_than_equal": lambda facts: f"at most {facts['le']} is taken",
    "multiple_of": lambda facts: f"a multiple of {facts['multiple_of']} is needed",
    "string_pattern_mismatch": lambda facts: f"{_of_form(facts['pattern'])} is needed",
    "string_too_short": lambda facts: _characters("at least", facts["min_length"], "needed"),
    "string_too_long": lambda facts: _characters("at most", facts["max_length"], "taken"),
    "too_short": lambda facts: f"{facts['actual_length']} given, at least {facts['min_length']} needed",
    "too_long": lambda facts: f"{_given(facts)}at most {facts['max_length']} taken",
    "value_error": lambda facts: _own(str(facts["error"])),
    "assertion_error": lambda facts: _own(str(facts["error"])),
}

_ONE_OF: Final = re.compile(r"""'([^']*)'|"([^"]*)"|(?<!\S)(?!or )([^\s,'"]+)""")
_FORMS: Final[dict[str, str]] = {}
"""Patterns in words, each put here by who asks for it."""


def form(pattern: str, words: str) -> str:
    """A pattern, of which `said` tells these words: "an amount such as 0.25"."""
    _FORMS[pattern] = words
    return pattern


def said(problem: Mapping[str, Any]) -> str:
    """One of `ValidationError.errors()`, without a full stop. What is not known here is told as pydantic tells it."""
    kind = str(problem["type"])
    if kind in _KINDS:
        return _KINDS[kind]
    told = _TOLD.get(kind)
    try:
        return told(problem.get("ctx") or {}) if told is not None else str(problem["msg"])
    except KeyError:  # told without its facts
        return str(problem["msg"])


def _of_form(pattern: str) -> str:
    return _FORMS.get(pattern, f"text of the form {pattern}")


def _listed(expected: str) -> str:
    """`'a', 'b' or 1` as `a, b, 1`: a quoted one may hold commas, quotes and the word "or"."""
    return ", ".join(single or double or bare for single, double, bare in _ONE_OF.findall(expected))


def _characters(least: str, count: int, verb: str) -> str:
    if count == 1 and verb == "needed":
        return "it is empty"
    return f"{least} {count:,} characters are {verb}"


def _given(facts: Facts) -> str:
    return f"{facts['actual_length']} given, " if facts.get("actual_length") is not None else ""


def _own(text: str) -> str:
    """What a check of our own has said."""
    return text.rstrip(".")


_JSON: Final[Mapping[str, str]] = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a key in double quotes is missing, or a comma is too many",
    "Illegal trailing comma before end of object": "a comma is too many",
    "Illegal trailing comma before end of array": "a comma is too many",
    "Unterminated string starting at": "the text that begins here is not closed",
    "Invalid control character at": "a line break or another control character within a text has to be escaped",
    "Extra data": "there is more behind its end",
    "Invalid \\escape": "a backslash has to be doubled",
    "Invalid \\uXXXX escape": "four digits are needed behind \\u",
}


def not_json(error: ValueError | RecursionError) -> str:
    """Why a text is not JSON, without a full stop: `line 2, column 1: a value is missing (it ends in the middle)`."""
    if isinstance(error, json.JSONDecodeError):
        ends = " (it ends in the middle)" if error.pos >= len(error.doc.rstrip()) else ""
        said = _JSON.get(re.sub(r":\s*$", "", error.msg), error.msg)
        return f"line {error.lineno}, column {error.colno}: {said}{ends}"
    if isinstance(error, RecursionError):
        return "it has too many levels"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    return str(error)[:200]
