"""Whatever an agent says, and wherever the disk ends: the transcript stays whole and holds no secret."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sidecar.folder import NAME, Session

from workbench.agents.process import alive, holder, settle
from workbench.errors import Refused

MIB = 1024 * 1024


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.kept(tmp_path / NAME) as made:
        yield made


def test_frames_are_spliced_in_byte_for_byte(session: Session) -> None:
    line = '{"type":"notice","id":"run-1", "odd":  [1.0e3,"\\u00e9é\U0001f600",{}],"severity":"info"}'
    session.play(f"raw:{quote(line)}")
    assert line.encode() in session.transcript.read_bytes()


def test_twenty_thousand_events_are_all_there_in_order(session: Session) -> None:
    session.play("flood:20000")
    assert session.texts() == [f"{n} of 20000" for n in range(20000)]


def test_a_line_that_is_no_frame_is_kept_as_a_bad_record_in_its_place(session: Session) -> None:
    session.play("say:a raw:stray%20words raw: raw:[1] say:b")
    kinds = [r["bad"]["why"] if "bad" in r else r["f"]["type"] for r in session.records() if r["d"] == "out"]
    assert kinds == ["ready", "agent_message_chunk", "json", "json", "json", "agent_message_chunk", "end"]
    digest = hashlib.sha256(b"stray words").hexdigest()
    assert session.bad()[0] == {"why": "json", "bytes": 11, "sha256": digest, "head": "stray words"}


def test_invalid_utf8_in_a_frame_is_replaced_and_the_frame_kept(session: Session) -> None:
    session.play("raw:%7B%22type%22:%22notice%22,%22message%22:%22%FF%FE!%22%7D say:%C3%A9")
    assert session.frames()[1] == {"type": "notice", "message": "\ufffd\ufffd!"}


def test_a_frame_that_does_not_decode_still_has_its_number(session: Session) -> None:
    session.play("raw:%7Bnot-json%7D say:after")
    assert session.texts() == ["after"]
    assert len(session.records()) == len(session.lines()) - 1


def test_garbage_is_capped_and_ends_the_session(session: Session) -> None:
    session.play(f"garbage:{MIB} hang")
    assert session.exits()[0]["reason"] == "garbage"
    assert len(session.bad()) == 100
    assert session.transcript.stat().st_size < 200_000


def test_each_turn_may_be_a_little_bad(session: Session) -> None:
    session.start()
    with session.host() as host:
        for number in range(3):
            host.send(" ".join(["raw:bad"] * 60), run=f"run-{number}")
            session.until(lambda: host.ask("ping")["ok"]["open"] == [])
        host.ask("close")
    assert session.until_over()["reason"] == "closed"
    assert len(session.bad()) == 180


def test_half_a_line_at_the_end_is_kept_as_torn_before_the_exit(session: Session) -> None:
    session.play("say:a half:100000")
    bad = session.bad()
    assert [one["why"] for one in bad] == ["torn"]
    assert bad[0]["bytes"] > 100_000
    assert len(bad[0]["head"]) == 256
    assert session.exits()[0] == {"type": "exit", "reason": "exit:0", "code": 0, "open": ["run-1"]}


@pytest.mark.parametrize("tail", [b'{"seq":', b'{"seq":6,"t":1,"d":"out","f":{"type":"agent_mes' + b"x" * 100_000])
def test_a_torn_last_line_gets_its_newline_and_the_count_goes_on(session: Session, tail: bytes) -> None:
    session.play("say:a")
    with session.transcript.open("ab") as file:
        file.write(tail.replace(b'"seq":6', b'"seq":%d' % (len(session.lines()) + 1)))
    before = len(session.records())
    session.play("say:b")
    assert tail[-10:] + b"\n" in session.transcript.read_bytes()
    assert len(session.records()) > before


def test_a_last_line_that_lacks_only_its_newline_is_whole_again(session: Session) -> None:
    session.play("say:a")
    os.truncate(session.transcript, session.transcript.stat().st_size - 1)
    session.play("say:b")
    assert [end["reason"] for end in session.exits()] == ["closed", "closed"]


def test_a_ten_megabyte_line_arrives_whole(session: Session) -> None:
    session.play(f"long:{10 * MIB} say:after")
    assert [len(text) for text in session.texts()] == [10 * MIB, 5]


def test_a_line_over_the_cap_is_measured_and_dropped_in_bounded_memory(session: Session) -> None:
    session.start()
    with session.host() as host:
        host.send(f"long:{40 * MIB} say:after")
        session.until_said("agent_message_chunk")
        status = Path(f"/proc/{holder(session.folder)['shim']}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])
    assert peak < 80_000  # KiB
    [bad] = session.bad()
    assert (bad["why"], len(bad["head"]), session.texts()) == ("long", 256, ["after"])
    assert bad["bytes"] == 40 * MIB + len(
        '{"type":"agent_message_chunk","id":"run-1","content":{"type":"text","text":""}}'
    )
    text = b'{"type":"agent_message_chunk","id":"run-1","content":{"type":"text","text":"%b"}}' % (b"x" * 40 * MIB)
    assert bad["sha256"] == hashlib.sha256(text).hexdigest()


def test_a_flood_of_stderr_is_kept_to_two_files_and_blocks_nobody(session: Session) -> None:
    session.play(f"stderr:{30 * MIB} say:after")
    sizes = [(session.folder / name).stat().st_size for name in ("stderr.log", "stderr.1.log")]
    assert sum(sizes) < 9 * MIB
    assert sizes[1] > 4 * MIB
    assert session.texts() == ["after"]


def forms(secret: str) -> list[str]:
    raw = secret.encode()
    return [secret, raw.hex(), base64.b64encode(raw).decode(), quote(secret, safe="")]


def test_no_byte_of_a_secret_reaches_the_folder(session: Session) -> None:
    first, second = "sk-test/0123456789abcdef", "a-second+secret-value"
    said = " ".join(f"say:{form} complain:{form} raw:{form}" for form in [*forms(first), *forms(second)])
    session.start(secrets=forms(first))
    with session.host() as host:
        assert "ok" in host.send(said, mask=forms(second))
        session.until_said("end")
        host.ask("close")
    session.until_over()
    kept = b"".join(path.read_bytes() for path in session.folder.iterdir())
    assert not [form for form in [*forms(first), *forms(second)] if form.encode() in kept]
    assert session.texts() == ["[REDACTED]"] * 8
    assert session.bad()[0]["head"] == "[REDACTED]"
    assert "[REDACTED]" in session.frames("in")[0]["params"]["prompt"]


def test_the_agent_itself_is_told_the_secret(session: Session) -> None:
    secret = "a-secret-of-some-length"
    session.play(f"digest:{secret}", secrets=[secret])
    assert session.texts() == [hashlib.sha256(secret.encode()).hexdigest()]


def test_a_secret_cut_by_two_writes_is_still_masked(session: Session) -> None:
    session.play(f"slow:{quote('x a-secret-of-some-length y')}", secrets=["a-secret-of-some-length"])
    kept = b"".join(path.read_bytes() for path in session.folder.iterdir())
    assert b"of-some-length" not in kept
    assert session.texts() == ["x [REDACTED] y"]


def test_a_secret_at_the_cut_of_a_bad_head_is_masked_before_the_cut(session: Session) -> None:
    secret = "a-secret-of-some-length"
    session.play(f"raw:{'y' * 250}{secret} half:0", secrets=[secret])
    assert session.bad()[0]["head"] == "y" * 250 + "[REDAC"


# -- full disks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk; the file size limit below covers the rest")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that takes all but `leave` bytes."""
    filler = disk / "filler"
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    filler.write_bytes(bytes(max(0, free - leave)))
    return filler


def test_a_full_disk_holds_the_agent_and_loses_nothing(small_disk: Path) -> None:
    with Session.kept(small_disk / NAME) as session:
        session.start(full_s=600)
        with session.host() as host:
            filler = fill(small_disk, leave=300_000)
            host.send("flood:20000")
            session.until(lambda: not os.statvfs(small_disk).f_bavail)
            numbers = itertools.count()
            refused = {"kind": "disk_full"}
            session.until(lambda: host.request(f"ping-{next(numbers)}", "ping").get("failure") == refused)
            assert host.ask("ping")["ok"]["open"] == ["run-1"]
            filler.unlink()
            session.until(lambda: host.ask("ping")["ok"]["open"] == [])
            host.ask("close")
        assert session.until_over()["reason"] == "closed"
        assert session.texts() == [f"{n} of 20000" for n in range(20000)]


def test_a_disk_that_stays_full_ends_the_session_with_a_record_of_it(small_disk: Path) -> None:
    with Session.kept(small_disk / NAME) as session:
        session.start(full_s=0.4)
        fill(small_disk, leave=100_000)
        with session.host() as host:
            host.send("flood:20000")
        assert session.until_over() == {"type": "exit", "reason": "disk_full", "code": -15, "open": ["run-1"]}
        assert not (session.folder / "reserve").exists()
        (small_disk / "filler").unlink()
        session.start()
        assert (session.folder / "reserve").stat().st_size == 64 * 1024
        with session.host() as host:
            host.send("say:on", run="run-2")
            session.until_said("end")


def test_a_session_closed_on_a_full_disk_still_has_its_end(small_disk: Path) -> None:
    with Session.kept(small_disk / NAME) as session:
        session.start()
        session.until_said("ready")
        fill(small_disk, leave=0)
        with session.host() as host:
            host.ask("close")
        assert session.until_over()["reason"] == "closed"


def test_a_shim_killed_on_a_full_disk_still_has_its_end(small_disk: Path) -> None:
    with Session.kept(small_disk / NAME) as session:
        session.start()
        session.until_said("ready")
        fill(small_disk, leave=0)
        session.kill("shim")
        assert session.until_over()["reason"] == "shim:-9"


@pytest.mark.parametrize("killed", [("shim",), ("guard", "shim")])
def test_killed_in_the_middle_of_a_line_on_a_full_disk_the_record_still_gets_its_end(
    small_disk: Path, killed: tuple[str, ...]
) -> None:
    with Session.kept(small_disk / NAME) as session:
        session.start()
        with session.host() as host:
            fill(small_disk, leave=100_000)
            host.send("flood:20000")
            session.until(lambda: not os.statvfs(small_disk).f_bavail)
        session.kill(*killed)
        session.until(lambda: not alive(session.folder))
        settle(session.folder)
        assert session.exits()[0]["by"] == ("guard" if killed == ("shim",) else "settler")
        assert session.exits()[0]["open"] == ["run-1"]


def test_a_session_does_not_start_on_a_full_disk(small_disk: Path) -> None:
    with Session.kept(small_disk / NAME) as session:
        filler = fill(small_disk, leave=4096)
        with pytest.raises(Refused) as caught:
            session.start()
        assert caught.value.reason == "disk_full"
        session.until(lambda: not alive(session.folder))
        assert session.lines() == []
        filler.unlink()
        assert session.start().won


def test_a_request_that_does_not_fit_is_refused_and_never_reaches_the_agent(session: Session) -> None:
    session.start()
    session.until_said("ready")
    shim = holder(session.folder)["shim"]
    _, hard = resource.prlimit(shim, resource.RLIMIT_FSIZE)
    resource.prlimit(shim, resource.RLIMIT_FSIZE, (session.transcript.stat().st_size + 100, hard))
    with session.host() as host:
        prompt = f"say:{'x' * 1000}"
        assert host.send(prompt)["failure"]["kind"] == "disk_full"
        assert host.ask("ping")["ok"]["open"] == []
        resource.prlimit(shim, resource.RLIMIT_FSIZE, (hard, hard))
        session.until(lambda: "ok" in host.send(prompt))
        session.until_said("end")
        host.ask("close")
    session.until_over()
    assert len(session.lines()) == len(session.records()) + 1  # the torn one, which has its number and is skipped
    assert [frame["method"] for frame in session.frames("in")] == ["sendMessage", "shutdown"]
