"""What it costs to know what it cost: the first import, a repeated report, memory, and queries at a million rows.

Both tools print the same daily report of the same transcripts as whole processes, in turn. The peer stores nothing and
reads all of it again each time; ours keeps what it has read, so the first run does more and every later one less.
"""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus
import peers
from row import ROUNDS, Goal, Row, interleaved, timed
from whole import Run, run, watched

from workbench.clock import SystemClock
from workbench.paths import Home

MB = 1_000_000
SIZES = {"100 MB": (100 * MB, 200, 1.0), "1 GB": (1_000 * MB, 2_000, 0.7)}
"""Bytes, files, and the promise: at most so much of the peer's wall time."""


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, (size, files, bound) in SIZES.items():
            place = folder / title.replace(" ", "")
            truth = corpus.make(place, size=int(size * scale), files=max(20, int(files * scale)))
            yield from first(title, place, truth, rounds, bound)
            if title == "1 GB":
                yield from repeated(place, rounds)
            shutil.rmtree(place)


def first(title: str, place: Path, truth: dict[str, Any], rounds: int, bound: float) -> Iterator[Row]:
    """A home that knows nothing yet, so everything is read, de-duplicated, priced and stored."""
    homes = fresh(place.parent)
    check(first_run(place, homes), truth)  # the disk's cache is warm for both from here on
    goals = (Goal("ratio", "at most", bound),)
    subject = f"first import and report, {title}"
    peer = peers.ccusage(place, place.parent)
    if peer is None:
        yield Row(subject, "s", [first_run(place, homes).seconds for _ in range(rounds)], goals=goals)
        return
    mine, theirs = interleaved(rounds, lambda: first_run(place, homes).seconds, lambda: run(*peer).seconds)
    yield Row(subject, "s", mine, peers.CCUSAGE, theirs, goals)
    half = (Goal("ratio", "at most", 0.5),) if title == "1 GB" else ()
    peak, their_peak = (watched(*each).peak / MB for each in (peers.ours(place, next(homes)), peer))
    yield Row(f"its memory, all processes, {title}", "MB", [peak], peers.CCUSAGE, [their_peak], half)
    if title == "100 MB" and (slow := peers.monitor(place, place.parent)):
        mine, theirs = interleaved(
            rounds, lambda: first_run(place, homes).seconds, lambda: run(*slow, fine=peers.OVER_LIMIT).seconds
        )
        yield Row(subject, "s", mine, peers.MONITOR, theirs)


def first_run(place: Path, homes: Iterator[Path]) -> Run:
    return run(*peers.ours(place, next(homes)))


def repeated(place: Path, rounds: int) -> Iterator[Row]:
    """A few transcripts have grown since the last report."""
    home = next(fresh(place.parent))
    run(*peers.ours(place, home))
    turns = itertools.count()

    def grown() -> float:
        corpus.append(place, files=10, rows=5, turn=next(turns))
        return run(*peers.ours(place, home)).seconds

    if peer := peers.ccusage(place, home):
        mine, theirs = interleaved(rounds, grown, lambda: run(*peer).seconds)
    else:
        mine, theirs = [grown() for _ in range(rounds)], None
    bound = (Goal("ratio", "at most", 0.05),)
    yield Row("repeated report, 10 files grown, 1 GB", "s", mine, peers.CCUSAGE if theirs else "", theirs, bound)
    again = [run(*peers.ours(place, home)).seconds for _ in range(rounds)]
    yield Row("repeated report, nothing new, 1 GB", "s", again)
    yield Row(
        "refresh inside a kernel, 10 files grown", "ms", list(refreshes(place, home, rounds, turns)), goals=(KERNEL,)
    )


KERNEL = Goal("value", "at most", 20)


def refreshes(place: Path, home: Path, rounds: int, turns: Iterator[int]) -> Iterator[float]:
    """Milliseconds of a refresh in a process that has imported everything already."""
    from workbench.usage.importer import Options, refresh
    from workbench.usage.store import Store

    store = Store.open(Home(home / "workbench"))
    options = Options(roots={"claude": [place]})
    try:
        refresh(store, options)
        for _ in range(rounds):
            corpus.append(place, files=10, rows=5, turn=next(turns))
            yield 1e3 * timed(lambda: refresh(store, options))
    finally:
        store.close()


def fresh(folder: Path) -> Iterator[Path]:
    """Homes that nobody has used."""
    for number in itertools.count(SystemClock().now_ms()):
        home = folder / f"home-{number}"
        home.mkdir()
        yield home


def check(done: Run, truth: dict[str, Any]) -> None:
    """A fast wrong answer is none: every day and column must be the truth."""
    told = {day["date"]: day for day in json.loads(done.output)["daily"]}
    for day, sums in truth["by_day"].items():
        cache = sums.get("cache_5m", 0) + sums.get("cache_1h", 0)
        expected = (sums["input"], sums["output"], cache, sums["cache_read"])
        names = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens")
        found = tuple(told[day][name] for name in names)
        if found != expected:
            raise AssertionError(f"{day}: {found} instead of {expected}")
    if len(told) != len(truth["by_day"]):
        raise AssertionError(f"{len(told)} days instead of {len(truth['by_day'])}")
