"""Parcels: what is fetched has one owner, and is gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from workbench.clock import SystemClock
from workbench.errors import HomeUnusable
from workbench.paths import Home
from workbench.skills.intake.incoming import Incoming

HOLD = """
import sys, time
from pathlib import Path
from workbench.clock import SystemClock
from workbench.paths import Home
from workbench.skills.intake.incoming import Incoming
parcel = Incoming(Home(Path(sys.argv[1])), SystemClock()).open()
(parcel.folder / "half").write_text("of a download")
print(parcel.id, flush=True)
time.sleep(600)
"""


@pytest.fixture
def incoming(home: Home) -> Incoming:
    return Incoming(home, SystemClock())


def test_a_parcel_that_is_closed_leaves_nothing_not_even_the_folder_of_all(incoming: Incoming):
    with incoming.open() as parcel:
        (parcel.folder / "deep").mkdir()
        (parcel.folder / "deep" / "file").write_text("x")
        assert parcel.folder.parent == incoming.root
    assert not incoming.root.exists()
    parcel.close()


def test_what_has_an_owner_is_not_swept(incoming: Incoming):
    with incoming.open() as parcel:
        assert incoming.sweep() == []
        assert parcel.folder.is_dir()


def test_what_a_killed_process_left_is_swept_and_not_before(incoming: Incoming, home: Home):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(home.root)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert incoming.sweep() == []
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert incoming.sweep() == [name]
    assert not incoming.root.exists()


def test_parcels_are_made_while_others_sweep(incoming: Incoming):
    problems: list[str] = []

    def sweep() -> None:
        while not done.is_set():
            incoming.sweep()

    done = threading.Event()
    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    for _ in range(300):
        with incoming.open() as parcel:
            try:
                (parcel.folder / "file").write_text("x")
            except FileNotFoundError:
                problems.append(parcel.id)
    done.set()
    sweeper.join()
    assert problems == []


def test_a_root_that_goes_between_two_looks_at_it_is_made_again(incoming: Incoming, monkeypatch: pytest.MonkeyPatch):
    """The kernel says that it is there; a moment later the last parcel of another process took it away."""
    incoming.root.mkdir()
    mkdir, seen = os.mkdir, []

    def mkdir_and_away(path: Path, mode: int = 0o777) -> None:
        try:
            mkdir(path, mode)
        except FileExistsError:
            seen.append(path)
            path.rmdir()
            raise

    monkeypatch.setattr(os, "mkdir", mkdir_and_away)
    with incoming.open() as parcel:
        assert parcel.folder.is_dir()
    assert seen == [incoming.root]


@pytest.mark.parametrize("target", ["nowhere", "file"])
def test_a_root_that_leads_nowhere_is_said_and_not_waited_for(tmp_path: Path, target: str):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "incoming").symlink_to(target)
    with pytest.raises(HomeUnusable, match="Nothing can be fetched"):
        Incoming(Home(tmp_path), SystemClock()).open()


def test_a_home_that_cannot_be_written_is_said_so(tmp_path: Path):
    (tmp_path / "incoming").write_text("in the way")
    with pytest.raises(HomeUnusable, match="Nothing can be fetched"):
        Incoming(Home(tmp_path), SystemClock()).open()
