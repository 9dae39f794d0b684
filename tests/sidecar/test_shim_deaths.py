"""Whatever dies: the tree goes with it, the record has an end, and the session can go on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sidecar.folder import NAME, Session, until_stopped

from workbench.agents import process
from workbench.agents.process import Timers, alive, holder, settle
from workbench.sidecar import shim, tree


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.kept(tmp_path / NAME) as made:
        yield made


def agent(session: Session) -> int:
    """The pid of the agent's own process."""
    session.until_said("ready")
    pid = session.frames()[0]["pid"]
    assert isinstance(pid, int)
    return pid


def begin(session: Session, prompt: str, *flags: str, **start: Any) -> None:
    """Starts a session, sends a turn, and leaves."""
    session.start(*flags, **start)
    with session.host() as host:
        assert "ok" in host.send(prompt)


def odd_shim(session: Session, monkeypatch: pytest.MonkeyPatch, oddity: str) -> None:
    """From here on the session's shim is one in which something happens at an unlikely moment."""
    program = session.folder.with_name("odd_shim.py")
    home = Path(shim.__file__).parent
    program.write_text(
        f"import os, sys, time\nsys.path.insert(0, {str(home)!r})\nimport shim, tree\n"
        f"{oddity}\nsys.exit(shim.main(sys.argv[1]))\n"
    )
    monkeypatch.setattr(process, "SHIM", program)


def test_a_killed_shim_takes_the_tree_with_it_and_the_guard_writes_the_end(session: Session) -> None:
    begin(session, "orphan say:up hang")
    session.until_said("agent_message_chunk")
    assert len(session.processes()) == 2
    session.kill("shim")
    session.until(lambda: not session.processes())
    assert session.until_over() == {"type": "exit", "reason": "shim:-9", "code": -9, "open": ["run-1"], "by": "guard"}
    assert settle(session.folder).recorded is False


def test_a_killed_guard_is_not_missed(session: Session) -> None:
    begin(session, "ask:p1")
    session.until_said("permissionRequest")
    session.kill("guard")
    with session.host() as host:
        host.request("perm:p1", "permissionResponse")
        session.until_said("end")
        host.ask("close")
    assert session.until_over()["reason"] == "closed"
    assert session.processes() == []


def test_when_shim_and_guard_are_both_killed_settling_finds_the_rest_and_twice_changes_nothing(
    session: Session,
) -> None:
    begin(session, "orphan orphan orphan say:up hang")
    session.until_said("agent_message_chunk")
    leader = agent(session)
    session.kill("guard", "shim")
    session.until(lambda: not alive(session.folder))
    orphans = set(session.processes()) - {leader}
    assert len(orphans) == 3
    settled = settle(session.folder)
    assert settled.recorded
    assert set(settled.killed) >= orphans
    assert session.processes() == []
    assert session.exits() == [{"type": "exit", "reason": "lost", "code": None, "open": ["run-1"], "by": "settler"}]
    before = session.transcript.read_bytes()
    again = settle(session.folder)
    assert (again.killed, again.recorded) == ([], False)
    assert session.transcript.read_bytes() == before


def test_a_session_that_was_lost_is_settled_by_its_next_start_too(session: Session) -> None:
    begin(session, "orphan say:up hang")
    session.until_said("agent_message_chunk")
    session.kill("guard", "shim")
    session.until(lambda: not alive(session.folder))
    lost = session.processes()
    session.start()
    assert not set(lost) & set(session.processes())
    with session.host() as host:
        assert host.ask("attach")["ok"]["open"] == []
        host.send("say:on", run="run-2")
        session.until(lambda: host.ask("ping")["ok"]["open"] == [])
        host.ask("close")
    session.until_over()
    assert [end["reason"] for end in session.exits()] == ["lost", "closed"]


def test_a_live_session_is_not_settled(session: Session) -> None:
    begin(session, "ask:p1")
    session.until_said("permissionRequest")  # until its program is loaded, nothing tells whose the agent's process is
    assert settle(session.folder).recorded is False
    assert session.processes()


def test_a_killed_agent_ends_the_record_with_its_signal_and_its_open_run(session: Session) -> None:
    begin(session, "orphan flood:1000000:2000")
    session.until_said("agent_message_chunk")
    os.kill(agent(session), signal.SIGKILL)
    assert session.until_over() == {"type": "exit", "reason": "killed:9", "code": -9, "open": ["run-1"]}
    assert session.processes() == []


def test_a_shim_asked_to_terminate_closes_in_order(session: Session) -> None:
    begin(session, "hang", "heartbeat=0.1", rpc_s=20)
    os.kill(holder(session.folder)["guard"], signal.SIGTERM)
    assert session.until_over() == {"type": "exit", "reason": "closed", "code": 0, "open": ["run-1"]}


@pytest.mark.parametrize(("who", "moment"), [("guard", "tree.guard"), ("shim", "shim.Shim.spawn")])
def test_whoever_is_asked_to_terminate_before_it_listens_for_that_closes_in_order_too(
    session: Session, monkeypatch: pytest.MonkeyPatch, who: str, moment: str
) -> None:
    late = f"""
real = {moment}
def late(*arguments):
    while not os.path.exists("told"):
        time.sleep(0.01)
    real(*arguments)
{moment} = late
"""
    odd_shim(session, monkeypatch, late)
    starting = threading.Thread(target=session.start, kwargs={"rpc_s": 20})
    starting.start()
    session.until(lambda: who in holder(session.folder))
    os.kill(holder(session.folder)[who], signal.SIGTERM)
    (session.folder / "told").touch()
    starting.join()
    assert session.until_over() == {"type": "exit", "reason": "closed", "code": 0, "open": []}


def test_a_guard_asked_to_terminate_while_its_shim_ends_still_writes_the_end() -> None:
    program = """
import os, signal
from workbench.sidecar import tree
real = os.waitpid
def waitpid(*arguments):
    found = real(*arguments)
    os.kill(os.getpid(), signal.SIGTERM)
    return found
os.waitpid = waitpid
child = os.fork()
if not child:
    os._exit(7)
tree.guard(child, "nobodys", print, [])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "7\n"


def test_the_last_words_are_written_down_though_the_machine_stands_still_meanwhile(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = """
class Late(shim.Shim):
    ending = False
    def read_stdout(self):
        return self.ending and super().read_stdout()
    def end(self):
        self.ending, clock, leaps = True, time.monotonic, iter(range(0, 1 << 30, 2))
        time.monotonic = lambda: clock() + next(leaps)
        super().end()
shim.Shim = Late
"""
    odd_shim(session, monkeypatch, late)
    begin(session, "say:last exit:0")
    session.until_over()
    assert session.texts() == ["last"]


@pytest.mark.parametrize("code", [0, 1, 78])
def test_an_agent_that_leaves_says_with_what_code(session: Session, code: int) -> None:
    begin(session, f"say:bye exit:{code}")
    assert session.until_over() == {"type": "exit", "reason": f"exit:{code}", "code": code, "open": ["run-1"]}


def test_an_agent_that_does_not_exist_is_exit_127_with_the_reason_in_the_log(session: Session) -> None:
    session.start(argv=["/no/such/program"])
    assert session.until_over()["reason"] == "exit:127"
    assert "/no/such/program" in (session.folder / "stderr.log").read_text()


def test_an_agent_that_is_not_executable_is_exit_126(session: Session, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("words")
    session.start(argv=[str(tmp_path / "plain")])
    assert session.until_over()["reason"] == "exit:126"


def test_a_stopped_agent_is_found_silent_and_killed_though_nobody_watches(session: Session) -> None:
    begin(session, "say:up stop", dead_s=0.5)
    assert session.until_over()["reason"] == "silent"
    assert session.exits()[0]["open"] == ["run-1"]


def test_a_stop_shorter_than_the_limit_is_forgiven(session: Session) -> None:
    begin(session, "say:up stop say:on", dead_s=20)
    session.until_said("agent_message_chunk")
    until_stopped(agent(session))
    os.kill(agent(session), signal.SIGCONT)
    session.until_said("end")
    assert alive(session.folder)


@pytest.mark.slow
def test_with_the_limits_of_the_house_a_stopped_agent_is_gone_after_45_seconds(session: Session) -> None:
    began = time.monotonic()
    begin(session, "say:up stop", **asdict(Timers()))
    assert session.until_over(seconds=90)["reason"] == "silent"
    assert 45 < time.monotonic() - began < 75


@pytest.mark.slow
def test_after_a_suspension_nobody_is_late(session: Session) -> None:
    begin(session, "say:up hang", "heartbeat=0.2", dead_s=10)
    shim, sidecar = holder(session.folder)["shim"], agent(session)
    os.kill(shim, signal.SIGSTOP)
    os.kill(sidecar, signal.SIGSTOP)
    time.sleep(11)  # as long as the machine sleeps
    os.kill(shim, signal.SIGCONT)
    time.sleep(0.5)  # the shim awakes first, and hears nothing yet
    os.kill(sidecar, signal.SIGCONT)
    size = session.transcript.stat().st_size
    session.until(lambda: session.transcript.stat().st_size > size + 500)
    assert alive(session.folder)


def test_wherever_the_shim_has_stood_still_nobody_is_late(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    late = """
clock, slept = time.monotonic, 0
time.monotonic = lambda: clock() + slept
class Late(shim.Shim):
    def turn(self):
        global slept
        still = not slept or (slept == 1000 and os.path.exists("sleep"))
        slept += 1000 if still else 0
        super().turn()
        if still:
            open(f"slept {slept}", "w").close()
shim.Shim = Late
"""
    odd_shim(session, monkeypatch, late)
    begin(session, "ask:p1")  # that it was not ready in time would be said before its first turn
    session.until_said("permissionRequest")
    (session.folder / "sleep").touch()
    session.until((session.folder / "slept 2000").exists)
    with session.host() as host:
        assert "ok" in host.request("perm:p1", "permissionResponse")
        session.until_said("end")
        host.ask("close")
    assert session.until_over()["reason"] == "closed"


def test_who_falls_silent_after_a_suspension_is_found_as_soon_as_ever(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = """
clock, slept = time.monotonic, 0
time.monotonic = lambda: clock() + slept
class Late(shim.Shim):
    def spawn(self):
        super().spawn()
        select = self.selector.select
        def late(timeout):
            global slept
            woken = select(timeout)
            if self.open and self.stdout in [key.fd for key, _ in woken]:
                slept = slept or 1000
            return woken
        self.selector.select = late
shim.Shim = Late
"""
    odd_shim(session, monkeypatch, late)
    session.start(dead_s=2)
    session.until_said("ready")  # so the first that it says in its turn is what the shim finds when it awakes
    with session.host() as host:
        host.send("say:up stop")
    assert session.until_over()["reason"] == "silent"


def test_a_deaf_agent_climbs_the_whole_ladder(session: Session) -> None:
    begin(session, "orphan hang", "deaf")
    session.until_said("ready")  # deaf from here on
    began = time.monotonic()
    with session.host() as host:
        host.ask("close", reason="closed")
    assert session.until_over() == {"type": "exit", "reason": "closed", "code": -9, "open": ["run-1"]}
    assert time.monotonic() - began >= 0.3 + 0.2 + 0.5  # it was asked, its stdin was closed, it was signalled
    assert session.processes() == []


def test_an_agent_that_ignores_sigterm_is_killed(session: Session) -> None:
    begin(session, "say:up hang", "stubborn", dead_s=0.3)
    assert session.until_over()["code"] == -9


def test_an_agent_that_is_never_ready_is_ended(session: Session) -> None:
    session.start("mute", ready_s=0.3)
    assert session.until_over()["reason"] == "ready_timeout"


def test_an_idle_session_closes_though_hosts_are_attached(session: Session) -> None:
    # It says that it is ready when it is spoken to; before that nothing is idle.
    program = """read -r _; echo '{"type":"ready","version":1}'; read -r _"""
    session.start(argv=["/bin/sh", "-c", program], idle_s=0.5, rpc_s=20)
    with session.host() as host:
        host.ask("attach")
        host.request("hello", "ping")
        assert session.until_over() == {"type": "exit", "reason": "idle", "code": 0, "open": []}


def test_an_agent_that_closes_its_stdout_and_stays_is_ended(session: Session) -> None:
    begin(session, "closeout", eof_s=0.3)
    assert session.until_over()["reason"] == "silent"


def test_a_grandchild_that_holds_stdout_delays_the_end_by_nothing(session: Session) -> None:
    begin(session, "orphan say:last exit:0")
    session.until_over()
    assert session.frames()[-1]["type"] == "agent_message_chunk"
    assert session.processes() == []


def test_attaching_at_any_moment_around_the_end_never_waits_for_what_has_passed(session: Session) -> None:
    chance = random.Random(11)
    for number in range(20):
        session.start()
        with session.host() as host:
            host.send("say:x exit:0", run=f"run-{number}")
        time.sleep(chance.random() * 0.06)
        try:
            with session.host() as late:
                late.ask("attach")
                while True:
                    late.next()
        except (ConnectionError, FileNotFoundError):
            pass  # it is over: the connection has ended, or there is no socket any more
        session.until(lambda: not alive(session.folder))
        assert len(session.exits()) == number + 1
        assert session.exits()[-1]["reason"] == "exit:0"


@pytest.mark.slow
def test_whatever_is_killed_whenever_the_folder_can_be_settled_and_goes_on(session: Session) -> None:
    chance = random.Random(5)
    victims = [["agent"], ["shim"], ["guard"], ["guard", "shim"], ["agent", "shim"], ["agent", "guard", "shim"]]
    for number in range(60):
        session.start()
        with session.host() as host:
            assert "ok" in host.send("orphan flood:100000:5000", run=f"run-{number}")
        names = victims[number % len(victims)]
        time.sleep(chance.random() * 0.3)
        if "agent" in names:
            os.kill(tree.descendants(holder(session.folder)["shim"])[0], signal.SIGKILL)  # what is nearest to it
        session.kill(*names)
        if names == ["guard"]:
            with session.host() as host:
                host.ask("close")
        session.until(lambda: not alive(session.folder))
        settle(session.folder)
        assert session.processes() == []
    assert len(session.exits()) == 60


def test_the_folder_is_clean_after_the_end(session: Session) -> None:
    begin(session, "say:x exit:0")
    session.until_over()
    assert {path.name for path in session.folder.iterdir()} == {"lock", "transcript.jsonl", "stderr.log", "reserve"}


def test_no_descriptor_of_the_shim_reaches_the_agent(session: Session) -> None:
    session.start()
    with session.host():
        session.until_said("ready")
        pid = agent(session)
        names = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    assert not [name for name in names if str(session.folder) in name or "socket" in name]
