"""The library of skills: listing it, what a skill costs in a small and in a large one, and a change as a version."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import apsw
from row import ROUNDS, Goal, Row, interleaved

from workbench.app import Workbench
from workbench.settings import Settings
from workbench.skills import table

MANY = 10_000
FEW = 100


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    sizes = {"many": max(2 * FEW, int(MANY * scale)), "few": FEW}
    with tempfile.TemporaryDirectory() as place:
        benches = {name: library(Path(place) / name, size) for name, size in sizes.items()}
        try:
            works = [partial(listed, benches[name], size) for name, size in sizes.items()]
            many, few = interleaved(rounds, *works)
            seconds = [each * sizes["many"] for each in many]
            yield Row(f"library, list {sizes['many']:,} skills", "s", seconds, goals=(Goal("value", "at most", 0.5),))
            mine, theirs = ([1e6 * each for each in side] for side in (many, few))
            goal = Goal("ratio", "at most", 1.3)
            yield Row("library, list, one of 10,000", "us", mine, "one of 100", theirs, (goal,))
            works = [partial(edited, benches["many"]), partial(edited, benches["few"]), partial(committed, Path(place))]
            mine, small, theirs = ([1e3 * each for each in side] for side in interleaved(rounds, *works))
            yield Row(
                "library, edit one of 10,000", "ms", mine, "edit one of 100", small, (Goal("ratio", "at most", 3),)
            )
            yield Row("library, edit, a version each", "ms", small, "git add, git commit", theirs)
        finally:
            for bench in benches.values():
                bench.close()


def library(folder: Path, size: int) -> Workbench:
    """A library of so many skills, in git, that has been listed once."""
    root = folder / "skills"
    root.mkdir(parents=True)
    for number in range(size):
        skill = root / f"skill-{number:05}"
        skill.mkdir()
        text = (
            f"---\nname: {skill.name}\ndescription: Does what number {number} does, when it is asked for.\n---\n\nDo.\n"
        )
        (skill / "SKILL.md").write_text(text)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "all")
    bench = Workbench.open(folder / "home")
    bench.save_settings(Settings(skills_path=str(root)))

    def fill(connection: apsw.Connection) -> None:
        for number in range(size):
            made = table.add(connection, f"skill-{number:05}", "imported", number)
            table.set_tags(connection, made, [f"tag-{number % 7}", "all"])

    bench.database.write(fill)
    bench.call("skills.list")
    return bench


def listed(bench: Workbench, size: int) -> float:
    """Seconds a skill, of lists that take long enough to be measured."""
    times = max(1, 1000 // size)
    begin = time.perf_counter()
    for _ in range(times):
        bench.call("skills.list", limit=100)
    return (time.perf_counter() - begin) / size / times


def edited(bench: Workbench) -> float:
    begin = time.perf_counter()
    bench.call("skills.edit", name="skill-00007", edits=[{"key": "license", "value": str(begin)}])
    return time.perf_counter() - begin


def committed(place: Path) -> float:
    """The least that a person would do."""
    root = place / "few" / "skills"
    begin = time.perf_counter()
    (root / "skill-00008" / "SKILL.md").write_text(f"---\nname: skill-00008\ndescription: {begin}\n---\n")
    git(root, "add", "skill-00008")
    git(root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "one", "--", "skill-00008")
    return time.perf_counter() - begin


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)
