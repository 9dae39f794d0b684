"""The transcript's rules without a process: any bytes, cut anywhere, and a past that is read back."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sidecar import tape
from workbench.sidecar.log import Log, Mask
from workbench.sidecar.past import PREFIX, Past, ended, event

FRAME = b'{"type":"notice","id":"r","message":"a-secret-of-some-length"}'
LINES = st.lists(
    st.one_of(
        st.sampled_from([FRAME, b"", b"{}", b"stray", b"{", b"}", b"\xff\xfe", b'{"\xff":1}']), st.binary(max_size=40)
    )
)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "transcript.jsonl").read_bytes().split(b"\n")[:-1]


def without_time(line: bytes) -> bytes:
    head, _, rest = line.partition(b',"t":')
    return head + rest.lstrip(b"0123456789")


def written(chunks: list[bytes], mask: Mask | None = None) -> list[bytes]:
    """What a tape makes of chunks of an agent's stdout."""
    with tempfile.TemporaryDirectory() as name:
        made = tape.Tape(name, mask)
        for chunk in chunks:
            made.feed(chunk)
        made.tear()
        made.close()
        return [without_time(line) for line in lines_of(Path(name))]


@given(LINES, st.lists(st.integers(0, 400)), st.booleans())
def test_where_the_stream_is_cut_changes_nothing(lines: list[bytes], cuts: list[int], ended_well: bool) -> None:
    stream = b"\n".join([*lines, b""]) if ended_well else b"\n".join(lines)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[first:last] for first, last in pairwise(edges)]
    mask = Mask(["a-secret-of-some-length"])
    assert written(chunks, mask) == written([stream] if stream else [], mask)


@given(LINES)
def test_every_line_has_its_number_and_is_utf8(lines: list[bytes]) -> None:
    for number, line in enumerate(written([b"\n".join([*lines, b""])]), 1):
        assert line.startswith(b'{"seq":%d,' % number)
        line.decode()


def test_a_record_has_exactly_the_documented_form(tmp_path: Path) -> None:
    made = tape.Tape(str(tmp_path))
    assert made.put(b"in", b'{"id":"a"}') == 1
    made.feed(FRAME + b"\nstray\n")
    made.close()
    [first, second, third] = lines_of(tmp_path)
    assert without_time(first) == b'{"seq":1,"d":"in","f":{"id":"a"}}'
    assert without_time(second) == b'{"seq":2,"d":"out","f":' + FRAME + b"}"
    assert list(json.loads(third)) == ["seq", "t", "d", "bad"]
    assert list(json.loads(third)["bad"]) == ["why", "bytes", "sha256", "head"]
    assert all(PREFIX.match(line) for line in (first, second, third))


def test_only_lines_that_may_matter_are_looked_at(tmp_path: Path) -> None:
    made = tape.Tape(str(tmp_path))
    chatter = b'{"type":"agent_message_chunk","id":"r"}\n' * 5
    ends = [b'{"type":"end","id":"r"}', b'{"type": "aborted", "id": "r"}', b'{"type":"error"}', b'{"type":"ready"}']
    assert made.feed(chatter + b"\n".join(ends) + b"\n" + chatter) == ends
    made.close()


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b'{"type":"end","id":"a"}', ("end", "a")),
        (b'{"type": "end", "id": "a\\"b", "x":1}', ("end", 'a"b')),
        (b'{"type":"ready","version":1}', ("ready", "")),
        (b'{"id":"a","type":"end"}', ("", "")),
        (b'{"type":"end","id":7}', ("end", "")),
        (b'{"type":"end","id":"\\q"}', ("end", "")),
    ],
)
def test_an_event_is_known_by_its_first_two_keys(line: bytes, found: tuple[str, str]) -> None:
    assert event(line) == found


def record(number: int, direction: str, frame: dict[str, Any]) -> bytes:
    return json.dumps({"seq": number, "t": 1, "d": direction, "f": frame}, separators=(",", ":")).encode() + b"\n"


LIFE = [
    record(1, "shim", {"type": "start", "pid": 1, "version": 1}),
    record(2, "in", {"id": "a", "method": "sendMessage", "params": {}}),
    record(3, "in", {"id": "p", "method": "ping", "params": {}}),
    record(4, "out", {"type": "end", "id": "a"}),
    record(5, "in", {"id": "b", "method": "sendMessage", "params": {}}),
    record(6, "out", {"type": "error", "id": "p"}),
]


def past_of(folder: Path, data: bytes) -> Past:
    (folder / "transcript.jsonl").write_bytes(data)
    return Past(str(folder / "transcript.jsonl"))


def test_the_past_knows_what_was_sent_what_is_open_and_that_it_is_not_over(tmp_path: Path) -> None:
    past = past_of(tmp_path, b"".join(LIFE))
    assert (past.seq, past.seen, list(past.open), past.live, past.torn) == (6, {"a", "p", "b"}, ["b"], True, False)
    past = past_of(tmp_path, b"".join([*LIFE, record(7, "shim", {"type": "exit", "reason": "closed", "open": ["b"]})]))
    assert (past.seq, list(past.open), past.live) == (7, [], False)


@pytest.mark.parametrize("cut", range(1, len(LIFE[5])))
def test_a_past_torn_anywhere_keeps_its_count(tmp_path: Path, cut: int) -> None:
    data = b"".join(LIFE)[: -len(LIFE[5]) + cut]
    past = past_of(tmp_path, data)
    assert past.torn is not data.endswith(b"\n")
    counted = bool(PREFIX.match(LIFE[5][:cut]))
    assert past.seq == (6 if counted else 5)
    made = tape.Tape(str(tmp_path))
    assert made.put(b"shim", b"{}") == past.seq + 1
    made.close()
    assert (tmp_path / "transcript.jsonl").read_bytes().startswith(data + b"\n")


def test_a_past_longer_than_its_reading_block_is_read_whole(tmp_path: Path) -> None:
    filler = [record(n, "out", {"type": "notice", "message": "x" * 1_000_000}) for n in range(7, 17)]
    past = past_of(tmp_path, b"".join([*LIFE, *filler, record(17, "out", {"type": "end", "id": "b"})]))
    assert (past.seq, list(past.open), past.live) == (17, [], True)


def test_settling_a_record_is_done_once(tmp_path: Path) -> None:
    past_of(tmp_path, b"".join(LIFE))
    assert not ended(str(tmp_path / "transcript.jsonl"))
    assert tape.settle(str(tmp_path), "lost", None, "settler")
    assert json.loads(lines_of(tmp_path)[-1])["f"] == {
        "type": "exit", "reason": "lost", "code": None, "open": ["b"], "by": "settler",
    }  # fmt: skip
    assert ended(str(tmp_path / "transcript.jsonl"))
    assert not tape.settle(str(tmp_path), "lost", None, "settler")
    assert len(lines_of(tmp_path)) == 7


def test_the_lock_is_had_as_soon_as_a_host_that_looked_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = os.open(tmp_path / "lock", os.O_RDONLY | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(tape.time, "sleep", lambda _: os.close(looking))
    lock = tape.take_lock(str(tmp_path), wait_s=0)
    assert lock is not None
    assert tape.take_lock(str(tmp_path), wait_s=0) is None
    os.close(lock)


def test_a_record_that_never_began_needs_no_end(tmp_path: Path) -> None:
    (tmp_path / "transcript.jsonl").touch()
    assert not tape.settle(str(tmp_path), "lost", None, "settler")
    assert lines_of(tmp_path) == []


def test_the_longest_form_of_a_secret_goes_first_and_short_ones_are_let_be() -> None:
    mask = Mask(["abcdefgh", "abcdefgh-and-more", "short"])
    assert mask(b"1 abcdefgh-and-more 2 abcdefgh 3 short") == b"1 [REDACTED] 2 [REDACTED] 3 short"


@given(st.lists(st.integers(0, 300_000), max_size=8))
@settings(max_examples=30)
def test_a_log_without_newlines_hides_a_secret_wherever_it_is_cut(cuts: list[int]) -> None:
    secret = b"a-secret-of-some-length"
    stream = (b"x" * 70_000 + secret) * 4
    with tempfile.TemporaryDirectory() as name, (Path(name) / "spare").open("wb") as spare:
        made = Log(name, Mask([secret.decode()]), spare.fileno())
        edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
        for first, last in pairwise(edges):
            made.feed(stream[first:last])
        made.close()
        assert (Path(name) / "stderr.log").read_bytes() == (b"x" * 70_000 + b"[REDACTED]") * 4


def test_a_refused_record_stays_refused_though_only_its_newline_did_not_fit(tmp_path: Path) -> None:
    made = tape.Tape(str(tmp_path))
    made.put(b"in", FRAME)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * made.size - 1, hard))
    try:
        with pytest.raises(tape.Full):
            made.put(b"in", FRAME)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert made.flush()
    assert made.put(b"in", FRAME) == 3
    made.close()
    first, refused, third = lines_of(tmp_path)
    assert [json.loads(line)["seq"] for line in (first, third)] == [1, 3]
    assert PREFIX.match(refused)
    with pytest.raises(ValueError, match="Extra data"):
        json.loads(refused)
