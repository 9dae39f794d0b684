"""Every odd file is read, written back to the byte, judged as stated, edited by the line, and mended without harm."""

from __future__ import annotations

import pytest
from odd_files import ALL, EVERYWHERE, Odd

from workbench.errors import Refused
from workbench.skills import SkillDocument, parse
from workbench.skills.document.clients import badge, matrix
from workbench.skills.document.diff import diff
from workbench.skills.document.fixes import apply_fix, apply_rule, title

KEYS = {"rule", "level", "severity", "line", "column", "message", "fix"}
odd_files = pytest.mark.parametrize("odd", ALL, ids=[odd.what for odd in ALL])


def read(odd: Odd) -> SkillDocument:
    return parse(odd.data, folder=odd.folder)


def test_there_are_enough_of_them_and_none_twice() -> None:
    assert len(ALL) >= 60
    assert len({odd.data for odd in ALL}) == len(ALL) == len({odd.what for odd in ALL})


@odd_files
def test_it_is_written_back_as_it_was_read(odd: Odd) -> None:
    document = read(odd)
    assert document.to_bytes() == odd.data
    assert (document.name, document.description) == (odd.name, odd.description)


@odd_files
def test_what_the_specification_has_against_it_is_said(odd: Odd) -> None:
    document = read(odd)
    assert all(set(each) == KEYS and each["line"] >= 1 and each["column"] >= 1 for each in document.diagnostics)
    broken = {each["rule"] for each in document.diagnostics if each["level"] == "spec" and each["severity"] == "error"}
    assert broken == odd.rules
    assert document.is_valid == (not odd.rules)


@odd_files
def test_where_it_loads_is_said(odd: Odd) -> None:
    answers = matrix(read(odd))
    assert {client for client, answer in answers.items() if answer["loads"]} == odd.clients
    for answer in answers.values():
        assert answer["loads"] or any(each["severity"] == "error" for each in answer["findings"])
    shown = badge(answers)
    assert (shown["colour"] == "red") == (not odd.clients)
    assert (shown["colour"] == "green") == (odd.clients == EVERYWHERE)


@odd_files
def test_one_key_is_edited_and_nothing_else_or_the_edit_is_refused(odd: Odd) -> None:
    document = read(odd)
    try:
        after = document.set("license", "Apache-2.0")
    except Refused:
        assert document.to_bytes() == odd.data
        return
    assert after.body == document.body
    assert {**after.fields, "license": None} == {**document.fields, "license": None}


@odd_files
def test_each_fix_mends_what_it_is_about_or_changes_nothing(odd: Odd) -> None:
    document = read(odd)
    seen: set[str] = set()
    for diagnostic in document.diagnostics:
        if not diagnostic["fix"] or diagnostic["rule"] in seen:
            continue
        seen.add(diagnostic["rule"])
        assert title(diagnostic["fix"])
        try:
            after = apply_fix(document, diagnostic)
        except Refused:
            assert document.to_bytes() == odd.data
            continue
        assert after.to_bytes() != odd.data
        assert diff(document, after)
        count = sum(each["rule"] == diagnostic["rule"] for each in document.diagnostics)
        assert sum(each["rule"] == diagnostic["rule"] for each in after.diagnostics) < count


@pytest.mark.parametrize("odd", [odd for odd in ALL if len(odd.data) < 40_000], ids=lambda odd: odd.what)
def test_mending_rule_after_rule_comes_to_an_end(odd: Odd) -> None:
    document = read(odd)
    for rule in sorted({each["rule"] for each in document.diagnostics}):
        document = apply_rule(document, rule)
    assert parse(document.to_bytes(), folder=odd.folder).fields == document.fields


HOSTILE = [
    ("23 no front matter", "no front matter", "no-frontmatter", {"key": "name", "value": "charts"}),
    ("24 not closed", "front matter that is not closed", "unclosed", {"do": "close"}),
    ("25 an object", "an object's tag", "yaml-tag", {"key": "license", "rewrite": True}),
    ("25 is a security finding", "an object's tag", "yaml-object", None),
    ("26 aliases", "a bomb of aliases", "yaml-alias", None),
    ("27 braces", "5,000 braces", "not-a-mapping", None),
    ("28 a number", "a name that is a number", "codex/not-a-string", {"key": "name", "rewrite": True}),
    ("29 a path", "a name that climbs", "name-characters", {"key": "name", "value": "up"}),
    ("29 spaces", "a name with spaces and capitals", "name-characters", {"key": "name", "value": "chart-maker"}),
    ("29 too long", "a name of 200 letters", "name-too-long", None),
    ("29 reserved", "a reserved name", "api/name-reserved", None),
    ("30 not the folder's", "a name unlike the folder", "name-folder", {"key": "name", "value": "charts"}),
    ("31 empty", "an empty description", "description-empty", None),
    ("31 too long", "a description of 20 kB", "description-too-long", None),
    ("32 no UTF-8", "bytes that are no UTF-8", "encoding", None),
    ("32 UTF-16", "UTF-16, little end first", "encoding", {"do": "utf-8"}),
    ("32 byte order mark", "a byte order mark", "bom", {"do": "remove-bom"}),
    ("32 line ends", "CRLF and LF mixed", "line-ends", {"do": "line-ends"}),
    ("33 hidden", "hidden tags", "hidden-tags", None),
    ("34 every tool", "every tool", "tools-all", None),
]


@pytest.mark.parametrize(("what", "rule", "fix"), [pytest.param(*rest, id=row) for row, *rest in HOSTILE])
def test_hostile_content_is_told_with_what_would_mend_it(what: str, rule: str, fix: dict[str, object] | None) -> None:
    [odd] = [odd for odd in ALL if odd.what == what]
    found = [each for each in read(odd).diagnostics if each["rule"] == rule]
    assert found
    assert fix in [each["fix"] for each in found]


def test_a_value_that_is_no_is_text() -> None:
    [odd] = [odd for odd in ALL if odd.what == "a name that is no"]
    assert read(odd).fields["name"] == "no"
    assert read(odd).is_valid
