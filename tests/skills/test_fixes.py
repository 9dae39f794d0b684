"""A fix mends what its diagnostic is about, and no other byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from odd_skills import sheets

from workbench.errors import Refused
from workbench.skills import SkillDocument, parse
from workbench.skills.document.clients import matrix
from workbench.skills.document.diff import diff
from workbench.skills.document.fixes import apply_fix, apply_rule, apply_rule_to, title

USE = "description: Draws charts. Use when data has to be shown.\n"


def fixed(text: str, rule: str, folder: str | None = "charts") -> str:
    document = parse(text.encode(), folder=folder)
    return apply_fix(document, found(document, rule)).text


def found(document: SkillDocument, rule: str) -> dict[str, Any]:
    return next(each for each in document.diagnostics if each["rule"] == rule and each["fix"])


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("name-missing", f"---\n{USE}---\nB\n", f"---\n{USE}name: charts\n---\nB\n"),
        ("name-folder", f"---\nname: plots # c\n{USE}---\nB\n", f"---\nname: charts # c\n{USE}---\nB\n"),
        ("no-frontmatter", "# B\n", "---\nname: charts\n---\n# B\n"),
        (
            "unknown-field",
            f"---\nname: charts\nversion: 1.0  # v\n{USE}---\nB\n",
            f"---\nname: charts\n{USE}metadata:\n  version: 1.0  # v\n---\nB\n",
        ),
        (
            "unknown-field",
            f"---\nname: charts\nmetadata:\n  a: b # c\nversion: 1.0\n{USE}---\nB\n",
            f"---\nname: charts\nmetadata:\n  a: b # c\n  version: 1.0\n{USE}---\nB\n",
        ),
        (
            "unknown-field",
            f"---\r\nname: charts\r\ntags:\r\n  # why\r\n  - a # one\r\n\r\n  - b\r\n{USE.strip()}\r\n---\r\nB\r\n",
            f"---\r\nname: charts\r\n{USE.strip()}\r\nmetadata:\r\n  tags:\r\n    # why\r\n    - a # one\r\n\r\n    - b\r\n---\r\nB\r\n",
        ),
        (
            "unknown-field",
            f"---\nname: charts\nauthor: |\n  x\n  y\nmetadata:\n    a: b\n{USE}---\nB\n",
            f"---\nname: charts\nmetadata:\n    a: b\n    author: |\n      x\n      y\n{USE}---\nB\n",
        ),
        (
            "unknown-field",
            f'---\nname: charts\n"allowed_tools":   [Read]  # c\n{USE}---\nB\n',
            f'---\nname: charts\n"allowed-tools":   [Read]  # c\n{USE}---\nB\n',
        ),
        (
            "claude-code/key-misspelt",
            f"---\r\nname: charts\r\nuser_invocable: no\r\n{USE.strip()}\r\n---\r\nB\r\n",
            f"---\r\nname: charts\r\nuser-invocable: no\r\n{USE.strip()}\r\n---\r\nB\r\n",
        ),
        (
            "description-missing",
            "---\nname: charts\nsummary: >\n  A b\n  c\n---\n",
            "---\nname: charts\ndescription: >\n  A b\n  c\n---\n",
        ),
        (
            "yaml-value",
            "---\nname: charts\ndescription: Use: it\n---\nB\n",
            '---\nname: charts\ndescription: "Use: it"\n---\nB\n',
        ),
        (
            "yaml-value",
            f"---\nname: charts\nargument-hint: [a] [b]\n{USE}---\nB\n",
            f'---\nname: charts\nargument-hint: "[a] [b]"\n{USE}---\nB\n',
        ),
        ("codex/not-a-string", f"---\nname: 12\n{USE}---\nB\n", f'---\nname: "12"\n{USE}---\nB\n'),
        (
            "yaml-tag",
            f"---\nname: charts\nlicense: !x MIT\n{USE}---\n",
            f'---\nname: charts\nlicense: "MIT"\n{USE}---\n',
        ),
        (
            "yaml-tag",
            f"---\nname: charts\nmetadata:\n  a: !x b\n{USE}---\n",
            f'---\nname: charts\nmetadata:\n  a: "b"\n{USE}---\n',
        ),
        ("yaml-anchor", f"---\nname: &n charts\n{USE}---\n", f'---\nname: "charts"\n{USE}---\n'),
        (
            "duplicate-key",
            f"---\nname: a\nname: charts\n{USE}---\nB\n",
            f"---\nname: charts\n{USE}---\nB\n",
        ),
        (
            "compatibility-type",
            f"---\nname: charts\ncompatibility: [a, b]\n{USE}---\n",
            f"---\nname: charts\ncompatibility: a, b\n{USE}---\n",
        ),
        ("frontmatter-late", f"\n \n---\nname: charts\n{USE}---\nB\n", f"---\nname: charts\n{USE}---\nB\n"),
        ("frontmatter-late", f"\ufeff\n---\nname: charts\n{USE}---\nB\n", f"\ufeff---\nname: charts\n{USE}---\nB\n"),
        (
            "frontmatter-comment",
            f"<!-- c -->\n---\nname: charts\n{USE}---\nB\n",
            f"---\nname: charts\n{USE}---\n<!-- c -->\nB\n",
        ),
        (
            "frontmatter-fenced",
            f"```markdown\n---\nname: charts\n{USE}---\nB\n```\n",
            f"---\nname: charts\n{USE}---\nB\n",
        ),
        (
            "frontmatter-fenced",
            f"```yaml\n---\nname: charts\n{USE}---\n```\nB\n",
            f"---\nname: charts\n{USE}---\n```\nB\n",
        ),
        (
            "frontmatter-fenced",
            f"```md\n---\nname: charts\n{USE}---\nB\n```sh\nls\n```\n```\n",
            f"---\nname: charts\n{USE}---\nB\n```sh\nls\n```\n",
        ),
        ("unclosed", f"---\nname: charts\n{USE}\n# B\n", f"---\nname: charts\n{USE}---\n\n# B\n"),
        ("codex/fence-line", f"--- # c\nname: charts\n{USE}...\nB\n", f"---\nname: charts\n{USE}---\nB\n"),
        ("bom", f"\ufeff---\nname: charts\n{USE}---\nB\n", f"---\nname: charts\n{USE}---\nB\n"),
        ("line-ends", f"---\nname: charts\n{USE}---\r\nB\n", f"---\nname: charts\n{USE}---\nB\n"),
    ],
)
def test_a_fix_changes_only_what_it_is_about(rule: str, before: str, after: str) -> None:
    assert fixed(before, rule) == after


def test_utf_16_becomes_utf_8() -> None:
    document = parse(f"---\nname: charts\n{USE}---\nB\n".encode("utf-16"), folder="charts")
    after = apply_fix(document, found(document, "encoding"))
    assert after.to_bytes() == f"---\nname: charts\n{USE}---\nB\n".encode()


def test_a_field_is_not_moved_onto_one_that_is_there() -> None:
    document = parse(f"---\nname: charts\nmetadata: {{version: 2}}\nversion: 1\n{USE}---\n".encode(), folder="charts")
    assert all(each["fix"] is None for each in document.diagnostics)
    stale = {"rule": "unknown-field", "fix": {"key": "version", "move_to": ["metadata", "version"]}}
    with pytest.raises(Refused, match="already"):
        apply_fix(document, stale)


@pytest.mark.parametrize(
    "fix",
    [
        {"key": "gone", "rename": "name"}, {"key": "gone", "move_to": ["metadata", "gone"]}, {"key": "gone", "rewrite": True},
        {"do": "utf-8"}, {"do": "dance"}, {"key": "name", "sing": True}, None,
    ],
)  # fmt: skip
def test_a_fix_that_does_not_fit_any_more_is_refused_with_a_sentence(fix: dict[str, Any] | None) -> None:
    document = parse(b"---\nlicense: x\n---\n")
    with pytest.raises(Refused) as refused:
        apply_fix(document, {"rule": "r", "fix": fix})
    assert refused.value.remedy


def test_one_rule_is_mended_throughout() -> None:
    document = parse(f"---\nname: charts\nversion: 1\nauthor: me\ntags: [a]\n{USE}---\n".encode(), folder="charts")
    after = apply_rule(document, "unknown-field")
    assert after.fields["metadata"] == {"version": "1", "author": "me", "tags": ["a"]}
    assert after.is_valid
    assert apply_rule(after, "unknown-field") is after


def test_one_rule_is_mended_over_a_selection_with_a_difference_of_each() -> None:
    sound = parse(f"---\nname: a\n{USE}---\n".encode(), folder="a")
    known = {"a/SKILL.md": sound, "b/SKILL.md": parse(f"---\nname: c\n{USE}---\n".encode(), folder="b")}
    [(path, (after, shown))] = apply_rule_to(known, "name-folder").items()
    assert (path, after.name) == ("b/SKILL.md", "b")
    assert shown.startswith("--- a/b/SKILL.md\n+++ b/b/SKILL.md\n")


def test_the_difference_shows_the_changed_lines_and_their_neighbours() -> None:
    before = parse(
        f"---\nname: plots\n{USE}---\n{''.join(f'{n}{chr(10)}' for n in range(1000))}".encode(), folder="charts"
    )
    after = apply_rule(before, "name-folder")
    assert diff(before, after, path="charts/SKILL.md") == (
        "--- a/charts/SKILL.md\n+++ b/charts/SKILL.md\n@@ -1,5 +1,5 @@\n ---\n-name: plots\n+name: charts\n"
        f" {USE} ---\n 0\n"
    )
    assert diff(before, before) == ""


def test_the_difference_shows_that_the_last_line_does_not_end() -> None:
    shown = diff(parse(b"---\nname: a\n---"), parse(b"---\nname: b\n---"))
    assert shown.endswith(" ---\n\\ No newline at end of file\n")


def test_every_kind_of_fix_has_a_title() -> None:
    fixes: list[dict[str, Any]] = [
        {"key": "name", "value": "x"}, {"key": "a", "move_to": ["metadata", "a"]}, {"key": "a", "rename": "b"},
        {"key": ["metadata", "a"], "rewrite": True}, {"key": "a", "keep": "last"}, {"do": "close"},
    ]  # fmt: skip
    assert [title(fix) for fix in fixes] == [
        "Set name to 'x'",
        "Move a to metadata.a",
        "Rename a to b",
        "Write the value of metadata.a in quotes",
        "Keep the last a only",
        "Close the front matter",
    ]


def count(document: SkillDocument, rule: str) -> int:
    return sum(each["rule"] == rule for each in document.diagnostics)


@settings(max_examples=150)
@given(sheets())
def test_a_fix_of_anything_is_made_as_asked_or_refused(data: bytes) -> None:
    document = parse(data, folder="my-skill")
    for diagnostic in document.diagnostics:
        if not diagnostic["fix"]:
            continue
        try:
            after = apply_fix(document, diagnostic)
        except Refused:
            continue
        assert document.to_bytes() == data != after.to_bytes()
        assert count(after, diagnostic["rule"]) < count(document, diagnostic["rule"])
        assert parse(after.to_bytes(), folder="my-skill").fields == after.fields
        if "key" in diagnostic["fix"]:
            assert after.body == document.body


def test_a_fix_mends_the_broken_value_and_none_of_those_that_are_sound() -> None:
    text = '---\nname: a\ndescription: Use it: when\nmetadata: {\n  "x": 1\n}\nnote: "two\nlines"\n---\nB\n'
    after = apply_rule(parse(text.encode()), "yaml-value")
    assert after.text == text.replace("Use it: when", '"Use it: when"')


@pytest.mark.parametrize(
    "front",
    [
        "name: a\nnote: [a] [b]\nrest of it",
        "name: a\nno #te: [a] [b]",
        "name: a\ntags: {[}\n]",
        "name: a\nnote: \udcff: b",
        "name: a\nmetad\0ta: b",
    ],
)
def test_no_fix_is_offered_for_a_value_whose_end_cannot_be_told(front: str) -> None:
    document = parse(f"---\n{front}\n---\n".encode("utf-8", "surrogateescape"))
    found = [each for each in document.diagnostics if each["rule"] in ("yaml-value", "unknown-field")]
    assert found
    assert all(each["fix"] is None for each in found)


def test_a_fix_that_would_leave_the_value_broken_is_refused() -> None:
    document = parse(b"---\nde #cription: d: e\n---\n")
    with pytest.raises(Refused):
        apply_fix(document, {"rule": "yaml-value", "fix": {"key": "de #cription", "rewrite": True}})


@pytest.mark.parametrize("front", ["- name: a", "{license: MIT, version: 1}", "just text", "name:a"])
def test_no_key_is_offered_where_none_can_be_put(front: str) -> None:
    document = parse(f"---\n{front}\n---\n".encode(), folder="charts")
    assert not document.is_valid
    assert [each["rule"] for each in document.diagnostics if each["fix"]] == []


def test_a_name_that_still_would_not_be_the_folders_is_not_offered_for_it() -> None:
    document = parse(f"---\nname: a_b_c\n{USE}---\n".encode(), folder="a_b")
    told = {each["rule"]: each for each in document.diagnostics if each["rule"].startswith("name")}
    assert told["name-folder"]["fix"] is None
    assert "has to be renamed" in told["name-folder"]["message"]
    assert "has to be renamed" in told["name-characters"]["message"]


def test_an_unquoted_colon_is_told_once() -> None:
    document = parse(f"---\nname: charts\nlicense: a: b\n{USE}---\nB\n".encode(), folder="charts")
    assert [each["rule"] for each in document.diagnostics if each["level"] == "spec"] == ["yaml-value"]
    assert any(each["rule"] == "codex/yaml" for each in matrix(document)["codex"]["findings"])


def test_a_key_that_stands_twice_is_renamed_twice() -> None:
    text = f"---\nname: charts\nuser_invocable: no\nuser_invocable: yes\n{USE}---\n"
    assert fixed(text, "claude-code/key-misspelt") == text.replace("user_", "user-")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("[x, y", "The [ of line 3 is not closed."),
        ("{x: y", "The { of line 3 is not closed."),
        ('"x', "The quote that begins in line 3 is not closed."),
        ("@x", "A value may not begin with @: put it in quotes."),
        ("x: y", "A colon stands where none may: put the value in quotes, or mend the indent."),
    ],
)
def test_broken_yaml_is_told_once_and_in_plain_words(value: str, says: str) -> None:
    document = parse(f"---\nname: a\ndescription: {value}\nlicense: MIT\n---\nDo.\n".encode())
    found = [each["message"] for each in document.diagnostics if each["rule"] in ("yaml", "yaml-value")]
    assert found == [says]


@pytest.mark.parametrize(("rule", "line"), [("unknown-field", "k{}: a\n"), ("yaml-value", "k{}: a: b\n")])
def test_of_thousands_of_findings_some_are_mended(rule: str, line: str) -> None:
    front = "".join(line.format(number) for number in range(2000))
    document = parse(f"---\n{front}---\nB\n".encode())
    after = apply_rule(document, rule)
    assert after is not document
    assert after.body == document.body
