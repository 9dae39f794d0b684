"""Lines out of big files: whole, in bounded memory, in linear time."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling import candidates, lines, read, reasons, row, write

from workbench.usage.sources.claude import Claude
from workbench.usage.sources.lines import CHUNK, LONGEST, Unreadable, chunks, loads, opened, picos, text

CLAUDE = Claude()


def whole_lines(path: Path, offset: int = 0) -> list[tuple[int, bytes]]:
    """The lines of all chunks with their offsets."""
    told = []
    with opened(str(path)) as descriptor:
        for chunk in chunks(descriptor, offset):
            at = chunk.offset
            for line in chunk.data[: chunk.end].splitlines(keepends=True):
                told.append((at, line))
                at += len(line)
            assert not chunk.end or chunk.after == at
    return told


@given(lengths=st.lists(st.integers(0, CHUNK * 2), max_size=6), tail=st.sampled_from([b"", b"{", b"rest", b"{} x"]))
def test_lines_of_any_length_come_whole_each_at_its_offset(tmp_path: Path, lengths: list[int], tail: bytes) -> None:
    data = b"".join(b"%d" % n + b"x" * length + b"\n" for n, length in enumerate(lengths))
    path = write(tmp_path / "x.jsonl", data=data + tail)
    told = whole_lines(path)
    assert b"".join(line for _, line in told) == data
    assert [at for at, _ in told] == [sum(len(line) for _, line in told[:n]) for n in range(len(told))]


@pytest.mark.parametrize("tail", [b'{"a":1}', b'{"a":1} ', b'{"a":{"b":[1]}}\r'])
def test_a_tail_that_is_a_whole_object_is_a_line(tmp_path: Path, tail: bytes) -> None:
    assert whole_lines(write(tmp_path / "x.jsonl", data=b"1\n" + tail)) == [(0, b"1\n"), (2, tail)]


@pytest.mark.parametrize("tail", [b"", b"{", b'{"a":{"b":1}', b"[1]", b"1", b"null", b'"}"', b"\n", b"{}}"])
def test_any_other_tail_waits(tmp_path: Path, tail: bytes) -> None:
    whole = 2 if tail != b"\n" else 3
    path = write(tmp_path / "x.jsonl", data=b"1\n" + tail)
    with opened(str(path)) as descriptor:
        assert [chunk.after for chunk in chunks(descriptor, 0)] == [whole]
        assert [chunk.after for chunk in chunks(descriptor, 2)] == ([3] if tail == b"\n" else [])


def sparse(path: Path, hole: int, after: bytes) -> Path:
    """A transcript with a line of `hole` NUL bytes between two responses."""
    path = write(path, row())
    with path.open("r+b") as file:
        file.seek(hole, os.SEEK_END)
        file.write(after)
    return path


def test_a_line_beyond_64_mib_is_a_skip_and_what_follows_counts(tmp_path: Path) -> None:
    path = sparse(tmp_path / "x.jsonl", LONGEST + 5, b"\n" + lines([row("msg_02")]))
    parsed = read(CLAUDE, path)
    assert [each.mid for each in candidates(parsed)] == ["msg_01", "msg_02"]
    assert parsed.skips == [(len(lines([row()])), "longer than 64 MiB")]
    assert parsed.offset == path.stat().st_size


def test_a_line_beyond_64_mib_that_has_not_ended_is_told_and_waited_for(tmp_path: Path) -> None:
    path = sparse(tmp_path / "x.jsonl", LONGEST + 5, b"x")
    parsed = read(CLAUDE, path)
    assert reasons(parsed) == ["longer than 64 MiB"]
    assert parsed.offset == len(lines([row()]))
    with path.open("ab") as file:
        file.write(b"\n" + lines([row("msg_02")]))
    assert [each.mid for each in candidates(read(CLAUDE, path, parsed.offset))] == ["msg_02"]


def test_a_line_of_many_chunks_below_that_counts(tmp_path: Path) -> None:
    long = row(message={"content": "x" * (CHUNK * 9)})
    path = write(tmp_path / "x.jsonl", row("msg_02"), long, row("msg_03"))
    assert [each.mid for each in candidates(read(CLAUDE, path))] == ["msg_02", "msg_01", "msg_03"]


@pytest.mark.slow
def test_a_line_of_two_gigabytes_needs_no_memory(tmp_path: Path) -> None:
    path = sparse(tmp_path / "x.jsonl", 2 << 30, b"\n" + lines([row("msg_02")]))
    tracemalloc.start()
    try:
        parsed = read(CLAUDE, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [each.mid for each in candidates(parsed)] == ["msg_01", "msg_02"]
    assert reasons(parsed) == ["longer than 64 MiB"]
    assert peak < 3 * LONGEST


def test_a_file_that_has_gone_or_shrunk_is_the_callers_matter(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(CLAUDE, tmp_path / "gone.jsonl")
    with pytest.raises(IsADirectoryError):
        read(CLAUDE, tmp_path)
    assert read(CLAUDE, write(tmp_path / "x.jsonl", row()), 10_000)[:4] == (10_000, None, None, [])


def test_patient_reading_of_json_says_why_it_gives_up() -> None:
    assert loads(b'\xef\xbb\xbf{"a":"\xff"}') == {"a": "\ufffd"}
    for line, why in ((b"{", "not valid JSON"), (b"[" * 100_000, "nested too deep"), (b"1" * 5000, "not valid JSON")):
        with pytest.raises(Unreadable, match=why):
            loads(line)


@pytest.mark.parametrize(
    ("dollars", "expected"),
    [
        (None, None),
        (0, 0),
        (0.815, 815_000_000_000),
        (999.999999999999, 999_999_999_999_999),
        (-0.1, None),
        (1e9, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_a_sources_own_cost_is_exact_or_none(dollars: float | None, expected: int | None) -> None:
    assert picos(dollars) == expected


def test_a_text_is_what_every_store_takes() -> None:
    assert [text("a\ud800"), text(5), text(None), text("é")] == ["a?", None, None, "é"]
