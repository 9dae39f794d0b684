"""A file that a page sends along: looked into like any archive, kept no longer than its look, known by its content."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf

from workbench.errors import InvalidRequest, NotFound, WorkbenchError
from workbench.skills.intake.uploads import MAX_BYTES


def packed(**texts: str) -> bytes:
    """A ZIP with a skill for each name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, says in texts.items():
            archive.writestr(f"{name}/SKILL.md", f"---\nname: {name}\ndescription: {says}\n---\nDo it.\n")
    return made.getvalue()


def sent(data: bytes, name: str = "pack.skill") -> dict[str, Any]:
    return {"source": name or "?", "upload": {"name": name, "data": base64.b64encode(data).decode()}}


def incoming(shelf: Shelf) -> list[str]:
    root = shelf.bench.home.root / "incoming"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) if root.exists() else []


def bring(shelf: Shelf, plan: dict[str, Any], *rows: dict[str, Any]) -> list[tuple[str, str | None]]:
    reply = shelf.call("skills.apply_import", source=plan["source"], plan=plan["plan"], rows=list(rows))
    return [(row["status"], row["name"]) for row in reply["rows"]]


def test_it_is_planned_and_brought_in_and_its_file_is_gone(shelf: Shelf):
    plan = shelf.call("skills.plan_import", **sent(packed(alpha="Does alpha.")))
    assert [(row["path"], row["status"]) for row in plan["rows"]] == [("alpha/SKILL.md", "ready")]
    assert not any(path.endswith(".skill") for path in incoming(shelf))
    assert bring(shelf, plan, {"path": "alpha/SKILL.md", "digest": plan["rows"][0]["digest"]}) == [
        ("imported", "alpha")
    ]
    assert incoming(shelf) == []
    shelf.check()


def test_the_same_file_is_known_again_and_another_of_its_name_asks(shelf: Shelf):
    first, path = packed(alpha="Does alpha."), {"path": "alpha/SKILL.md"}
    bring(shelf, shelf.call("skills.plan_import", **sent(first)), path)
    again = shelf.call("skills.plan_import", **sent(first))
    assert [row["state"] for row in again["rows"]] == ["same"]
    other = shelf.call("skills.plan_import", **sent(packed(alpha="Does something else.")))
    assert [(row["state"], row["status"]) for row in other["rows"]] == [("taken", "ask")]
    assert bring(shelf, other, path) == [("refused", None)]
    assert shelf.call("skills.get", name="alpha")["description"] == "Does alpha."


def test_when_its_look_is_gone_it_has_to_be_sent_again(shelf: Shelf):
    plan = shelf.call("skills.plan_import", **sent(packed(alpha="Does alpha.")))
    shelf.bench.imports.forget(plan["plan"])
    with pytest.raises(NotFound, match="not kept any more") as gone:
        bring(shelf, plan, {"path": "alpha/SKILL.md"})
    assert gone.value.remedy
    assert (shelf.names(), incoming(shelf)) == ([], [])


@pytest.mark.parametrize(
    "name", ["../evil.zip", "a\\b.zip", ".zip", "a\nb.zip", "a#b.zip", "x.exe", f"{'x' * 197}.zip", "\u202egnp.zip"]
)
def test_a_name_that_is_no_archive_is_refused(shelf: Shelf, name: str):
    with pytest.raises(InvalidRequest) as refused:
        shelf.call("skills.plan_import", **sent(packed(alpha="D."), name))
    assert refused.value.facts["problems"]
    assert (shelf.names(), incoming(shelf)) == ([], [])


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"no archive", "."), (packed(**{"..": "D."}), r"\.\."), (bytes(MAX_BYTES + 1), "7 MiB"), (b"", ".")],
    ids=["text", "escaping", "too large", "empty"],
)
def test_what_is_no_sound_archive_is_refused_and_nothing_is_left(shelf: Shelf, data: bytes, says: str):
    with pytest.raises(WorkbenchError, match=says) as refused:
        shelf.call("skills.plan_import", **sent(data))
    assert refused.value.remedy
    assert (shelf.names(), incoming(shelf)) == ([], [])


def test_bytes_that_are_no_base64_are_refused(shelf: Shelf, tmp_path: Path):
    with pytest.raises(InvalidRequest, match="base64"):
        shelf.call("skills.plan_import", source="a.zip", upload={"name": "a.zip", "data": "?"})
    assert incoming(shelf) == []
