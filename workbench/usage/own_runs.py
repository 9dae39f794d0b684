"""Our own runs among the facts: the ledger's rows become `run` rows, each with a sampling of kind "run".

Idea: the ledger (`agent_runs` of workbench.db) is only read. A checksum of it says whether it has moved since last time;
if it has, its rows are compared with ours one by one. A session's provider may begin it anew under another id: a run
tells of its own, and one that was recorded before runs did keeps what was known.

Invariant: a run row is a copy of the ledger's; its sampling says what the ledger says, and whether that counts is settled
by `reconcile`.
"""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zlib import crc32

import apsw

from workbench.usage.responses import BILLS
from workbench.usage.sampling import LATEST, CandidateRow, ContextRow, Parsed
from workbench.usage.store import BUSY_MS, busy, get, put

if TYPE_CHECKING:
    from workbench.usage.intake import Intake

KIND: Final = "run"
SOURCE: Final = "ledger"
_DAY_MS: Final = 86_400_000

_TOLD: Final = """r.run, r.model, r.session, r.provider,
    coalesce(r.provider_session, s.provider_session), r.skill, r.step, r.workflow, r.started,
    r.ended, r.input_tokens, r.output_tokens, r.cache_creation_tokens, 0, r.cache_read_tokens, r.cost, r.cost_basis,
    r.replay, r.reset_marker is not null, s.cwd"""
_FROM: Final = "from agent_runs r left join sessions s on s.id = r.session"

_ROWS: Final = f"select {_TOLD} {_FROM}"
_MARK: Final = f"select json_group_array(json_array({_TOLD})) {_FROM}"

_COLUMNS: Final = """run, model, session, provider, provider_session, skill, step, workflow, started, ended,
    i, o, c5, c1, cr, cost, cost_basis, replay, hidden"""


class Own(NamedTuple):
    """A row of the ledger, as it is kept in `run`."""

    run: str
    model: str
    session: str
    provider: str
    provider_session: str | None
    skill: str | None
    step: str | None
    workflow: str | None
    started: int
    ended: int
    i: int
    o: int
    c5: int
    c1: int
    cr: int
    cost: int | None
    cost_basis: str | None
    replay: int
    hidden: int


def mark(ledger: Path) -> str:
    """What tells whether the ledger has moved; empty where there is none that could be read. Raises Refused for one that
    cannot be asked now.
    """
    if not ledger.exists():
        return ""
    try:
        with closing(_open(ledger)) as connection:
            told = str(connection.execute(_MARK).get).encode()
    except apsw.BusyError as error:
        raise busy(ledger) from error
    except apsw.Error:  # damaged, or older than its runs: its own door says so, with the remedy
        return ""
    return f"{len(told)} {crc32(told)}"


def moved(connection: apsw.Connection, ledger: Path) -> bool:
    """Whether the ledger holds what the store has not."""
    now = mark(ledger)
    return now not in {"", get(connection, SOURCE)}


def bring(intake: Intake, ledger: Path) -> set[str]:
    """The ledger's rows that are new or have changed; the providers' sessions that they belong to."""
    now = mark(ledger)
    if now in {"", get(intake.connection, SOURCE)}:
        return set()
    rows = _rows(ledger)
    known: dict[tuple[str, str], tuple[int, Own]] = {}
    for key, *values in intake.connection.execute(f"select id, {_COLUMNS} from run"):  # noqa: S608 - our own names
        own = Own(*values)
        known[own.run, own.model] = (key, own)
    sessions: set[str] = set()
    file = _file(intake.connection, ledger)
    for told, cwd in rows:
        key, before = known.get((told.run, told.model), (None, None))
        kept = before.provider_session if before is not None else None
        own = told._replace(provider_session=kept or told.provider_session)
        if own == before:
            continue
        if own.provider_session:
            sessions.add(own.provider_session)
        _keep(intake.connection, key, own)
        if before is not None:
            _take_out(intake, own)
        _sample(intake, file, own, cwd)
    put(intake.connection, SOURCE, now)
    return sessions


def mid_of(run: str, model: str) -> str:
    """The message id of a run's own sampling."""
    return f"run:{run}:{model}"


def _open(ledger: Path) -> apsw.Connection:
    connection = apsw.Connection(str(ledger), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(BUSY_MS)
    return connection


def _rows(ledger: Path) -> list[tuple[Own, str | None]]:
    try:
        with closing(_open(ledger)) as connection:
            found: list[Any] = connection.execute(_ROWS).fetchall()
    except apsw.BusyError as error:
        raise busy(ledger) from error
    told = [(Own(*row[:-1]), row[-1]) for row in found]
    return [(own, cwd) for own, cwd in told if own.started >= 0 and own.ended <= LATEST]


def _file(connection: apsw.Connection, ledger: Path) -> int:
    connection.execute(
        """insert or ignore into file (source, path, ino, size, mtime, off, lines, gone)
        values (?, ?, 0, 0, 0, 0, 0, 0)""",
        (SOURCE, str(ledger)),
    )
    row: Any = connection.execute("select id from file where path = ?", (str(ledger),)).fetchone()
    return int(row[0])


def _keep(connection: apsw.Connection, key: int | None, own: Own) -> None:
    marks = ", ".join("?" * (len(own) + 1))
    connection.execute(
        f"""insert into run (id, {_COLUMNS}, covered) values ({marks}, 0)
        on conflict (id) do update set {", ".join(f"{name} = excluded.{name}" for name in Own._fields)}""",  # noqa: S608
        (key, *own),
    )


def _take_out(intake: Intake, own: Own) -> None:
    """Forgets the sampling of a run. A run that is new has none, and a first import no index to look for it in."""
    for row in intake.facts("s.mid = ?", mid_of(own.run, own.model)):
        intake.move(row, live=0, home=row.home, run=None)
        intake.connection.execute("delete from sampling where id = ?", (row.id,))


def _sample(intake: Intake, file: int, own: Own, cwd: str | None) -> None:
    """Puts in the run's own sampling."""
    bills = BILLS.get(own.provider, own.provider)
    model = own.model.removesuffix("[1m]")
    rate: Any = tuple(intake.prices.rate(bills, model, own.started // _DAY_MS))
    parsed = Parsed(0, None, None, [_candidate(own)], [_context(own, bills, cwd)], [rate], [], 0, [])
    intake.take(file, parsed, again=False)


def _candidate(own: Own) -> CandidateRow:
    return (
        mid_of(own.run, own.model), None, 0, 0, own.o, own.ended, 0, 0, KIND,
        own.i, own.o, own.c5, own.c1, own.cr, 0, 0, own.cost, 0, own.started,
    )  # fmt: skip


def _context(own: Own, bills: str, cwd: str | None) -> ContextRow:
    project = re.sub(r"[^A-Za-z0-9]", "-", cwd) if cwd and own.provider == "claude" else cwd
    session = own.provider_session or own.session
    return (
        bills, session, project, cwd, None, None, own.skill, None, None, None, None, None, None, None, None, 0, None,
    )  # fmt: skip
