"""Looking into a source: unpacking an archive beside the standard library, planning a folder of many skills and of few."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from bench_skills import corpus
from row import ROUNDS, Goal, Row, interleaved, timed

from workbench.app import Workbench
from workbench.settings import Settings
from workbench.skills.intake.choosing import Choice
from workbench.skills.intake.planning import plan
from workbench.skills.sources.archive import extract
from workbench.skills.sources.watch import Watch

MANY = 3_000
FEW = 100
BROUGHT = 1_000
PACKED = 400
"""Skills of three files each: nearly as many as an archive may hold."""


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    many = max(2 * FEW, int(MANY * scale))
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        large, small = (source(root / str(size), size) for size in (many, FEW))
        works = [partial(timed, partial(planned, folder)) for folder in (large, small)]
        mine, theirs = interleaved(rounds, *works)
        yield Row(f"plans, plan {many:,} skills", "s", mine, goals=(Goal("value", "at most", 5),))
        each = [1e6 * taken / many for taken in mine], [1e6 * taken / FEW for taken in theirs]
        yield Row("plans, plan, one of 3,000", "us", each[0], "one of 100", each[1], (Goal("ratio", "at most", 1.3),))
        [scanned] = interleaved(rounds, partial(timed, partial(planned, small, scan_first=FEW)))
        per = [1e3 * (whole - alone) / FEW for whole, alone in zip(scanned, theirs, strict=True)]
        yield Row("plans, scan what is offered, each", "ms", [max(value, 1e-6) for value in per])

        yield from brought_in(root / "homes", rounds, source(root / "thousand", max(2 * FEW, int(BROUGHT * scale))))

        packed = root / "packed.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
            for path in source(root / "packed", max(10, int(PACKED * scale))).rglob("*.*"):
                made.write(path, path.relative_to(root / "packed"))
        works = [partial(timed, partial(work, packed, root / "unpacked")) for work in (ours, standard)]
        mine, theirs = ([1e3 * taken for taken in side] for side in interleaved(rounds, *works))
        yield Row("plans, unpack a ZIP", "ms", mine, "zipfile", theirs, (Goal("ratio", "at most", 2),))


def brought_in(place: Path, rounds: int, folder: Path) -> Iterator[Row]:
    """All skills of a folder into an empty library; what one costs beside one of few."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("SKILL.md"))
    homes = count()

    def bring(some: list[str]) -> float:
        with Workbench.open(place / str(next(homes))) as bench:
            bench.save_settings(Settings(skills_path=str(bench.home.root / "skills")))
            return timed(lambda: bench.imports.bring(str(folder), [Choice(path) for path in some]))

    mine, theirs = interleaved(rounds, partial(bring, paths), partial(bring, paths[:FEW]))
    yield Row(f"plans, bring in {len(paths):,} skills", "s", mine)
    each = [1e3 * taken / len(paths) for taken in mine], [1e3 * taken / FEW for taken in theirs]
    yield Row("plans, bring in, one of 1,000", "ms", each[0], "one of 100", each[1], (Goal("ratio", "at most", 1.3),))


def source(root: Path, size: int) -> Path:
    """A repository of so many skills, each with a script and a page."""
    for number, text in enumerate(corpus(size)):
        folder = root / "skills" / f"skill-{number}"
        (folder / "scripts").mkdir(parents=True)
        (folder / "SKILL.md").write_bytes(text)
        (folder / "scripts" / "run.py").write_text("import sys\n\nprint(sys.argv)\n" * 20)
        (folder / "more.md").write_bytes(text[:2_000])
    return root


def planned(folder: Path, scan_first: int = 0) -> object:
    return plan(folder, origin="bench", watch=Watch(), scan_first=scan_first)


def ours(packed: Path, target: Path) -> None:
    extract(packed, target, watch=Watch())
    shutil.rmtree(target)


def standard(packed: Path, target: Path) -> None:
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(target)
    shutil.rmtree(target)
