"""Who a session is, how it stands, and when it may be started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.agents import session
from workbench.agents.session import Incarnation, Restarts, SessionSpec, make, state_of
from workbench.clock import SystemClock
from workbench.errors import HomeUnusable, NotFound
from workbench.paths import Home

MINUTE = 60_000


def failing(*ends: int, reason: str = "exit:1", up: int = 100) -> list[Incarnation]:
    return [Incarnation(end - up, end, reason) for end in ends]


def test_a_session_is_made_once_and_read_by_anybody(home: Home) -> None:
    made = make(home, SessionSpec(provider="replay", model="m", title="Überschrift"), SystemClock())
    assert session.load(home, made.id) == made
    assert made.cwd == str(Path.cwd())
    assert made.version == 1
    assert session.ids(home) == [made.id]
    folder = home.session(made.id)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "session.json").stat().st_mode & 0o777 == 0o600


def test_ids_sort_by_time_and_foreign_files_are_passed_over(home: Home) -> None:
    made = [make(home, SessionSpec(provider="replay"), SystemClock()).id for _ in range(3)]
    (home.sessions / "notes.txt").write_text("mine")
    (home.sessions / "stranger").mkdir()
    (home.sessions / ".staged").mkdir()
    assert session.ids(home) == sorted(made)


@pytest.mark.parametrize("name", ["nobody", "../secret", "", ".hidden", "a/b"])
def test_what_is_no_session_is_not_found(home: Home, name: str) -> None:
    with pytest.raises(NotFound):
        session.load(home, name)


def test_a_folder_that_holds_something_else_is_not_a_session(home: Home) -> None:
    (home.sessions / "odd").mkdir()
    (home.sessions / "odd" / "session.json").write_text('{"id": 7}')
    with pytest.raises(NotFound) as caught:
        session.load(home, "odd")
    assert caught.value.facts["session"] == "odd"


def test_a_home_that_cannot_be_written_leaves_nothing_behind(home: Home) -> None:
    home.sessions.rmdir()
    home.sessions.write_text("a file where the folder should be")
    with pytest.raises(HomeUnusable, match="could not be created"):
        make(home, SessionSpec(provider="replay"), SystemClock())
    assert home.sessions.is_file()


def test_a_home_without_sessions_has_none(tmp_path: Path) -> None:
    assert session.ids(Home(tmp_path / "nowhere")) == []


def test_the_folder_a_session_works_in_is_its_creators_unless_said(home: Home, tmp_path: Path) -> None:
    assert make(home, SessionSpec(provider="replay", cwd=str(tmp_path)), SystemClock()).cwd == str(tmp_path)
    assert make(home, SessionSpec(provider="replay"), SystemClock()).cwd == str(Path.cwd())


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"written": False, "held": False, "exited": False, "busy": False}, "created"),
        ({"written": True, "held": True, "exited": False, "busy": False}, "live"),
        ({"written": True, "held": True, "exited": False, "busy": True}, "busy"),
        ({"written": True, "held": True, "exited": True, "busy": False}, "live"),
        ({"written": True, "held": False, "exited": True, "busy": False}, "ended"),
        ({"written": True, "held": False, "exited": False, "busy": True}, "lost"),
    ],
)
def test_three_facts_say_how_a_session_stands(facts: dict[str, bool], state: str) -> None:
    assert state_of(**facts) == state


def test_the_first_start_waits_for_nothing() -> None:
    assert Restarts.after([], 0, 0.5) == Restarts(0, 0.0, 0.0)


def test_failures_in_a_row_back_off_half_a_second_to_thirty() -> None:
    delays = []
    # Far enough apart that the five in five minutes are never reached.
    for count in range(1, 9):
        ends = [n * 10 * MINUTE for n in range(count)]
        delays.append(Restarts.after(failing(*ends), ends[-1], 0.5).delay_s)
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_the_delay_is_spread_by_a_fifth() -> None:
    assert Restarts.after(failing(0), 0, 0.0).delay_s == pytest.approx(0.4)
    assert Restarts.after(failing(0), 0, 0.999999).delay_s == pytest.approx(0.6, abs=1e-4)


def test_time_that_has_passed_since_the_failure_counts() -> None:
    assert Restarts.after(failing(0, 1000), 1400, 0.5).delay_s == pytest.approx(0.6)
    assert Restarts.after(failing(0), 10_000, 0.5).delay_s == 0


def test_a_minute_up_forgets_the_failures_before_it() -> None:
    lives = [*failing(0, 1000, 2000), Incarnation(3000, 3000 + MINUTE, "killed:9")]
    assert Restarts.after(lives, 3000 + MINUTE, 0.5).failures == 1


@pytest.mark.parametrize("reason", ["closed", "idle", "exit:0"])
def test_an_end_that_was_meant_forgets_them_too(reason: str) -> None:
    lives = [*failing(0, 1000), Incarnation(1500, 1600, reason)]
    assert Restarts.after(lives, 1700, 0.5) == Restarts(0, 0.0, 0.0)


def test_five_failures_in_five_minutes_give_up_until_the_first_is_five_minutes_old() -> None:
    lives = failing(0, 1000, 2000, 3000, 4000)
    assert Restarts.after(lives[:4], 5000, 0.5).given_up_s == 0
    assert Restarts.after(lives, 5000, 0.5).given_up_s == pytest.approx(295)
    assert Restarts.after(lives, 5 * MINUTE, 0.5).given_up_s == 0


@pytest.mark.parametrize("reason", ["exit:126", "exit:127", "exit:78", "ready_timeout"])
def test_a_permanent_failure_is_said_at_once_and_held_against_nobody(reason: str) -> None:
    lives = failing(*range(0, 5000, 1000), reason=reason)
    assert lives[-1].permanent
    assert Restarts.after(lives, 5000, 0.5) == Restarts(0, 0.0, 0.0)
