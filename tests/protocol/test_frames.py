"""Bytes to lines: the same lines however the bytes were cut, and bounded memory whatever comes."""

from __future__ import annotations

import hashlib
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.protocol.frames import HEAD, LineFramer, Oversize


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(edge % (len(data) + 1) for edge in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def feed(framer: LineFramer, chunks: list[bytes]) -> list[bytes | Oversize]:
    return [line for chunk in chunks for line in framer.feed(chunk)]


def expected(line: bytes, cap: int) -> bytes | Oversize:
    return line if len(line) <= cap else Oversize(len(line), hashlib.sha256(line).hexdigest(), line[:HEAD])


lines_of_bytes = st.builds(
    lambda seed, size: (seed * size)[:size], st.sampled_from([b"ab", b"\0", b"\xff\r"]), st.integers(0, 600)
)


@given(st.lists(lines_of_bytes, max_size=8), lines_of_bytes, st.lists(st.integers(0, 5000)), st.integers(1, HEAD + 50))
def test_lines_come_out_as_they_went_in_however_they_were_cut(lines, tail, cuts, cap):
    framer = LineFramer(max_line=cap)
    data = b"".join(line + b"\n" for line in lines) + tail
    assert feed(framer, cut(data, cuts)) == [expected(line, cap) for line in lines]
    assert framer.close() == (expected(tail, cap) if tail else None)


@pytest.mark.parametrize("size", [9, 10, 11])
@pytest.mark.parametrize("step", [1, 3, 100])
def test_the_cap_counts_the_line_without_its_newline(size, step):
    data = b"x" * size + b"\nok\n"
    framer = LineFramer(max_line=10)
    found = feed(framer, [data[at : at + step] for at in range(0, len(data), step)])
    assert found == [expected(b"x" * size, 10), b"ok"]


def test_an_empty_line_is_a_line():
    assert LineFramer().feed(b"\n\na\n\n") == [b"", b"", b"a", b""]


def test_a_carriage_return_belongs_to_the_line():
    assert LineFramer().feed(b"a\r\n") == [b"a\r"]


def test_it_goes_on_after_a_line_that_was_too_long():
    framer = LineFramer(max_line=4)
    assert framer.feed(b"12345") == []
    assert framer.feed(b"67") == []
    first, second = framer.feed(b"8\nok\n12")
    assert isinstance(first, Oversize)
    assert (first.size, first.head) == (8, b"12345678")
    assert first.sha256 == hashlib.sha256(b"12345678").hexdigest()
    assert second == b"ok"
    assert framer.feed(b"34\n") == [b"1234"]
    assert framer.close() is None


def test_a_torn_line_that_was_too_long_is_told_with_its_digest():
    framer = LineFramer(max_line=4)
    framer.feed(b"123456")
    torn = framer.close()
    assert isinstance(torn, Oversize)
    assert torn.size == 6
    assert framer.close() is None
    assert framer.feed(b"next\n") == [b"next"]


def test_a_line_without_an_end_takes_no_more_memory_than_the_cap():
    cap = 1 << 20
    framer = LineFramer(max_line=cap)
    chunk = b"x" * (64 * 1024)
    tracemalloc.start()
    try:
        for _ in range(1024):
            framer.feed(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * cap
    (found,) = framer.feed(b"\n")
    assert isinstance(found, Oversize)
    assert found.size == 1024 * len(chunk)
    assert len(found.head) == HEAD
