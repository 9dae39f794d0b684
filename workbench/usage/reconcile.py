"""Our ledger beside the vendors' transcripts: one of the two counts, and the difference is shown.

Idea: a run of ours whose vendor wrote a transcript is told twice. The transcript's samplings within the run's time and
of its model, however the two spell it, are its samplings: they carry the run's step and skill, and the ledger's own
sampling does not count. A session that was forked tells of samplings that another owns: those are asked for too.

Invariant: which samplings belong to a run, and whether the run is covered, is a function of the run and of the live
samplings that its provider's session tells of. A replay has spent nothing and a reset hides: neither counts. A vendor's
program that is killed has not written all that it was told: then what the ledger has more of counts beside its samplings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import add, sub
from typing import Any, Final, NamedTuple, TypeAlias

import apsw

from workbench.usage.fact import Fact
from workbench.usage.intake import Intake
from workbench.usage.ledger import COMPUTED
from workbench.usage.names import plain
from workbench.usage.own_runs import KIND, mid_of

SLACK_MS: Final = 2_000
"""Two processes' clocks readings of one moment, and the writing of it, lie this far apart at most."""


_TOLD_ELSEWHERE: Final = "create index if not exists sampling_told_elsewhere on sampling (ctx) where ctx <> home"
"""The few whose winning row stands in another session than the owner's."""

_TOLD_IN: Final = """
    s.live and s.kind <> ?2 and s.mid in (
        select t.mid from ctx c join sampling t on t.home = c.id where c.session = ?1
        union select t.mid from ctx c join sampling t on t.ctx = c.id and t.ctx <> t.home where c.session = ?1)"""


class _Run(NamedTuple):
    id: int
    run: str
    model: str
    started: int
    ended: int
    silent: int
    """A replay, or hidden: it does not count."""
    cut_off: int
    """It was killed: what the ledger has of it is what was told of its responses, a lower bound as the transcript's."""
    cost: int | None
    i: int
    o: int
    c5: int
    cr: int

    @property
    def used(self) -> _Used:
        return self.i, self.o, self.c5, self.cr


_Used: TypeAlias = tuple[int, int, int, int]
"""In, out, written to the cache, read from it."""


def link(intake: Intake, sessions: set[str]) -> None:
    """Settles runs against transcripts in these providers' sessions, and in those whose samplings have moved."""
    connection = intake.connection
    connection.execute(_TOLD_ELSEWHERE)
    models = {price: plain(model) for price, model in connection.execute("select id, model from price")}
    ours = {session for (session,) in connection.execute("select distinct provider_session from run")}
    for session in ours - {None} if intake.first else ours & (sessions | intake.moved_sessions()):
        runs = _runs(connection, "provider_session = ?", session)
        _settle(intake, runs, _cover(intake, runs, session, models))
    _settle(intake, _runs(connection, "provider_session is null"), {})


def _runs(connection: apsw.Connection, where: str, *values: Any) -> list[_Run]:
    rows: list[Any] = connection.execute(
        f"""select id, run, model, started, ended, replay or hidden, coalesce(cost_basis like '%' || ?, 0), cost,
            i, o, c5 + c1, cr from run where {where} order by started, id""",  # noqa: S608
        (COMPUTED, *values),
    ).fetchall()
    return [_Run(*row) for row in rows]


def _cover(intake: Intake, runs: list[_Run], session: str, models: Mapping[int, str]) -> dict[int, _Used]:
    """Gives the samplings that a session tells of to its runs; which runs have any, and what these come to."""
    by_model: dict[str, list[_Run]] = {}
    for run in runs:
        by_model.setdefault(plain(run.model), []).append(run)
    ids = {run.id for run in runs}
    covered: dict[int, _Used] = {}
    for fact in intake.facts(_TOLD_IN, session, KIND):
        found = _run_of(fact, by_model.get(models[fact.price], []))
        if found is not None:
            more = fact.i, fact.o, fact.c5 + fact.c1, fact.cr
            i, o, written, read = map(add, covered.get(found.id, (0, 0, 0, 0)), more)
            covered[found.id] = i, o, written, read
            intake.move(fact, live=1, home=fact.home, run=found.id)
        elif fact.run in ids:  # else it is nobody's, or of a run in another session that tells of it
            intake.move(fact, live=1, home=fact.home, run=None)
    return covered


def _settle(intake: Intake, runs: list[_Run], covered: Mapping[int, _Used]) -> None:
    """What is covered by a transcript does not count as the ledger tells it, but for what only the ledger has."""
    for run in runs:
        is_covered = int(run.id in covered)
        intake.connection.execute("update run set covered = ?1 where id = ?2 and covered <> ?1", (is_covered, run.id))
        used, cost, counts = run.used, run.cost, not is_covered
        if is_covered and run.cut_off:
            used, cost = _rest(run.used, covered[run.id]), None
            counts = any(used)
        for fact in intake.facts("s.mid = ?", mid_of(run.run, run.model)):
            for told in _as_told(intake, fact, used, cost):
                intake.move(told, live=int(counts and not run.silent), home=told.home, run=run.id)


def _rest(used: _Used, covered: _Used) -> _Used:
    i, o, written, read = (max(0, more) for more in map(sub, used, covered))
    return i, o, written, read


def _as_told(intake: Intake, fact: Fact, used: _Used, cost: int | None) -> Iterator[Fact]:
    """A run's own sampling with these counts."""
    if (fact.i, fact.o, fact.c5, fact.cr, fact.reported) == (*used, cost):
        yield fact
        return
    intake.move(fact, live=0, home=fact.home, run=fact.run)
    intake.connection.execute(
        "update sampling set i = ?, o = ?, c5 = ?, cr = ?, reported = ? where id = ?", (*used, cost, fact.id)
    )
    yield from intake.facts("s.id = ?", fact.id)


def _run_of(fact: Fact, runs: list[_Run]) -> _Run | None:
    """The run in whose time a sampling was made; of two within the slack the nearer, then the later."""
    near = [(max(run.started - fact.ts, fact.ts - run.ended, 0), -run.started, run.id, run) for run in runs]
    distance, _, _, run = min(near, default=(SLACK_MS + 1, 0, 0, None))
    return run if distance <= SLACK_MS else None


def differences(connection: apsw.Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Covered runs, the latest first: what the ledger says of each model, and what the transcript's samplings say.

    Counts and costs are by column; a cost is in 1e-12 USD, None where the price is not known.
    """
    rows = connection.execute(
        """
        select r.session, r.run, r.model, r.i, r.o, r.c5 + r.c1, r.cr, r.cost,
            sum(s.i), sum(s.o), sum(s.c5 + s.c1), sum(s.cr),
            case when count(*) = count(p.p_in) then sum(s.i * p.p_in + s.o * p.p_out + s.c5 * p.p_c5 + s.c1 * p.p_c1
                + s.cr * p.p_cr + s.web * p.p_web) end
        from run r join sampling s on s.run = r.id and s.live and s.kind <> 'run' join price p on p.id = s.price
        where r.covered group by r.id order by r.started desc, r.id desc limit ?
        """,
        (limit,),
    ).fetchall()
    return [_difference(row) for row in rows]


_COUNTS: Final = ("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens", "cost")


def _difference(row: Any) -> dict[str, Any]:
    session, run, model, *counts = row
    ledger = dict(zip(_COUNTS, counts[:5], strict=True))
    transcript = dict(zip(_COUNTS, counts[5:], strict=True))
    differ = {
        name: None if ledger[name] is None or transcript[name] is None else transcript[name] - ledger[name]
        for name in _COUNTS
    }
    return {
        "session": session, "run": run, "model": model,
        "ledger": ledger, "transcript": transcript, "difference": differ,
    }  # fmt: skip
