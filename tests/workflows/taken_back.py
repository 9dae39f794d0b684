"""A skill that is wholly built, on the disk, in git and in the rows, to be taken back."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import apsw

from workbench.app import Workbench
from workbench.settings import Settings
from workbench.skills import runs_table
from workbench.skills import table as skills
from workbench.skills.changes import scratch_of
from workbench.workflows import table
from workbench.workflows.definition.definitions import find
from workbench.workflows.state import StepRow
from workbench.workflows.steps.resetting import RESET, Resets, WasReset, settled
from workbench.workflows.table import ArtifactRow, DocumentRow

MADE = {
    "context/clarifications.json": (0, '{"questions": 1}'),
    "context/decisions.json": (2, '{"decisions": 1}'),
    "SKILL.md": (3, "---\nname: demo\ndescription: D.\n---\n\nDo it.\n"),
    "references/a.md": (3, "a\n"),
    "context/evaluations.md": (3, "# Evaluations\n"),
}
KEPT = {"context/intake.json": "{}\n", "notes.txt": "mine\n", "references/deep/b.md": "mine\n"}


class House:
    """A skill with all steps completed, as tests look at it: on the disk, in git and in the rows."""

    def __init__(self, bench: Workbench, root: Path) -> None:
        self.bench, self.root = bench, root
        bench.save_settings(Settings(skills_path=str(root)))
        self.library = bench.library
        self.library.changes.kinds[RESET] = settled
        self.resets = Resets(self.library)
        self.pinned = find(bench.home, "skill-builder")
        self.workflow = self.pinned.workflow

    def build(self) -> None:
        files = {path: text.encode() for path, (_, text) in MADE.items()}
        self.library.create("demo", {**files, **{path: text.encode() for path, text in KEPT.items()}})
        scratch = scratch_of(self.bench.home) / "demo"
        scratch.mkdir(parents=True, exist_ok=True)
        (scratch / "demo.skill").write_bytes(b"packed")
        skill = self.library.row("demo").id

        def rows(connection: apsw.Connection) -> None:
            runs_table.start_run(connection, skill, 1)
            for number in range(4):
                table.put_step(connection, skill, StepRow(number, "completed", ended=1), 1)
            made = [ArtifactRow(step, path, text, len(text)) for path, (step, text) in MADE.items()]
            table.put_artifacts(connection, skill, made, 1)
            for path in ("context/clarifications.json", "context/decisions.json"):
                table.put_document(connection, skill, DocumentRow(path, MADE[path][1], 1, None, "x"), 1)
            table.move(connection, skill, 3, "completed", 1)

        self.bench.database.write(rows)

    def reset(self, first: int, **more: Any) -> WasReset:
        return self.resets.run("demo", self.workflow, first, **more)

    def files(self) -> set[str]:
        folder = self.root / "demo"
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}

    def run(self) -> Any:
        skill = self.library.row("demo").id
        return self.bench.database.read(lambda connection: table.run_of(connection, skill))

    def git(self, *words: str) -> list[str]:
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    def agrees(self) -> None:
        """Git has what the disk has, and nothing is left to be done."""
        assert {path.removeprefix("demo/") for path in self.git("ls-files", "demo")} == self.files()
        assert self.git("status", "--porcelain", "--", "demo") == []
        assert self.bench.database.read(skills.intents) == []


def listed(house: House, first: int) -> list[str]:
    return [file.path for step in house.resets.preview("demo", house.workflow, first) for file in step.files]
