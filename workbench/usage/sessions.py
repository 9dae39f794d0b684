"""What sessions amount to, and the samplings of one: the way from a sum down to the line of a transcript.

Idea: these are questions about single conversations, so they are asked of `sampling`, with the conditions that the
reports over the store's sums have. Invariant: the sums of all sessions are the totals of every other report under the
same `Which`; a sampling belongs to the session that it was first told in, wherever it was copied to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import apsw

from workbench.clock import iso
from workbench.errors import NotFound
from workbench.usage import sums
from workbench.usage.prices import cost as price_of
from workbench.usage.reports import dims, envelope, of_samplings
from workbench.usage.sums import NONE, OF_SAMPLINGS, Model, Part, Prices, Report
from workbench.usage.which import EVERYTHING, Which

_FIRST: Final = -(1 << 62)

Position = tuple[int, str]


def sessions(
    connection: apsw.Connection,
    which: Which = EVERYTHING,
    *,
    last: int | None = None,
    limit: int | None = None,
    before: Position | None = None,
) -> Report:
    """Sessions, the last used first; with `last` only so many of them. A page is `limit` of those behind `before`, the
    `position` of the last one seen; totals are of all pages.
    """
    known = sums.prices(connection)
    found = sorted(_found(connection, which, known), key=lambda each: each.position, reverse=True)[:last]
    page = [each for each in found if before is None or each.position < before][:limit]
    mine = _workbench_sessions(connection)
    rows = [each.row() | {"workbench_session": mine.get(each.session)} for each in page]
    return envelope(rows, sums.merged(each.parts for each in found), which)


def samplings(
    connection: apsw.Connection,
    session: str,
    which: Which = EVERYTHING,
    *,
    limit: int | None = None,
    after: Position | None = None,
) -> list[Report]:
    """The samplings of a session in the order of time; `after` is the `position` of the last one seen.

    Raises NotFound for a session that no transcript told of.
    """
    known, named = sums.prices(connection), dims(connection)
    where, values = of_samplings(connection, which, known)
    homes = "h.session = :session" if session != NONE else "h.session is null"
    if not connection.execute(f"select 1 from ctx h where {homes} limit 1", {"session": session}).fetchone():  # noqa: S608 - our own text, as below
        raise NotFound(
            f"No transcript tells of a session {session!r}.",
            remedy="List them with: workbench usage session.",
            session=session,
        )
    ts, number = after or (_FIRST, "0")
    values |= {"session": session, "ts": ts, "number": int(number), "limit": -1 if limit is None else limit}
    query = f"""
        select s.id, s.ts, s.kind, s.mid, s.dim, s.side, s.i, s.o, s.c5, s.c1, s.cr, s.web, s.reason, s.reported, s.price,
            h.agent_id, h.speed, h.tier, h.stop, r.run, f.path, s.off
        from sampling s join ctx h on h.id = s.home left join run r on r.id = s.run left join file f on f.id = s.file
        where {where} and {homes} and (s.ts, s.id) > (:ts, :number) order by s.ts, s.id limit :limit"""  # noqa: S608
    cursor = connection.execute(query, values)
    names = None
    rows = []
    for row in cursor:
        names = names or [name for name, _ in cursor.get_description()]
        rows.append(_sampling(dict(zip(names, row, strict=True)), known, named, which))
    return rows


@dataclass
class _Session:
    session: str
    provider: str
    project: str | None
    first: int
    last: int
    skills: set[str] = field(default_factory=set)
    sidechain: int = 0
    parts: dict[Model, Part] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        return self.last, f"{self.session}\t{self.provider}"

    def row(self) -> Report:
        return {
            "key": self.session,
            "session": self.session,
            "provider": self.provider,
            "project": self.project or NONE,
            "first": iso(self.first),
            "last": iso(self.last),
            "skills": sorted(self.skills),
            "sidechain_tokens": self.sidechain,
            **sums.bucket(self.parts),
            "position": self.position,
        }


def _found(connection: apsw.Connection, which: Which, known: Prices) -> list[_Session]:
    """Every session that has samplings."""
    where, values = of_samplings(connection, which, known)
    homes = {row[0]: row[1:] for row in connection.execute("select id, session, provider, project from ctx")}
    named = dims(connection)
    grouped = connection.execute(
        f"""select s.home, s.dim, s.side, min(s.ts), max(s.ts), null, s.price, s.reported is not null as told, {OF_SAMPLINGS}
            from sampling s where {where} group by +s.home, s.dim, s.side, s.price, told""",  # noqa: S608
        values,
    )
    found: dict[tuple[str, str], _Session] = {}
    for home, dim, side, first, last, *row in grouped:
        name, provider, project = homes[home]
        key = name or NONE, provider
        each = found.setdefault(key, _Session(*key, project, first, last))
        if first < each.first:
            each.first, each.project = first, project
        each.last = max(each.last, last)
        if skill := named[dim].skill:
            each.skills.add(skill)
        each.sidechain += sum(row[4:9]) if side else 0
        sums.include(each.parts, row, known, which.mode)
    return list(found.values())


def _sampling(row: Report, known: Prices, named: Any, which: Which) -> Report:
    price, dim = known[row["price"]], named[row["dim"]]
    counts = tuple(row[name] for name in ("i", "o", "c5", "c1", "cr", "web"))
    part = [1, *counts, row["reason"]]
    told, worked = row["reported"], price_of(price, *counts)
    cost = {"auto": worked if told is None else told, "calculate": worked, "display": told}[which.mode]
    return {
        "id": row["id"],
        "ts": iso(row["ts"]),
        "model": price.model,
        "provider": price.provider,
        "kind": row["kind"],
        "message": row["mid"],
        **{name: value for name, value in sums.tokens(part).items() if name != "samplings"},
        "cost": None if cost is None else sums.dollars(cost),
        "reported": None if told is None else sums.dollars(told),
        "skill": dim.skill,
        "agent": dim.agent,
        "agent_id": row["agent_id"],
        "sidechain": bool(row["side"]),
        "speed": row["speed"],
        "tier": row["tier"],
        "stop": row["stop"],
        "run": row["run"],
        "path": row["path"],
        "off": row["off"],
        "position": (row["ts"], str(row["id"])),
    }


def _workbench_sessions(connection: apsw.Connection) -> dict[str, str]:
    """Our own sessions by those of their providers, and by themselves."""
    pairs = connection.execute("select coalesce(provider_session, session), session from run order by started")
    return dict(pairs) | {session: session for (session,) in connection.execute("select session from run")}
