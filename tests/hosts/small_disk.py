"""A skill is built while the disk that it lies on is full: run where that is mounted, prints what a person was told.

    python small_disk.py FOLDER

FOLDER/small is a disk of a few megabytes, which holds the skills; the home lies elsewhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fresh import Fresh

EXAMPLE = "release-notes"
REPLAY = ("--provider", "replay", "--example", EXAMPLE)
URGENT = "Begin the notes with one sentence that says how urgent the upgrade is."
WORDS = "Somebody who has to upgrade tonight, and nobody else"


class Small:
    """The small disk."""

    def __init__(self, folder: Path) -> None:
        self.disk = folder / "small"
        self.skills = self.disk / "skills"
        self.fresh = Fresh(folder)
        self.told: dict[str, Any] = {}

    def run(self, name: str, *words: str) -> None:
        done = self.fresh.run("workflow", *words)
        self.told[name] = [done.returncode, done.stdout, done.stderr]

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        fill = self.disk / "fill"
        with contextlib.suppress(OSError), fill.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        try:
            yield
        finally:
            fill.unlink()


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True).stdout


def main() -> int:
    small = Small(Path(sys.argv[1]))
    small.fresh.reply("call", "settings.save", json.dumps({"changes": {"skills_path": str(small.skills)}}))
    small.run("built", "run", "skill-builder", "--skill", "demo", *REPLAY, "--until", "research")
    with small.full():
        small.run("answer", "answer", "demo", "Q1", "--text", WORDS)
        small.run("gate", "gate", "demo", "--rules-only")
        small.run("create", "new", "another", "--about", "Count words.")
    small.run("answered", "status", "demo", "--json")
    small.run("judged", "gate", "demo", "--rules-only")
    small.run("decided", "run", "skill-builder", "--skill", "demo", *REPLAY, "--autofill", "--until", "decisions")
    small.run("confirmed", "answer", "demo", "D1")
    small.run("confirmed_too", "answer", "demo", "D2")
    with small.full():
        small.run("complete", "start", "demo", "--provider", "replay")
        small.run("waits", "status", "demo")
    small.run("completed", "status", "demo", "--json")
    small.run("refine", "refine", "demo", URGENT, "--provider", "replay", "--quiet")
    with small.full():
        small.run("accept", "refine", "demo", "--accept")
    small.run("accepted", "refine", "demo")
    small.told["skill"] = (small.skills / "demo" / "SKILL.md").read_text()
    small.told["runs"] = small.fresh.reply("call", "usage.recent_runs")["runs"]
    small.told["git"] = [git(small.skills, *words) for words in (["status", "--short"], ["fsck", "--no-dangling"])]
    sys.stdout.write(json.dumps(small.told))
    return 0


if __name__ == "__main__":
    os.environ.pop("WORKBENCH_HOME", None)
    sys.exit(main())
