"""What a host may ask of a session, and what it is refused."""

from __future__ import annotations

import itertools
import json
import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sidecar.folder import NAME, Host, Session, until_stopped

from workbench.agents.process import Started
from workbench.errors import SidecarFailed


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.kept(tmp_path / NAME) as made:
        yield made


def kind(answer: dict[str, object]) -> object:
    failure = answer["failure"]
    assert isinstance(failure, dict)
    return failure["kind"]


def test_a_turn_is_written_down_both_ways_between_start_and_exit(session: Session) -> None:
    session.start(rpc_s=20)
    with session.host() as host:
        assert host.ask("attach")["ok"]["open"] == []
        sent = host.send("say:hello")["ok"]["seq"]
        session.until_said("end")
        host.ask("close")
    assert session.until_over() == {"type": "exit", "reason": "closed", "code": 0, "open": []}
    assert [frame["type"] for frame in session.frames("out")] == ["ready", "agent_message_chunk", "end"]
    assert [frame["method"] for frame in session.frames("in")] == ["sendMessage", "shutdown"]
    assert session.records()[sent - 1]["f"]["params"] == {"prompt": "say:hello"}


def test_the_bell_rings_for_every_growth_and_says_how_long_the_file_is(session: Session) -> None:
    session.start()
    with session.host() as host:
        opening = host.ask("attach")["ok"]
        host.send("flood:50:500")
        size = opening["size"]
        while size < session.transcript.stat().st_size or b'"type":"end"' not in session.transcript.read_bytes():
            bell = host.bells.pop(0) if host.bells else host.next()
            assert bell["size"] > size
            size = bell["size"]
            whole = session.transcript.read_bytes()[:size]
            assert whole.endswith(b"\n")
            assert whole.count(b"\n") == bell["seq"]


def test_a_host_that_did_not_attach_hears_no_bell(session: Session) -> None:
    session.start()
    with session.host() as host:
        host.send("say:hello")
        session.until_said("end")
        host.ask("ping")
        assert host.bells == []


def test_an_id_that_was_accepted_is_a_duplicate_for_ever(session: Session) -> None:
    session.start()
    with session.host() as host:
        assert "ok" in host.send("say:once")
        session.until_said("end")
        assert kind(host.send("say:twice")) == "duplicate"
        host.ask("close")
    session.until_over()
    session.start()
    with session.host() as host:
        assert kind(host.send("say:thrice")) == "duplicate"
        assert "ok" in host.send("say:again", run="run-2")
    assert len([frame for frame in session.frames("in") if frame["method"] == "sendMessage"]) == 2


def test_a_second_turn_is_refused_while_one_is_open(session: Session) -> None:
    session.start()
    with session.host() as host:
        host.send("ask:p1")
        assert kind(host.send("say:me too", run="run-2")) == "busy"
        assert host.ask("ping")["ok"]["open"] == ["run-1"]
        host.request("perm:p1", "permissionResponse")
        session.until_said("end")
        assert "ok" in host.send("say:me too", run="run-2")


def test_other_requests_go_through_while_a_turn_is_open(session: Session) -> None:
    session.start()
    with session.host() as host:
        host.send("ask:p1")
        assert "ok" in host.request("ping-1", "ping")
        session.until_said("pong")


def test_what_the_agent_was_given_is_in_the_transcript_before_what_it_answered(session: Session) -> None:
    session.start()
    with session.host() as host:
        for number in range(200):
            host.request(f"p{number}", "ping")
        session.until(lambda: session.transcript.read_bytes().count(b'"type":"pong"') == 200)
    given, answered = {}, {}
    for record in session.records():
        (given if record["d"] == "in" else answered)[record["f"].get("id")] = record["seq"]
    assert all(given[f"p{number}"] < answered[f"p{number}"] for number in range(200))


def test_an_error_about_another_request_does_not_end_the_turn(session: Session) -> None:
    session.start()
    with session.host() as host:
        host.send("raw:" + quote('{"type":"error","id":"other","kind":"x","message":"no"}') + " open")
        session.until_said("error")
        assert host.ask("ping")["ok"]["open"] == ["run-1"]


@pytest.mark.parametrize("last", ['{"type":"aborted","id":"run-1"}', '{"type": "error", "id": "run-1"}'])
def test_every_terminal_event_closes_its_turn(session: Session, last: str) -> None:
    session.start()
    with session.host() as host:
        host.send(f"raw:{quote(last)} open")
        session.until(lambda: host.ask("ping")["ok"]["open"] == [])


@pytest.mark.parametrize("name", ['"\\q"', '"\\ud800"', "7", "[]", '"run-1', '"run-\x01"', '"run-1\\"'])
def test_an_end_with_a_hostile_id_ends_nothing_and_harms_nothing(session: Session, name: str) -> None:
    session.start()
    with session.host() as host:
        host.send(f'raw:{quote(f"""{{"type":"end","id":{name}}}""")} say:on open')
        session.until_said("agent_message_chunk")
        assert host.ask("ping")["ok"]["open"] == ["run-1"]


@pytest.mark.slow
def test_of_two_answers_to_a_permission_the_first_wins(session: Session) -> None:
    session.start("heartbeat=0.1", dead_s=6, idle_s=5)
    with session.host() as host:
        host.send("ask:p1")
        session.until_said("permissionRequest")
    time.sleep(7)  # nobody is there for longer than both limits; the agent's heartbeat keeps it alive
    with session.host() as one, session.host() as two:
        answer = {"frame": {"id": "perm:p1", "method": "permissionResponse", "params": {"behavior": "allow"}}}
        assert "ok" in one.ask("send", **answer)
        assert kind(two.ask("send", **answer)) == "duplicate"
    session.until_said("end")


def test_an_agent_that_does_not_read_stalls_the_sender_and_not_the_shim(session: Session) -> None:
    session.start()
    with session.host() as host:
        session.until_said("ready")
        host.send("stop")
        until_stopped(session.frames()[0]["pid"])
        answers = [host.request(f"s{n}", "steerSession", prompt="x" * 500_000) for n in range(8)]
        assert kind(answers[-1]) == "stalled"
        accepted = [answer for answer in answers if "ok" in answer]
        assert len([f for f in session.frames("in") if f["method"] == "steerSession"]) == len(accepted) < 5


def test_a_closing_session_takes_no_more(session: Session) -> None:
    session.start("deaf", rpc_s=60)
    with session.host() as host:
        host.send("hang")
        host.ask("close")
        assert kind(host.send("say:late", run="run-2")) == "closing"
        assert kind(host.send("say:again", run="run-1")) == "duplicate"


@pytest.mark.parametrize(
    "line",
    [b"not json", b"[]", b"{}", b'{"op":"dance"}', b'{"op":"send"}', b'{"op":"send","frame":7}',
     b'{"op":"send","frame":{"id":7,"method":"ping"}}', b'{"op":"send","frame":{"id":"a"}}', b'{"op":["send"]}',
     b'{"op":"send","frame":{"id":"a","method":"ping","params":NaN}}', b"\xff\xfe", b"[" * 100_000],
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_invalid_and_harms_nobody(session: Session, line: bytes) -> None:
    session.start()
    with session.host() as host, session.host() as other:
        host.socket.sendall(line + b"\n")
        assert kind(host.next()) == "invalid"
        assert "ok" in host.send("say:hello")
        assert "ok" in other.ask("ping")
    session.until_said("end")


def test_hosts_that_never_read_hold_up_nobody(session: Session) -> None:
    session.start()
    with session.host() as deaf, session.host() as dumb, session.host() as host:
        deaf.ask("attach")
        dumb.ask("attach")
        host.send("flood:100000")
        session.until_said("end")
        assert "ok" in host.ask("ping")
    assert len(session.frames("out")) == 100_002


def test_five_hosts_that_start_a_session_at_once_get_one_shim_and_one_turn(session: Session) -> None:
    started: list[Started] = []
    answers: list[dict[str, object]] = []

    def begin(number: int) -> None:
        started.append(session.start())
        with session.host() as host:
            answers.append(host.send("ask:p", run=f"run-{number}"))

    threads = [threading.Thread(target=begin, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.won for one in started) == 1
    assert sum("ok" in answer for answer in answers) == 1
    assert [kind(answer) for answer in answers if "failure" in answer] == ["busy"] * 4
    with session.host() as host:
        host.ask("close")
    session.until_over()
    assert len(session.exits()) == 1


def test_the_agent_and_its_descendants_are_not_let_in(session: Session) -> None:
    session.start()
    with session.host() as host:
        host.send("connect")
        session.until_said("end")
    said = [frame["content"]["text"] for frame in session.frames() if frame["type"] == "agent_message_chunk"]
    assert said == ["refused"]


def test_a_frame_that_the_agent_would_not_take_is_refused_before_it_is_written_down(session: Session) -> None:
    session.start()
    with session.host() as host:
        assert kind(host.send("say:" + "x" * 16 * 1024 * 1024)) == "too_large"
        assert host.ask("attach")["ok"]["open"] == []
        assert session.frames("in") == []
        host.send("say:hello")
        session.until_said("end")
        host.ask("close")


def test_a_folder_with_a_long_path_works(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d" * 60] * 5)
    with Session.kept(deep / NAME) as session:
        session.start()
        with session.host() as host:
            host.send("say:hello")
            session.until_said("end")


def test_a_disk_without_sockets_gets_its_door_elsewhere_and_the_lock_says_where(session: Session) -> None:
    (session.folder / "control.sock" / "in-the-way").mkdir(parents=True)
    session.start()
    address = json.loads((session.folder / "lock").read_text())["socket"]
    with socket.socket(socket.AF_UNIX) as found:
        found.connect(address)
        found.sendall(b'{"n":1,"op":"ping"}\n{"n":2,"op":"close"}\n')
        assert b'"re":1' in found.recv(1000)
    session.until_over()
    assert not Path(address).parent.exists()


def test_a_door_without_room_rests_and_lets_in_who_waits_when_there_is_some(session: Session) -> None:
    shim = session.start().shim or 0
    inside = session.host()
    assert "ok" in inside.ask("attach")
    _, hard = resource.prlimit(shim, resource.RLIMIT_NOFILE)
    taken = {int(descriptor.name) for descriptor in Path(f"/proc/{shim}/fd").iterdir()}
    free = next(number for number in itertools.count() if number not in taken)
    resource.prlimit(shim, resource.RLIMIT_NOFILE, (free, hard))
    with session.host() as outside:
        outside.socket.sendall(b'{"n":1,"op":"ping"}\n')
        before = cpu_seconds(shim)
        outside.socket.settimeout(1.5)
        with pytest.raises(TimeoutError):
            outside.socket.recv(1)
        assert cpu_seconds(shim) - before < 0.3
        assert "ok" in inside.ask("ping")
        resource.prlimit(shim, resource.RLIMIT_NOFILE, (hard, hard))
        inside.socket.close()
        outside.socket.settimeout(60)
        assert b'"re":1' in outside.socket.recv(1000)


def cpu_seconds(pid: int) -> float:
    """What a process has computed so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_second_incarnation_goes_on_in_the_same_file_without_a_gap(session: Session) -> None:
    for number in range(3):
        session.start()
        with session.host() as host:
            host.send("flood:10", run=f"run-{number}")
            session.until(lambda: host.ask("ping")["ok"]["open"] == [])
            host.ask("close")
        session.until_over()
    assert len(session.exits()) == 3
    assert len(session.records()) == 3 * 16


def test_everything_in_the_folder_is_its_owners_alone(session: Session) -> None:
    session.start()
    modes = {path.name: path.stat().st_mode & 0o077 for path in session.folder.iterdir()}
    assert set(modes) == {"lock", "transcript.jsonl", "control.sock", "stderr.log", "reserve"}
    assert set(modes.values()) == {0}


def test_a_shim_that_cannot_begin_is_a_sentence_with_its_last_words(session: Session) -> None:
    (session.folder / "transcript.jsonl").mkdir()
    with pytest.raises(SidecarFailed) as caught:
        session.start()
    assert "IsADirectoryError" in caught.value.facts["stderr"][-1]


def test_a_host_may_come_and_go_a_thousand_times(session: Session) -> None:
    session.start()
    for _ in range(1000):
        with Host(session.folder) as host:
            host.ask("attach")
    with session.host() as host:
        descriptors = len(list(Path(f"/proc/{json.loads((session.folder / 'lock').read_text())['shim']}/fd").iterdir()))
        assert "ok" in host.ask("ping")
    assert descriptors < 25
