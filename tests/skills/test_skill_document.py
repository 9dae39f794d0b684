from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from odd_skills import keys, sheets, values

from workbench.errors import Refused
from workbench.skills import SkillDocument, parse
from workbench.skills.document.fallback import MOST

PLAIN = b"""---
name: charts  # the folder
description: Draws charts.
metadata:
  author: me   # not you
  version: "1.0"
tags: [a, b]
---
# Charts
"""


def doc(front: str, body: str = "# Body\n", **more: str) -> SkillDocument:
    return parse(f"---\n{textwrap.dedent(front).strip()}\n---\n{body}".encode(), **more)


def changed_lines(before: SkillDocument, after: SkillDocument) -> list[str]:
    old = before.text.splitlines()
    return [line for line in after.text.splitlines() if line not in old]


@settings(max_examples=200)
@given(sheets())
def test_any_bytes_are_read_and_written_back_as_they_were(data: bytes) -> None:
    document = parse(data, folder="x")
    assert document.to_bytes() == data
    assert isinstance(document.diagnostics, list)


@settings(max_examples=300)
@given(sheets(), keys, values)
def test_setting_a_key_changes_that_key_or_nothing(data: bytes, key: str | tuple[str, ...], value: object) -> None:
    before = parse(data)
    path = (key,) if isinstance(key, str) else key
    try:
        after = before.set(key, value)  # type: ignore[arg-type]
    except Refused:
        assert before.to_bytes() == data
        return
    assert after.body == before.body
    assert {k: v for k, v in after.fields.items() if k != path[0]} == {
        k: v for k, v in before.fields.items() if k != path[0]
    }
    assert after.set(key, value) is after  # type: ignore[arg-type]
    assert parse(after.to_bytes()).fields == after.fields


@settings(max_examples=200)
@given(sheets())
def test_setting_what_is_there_already_is_no_change(data: bytes) -> None:
    document = parse(data)
    for key, value in document.fields.items():
        assert document.set(key, value) is document  # type: ignore[arg-type]


def test_a_skill_is_its_fields_and_its_body() -> None:
    document = parse(PLAIN, folder="charts")
    assert document.name == "charts"
    assert document.description == "Draws charts."
    assert document.fields["metadata"] == {"author": "me", "version": "1.0"}
    assert document.fields["tags"] == ["a", "b"]
    assert document.body == "# Charts\n"


def test_values_are_text_as_they_were_written() -> None:
    document = doc("a: no\nb: 1.10\nc: 2026-01-02\nd: ~")
    assert document.fields == {"a": "no", "b": "1.10", "c": "2026-01-02", "d": "~"}


def test_a_comment_behind_a_value_stays_when_the_value_changes() -> None:
    assert b"name: plots  # the folder\n" in parse(PLAIN).set("name", "plots").to_bytes()


def test_a_key_within_a_map_is_set_without_touching_its_neighbours() -> None:
    before = parse(PLAIN)
    after = before.set(("metadata", "version"), "2.0")
    assert changed_lines(before, after) == ['  version: "2.0"']
    assert "  author: me   # not you" in after.text


def test_a_new_key_stands_behind_the_last_one_with_the_files_line_ends() -> None:
    after = parse(PLAIN.replace(b"\n", b"\r\n")).set("license", "MIT")
    assert b"tags: [a, b]\r\nlicense: MIT\r\n---\r\n# Charts\r\n" in after.to_bytes()


def test_none_takes_a_key_out_with_its_lines() -> None:
    assert parse(PLAIN).set("metadata", None).to_bytes() == PLAIN.replace(
        b'metadata:\n  author: me   # not you\n  version: "1.0"\n', b""
    )


def test_a_map_goes_with_its_last_key() -> None:
    document = doc("name: x\nmetadata:\n  version: 1").set(("metadata", "version"), None)
    assert document.fields == {"name": "x"}


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("'it'", "isn't", "'isn''t'"),
        ('"it"', 'so "it" is', '"so \\"it\\" is"'),
        ("it", "and: it", '"and: it"'),
        ("it", "no", '"no"'),
        ("it", "two\nlines", "|-\n  two\n  lines"),
        ("|\n  one\n  two", "three\nfour\n", "|\n  three\n  four"),
        ("|- # why\n    one", "two", "|- # why\n    two"),
        ('["a"]', ["a", "b"], '["a", "b"]'),
        ("[a]", ["a", "b"], "[a, b]"),
        ("\n- a", ["a", "b c"], "\n- a\n- b c"),
        ("\n  - a", ["b"], "\n  - b"),
        ('{"v": "1"}', {"v": "2"}, '{"v": "2"}'),
        ("", "x", "x"),
    ],
)
def test_a_value_keeps_the_style_in_which_it_was_written(before: str, value: object, after: str) -> None:
    gap = "" if before.startswith("\n") or not before else " "
    document = parse(f"---\na: 1\nkey:{gap}{before}\nz: 2\n---\n".encode()).set("key", value)  # type: ignore[arg-type]
    gap = "" if after.startswith("\n") else " "
    assert document.text == f"---\na: 1\nkey:{gap}{after}\nz: 2\n---\n"


def test_folded_text_is_wrapped_at_the_width_it_had() -> None:
    before = doc("description: >\n  " + "word " * 11 + "\n  more\nname: x")
    after = before.set("description", "other " * 30 + "\n")
    assert after.fields["description"] == ("other " * 30 + "\n")
    assert max(len(line) for line in after.text.splitlines()) < 200


def test_a_key_that_stands_twice_counts_the_last_time_and_goes_altogether() -> None:
    document = doc("name: a\nname: b")
    assert document.name == "b"
    assert document.set("name", "c").text == "---\nname: a\nname: c\n---\n# Body\n"
    assert document.set("name", None).fields == {}


def test_one_broken_value_does_not_hide_its_neighbours() -> None:
    document = doc("name: x\nargument-hint: [a] [b]\ndescription: Use when: you must\nlicense: MIT")
    assert document.fields == {
        "name": "x",
        "argument-hint": "[a] [b]",
        "description": "Use when: you must",
        "license": "MIT",
    }
    broken = [(found["rule"], found["line"]) for found in document.diagnostics if found["rule"].startswith("yaml")]
    assert ("yaml-value", 3) in broken
    assert ("yaml-value", 4) in broken


def test_a_broken_value_can_be_mended() -> None:
    document = doc("name: x\ndescription: Use when: you must\nlicense: MIT", folder="x")
    mended = document.set("description", "Use it when you must")
    assert mended.is_valid
    assert changed_lines(document, mended) == ["description: Use it when you must"]


@pytest.mark.parametrize(
    ("before", "rule"),
    [
        ("\n\n---\nname: x\ndescription: d\n---\n", "frontmatter-late"),
        ("<!-- made by hand -->\n---\nname: x\ndescription: d\n---\n", "frontmatter-comment"),
        ("```markdown\n---\nname: x\ndescription: d\n---\n```\n", "frontmatter-fenced"),
        ("---\nname: x\ndescription: d\n\n# Title: none\n", "unclosed"),
        ("---\nname: x\n<<<<<<< HEAD\ndescription: d\n=======\ndescription: e\n>>>>>>> b\n---\n", "merge-conflict"),
    ],
)
def test_what_is_in_the_wrong_place_is_read_and_reported(before: str, rule: str) -> None:
    document = parse(before.encode(), folder="x")
    assert document.name == "x"
    assert document.description
    assert rule in {found["rule"] for found in document.diagnostics}
    assert not document.is_valid


def test_a_file_without_front_matter_gets_one_when_a_key_is_set() -> None:
    assert parse(b"# Title\n").set("name", "x").to_bytes() == b"---\nname: x\n---\n# Title\n"


def test_an_unclosed_front_matter_is_closed_when_a_key_is_added() -> None:
    after = parse(b"---\nname: x\n\n# Title\n").set("description", "d")
    assert after.fields == {"name": "x", "description": "d"}
    assert after.text == "---\nname: x\ndescription: d\n---\n\n# Title\n"


def test_utf_16_is_kept_reported_and_not_edited() -> None:
    data = "---\nname: x\n---\n".encode("utf-16")
    document = parse(data)
    assert document.to_bytes() == data
    assert [found["rule"] for found in document.diagnostics] == ["encoding"]
    with pytest.raises(Refused, match="UTF-16"):
        document.set("name", "y")


def test_an_alias_is_refused_with_a_sentence() -> None:
    document = doc("base: &b x\nname: *b")
    assert "yaml-alias" in {found["rule"] for found in document.diagnostics}
    assert document.fields["name"] == "*b"


def test_diagnostics_give_the_line_and_the_column() -> None:
    document = doc("name: Big Name\nversion: 1\ndescription: d", folder="big-name")
    found = {each["rule"]: each for each in document.diagnostics}
    assert (found["name-case"]["line"], found["name-case"]["column"]) == (2, 7)
    assert found["name-case"]["fix"] == {"key": "name", "value": "big-name"}
    assert found["unknown-field"]["line"] == 3
    assert {each["level"] for each in document.diagnostics} <= {"spec", "client", "style", "security"}


def test_hostile_yaml_neither_ends_the_process_nor_takes_its_time() -> None:
    code = """
        import sys, time
        from workbench.skills import parse
        bombs = ["a: " + "[" * 60_000, "a:\\n" + "- " * 30_000, "? " * 30_000, "a: " + "{" * 60_000,
                 "a: &a [x]\\n" + "\\n".join(f"k{i}: [*a, *a]" for i in range(2_000)), "k: " + "x" * 60_000,
                 "\\n".join(f"k{i}: v" for i in range(12_000)), "a: " + "'" * 30_000]
        for bomb in bombs:
            for ending in ("\\n---\\nbody\\n", ""):
                document = parse(("---\\n" + bomb + ending).encode())
                document.diagnostics
                assert document.to_bytes() == ("---\\n" + bomb + ending).encode()
        parse(b"---\\n" + b"x" * 10_000_000)
        print("alive")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


CUT = """---
name: a
description: Use it: when
metadata: {
  "x": 1
}
note: "two
lines"
list: [
a: b,
c
]
---
B
"""


def test_a_broken_value_does_not_cut_its_neighbours_that_close_in_the_first_column() -> None:
    document = parse(CUT.encode())
    assert document.fields == {
        "name": "a",
        "description": "Use it: when",
        "metadata": {"x": "1"},
        "note": "two lines",
        "list": [{"a": "b"}, "c"],
    }
    assert [problem.rule for problem in document.parsed.found.problems] == ["yaml", "yaml-value"]


def test_the_broken_value_is_set_and_its_neighbours_stay() -> None:
    after = parse(CUT.encode()).set("description", "new")
    assert after.text == CUT.replace("Use it: when", "new")
    assert after.parsed.found.whole


def test_a_neighbour_that_could_not_be_read_may_become_what_it_is() -> None:
    text = '---\nname: a\ndescription: Use it: when\nnote: "x\n<<<<<<< HEAD\ny"\n---\n'
    document = parse(text.encode())
    assert document.fields["note"] == '"x'
    after = document.set("description", "new")
    assert after.text == text.replace("Use it: when", "new")
    assert after.fields["note"] == "x <<<<<<< HEAD y"


def test_keys_that_are_all_indented_are_read_one_by_one_too() -> None:
    document = parse(b"---\n  # c\n  name: a\n  description: Use it: when\n  tags:\n  - x\nstray\n---\nB\n")
    assert document.fields == {"name": "a", "description": "Use it: when", "tags": ["x"]}
    after = document.set("license", "MIT").set("description", "new")
    assert after.text == "---\n  # c\n  name: a\n  description: new\n  tags:\n  - x\n  license: MIT\nstray\n---\nB\n"


def test_blank_lines_that_a_text_keeps_are_its_own_beside_a_broken_value_too() -> None:
    document = parse(b"---\nname: >x\ndescription: |+\n  a\n\n\n# c\nx: y\n---\n")
    assert document.fields["description"] == "a\n\n\n"
    assert document.set("name", "b").fields == {"name": "b", "description": "a\n\n\n", "x": "y"}


def test_lines_in_a_row_that_belong_to_no_key_are_told_once() -> None:
    document = parse(b"---\nname: a\none\ntwo\n  three\nb: c\nfour\n---\n")
    assert [each["line"] for each in document.diagnostics if each["rule"] == "yaml-value"] == [3, 7]
    assert document.fields == {"name": "a", "b": "c"}


def test_of_thousands_of_keys_that_are_no_yaml_some_hundred_are_read() -> None:
    keys = "".join(f"k{n}: 1\n" for n in range(5800))
    document = parse(f"---\nname: a\n{keys}---\n".encode())
    assert document.name == "a"
    assert len(document.fields) == MOST
    assert "yaml-too-large" in {each["rule"] for each in document.diagnostics}
    with pytest.raises(Refused, match="too large"):
        document.set("new", "x")


@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        (("metadata", "a", "b"), "x", '{"a": {"b": "x"}, "c": 2}'),
        (("metadata", "version"), "abc", '{"a": {"b": 1}, "c": 2, "version": "abc"}'),
        (("metadata", "c"), ["p", {"k": True}], '{"a": {"b": 1}, "c": ["p", {"k": true}]}'),
        (("metadata", "a", "n"), 3, '{"a": {"b": 1, "n": 3}, "c": 2}'),
        (("metadata", "a", "b", "deep"), None, '{"a": {"b": 1}, "c": 2}'),
        (("metadata", "new", "deep"), "1", '{"a": {"b": 1}, "c": 2, "new": {"deep": "1"}}'),
    ],
)
def test_json_stays_json(path: tuple[str, ...], value: object, after: str) -> None:
    document = parse(b'---\nmetadata: {"a": {"b": 1}, "c": 2}\n---\n')
    changed = document.set(path, value)  # type: ignore[arg-type]
    assert changed.text == f"---\nmetadata: {after}\n---\n"
    assert json.loads(after)


def test_a_new_pair_of_json_that_has_a_line_for_each_gets_its_own() -> None:
    document = parse(b'---\nmetadata: {\n  "a": 1,\n  "b": 2\n  }\n---\n')
    after = document.set(("metadata", "c"), "3")
    assert after.text == '---\nmetadata: {\n  "a": 1,\n  "b": 2,\n  "c": "3"\n  }\n---\n'


def test_a_switch_and_a_number_are_written_as_what_they_are() -> None:
    document = parse(b"---\ny: no\nz: 'q'\n---\n").set("y", False).set("z", 2)
    document = document.set("disable-model-invocation", True).set("version", 1.5).set("list", [True, 1])
    assert document.text == "---\ny: false\nz: 2\ndisable-model-invocation: true\nversion: 1.5\nlist: [true, 1]\n---\n"
    assert document.set("version", "1.6").text.count('version: "1.6"') == 1


def test_a_value_too_deep_or_of_no_known_kind_is_refused_with_a_sentence() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(Refused, match="20 deep"):
        parse(b"").set("a", endless)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not bytes"):
        parse(b"").set("a", b"b")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="names"):
        parse(b"").set(("a", 1), "b")  # type: ignore[arg-type]
    assert parse(b"").set("a", ("b", "c")).fields == {"a": ["b", "c"]}


@pytest.mark.parametrize(
    ("value", "why"),
    [("\ud800", "half of a character"), ("x" * 70_000, "too large"), ({"\udfff": 1}, "half of a character")],
)
def test_a_refused_value_is_told_why(value: object, why: str) -> None:
    with pytest.raises(Refused, match=why):
        parse(b"---\nname: a\n---\n").set("b", value)  # type: ignore[arg-type]


def test_what_is_no_map_is_named_with_the_way_to_it() -> None:
    with pytest.raises(Refused, match=r"'hooks\.Pre' is not a map"):
        parse(b"---\nhooks:\n  Pre: [a]\n---\n").set(("hooks", "Pre", "matcher"), "x")


def test_a_new_key_does_not_make_the_front_matter_worse_than_it_was() -> None:
    for front in ("just text", "name:a"):
        with pytest.raises(Refused):
            parse(f"---\n{front}\n---\n".encode()).set("name", "x")
