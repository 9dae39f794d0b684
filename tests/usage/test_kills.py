"""Whatever ends an import, the next one is exact: each import here is a real process."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from transcripts import facts, imported, lines, options, response, sums, totals, write

from workbench.errors import Refused
from workbench.paths import Home
from workbench.usage import workers
from workbench.usage.importer import Progress, refresh
from workbench.usage.store import Store

ROUNDS = 200

PROCESS = """
import sys
from pathlib import Path
from workbench.paths import Home
from workbench.usage import importer
from workbench.usage.store import Store
home, claude, processes, fork = sys.argv[1:]
with Store.open(Home(Path(home))) as store:
    print("begins", flush=True)
    options = importer.Options(roots={"claude": [Path(claude)]}, processes=int(processes), shared_bytes=0, fork=fork == "fork")
    report = importer.refresh(store, options)
print(report.taken)
"""


def begin(home: Home, claude: Path, processes: int = 1, how: str = "fork") -> subprocess.Popen[str]:
    """An import in a process of its own (and leader of its group), about to begin."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(home.root), str(claude), str(processes), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def end(process: subprocess.Popen[str]) -> str:
    """What a process has said since it began, once it is gone."""
    with process:
        assert process.stdout is not None
        return process.stdout.read()


def corpus(claude: Path, generation: int, choice: random.Random) -> None:
    """Grows some transcripts and adds others, forks of them among these."""
    for number in range(12):
        session = f"s{number}"
        rows = [
            response(f"msg_01{generation:06}{number:06}{each:08}", output, session=session)
            for each in range(12)
            for output in (1, each + 2)
        ]
        path = (
            write(claude, f"{session}.jsonl", b"")
            if generation == 0
            else claude / f"projects/-home-u-proj/{session}.jsonl"
        )
        with path.open("ab") as file:
            file.write(lines(*rows))
        if choice.random() < 0.2:
            write(claude, f"fork-{generation}-{number}.jsonl", lines(*({**row, "sessionId": "f"} for row in rows)))


def expected(generations: int) -> tuple[int, int]:
    return 12 * 12 * generations, 12 * sum(each + 2 for each in range(12)) * generations


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_at_random_moments_the_next_import_is_exact_and_nothing_is_doubled(tmp_path: Path) -> None:
    choice = random.Random(20261121)
    hit = 0
    generation, home, claude = 0, Home(tmp_path / "home-0"), tmp_path / "claude-0"
    for turn in range(ROUNDS):
        if turn % 10 == 0:  # a first import is another path than a later one
            generation, home, claude = 0, Home(tmp_path / f"home-{turn}"), tmp_path / f"claude-{turn}"
        corpus(claude, generation, choice)
        generation += 1
        process = begin(home, claude, processes=choice.choice((1, 2)))
        time.sleep(choice.uniform(0, 0.05))
        if choice.random() < 0.5:
            os.killpg(process.pid, signal.SIGKILL)  # its second process too
        else:
            process.kill()
        hit += not end(process)
        with Store.open(home) as store:
            found = totals(home)
            assert found in (expected(generation - 1), expected(generation)), turn
            assert (store.version() == generation) == (found == expected(generation))
        imported(home, claude)
        assert totals(home) == expected(generation), turn
    assert hit > ROUNDS / 4  # else the process was only ever killed when it had finished
    fresh = Home(tmp_path / "fresh")
    imported(fresh, claude)
    assert facts(fresh) == facts(home)
    assert sums(fresh) == sums(home)


@pytest.mark.slow
def test_three_importers_at_once_count_once(tmp_path: Path) -> None:
    home, claude = Home(tmp_path / "home"), tmp_path / "claude"
    choice = random.Random(3)
    for generation in range(6):
        corpus(claude, generation, choice)
        processes = [begin(home, claude, *how) for how in ((1, "fork"), (2, "fork"), (2, "start"))]
        taken = [int(end(process)) for process in processes]
        assert sorted(taken) == [0, 0, 144]
        assert totals(home) == expected(generation + 1)
    imported(home, claude)
    assert totals(home) == expected(6)


def children() -> list[int]:
    """The processes that this one started."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks the system for a process's children")
@pytest.mark.parametrize("fork", [True, False])
def test_a_second_process_killed_alone_fails_the_import_and_nothing_else(
    fork: bool, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PIPE_BYTES", 4096)  # less than a frame: it cannot have sent all and be gone
    claude = tmp_path / "claude"
    corpus(claude, 0, random.Random(1))
    before = children()
    killed: list[int] = []

    def kill(now: Progress) -> None:
        if now.files == 1:
            killed.extend(pid for pid in children() if pid not in before)
            os.kill(killed[0], signal.SIGKILL)

    with Store.open(home) as store:
        with pytest.raises(Refused, match="nothing was imported"):
            refresh(store, options(claude, shared_bytes=0, fork=fork), progress=kill)
        assert store.version() == 0
    assert children() == before
    imported(home, claude)
    assert totals(home) == expected(1)


def test_cancelling_ends_the_second_process_too(home: Home, tmp_path: Path) -> None:
    claude = tmp_path / "claude"
    corpus(claude, 0, random.Random(1))
    before = children()

    def interrupt(now: Progress) -> None:
        if now.files > 2:
            raise KeyboardInterrupt

    with Store.open(home) as store, pytest.raises(KeyboardInterrupt):
        refresh(store, options(claude, shared_bytes=0), progress=interrupt)
    assert children() == before
    imported(home, claude)
    assert totals(home) == expected(1)
