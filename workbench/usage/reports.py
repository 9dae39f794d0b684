"""What samplings amount to: by day, week and month, by project, skill, agent, step and model.

Idea: a report is a key over the sums that the store keeps by day (`day`, or `day_dim` where a project or a skill matters);
no sampling is looked at. Rows are plain dictionaries in the shape in which commands and the CLI show them, money as
Decimal or None. Invariant: the rows of any report add up to its totals, and the totals of all reports under one `Which`
are the same; what has no price is named in `unpriced`, never counted as zero.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import apsw

from workbench.usage import sums
from workbench.usage.prices import Rate
from workbench.usage.sums import COLUMNS, NONE, NOTE, OF_SAMPLINGS, RAW, Model, Part, Prices, Report, Row
from workbench.usage.which import EVERYTHING, Which, week_of, weekday

FIRST_DAY: Final = ""
LAST_DAY: Final = "~"
"""Texts before and behind every day."""
FAR: Final = 1 << 62
"""Behind every moment."""


class Dim(NamedTuple):
    """What samplings are told apart by, beside time and price."""

    project: str | None
    skill: str | None
    agent: str | None
    step: str | None


def daily(connection: apsw.Connection, which: Which = EVERYTHING, *, instances: bool = False) -> Report:
    """Sums by day, the first day first; with `instances` by day and project."""
    return _over_time(connection, which, str, instances=instances)


def weekly(
    connection: apsw.Connection,
    which: Which = EVERYTHING,
    *,
    start_of_week: str = "sunday",
    instances: bool = False,
) -> Report:
    """Sums by week, named by its first day, the first week first. The range cuts weeks where it begins and ends."""
    start = weekday(start_of_week)
    weeks: dict[str, str] = {}

    def week(day: str) -> str:
        if day not in weeks:
            weeks[day] = week_of(day, start)
        return weeks[day]

    return _over_time(connection, which, week, instances=instances) | {"start_of_week": start_of_week.lower()}


def monthly(connection: apsw.Connection, which: Which = EVERYTHING, *, instances: bool = False) -> Report:
    """Sums by month (YYYY-MM), the first month first."""
    return _over_time(connection, which, lambda day: day[:7], instances=instances)


def models(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """Sums by model, the dearest first."""
    known = sums.prices(connection)
    rows = of_days(connection, which, known, "price")
    return _dearest(sums.fold(rows, known, which.mode, lambda price: known[price].model), which)


def by_project(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """Sums by project, the dearest first."""
    return _by_dim(connection, which, _project(dims(connection)))


def by_skill(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """Sums by skill, the dearest first."""
    return _by_dim(connection, which, lambda dim: dim.skill)


def by_agent(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """Sums by kind of subagent, the dearest first; `(none)` is the main thread."""
    return _by_dim(connection, which, lambda dim: dim.agent)


def by_step(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """Sums by step of a workflow, the dearest first."""
    return _by_dim(connection, which, lambda dim: dim.step)


def totals(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """One bucket of everything that counts, and what of it has no price."""
    known = sums.prices(connection)
    found = sums.fold(of_days(connection, which, known, "price"), known, which.mode, lambda _: "total")
    return envelope([], sums.merged(found.values()), which)


# -- from the sums by day ---------------------------------------------------------------------------------------------


def of_days(connection: apsw.Connection, which: Which, known: Prices, key: str) -> Iterable[Row]:
    """The rows of `which` that `sums.fold` takes, by one column of the sums (day, dim, price) or two (`day, dim`).

    The store must keep the days of the zone (`Store.ensure_zone`).
    """
    if which.folders is not None:
        return _of_folders(connection, which, known, key)
    values: dict[str, Any] = {"zone": which.timezone}
    values |= {"since": which.since or FIRST_DAY, "until": which.until or LAST_DAY}
    where = "zone = :zone and day between :since and :until"
    where, values = narrowed(connection, which, known, where, values)
    apart = "dim" in key or which.project is not None or which.skill is not None
    if key == "day" and not apart:
        # Already one row a key, in the order of the primary key: nothing to group.
        query = f"select day, price, told, {RAW} from day where {where}"  # noqa: S608 - our own text, as below
    else:
        table, selected = "day_dim" if apart else "day", f"json_array({key})" if "," in key else key
        query = f"select {selected}, price, told, {COLUMNS} from {table} where {where} group by {key}, price, told"  # noqa: S608
    return connection.execute(query, values)


def days(connection: apsw.Connection, which: Which) -> tuple[str, str] | None:
    """The first and the last day on which anything counts; None when nothing does."""
    known = sums.prices(connection)
    found = sorted({row[0] for row in of_days(connection, which, known, "day")})
    return (found[0], found[-1]) if found else None


def of_samplings(connection: apsw.Connection, which: Which, known: Prices) -> tuple[str, dict[str, Any]]:
    """The condition under which a row of `sampling` is meant, and its values."""
    values: dict[str, Any] = {}
    where = "live = 1"
    start, end = which.start_ms(), which.end_ms()
    if start is not None:
        where, values = f"{where} and ts >= :start", values | {"start": start}
    if end is not None:
        where, values = f"{where} and ts < :end", values | {"end": end}
    if which.folders is not None:
        below = _below(which.folders)
        files = [number for number, path in _files(connection) if path.startswith(below)]
        # Which of several copies counts says nothing on where it was told, too.
        where += " and mid in (select mid from sampling where file in (select value from json_each(:files)))"
        values = values | {"files": json.dumps(files)}
    return narrowed(connection, which, known, where, values)


def beyond(connection: apsw.Connection, folders: tuple[str, ...]) -> bool:
    """Whether the store knows of transcripts that do not lie below these folders."""
    below = _below(folders)
    return any(not path.startswith(below) for _, path in _files(connection))


def narrowed(
    connection: apsw.Connection, which: Which, known: Prices, where: str, values: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """A condition and its values, and those of the prices and dimensions that `which` asks for."""
    if which.model is not None or which.provider is not None:
        where += " and price in (select value from json_each(:prices))"
        fitting = [number for number, price in known.items() if _billed(price, which)]
        values = values | {"prices": json.dumps(fitting)}
    if which.project is not None or which.skill is not None:
        where += " and dim in (select value from json_each(:dims))"
        fitting = [number for number, dim in dims(connection).items() if _meant(dim, which)]
        values = values | {"dims": json.dumps(fitting)}
    return where, values


def dims(connection: apsw.Connection) -> dict[int, Dim]:
    """Every dimension by its number."""
    found = connection.execute("select id, project, skill, agent, step from dim")
    return {number: Dim(*names) for number, *names in found}


def folder_name(path: str) -> str:
    """The project of a folder as Claude Code names it: everything but letters and digits is a dash."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path)


def _files(connection: apsw.Connection) -> Iterable[tuple[int, str]]:
    return connection.execute("select id, path from file")


def _below(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{folder.rstrip(os.sep)}{os.sep}" for folder in folders)


def _of_folders(connection: apsw.Connection, which: Which, known: Prices, key: str) -> Iterator[Row]:
    """The rows of `of_days`, from samplings."""
    from workbench.usage.rollups import days_of

    day = days_of(which.timezone)
    for bucket, dim, price, *row in _quarter_hours_of_folders(connection, which, known, "s.dim"):
        at = day(bucket)
        keys = {"day": at, "dim": dim, "price": price, "day, dim": json.dumps([at, dim])}
        yield (keys[key], price, *row)


def of_quarter_hours(connection: apsw.Connection, which: Which, known: Prices) -> Iterable[Row]:
    """The rows of `which` that `sums.fold` takes, by quarter hour (`ts // BUCKET_MS`), in the order of time."""
    from workbench.usage.rollups import BUCKET_MS

    if which.folders is not None:
        return _quarter_hours_of_folders(connection, which, known)
    start, end = which.start_ms(), which.end_ms()
    values: dict[str, Any] = {"start": -FAR if start is None else -(-start // BUCKET_MS)}
    values |= {"end": FAR if end is None else -(-end // BUCKET_MS)}
    where, values = narrowed(connection, which, known, "bucket >= :start and bucket < :end", values)
    query = f"""select bucket, price, told, {COLUMNS} from roll where {where}
        group by bucket, price, told order by bucket"""  # noqa: S608 - our own text
    return connection.execute(query, values)


def _quarter_hours_of_folders(connection: apsw.Connection, which: Which, known: Prices, *more: str) -> Iterable[Row]:
    """The same from samplings: the store keeps no sums by folder, since hardly anybody asks for them."""
    from workbench.usage.rollups import BUCKET_MS

    where, values = of_samplings(connection, which, known)
    apart = "".join(f"{column}, " for column in more)
    query = f"""select s.ts / {BUCKET_MS} as bucket, {apart}s.price, s.reported is not null as told, {OF_SAMPLINGS}
        from sampling s where {where} group by bucket, {apart}s.price, told order by bucket"""  # noqa: S608 - our own text
    return connection.execute(query, values)


def _billed(price: Rate, which: Which) -> bool:
    return which.model in {None, price.model} and which.provider in {None, price.provider}


def _meant(dim: Dim, which: Which) -> bool:
    return which.skill in {None, dim.skill or NONE} and (which.project is None or _lies_in(dim, which.project))


def _lies_in(dim: Dim, project: str) -> bool:
    """Whether that is the project's name. A folder's path and what Claude Code made of it name each other."""
    asked, own = _bare(project), _bare(dim.project or NONE)
    return asked == own or (asked[:1] + own[:1] in {"/-", "-/"} and folder_name(asked) == folder_name(own))


def _project(named: Mapping[int, Dim]) -> Callable[[Dim], str | None]:
    """How a project is called in reports: as Claude Code calls its folder where it has been there, else by the path."""
    known = {dim.project for dim in named.values()}

    def name(dim: Dim) -> str | None:
        if dim.project is None or not dim.project.startswith("/"):
            return dim.project
        path = _bare(dim.project)
        return folder if (folder := folder_name(path)) in known else path

    return name


def _bare(project: str) -> str:
    """A path without a slash at its end; any other name as it is."""
    return project.rstrip("/") or "/" if project.startswith("/") else project


def _over_time(connection: apsw.Connection, which: Which, period: Callable[[str], str], *, instances: bool) -> Report:
    known = sums.prices(connection)
    if not instances:
        found = sums.fold(of_days(connection, which, known, "day"), known, which.mode, period)
        rows = [{"key": key, **sums.bucket(parts)} for key, parts in sorted(found.items())]
        return envelope(rows, sums.merged(found.values()), which)
    named = dims(connection)
    project = _project(named)

    def by_project_too(key: str) -> tuple[str, str]:
        day, dim = json.loads(key)
        return period(day), project(named[dim]) or NONE

    pairs = sums.fold(of_days(connection, which, known, "day, dim"), known, which.mode, by_project_too)
    rows = [{"key": key, "project": name, **sums.bucket(parts)} for (key, name), parts in sorted(pairs.items())]
    return envelope(rows, sums.merged(pairs.values()), which)


def _by_dim(connection: apsw.Connection, which: Which, name: Callable[[Dim], str | None]) -> Report:
    known = sums.prices(connection)
    named = {number: name(dim) or NONE for number, dim in dims(connection).items()}
    rows = of_days(connection, which, known, "dim")
    return _dearest(sums.fold(rows, known, which.mode, lambda dim: named[dim]), which)


def _dearest(found: Mapping[str, Mapping[Model, Part]], which: Which) -> Report:
    rows = [{"key": key, **sums.bucket(parts)} for key, parts in found.items()]
    rows.sort(key=lambda row: (row["total_cost"] is None, -(row["total_cost"] or 0), -row["total_tokens"], row["key"]))
    return envelope(rows, sums.merged(found.values()), which)


def envelope(rows: list[Report], whole: Mapping[Model, Part], which: Which) -> Report:
    """A report: its rows, what they add up to, and what must be said beside them."""
    return {
        "rows": rows,
        "totals": sums.bucket(whole),
        "unpriced": sums.unpriced(whole),
        "timezone": which.timezone,
        "mode": which.mode,
        "note": NOTE,
    }
