"""Hunks: whatever is taken or left, nothing else moves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest
from workbench.workflows.refining.hunks import hunks, taken, unified
from workbench.workflows.refining.message import prompt_of, understood

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\xff\n", b"d"]), max_size=40).map(b"".join)
FILES = ["SKILL.md", "references/a.md", "references/deep/a.md", "references/b.md", "context/decisions.json"]


@given(LINES, LINES)
def test_all_hunks_make_the_new_text_and_none_leave_the_old(old: bytes, new: bytes) -> None:
    ids = [hunk.id for hunk in hunks(old, new)]
    assert taken(old, new, ids) == new
    assert taken(old, new, []) == old


@given(LINES, LINES, st.data())
def test_what_is_taken_first_and_what_later_comes_to_the_same(old: bytes, new: bytes, data: st.DataObject) -> None:
    ids = [hunk.id for hunk in hunks(old, new)]
    some = set(data.draw(st.lists(st.sampled_from(ids)))) if ids else set()
    part = taken(old, new, some)
    rest = [hunk.id for hunk in hunks(part, new)]
    assert taken(part, new, rest) == new
    counted = {hunk.id: (hunk.added, hunk.removed) for hunk in hunks(old, new)}
    assert len(part.splitlines()) <= len(old.splitlines()) + sum(counted[each][0] for each in some) + 1


@given(LINES, LINES)
def test_the_ids_of_another_state_name_nothing(old: bytes, new: bytes) -> None:
    changed = new + b"more\n"
    assert {hunk.id for hunk in hunks(old, new)}.isdisjoint(hunk.id for hunk in hunks(old, changed))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"", b"one\ntwo\n"), (b"one\ntwo\n", b""), (b"1\n2\n3\n4\n5\n6\n7\n8\n9\n", b"1\n2\n3\n4\n5x\n6\n7\n8\n9\n10\n")],
)
def test_a_unified_diff_is_one_that_git_applies(tmp_path: Path, old: bytes, new: bytes) -> None:
    if old:
        (tmp_path / "f").write_bytes(old)
    text = unified("f", hunks(old, new), added=not old, deleted=not new)
    subprocess.run(["git", "apply", "-p1", "-"], cwd=tmp_path, input=text.encode(), check=True)
    assert ((tmp_path / "f").read_bytes() if new else b"") == new


def test_what_is_large_or_no_text_has_no_hunks() -> None:
    assert hunks(b"a\0", b"b") == []
    assert hunks(b"a\n" * 600_000, b"b") == []
    assert len(hunks(b"a\n" * 5000, b"b\n" * 5000)) == 1


@pytest.mark.parametrize(
    ("message", "command", "files"),
    [
        ("Make it shorter.", "edit", None),
        ("Mail ada@example.org about it", "edit", None),
        ("as @ada said", "edit", None),
        ("In @SKILL.md and (@references/b.md), please.", "edit", ("SKILL.md", "references/b.md")),
        ("@b.md: shorter", "edit", ("references/b.md",)),
        ("/rewrite", "rewrite", None),
        (" /validate @SKILL.md", "validate", ("SKILL.md",)),
        ("either/or", "edit", None),
    ],
)
def test_a_message_is_understood(message: str, command: str, files: tuple[str, ...] | None) -> None:
    asked = understood(message, FILES)
    assert (asked.command, asked.files) == (command, files)


@pytest.mark.parametrize("message", ["@a.md", "/rewritten", "@context/decisions.json", "@../x.md", "@references/no.md"])
def test_a_message_that_cannot_be_understood_is_refused(message: str) -> None:
    with pytest.raises(InvalidRequest):
        understood(message, FILES)


def test_a_plain_message_is_what_the_agent_is_told() -> None:
    assert prompt_of(understood("Make it shorter.", FILES)) == "Make it shorter."


@given(st.text(max_size=200))
def test_any_message_is_understood_or_refused_with_a_sentence(message: str) -> None:
    try:
        asked = understood(message, FILES)
    except InvalidRequest as error:
        refused = error
    else:
        assert not asked.allows("context/decisions.json")
        return
    assert refused.remedy
