"""The store is a function of what the files hold, not of when and in which pieces they came."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcripts import CASES, SONNET, facts, imported, lines, response, rollout, sums, totals, write

from workbench.errors import InvalidRequest
from workbench.paths import Home
from workbench.usage import rollups
from workbench.usage.store import Store

SLOWLY = settings(max_examples=15)
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
PARENT, CHILD, GRANDCHILD = (f"019b0000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))


@contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def mixed(folder: Path) -> None:
    """Streams, forks with ties, side conversations, a gateway's ids, rows without a request: all in a few files."""
    first = [response(f"msg_01{n:020}", n + 1, rid=f"req_{n}", at=f"2026-03-29T0{n}:55:00.000Z") for n in range(4)]
    grown = [
        response(f"msg_01{n:020}", n + 50, rid=f"req_{n}", at=f"2026-03-29T0{n}:55:09.000Z") for n in range(0, 4, 2)
    ]
    gateway = [response("chat-1", n, rid=f"req_g{n}", at=f"2026-03-29T1{n}:00:00.000Z") for n in range(3)]
    bare = [response("chat-2", n, rid=None, at=f"2026-03-29T1{n}:00:00.000Z") for n in range(3)]
    write(folder / "claude", "s1.jsonl", lines(*first, *grown, *gateway, *bare))
    copied = [{**row, "sessionId": "s0"} for row in (*first, *gateway[:2])]
    write(folder / "claude", "s0.jsonl", lines(*copied, response("msg_01own0000000000000000", 9, session="s0")))
    aside = [response(f"msg_01{n:020}", 60, side=True, rid=f"req_s{n}") for n in range(2)]
    skilled = response("msg_01side000000000000000", 4, side=True, attributionSkill="pdf", attributionAgent="Explore")
    write(folder / "claude", "s1/subagents/agent-1.jsonl", lines(*aside, skilled))
    write(folder / "claude", "s2.jsonl", lines({**first[1], "sessionId": "s2"}, response("chat-1", 70, rid=None)), "p2")
    rollout(folder / "codex", PARENT, [(100, 10), (250, 30), (400, 50)])
    rollout(folder / "codex", CHILD, [(100, 10), (250, 30), (500, 90)], parent=PARENT, day="16")
    rollout(folder / "codex", GRANDCHILD, [(100, 10), (250, 30), (500, 90), (20, 5)], parent=CHILD, day="17")


def everything(folder: Path) -> None:
    """All the cases in one home, beside those."""
    mixed(folder)
    for name in NAMES:
        for kind in ("claude", "codex"):
            if (CASES / name / kind).is_dir():
                shutil.copytree(
                    CASES / name / kind, folder / kind / ("projects" if kind == "claude" else "sessions") / name
                )


def in_pieces(whole: Path, arriving: Path, choice: random.Random) -> Iterator[None]:
    """Lets files arrive, some cut at a random byte, and go on, in a random order; a stop after each few."""
    parts: list[tuple[Path, bytes, bytes]] = []
    for path in sorted(path for path in whole.rglob("*") if path.is_file()):
        data = path.read_bytes()
        cut = choice.randrange(len(data) + 1)
        parts.append((arriving / path.relative_to(whole), data[:cut], data[cut:]))
    choice.shuffle(parts)
    for turn in (1, 2):
        for path, *halves in parts:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(halves[turn - 1])
            if choice.random() < 0.2:
                yield
        choice.shuffle(parts)
    yield


@settings(SLOWLY, max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_files_in_any_order_and_pieces_come_to_what_they_come_to_at_once(seed: int) -> None:
    choice = random.Random(seed)
    with scratch() as folder:
        (everything if choice.random() < 0.3 else mixed)(folder / "whole")
        at_once, bit_by_bit = Home(folder / "at-once"), Home(folder / "bit-by-bit")
        imported(at_once, folder / "whole/claude", folder / "whole/codex")
        for _ in in_pieces(folder / "whole", folder / "arriving", choice):
            imported(bit_by_bit, folder / "arriving/claude", folder / "arriving/codex")
        assert facts(bit_by_bit) == facts(at_once)
        assert sums(bit_by_bit) == sums(at_once)
        assert sums(bit_by_bit, "day") == sums(at_once, "day")
        assert sums(bit_by_bit, "day_dim") == sums(at_once, "day_dim")


@SLOWLY
@given(seed=st.integers(0, 2**32))
def test_copies_of_files_add_nothing(seed: int) -> None:
    choice = random.Random(seed)
    with scratch() as folder:
        mixed(folder)
        home = Home(folder / "home")
        imported(home, folder / "claude", folder / "codex")
        before = facts(home), sums(home)
        for path in sorted(folder.glob("c*/**/*.jsonl")):
            if choice.random() < 0.7:
                shutil.copy(path, path.with_name(f"rollout-copy-{choice.randrange(9)}-{path.name}"))
        imported(home, folder / "claude", folder / "codex")
        assert (facts(home), sums(home)) == before


def test_a_file_cut_at_every_byte_and_completed_counts_as_the_whole(home: Home, tmp_path: Path) -> None:
    data = lines(response(output=1), response(output=9), response("msg_01bbbbbbbbbbbbbbbbbbbb", 5, rid="req_2"))
    for cut in range(0, len(data), 7):
        path = write(tmp_path / "claude", f"s{cut}.jsonl", data[:cut].replace(b"msg_01", b"msg_01%d" % cut))
        imported(home, tmp_path / "claude")
        path.write_bytes(data.replace(b"msg_01", b"msg_01%d" % cut))
    imported(home, tmp_path / "claude")
    pieces = len(range(0, len(data), 7))
    assert totals(home) == (2 * pieces, 14 * pieces)


ZONES = (
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "America/New_York",
)


@SLOWLY
@given(
    times=st.lists(
        st.integers(1_325_030_400, 1_798_700_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
        min_size=1,
        max_size=40,
    ),
    zone=st.sampled_from(ZONES),
)
def test_days_of_a_zone_are_what_a_calendar_says(times: list[datetime], zone: str) -> None:
    with scratch() as folder:
        home = Home(folder / "home")
        rows = [response(f"msg_01{n:020}", n, at=time.isoformat()) for n, time in enumerate(times)]
        write(folder / "claude", "s1.jsonl", lines(*rows[::2]))
        imported(home, folder / "claude")
        with Store.open(home) as store:
            store.ensure_zone(zone)
        write(folder / "claude", "s2.jsonl", lines(*rows[1::2]))
        imported(home, folder / "claude")
        expected: dict[str, int] = defaultdict(int)
        for number, time in enumerate(times):
            expected[time.astimezone(ZoneInfo(zone)).date().isoformat()] += number
        found: dict[str, int] = defaultdict(int)
        for row in sums(home, "day", f"t.zone = '{zone}'"):
            found[row[1]] += row[-7]
        assert found == dict(expected)


def test_every_quarter_hour_around_a_change_of_clocks_is_in_its_own_day() -> None:
    for zone in ZONES:
        day = rollups.days_of(zone)
        for begin in (
            datetime(2026, 3, 7, tzinfo=UTC),
            datetime(2026, 10, 24, tzinfo=UTC),
            datetime(2011, 12, 29, tzinfo=UTC),
        ):
            first = int(begin.timestamp()) // 900
            for bucket in range(first, first + 4 * 24 * 4):
                moment = datetime.fromtimestamp(bucket * 900, UTC).astimezone(ZoneInfo(zone))
                assert day(bucket) == moment.date().isoformat()


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../etc/passwd", "", "\0", "/etc/localtime", "x" * 5000])
def test_what_is_no_zone_is_refused_in_one_sentence(home: Home, zone: str) -> None:
    with Store.open(home) as store, pytest.raises(InvalidRequest, match="is not a time zone"):
        store.ensure_zone(zone)


def test_a_model_that_changed_in_the_stream_counts_as_the_row_that_won(home: Home, tmp_path: Path) -> None:
    rows = [response(output=5, model=SONNET), response(output=9, model="claude-opus-4-5-20251101")]
    write(tmp_path / "claude", "s1.jsonl", lines(*rows))
    imported(home, tmp_path / "claude")
    assert [row[5] for row in facts(home)] == ["claude-opus-4-5-20251101"]
