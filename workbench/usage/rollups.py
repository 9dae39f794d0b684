"""The sums that reports read: by quarter hour, and by the days of each time zone that was asked for.

Idea: a sum moves by the difference. `Moves` collects what samplings gained and lost; applying it adds that to `roll`,
and, through the day that each quarter hour lies in, to `day` and `day_dim`. Every offset that a zone has had since 1972
is whole quarter hours, so the sums of any zone are made from `roll` without looking at a sampling.

Invariant: after `apply`, a sum is the sum of its live samplings, and a row that sums nothing is gone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import apsw

from workbench.errors import InvalidRequest
from workbench.usage.store import SUMS, get, put

if TYPE_CHECKING:  # UTC needs none
    from zoneinfo import ZoneInfo

BUCKET_MS: Final = 900_000
_BUCKET_S: Final = 900
_DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_COLUMNS: Final = tuple(SUMS.split(", "))

K = TypeVar("K", bound=Hashable)

Key: TypeAlias = tuple[int, int, int, int]
"""bucket, price, dim, told"""
Used: TypeAlias = tuple[int, int, int, int, int, int, int, int]
"""i, o, c5, c1, cr, web, reason, reported"""


class Moves:
    """What the sums gain and lose in one import."""

    def __init__(self) -> None:
        self._sums: dict[Key, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._sums)

    def add(self, key: Key, used: Used, sign: int) -> None:
        """A sampling begins (`sign` 1) or ceases (-1) to count."""
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = [0] * len(_COLUMNS)
        sums[0] += sign
        for position, value in enumerate(used, 1):
            sums[position] += sign * value

    def gained(self, bucket: int, price: int, dim: int, told: int) -> list[int]:
        """The sums of a key, to be added to."""
        key = (bucket, price, dim, told)
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = [0] * len(_COLUMNS)
        return sums

    def apply(self, connection: apsw.Connection) -> None:
        """Moves `roll` and the days of every zone that is kept."""
        moved = [(*key, *sums) for key, sums in self._sums.items() if any(sums)]
        _merge(connection, "roll", ("bucket", "price", "dim", "told"), moved)
        for zone in zones(connection):
            _move_days(connection, zone, moved)
        self._sums.clear()


def zones(connection: apsw.Connection) -> list[str]:
    """The time zones whose days are kept."""
    return list(json.loads(get(connection, "zones", "[]")))


def add_zone(connection: apsw.Connection, zone: str) -> None:
    """Sums the days of a zone from `roll`, and keeps them from now on."""
    kept = zones(connection)
    if zone in kept:
        return
    _fill_days(connection, zone)
    put(connection, "zones", json.dumps([*kept, zone]))


def sum_everything(connection: apsw.Connection) -> None:
    """All sums anew, from the samplings: what a first import does, which has all of them at once."""
    connection.execute("delete from roll; delete from day; delete from day_dim")
    connection.execute(f"insert into roll {of_samplings()}")
    for zone in zones(connection):
        _fill_days(connection, zone)


def of_samplings() -> str:
    """The query whose rows `roll` must hold."""
    return f"""
        select (ts - (ts % {BUCKET_MS} + {BUCKET_MS}) % {BUCKET_MS}) / {BUCKET_MS} as bucket, price, dim, reported is not null as told,
            count(*), {", ".join(f"sum({name})" for name in _COLUMNS[1:-1])}, coalesce(sum(reported), 0)
        from sampling where live group by bucket, price, dim, told order by bucket, price, dim, told"""  # noqa: S608


def days_of(zone: str) -> Callable[[int], str]:
    """The day in a zone that a bucket lies in, as YYYY-MM-DD. Raises InvalidRequest for a name that is no zone."""
    where = None if zone == "UTC" else _zone(zone)
    names: dict[int, str] = {}
    offsets: dict[int, int | None] = {}

    def day(bucket: int) -> str:
        second = bucket * _BUCKET_S
        if where is not None:
            utc_day = bucket * _BUCKET_S // _DAY_S
            if utc_day not in offsets:
                offsets[utc_day] = _constant(where, utc_day)
            offset = offsets[utc_day]
            second += _offset(where, second) if offset is None else offset
        number = second // _DAY_S
        name = names.get(number)
        if name is None:
            name = names[number] = date.fromordinal(_EPOCH + number).isoformat()
        return name

    return day


def _zone(zone: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidRequest(
            f"{zone!r} is not a time zone.",
            remedy="Name one as in Europe/Berlin, America/New_York or UTC.",
            timezone=zone,
        ) from error


def _offset(where: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(where).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _constant(where: ZoneInfo, utc_day: int) -> int | None:
    """The offset during a whole day of UTC; None when it changes in it."""
    first = _offset(where, utc_day * _DAY_S)
    return first if first == _offset(where, (utc_day + 1) * _DAY_S - 1) else None


def _fill_days(connection: apsw.Connection, zone: str) -> None:
    """The days of a zone, from the whole of `roll`."""
    _move_days(connection, zone, connection.execute("select * from roll"))


def _move_days(connection: apsw.Connection, zone: str, moved: Iterable[tuple[int, ...]]) -> None:
    """Adds what moved in `roll` to the days of a zone."""
    day = days_of(zone)
    by_dim: dict[tuple[str, int, int, int], list[int]] = {}
    for bucket, price, dim, told, *values in moved:
        _add(by_dim, (day(bucket), price, dim, told), values)
    by_day: dict[tuple[str, int, int], list[int]] = {}
    for (name, price, _, told), values in by_dim.items():
        _add(by_day, (name, price, told), values)
    dims: list[tuple[Any, ...]] = [(zone, *key, *values) for key, values in sorted(by_dim.items())]
    _merge(connection, "day_dim", ("zone", "day", "price", "dim", "told"), dims)
    days: list[tuple[Any, ...]] = [(zone, *key, *values) for key, values in sorted(by_day.items())]
    _merge(connection, "day", ("zone", "day", "price", "told"), days)


def _add(sums: dict[K, list[int]], key: K, values: list[int]) -> None:
    found = sums.get(key)
    sums[key] = values if found is None else [old + new for old, new in zip(found, values, strict=True)]


def _merge(connection: apsw.Connection, table: str, key: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """Adds rows to those with the same key; removes what comes to nothing."""
    adding = ", ".join(f"{name} = {name} + excluded.{name}" for name in _COLUMNS)
    connection.executemany(
        f"""insert into {table} values ({", ".join("?" * (len(key) + len(_COLUMNS)))})
            on conflict ({", ".join(key)}) do update set {adding}""",  # noqa: S608 - our own names
        rows,
    )
    emptied = f"delete from {table} where n = 0 and {' and '.join(f'{name} = ?' for name in key)}"  # noqa: S608
    connection.executemany(emptied, [row[: len(key)] for row in rows if row[len(key)] <= 0])
