"""A program that reads what strangers send is gone when it is over, however it is over."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from bringing import none_left, processes

from workbench.errors import Refused
from workbench.sidecar import tree
from workbench.skills.sources import child
from workbench.skills.sources.child import Patience, Ran, run, started
from workbench.skills.sources.watch import Cancelled, Watch

ENV = {"PATH": os.environ["PATH"]}


def shell(folder: Path, script: str, watch: Watch | None = None, **patience: float) -> Ran:
    limits = Patience(time.monotonic() + patience.pop("within", 60), patience.pop("stalled_s", 60), **patience)
    return run(["sh", "-c", script], folder=folder, env=ENV, watch=watch or Watch(), patience=limits)


def test_what_a_program_says_and_how_it_ends_is_told(tmp_path: Path) -> None:
    assert shell(tmp_path, "printf out; printf errors >&2; exit 7") == Ran(7, b"out", "errors")
    none_left(tmp_path)


def test_a_program_reads_nothing_from_us(tmp_path: Path) -> None:
    assert shell(tmp_path, "cat; echo over").out == b"over\n"


@pytest.mark.parametrize(
    ("script", "patience"),
    [
        ("sleep 60", {"stalled_s": 0.3}),
        ("sleep 60 & sleep 60 & wait", {"stalled_s": 0.3}),
        ("while :; do echo x; sleep 0.05; done", {"within": 0.5}),
        ("exec >&- 2>&-; sleep 60", {"within": 0.5}),
        ("yes", {"out": 100_000}),
        ("trap '' TERM HUP INT; sleep 60; sleep 60", {"stalled_s": 0.3}),
    ],
)
def test_one_that_hangs_or_says_too_much_is_ended_with_all_of_its_children(
    script: str, patience: dict[str, float], tmp_path: Path
) -> None:
    with pytest.raises(Refused):
        shell(tmp_path, script, **patience)
    none_left(tmp_path)


@pytest.mark.parametrize("script", ["sleep 60", "exec >&- 2>&-; sleep 60", "yes >&2"])
def test_one_that_is_cancelled_is_ended(script: str, tmp_path: Path) -> None:
    watch = Watch()
    timer = threading.Timer(0.3, watch.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        shell(tmp_path, script, watch)
    timer.join()
    none_left(tmp_path)


def test_only_the_end_of_its_complaints_is_kept(tmp_path: Path) -> None:
    ran = shell(tmp_path, "yes error | head -c 1000000 >&2; echo last >&2")
    assert ran.errors.endswith("last\n")
    assert len(ran.errors) < 200_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to a process of ours")
@pytest.mark.parametrize("words", [["sleep", "60"], ["yes"], ["cat", "/dev/zero"]])
@pytest.mark.parametrize("standing", [False, True], ids=["its shell reaps it", "its shell stands still"])
def test_one_that_is_left_in_mid_course_is_reaped_and_never_an_orphan(
    words: list[str], standing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process of a container may take a second for its orphans, and every fetch would wait for that. A process
    of ours that is given the orphans reaps them itself.
    """
    monkeypatch.setattr(child, "_REAPED_S", 60)
    tree.become_subreaper()
    try:
        with started(words, folder=tmp_path, env=ENV) as process:
            while len(processes(tmp_path)) < 3:  # the shell, its guard, and the program
                time.sleep(0.005)
            if standing:
                monkeypatch.setattr(child, "_ASKED_S", 0)
                os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(ChildProcessError):
            os.waitpid(-process.pid, os.WNOHANG)
    finally:
        tree._prctl(tree._PR_SET_CHILD_SUBREAPER, 0)
