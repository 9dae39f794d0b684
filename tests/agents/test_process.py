"""A session's process as a host sees it."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sidecar.folder import NAME, Session

from workbench.agents.process import Settled, StartLine, Timers, alive, holder, last_lines, settle, spawn
from workbench.errors import SidecarFailed
from workbench.sidecar import tree


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.kept(tmp_path / NAME) as made:
        yield made


def test_a_start_line_holds_everything_the_shim_needs_and_nothing_of_the_hosts_own_timers() -> None:
    line = StartLine(argv=["a"], env={"B": "c"}, cwd="/", secrets=["d"], timers=Timers(ready_s=1))
    said = json.loads(line.to_bytes())
    assert said == {
        "argv": ["a"], "env": {"B": "c"}, "cwd": "/", "secrets": ["d"],
        "ready_s": 1, "dead_s": 45, "idle_s": 300, "rpc_s": 2, "stdin_s": 1, "term_s": 5, "full_s": 60, "eof_s": 10,
    }  # fmt: skip


def test_secrets_do_not_show_in_a_start_lines_own_text() -> None:
    assert "hush" not in repr(StartLine(argv=[], env={}, cwd="/", secrets=["hush-hush"]))


def test_no_secret_and_nothing_of_the_host_is_in_the_shims_command_line_or_environment(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY_OF_THE_HOST", "a-value-of-the-host")
    session.start(secrets=["a-secret-of-the-agent"])
    for pid in (holder(session.folder)["shim"], holder(session.folder)["guard"]):
        shown = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert b"a-secret" not in shown
        assert b"a-value" not in shown


def test_the_agent_gets_its_own_environment_and_the_marker_and_nothing_else(session: Session) -> None:
    session.start()
    session.until_said("ready")
    [pid] = session.processes()
    names = {entry.partition(b"=")[0] for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if entry}
    assert names == {b"PATH", b"WORKBENCH_SESSION", b"FAKE_SOCKET"}


def test_a_session_is_alive_from_its_start_to_its_exit_record(session: Session) -> None:
    assert not alive(session.folder)
    session.start()
    assert alive(session.folder)
    with session.host() as host:
        host.ask("close")
    session.until_over()
    assert not alive(session.folder)


def test_a_folder_that_does_not_exist_is_not_alive_and_settles_to_nothing(tmp_path: Path) -> None:
    assert not alive(tmp_path / "nothing")
    assert settle(tmp_path / "nothing") == Settled([], recorded=False)
    assert holder(tmp_path / "nothing") == {}
    assert last_lines(tmp_path / "nothing") == []


def test_probing_does_not_make_another_prober_see_a_life(session: Session) -> None:
    session.play("say:x")
    seen: list[bool] = []
    threads = [
        threading.Thread(target=lambda: seen.extend(alive(session.folder) for _ in range(500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [False] * 2000


def test_a_start_outlasts_a_probe(session: Session) -> None:
    descriptor = os.open(session.folder / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    threading.Timer(0.2, os.close, [descriptor]).start()
    assert session.start().won


def test_a_start_that_finds_the_lock_held_says_who_won(session: Session) -> None:
    first = session.start()
    second = session.start()
    assert (first.won, second.won) == (True, False)
    assert holder(session.folder)["shim"] == first.shim


def test_the_lock_names_its_holders_beyond_doubt(session: Session) -> None:
    started = session.start()
    said = holder(session.folder)
    assert (said["shim"], said["guard"]) == (started.shim, started.guard)
    assert said["start_ticks"] == tree.born(said["shim"])


def test_an_ended_session_leaves_no_zombie_of_its_spawner(session: Session) -> None:
    started = session.start()
    assert started.guard
    with session.host() as host:
        host.ask("close")
    session.until_over()
    session.until(lambda: tree.born(started.guard or 0) is None)
    reaper = f"workbench-reap-{started.guard}"
    session.until(lambda: all(thread.name != reaper for thread in threading.enumerate()))


def test_twenty_starts_and_ends_leak_no_descriptor(session: Session) -> None:
    gc.collect()  # what an earlier test has left open is not ours
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        session.play("say:x exit:0")
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_session_goes_on_when_the_process_that_started_it_is_killed(session: Session) -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from sidecar.folder import NAME, Session\n"
        "Session(Path(sys.argv[1])).start(); print('started', flush=True); sys.stdin.read()"
    )
    host = subprocess.Popen(
        [sys.executable, "-c", code, str(session.folder), *sys.path], stdin=-1, stdout=-1, start_new_session=True
    )
    assert host.stdin
    assert host.stdout
    with host.stdin, host.stdout:
        assert host.stdout.readline() == b"started\n"
        host.kill()
        host.wait()
    with session.host() as other:
        other.send("say:still here")
        session.until_said("end")


def test_a_shim_that_dies_before_it_listens_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    folder = tmp_path / NAME
    folder.mkdir()
    with pytest.raises(SidecarFailed) as caught:
        spawn(folder, StartLine(argv=["true"], env={}, cwd="/", secrets=[7]))  # type: ignore[list-item]
    assert "stderr.log" in caught.value.remedy


def test_settling_kills_strays_of_this_session_and_of_no_other(session: Session, tmp_path: Path) -> None:
    session.play("say:x")
    environment = {"PATH": os.environ["PATH"]}
    ours, theirs, nobodys = (
        subprocess.Popen(["sleep", "60"], env=environment | extra)
        for extra in ({"WORKBENCH_SESSION": NAME}, {"WORKBENCH_SESSION": f"{NAME}-2"}, {})
    )
    try:
        assert settle(session.folder) == Settled([ours.pid], recorded=False)
        assert ours.wait(60) == -9
        assert theirs.poll() is None
        assert nobodys.poll() is None
    finally:
        for process in (theirs, nobodys):
            process.kill()
            process.wait()


def test_a_session_that_is_being_settled_holds_off_a_start(session: Session) -> None:
    session.play("say:x")
    lock = os.open(session.folder / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        assert session.start().won is False
        assert settle(session.folder, wait_s=0.5) == Settled([], recorded=False)
    finally:
        os.close(lock)
    assert session.start().won


def test_of_many_who_settle_at_once_one_writes_the_end_and_none_returns_before_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill = tree.kill_marked
    pauses = iter([0.7])  # for the first, there is much to kill
    monkeypatch.setattr(tree, "kill_marked", lambda name: (time.sleep(next(pauses, 0)), kill(name))[1])
    session.start()
    session.until_said("ready")
    session.kill("guard", "shim")
    session.until(lambda: not alive(session.folder))
    with ThreadPoolExecutor(8) as threads:
        done = threads.map(lambda _: (settle(session.folder, wait_s=60).recorded, len(session.exits())), range(8))
        recorded, exits = zip(*done, strict=True)
    assert sum(recorded) == 1
    assert set(exits) == {1}


def test_settling_a_live_session_waits_for_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.start()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
        assert settle(session.folder) == Settled([], recorded=False)


def test_a_shim_that_was_killed_and_is_not_reaped_yet_does_not_run() -> None:
    child = subprocess.Popen(["sleep", "60"])
    start = tree.born(child.pid)
    assert tree.runs(child.pid, start)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert tree.born(child.pid) == start
    assert not tree.runs(child.pid, start)
    child.wait()
    assert not tree.runs(child.pid, start)


def test_a_process_is_told_from_a_later_one_with_the_same_id() -> None:
    child = subprocess.Popen(["sleep", "60"])
    try:
        start = tree.born(child.pid)
        assert start is not None
        tree._kill(child.pid, start + 1)
        assert child.poll() is None
        tree._kill(child.pid, start)
        assert child.wait(60) == -9
    finally:
        child.kill()
        child.wait()
    assert tree.born(child.pid) is None
