"""What providers say of their own limits: kept when it is new, believed when it is not behind."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts import imported, rollout

from workbench.paths import Home
from workbench.usage import limits
from workbench.usage.sampling import LimitRow
from workbench.usage.store import Store

NOW = 1_790_000_000_000
MINUTE = 60_000
RESET = NOW + 60 * MINUTE


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened


def seen(
    at: int, used: float, resets_at: int | None = RESET, *, window: int = 300, plan: str | None = None
) -> LimitRow:
    return (at, "anthropic", window, used, resets_at, plan)


def kept(store: Store, *rows: LimitRow) -> list[LimitRow]:
    """The table after these words came one by one."""
    for row in rows:
        limits.keep_at(store.path, [row])
    return store.read(lambda connection: connection.execute("select * from limit_seen order by ts").fetchall())


def told(**windows: object) -> dict[str, object]:
    return {"rate_limits": windows}


def test_the_status_line_tells_two_windows() -> None:
    rows = limits.of_statusline(
        told(
            five_hour={"used_percentage": 23.5, "resets_at": 1_790_000_600},
            seven_day={"used_percentage": 105, "resets_at": None},
            seven_day_opus={"used_percentage": 1},
        ),
        NOW,
    )
    assert rows == [
        (NOW, "anthropic", 300, 23.5, 1_790_000_600_000, None),
        (NOW, "anthropic", 10080, 105.0, None, None),
    ]


@pytest.mark.parametrize(
    "window",
    [None, [], "23", {}, {"used_percentage": None}, {"used_percentage": "23"}, {"used_percentage": True},
     {"used_percentage": -1}, {"used_percentage": math.nan}, {"used_percentage": math.inf}, {"used_percentage": 10**400}],
)  # fmt: skip
def test_what_is_no_percentage_is_no_limit(window: object) -> None:
    assert limits.of_statusline(told(five_hour=window), NOW) == []


@pytest.mark.parametrize("when", [None, "soon", -1, 0, math.nan, math.inf, 10**400, True])
def test_a_time_that_is_none_is_left_out(when: object) -> None:
    rows = limits.of_statusline(told(five_hour={"used_percentage": 1, "resets_at": when}), NOW)
    assert rows == [(NOW, "anthropic", 300, 1.0, None, None)]


@pytest.mark.parametrize("document", [{}, {"rate_limits": None}, {"rate_limits": [1]}])
def test_without_a_subscription_there_are_no_limits(document: dict[str, object]) -> None:
    assert limits.of_statusline(document, NOW) == []


def test_the_same_word_again_is_kept_once(store: Store) -> None:
    assert kept(store, seen(NOW, 10), seen(NOW + 1, 10), seen(NOW + 2, 10, RESET + 999)) == [seen(NOW, 10)]


def test_growth_a_new_window_and_a_new_plan_are_news(store: Store) -> None:
    rows = [seen(NOW, 10), seen(NOW + 1, 11), seen(NOW + 2, 11, plan="max"), seen(NOW + 3, 0, RESET + 300 * MINUTE)]
    assert kept(store, *rows) == rows


def test_an_agent_that_is_behind_is_not_believed(store: Store) -> None:
    newer = seen(NOW, 2, RESET + 300 * MINUTE)
    assert kept(store, newer, seen(NOW + 1, 90, RESET), seen(NOW + 2, 1, RESET + 300 * MINUTE)) == [newer]


def test_a_window_that_begins_earlier_is_believed_once_the_last_one_is_over(store: Store) -> None:
    over, now = seen(NOW, 90, NOW + 100 * MINUTE), seen(NOW + 101 * MINUTE, 1, NOW + 10 * MINUTE)
    assert kept(store, over, now) == [over, now]


def test_windows_are_kept_apart(store: Store) -> None:
    rows = [seen(NOW, 10), seen(NOW, 10, window=10080)]
    assert kept(store, *rows) == rows


def test_the_last_word_on_each_window_is_shown(store: Store) -> None:
    kept(store, seen(NOW, 10), seen(NOW + 1, 12), seen(NOW, 40, None, window=10080, plan="max"))
    assert store.read(lambda connection: limits.current(connection, NOW + 2)) == [
        {
            "provider": "anthropic", "window_minutes": 300, "used_percent": 12.0,
            "resets_at": "2026-09-21T15:13:20.000Z", "seen": "2026-09-21T14:13:20.001Z", "plan": None,
            "source": "Claude Code's status line",
        },
        {
            "provider": "anthropic", "window_minutes": 10080, "used_percent": 40.0, "resets_at": None,
            "seen": "2026-09-21T14:13:20.000Z", "plan": "max", "source": "Claude Code's status line",
        },
    ]  # fmt: skip


def test_of_a_window_that_has_begun_anew_nothing_is_claimed(store: Store) -> None:
    kept(store, seen(NOW, 99))
    (row,) = store.read(lambda connection: limits.current(connection, RESET))
    assert (row["used_percent"], row["resets_at"]) == (None, None)


def test_a_word_from_the_future_is_not_believed_by_an_import(home: Home, tmp_path: Path) -> None:
    path = rollout(tmp_path / "codex", "019b0000-0000-7000-8000-000000000001", [(100, 10), (250, 30)])
    said = b'"type": "token_count", "rate_limits": {"primary": {"used_percent": 40, "window_minutes": 300}}'
    rows = path.read_bytes().replace(b'"type": "token_count"', said).splitlines(keepends=True)
    path.write_bytes(b"".join(rows[:3]))
    imported(home, codex=tmp_path / "codex")
    path.write_bytes(b"".join(rows).replace(b"2026-01-15T10:00:03", b"2099-01-15T10:00:03").replace(b": 40", b": 41"))
    imported(home, codex=tmp_path / "codex")
    with Store.open(home) as opened:
        assert opened.read(lambda connection: connection.execute("select used from limit_seen").fetchall()) == [(40.0,)]


def test_while_an_import_holds_the_lock_a_status_line_gives_up_soon(store: Store) -> None:
    with store.writing(), pytest.raises(apsw.BusyError):
        limits.keep_at(store.path, [seen(NOW, 10)])
    assert kept(store, seen(NOW, 10)) == [seen(NOW, 10)]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3)), max_size=12))
def test_within_a_window_what_is_believed_only_grows(words: list[tuple[int, int]]) -> None:
    connection = apsw.Connection(":memory:")
    connection.execute(
        "create table limit_seen (ts, provider, window, used, resets_at, plan, primary key (provider, window, ts))"
    )
    for at, (used, window) in enumerate(words):
        limits.keep(connection, [seen(NOW + at, used, RESET + window * 300 * MINUTE)])
    rows = connection.execute("select resets_at, used from limit_seen order by ts").fetchall()
    connection.close()
    assert rows == sorted(set(rows))
    assert not words or rows[-1] == max((RESET + window * 300 * MINUTE, used) for used, window in words)
