"""Whole lines from an offset, and a number's place in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scribe import Scribe

from workbench.agents.run import ENTRIES
from workbench.agents.transcript import READ_BYTES, RECORDS, Transcript, decode_block


def file(folder: Path, content: bytes) -> Path:
    path = folder / "transcript.jsonl"
    path.write_bytes(content)
    return path


def numbered(count: int, size: int = 10) -> Scribe:
    scribe = Scribe()
    for number in range(count):
        scribe.say("r", "x" * (number * 7919 % size))
    return scribe


def test_a_file_that_does_not_exist_yet_is_an_empty_transcript(tmp_path: Path) -> None:
    with Transcript(tmp_path / "transcript.jsonl") as empty:
        assert (empty.size(), empty.end(), empty.offset_of(1), empty.tail(3)) == (0, 0, 0, [])
        assert empty.read(0).records == []


def test_a_file_that_appears_later_is_read_by_the_same_reader(tmp_path: Path) -> None:
    with Transcript(tmp_path / "transcript.jsonl") as transcript:
        assert transcript.size() == 0
        file(tmp_path, numbered(2).bytes)
        assert [record.seq for record in transcript.read(0).records] == [1, 2]


def test_pages_join_up_to_the_whole_file(tmp_path: Path) -> None:
    scribe = numbered(300, 50)
    with Transcript(file(tmp_path, scribe.bytes)) as transcript:
        offset, seen = 0, []
        while page := transcript.read(offset, 1000).records:
            seen += [record.seq for record in page]
            offset = transcript.read(offset, 1000).offset
    assert seen == list(range(1, 301))
    assert offset == len(scribe.bytes)


def test_a_last_line_without_its_newline_is_not_there_yet(tmp_path: Path) -> None:
    whole = numbered(3).bytes
    with Transcript(file(tmp_path, whole + b'{"seq":4,"t":1,"d":"out","f":{}}')) as transcript:
        page = transcript.read(0)
        assert [record.seq for record in page.records] == [1, 2, 3]
        assert (page.offset, page.skipped, transcript.end()) == (len(whole), 0, len(whole))
        assert transcript.read(page.offset).records == []
        assert [record.seq for record in transcript.tail(2)] == [2, 3]


def test_a_line_longer_than_what_is_read_at_once_is_read_whole(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.say("r", "short")
    scribe.say("r", "y" * (3 * READ_BYTES))
    scribe.say("r", "short again")
    with Transcript(file(tmp_path, scribe.bytes)) as transcript:
        first = transcript.read(0)
        second = transcript.read(first.offset)
        third = transcript.read(second.offset)
        assert [len(page.records) for page in (first, second, third)] == [1, 1, 1]
        assert transcript.offset_of(3) == second.offset
        assert [record.seq for record in transcript.tail(1)] == [3]


BROKEN = [
    pytest.param(b"", id="an empty line"),
    pytest.param(b"\x00\xff\xfe garbage", id="bytes"),
    pytest.param(b'{"seq":2,"t":1,"d":"out","f":{"type":"agent_mes', id="a torn line"),
    pytest.param(b'{"seq":2,"t":1,"d":"out","f":{"content":"\xff"}}', id="bad UTF-8"),
    pytest.param(b'{"seq":2,"t":1,"d":"out","f":{"content":"\\ud800"}}', id="half a surrogate pair"),
    pytest.param(b'{"seq":2,"t":1,"d":"out","f":{"content":NaN}}', id="NaN"),
    pytest.param(b'{"seq":2,"t":1,"d":"out","f":{"content":1e400}}', id="a number out of range"),
    pytest.param(
        b'{"seq":2,"t":1,"d":"out","f":{"content":' + b"[" * 10_000 + b"]" * 10_000 + b"}}", id="depth 10,000"
    ),
    pytest.param(b'{"seq":2,"t":1,"d":"sideways","f":{}}', id="an unknown direction"),
    pytest.param(b'{"seq":99999999999999999999,"t":1,"d":"out","f":{}}', id="a number that no file has"),
    pytest.param(b'{"seq":2,"t":1,"d":"out","f":{}}{"seq":3,"t":1,"d":"out","f":{}}', id="two records in a line"),
    pytest.param(b"[1,2]", id="no object"),
]


@pytest.mark.parametrize("line", BROKEN)
def test_a_line_that_cannot_be_decoded_is_skipped_and_counted(tmp_path: Path, line: bytes) -> None:
    before, after = Scribe(), Scribe()
    before.say("r", "before")
    after.seq = 4
    after.say("r", "after")
    content = before.bytes + line + b"\n" + after.bytes
    with Transcript(file(tmp_path, content)) as transcript:
        for decoder in (RECORDS, ENTRIES):
            page = transcript.decode(0, decoder)
            assert ([record.seq for record in page.records], page.skipped) == ([1, 5], 1)
        assert transcript.read(0).offset == len(content)


def test_a_blank_line_and_a_double_one_do_not_make_up_for_each_other() -> None:
    record = b'{"seq":1,"t":1,"d":"out","f":{}}'
    assert decode_block(record + record + b"\n\n", RECORDS) == ([], 2)


def test_a_records_raw_vendor_event_is_read_by_readers_and_passed_over_by_the_fold(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.say("r", "hello", raw={"type": "stream_event"}, unknown=1)
    with Transcript(file(tmp_path, scribe.bytes)) as transcript:
        frame = transcript.read(0).records[0].f
        assert frame is not None
        assert (frame["raw"], frame["unknown"]) == ({"type": "stream_event"}, 1)
        entry = transcript.decode(0, ENTRIES).records[0]
        assert entry.f is not None
        assert not hasattr(entry.f, "raw")


@settings(max_examples=60)
@given(
    sizes=st.lists(st.integers(0, 200), min_size=0, max_size=40),
    torn=st.sets(st.integers(0, 39)),
    wanted=st.integers(0, 45),
)
def test_halving_finds_the_line_that_counting_finds(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], torn: set[int], wanted: int
) -> None:
    scribe, starts, at = Scribe(), {}, 0
    for place, size in enumerate(sizes):
        if place in torn:
            scribe.raw(b"torn" * size + b"\n")
            at += 4 * size + 1
        starts[scribe.say("r", "x" * size)] = at
        at += len(scribe.lines[-1])
    with Transcript(file(tmp_path_factory.mktemp("t"), scribe.bytes)) as transcript:
        assert transcript.offset_of(wanted) == next((start for seq, start in starts.items() if seq >= wanted), at)


def test_the_tail_is_the_last_records_whatever_their_size(tmp_path: Path) -> None:
    scribe = numbered(500, 3000)
    with Transcript(file(tmp_path, scribe.bytes)) as transcript:
        for count in (0, 1, 7, 499, 500, 9999):
            expected = list(range(max(1, 501 - count), 501)) if count else []
            assert [record.seq for record in transcript.tail(count)] == expected


def test_closing_gives_the_descriptor_back(tmp_path: Path) -> None:
    path = file(tmp_path, numbered(1).bytes)
    before = open_files()
    with Transcript(path) as transcript:
        transcript.sync()
        assert open_files() == before + 1
    assert open_files() == before


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())
