"""Folders that came and rows that stand, without Workbench's doing."""

from __future__ import annotations

from pathlib import Path

from shelf import Shelf


def put(shelf: Shelf, name: str, *, questions: bool = False, decisions: bool = False, text: bool = True) -> Path:
    folder = shelf.root / name
    folder.mkdir(parents=True)
    (folder / "notes.md").write_text(f"{name}\n")
    if text:
        (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: D.\n---\n\nDo.\n")
    for wanted, file in ((questions, "clarifications.json"), (decisions, "decisions.json")):
        if wanted:
            (folder / "context").mkdir(exist_ok=True)
            (folder / "context" / file).write_text("{}")
    return folder


def found(shelf: Shelf) -> list[tuple[str, str]]:
    return [(each["scenario"], each["skill"]) for each in shelf.call("workspace.reconcile")["findings"]]
