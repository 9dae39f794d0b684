"""The SQL of `skill_tests` and `skill_test_rounds`. What an agent said and what it cost is where every run's is."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Any, Final, Literal

import apsw

Arm = Literal["baseline", "with", "judge"]
Vote = Literal["a", "b", "tie"]

_TEST: Final = """
    id, skill, digest, prompt, provider, model, budget_usd, vote_first, replayed, baseline_folder, with_folder, notice, created,
    pid, born, session, stopped
"""
_ROUND: Final = """
    number, swapped, baseline_session, baseline_run, with_session, with_run, judge_session, judge_run, vote, judged, failure
"""
_TRUTHS: Final = (7, 8)
"""Where in `_TEST` truth values stand."""
_COLUMNS: Final[dict[Arm, str]] = {
    "baseline": "baseline_session = ?, baseline_run = ?",
    "with": "with_session = ?, with_run = ?",
    "judge": "judge_session = ?, judge_run = ?",
}


@dataclass(frozen=True)
class TestRow:
    """A test. `pid` and `born` are the host that drives it, 0 where nobody does."""

    __test__ = False

    id: str
    skill: int
    digest: str
    prompt: str
    provider: str
    model: str | None
    budget_usd: float | None
    vote_first: bool
    replayed: bool
    baseline_folder: str
    """By name, as the next one."""
    with_folder: str
    notice: str
    created: int
    pid: int
    born: int
    session: str | None = None
    stopped: int | None = None


@dataclass(frozen=True)
class RoundRow:
    """One repeat. `swapped`: the first answer, A, is the one with the skill."""

    number: int
    swapped: bool
    baseline: tuple[str, str] | None
    """Its session and its run."""
    with_skill: tuple[str, str] | None
    judge: tuple[str, str] | None
    vote: Vote | None
    judged: str | None
    failure: str | None

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Those that are written down."""
        return [run for run in (self.baseline, self.with_skill, self.judge) if run is not None]

    @property
    def over(self) -> bool:
        return self.judged is not None or self.failure is not None


@dataclass(frozen=True)
class Spent:
    """What a run has used, by the ledger; `cost` is in 1e-12 US dollars, None where a part of it has no price."""

    cost: int | None
    duration_ms: int | None
    tokens: int


def add(connection: apsw.Connection, test: TestRow, rounds: list[RoundRow]) -> None:
    """A test that is about to begin."""
    connection.execute(
        f"insert into skill_tests ({_TEST}) values ({', '.join('?' * len(fields(test)))})",  # noqa: S608 - our own columns
        [int(value) if isinstance(value, bool) else value for value in astuple(test)],
    )
    connection.executemany(
        "insert into skill_test_rounds (test, number, swapped) values (?, ?, ?)",
        [(test.id, each.number, int(each.swapped)) for each in rounds],
    )


def get(connection: apsw.Connection, test: str) -> TestRow | None:
    row = connection.execute(f"select {_TEST} from skill_tests where id = ?", (test,)).fetchone()  # noqa: S608
    return _test(row) if row else None


def newest(connection: apsw.Connection, skill: int, limit: int) -> list[TestRow]:
    """The tests of a skill, the last first."""
    found = connection.execute(
        f"select {_TEST} from skill_tests where skill = ? order by created desc, id desc limit ?",  # noqa: S608
        (skill, limit),
    )
    return [_test(row) for row in found]


def rounds(connection: apsw.Connection, test: str) -> list[RoundRow]:
    found = connection.execute(
        f"select {_ROUND} from skill_test_rounds where test = ? order by number",  # noqa: S608 - our own columns
        (test,),
    )
    return [_round(row) for row in found]


def begin(connection: apsw.Connection, test: str, number: int, arm: Arm, run: tuple[str, str]) -> bool:
    """A run of a round, by its session and id, that is about to be started; whether it may be: a round that is over takes
    none. The first session of all is the one that all are counted in.
    """
    connection.execute(
        f"update skill_test_rounds set {_COLUMNS[arm]} where test = ? and number = ? and failure is null",  # noqa: S608 - our own columns
        (*run, test, number),
    )
    if not connection.changes():
        return False
    connection.execute("update skill_tests set session = coalesce(session, ?) where id = ?", (run[0], test))
    return True


def judge(connection: apsw.Connection, test: str, number: int, judged: str) -> None:
    """What a round has come to, unless it was stopped."""
    connection.execute(
        "update skill_test_rounds set judged = ? where test = ? and number = ? and failure is null",
        (judged, test, number),
    )


def fail(connection: apsw.Connection, test: str, number: int, failure: str) -> None:
    """Why a round has come to nothing, by whoever says it first; one that has come to something stays."""
    connection.execute(
        "update skill_test_rounds set failure = ? where test = ? and number = ? and judged is null and failure is null",
        (failure, test, number),
    )


def fail_rest(connection: apsw.Connection, test: str, failure: str) -> None:
    """The same of every round that is not over."""
    connection.execute(
        "update skill_test_rounds set failure = ? where test = ? and judged is null and failure is null",
        (failure, test),
    )


def stop(connection: apsw.Connection, test: str, now: int, failure: str) -> None:
    """Nothing of a test is begun from now on."""
    connection.execute("update skill_tests set stopped = coalesce(stopped, ?) where id = ?", (now, test))
    fail_rest(connection, test, failure)


def leave(connection: apsw.Connection, test: str) -> None:
    """Nobody drives a test any more."""
    connection.execute("update skill_tests set pid = 0, born = 0 where id = ?", (test,))


def take_over(connection: apsw.Connection, test: TestRow, pid: int, born: int) -> bool:
    """Another host drives it from now on, unless somebody has been quicker; whether it does."""
    connection.execute(
        "update skill_tests set pid = ?, born = ? where id = ? and pid = ? and born = ?",
        (pid, born, test.id, test.pid, test.born),
    )
    return connection.changes() > 0


def vote(connection: apsw.Connection, test: str, number: int, given: Vote) -> bool:
    """A person's vote, the first one of which counts; whether this was it."""
    connection.execute(
        "update skill_test_rounds set vote = ? where test = ? and number = ? and vote is null", (given, test, number)
    )
    return connection.changes() > 0


def spent(connection: apsw.Connection, run: str) -> Spent:
    """What a run has used so far."""
    found: Any = connection.execute(
        """
        select case when max(cost is null) then null else sum(cost) end, max(duration_ms),
            coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens), 0)
        from agent_runs where run = ?
        """,
        (run,),
    ).get
    return Spent(*found)


def _test(row: tuple[Any, ...]) -> TestRow:
    values: list[Any] = [bool(value) if number in _TRUTHS else value for number, value in enumerate(row)]
    return TestRow(*values)


def _round(row: tuple[Any, ...]) -> RoundRow:
    number, swapped, *runs, given, judged, failure = row
    baseline, with_skill, judge_ = ((s, r) if s and r else None for s, r in zip(runs[::2], runs[1::2], strict=True))
    return RoundRow(number, bool(swapped), baseline, with_skill, judge_, given, judged, failure)
