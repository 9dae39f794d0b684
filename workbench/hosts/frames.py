"""Rows as DataFrames with real types: days and times are dates, counts whole numbers, money what was asked for.

Invariant: what is not known stays missing (`NA`), never zero; no rows give a frame with all columns and their types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from workbench.errors import InvalidRequest

if TYPE_CHECKING:
    from workbench.storage.telemetry import Result

Money = Literal["float", "decimal"]
Kind = Literal["text", "count", "money", "share", "day", "time", "flag", "any"]

EXACT: Final = 2**53
"""Below this a floating point number is the whole number that it was made of."""

Column: TypeAlias = "pd.Series[Any]"

_DTYPES: Final[dict[Kind, Any]] = {
    "text": "str",
    "count": "Int64",
    "share": "Float64",
    "flag": "boolean",
    "any": object,
}

_SQL_DTYPES: Final = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "Int64"),
    "DOUBLE": "Float64",
    "FLOAT": "Float64",
    "BOOLEAN": "boolean",
}
_HUGE: Final = ("HUGEINT", "UHUGEINT", "UBIGINT")


def table(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind], *, money: Money = "float") -> pd.DataFrame:
    """Rows of a reply as a frame with the columns that are named, each of its kind."""
    check_money(money)
    listed = list(rows)
    return pd.DataFrame({name: _column([row.get(name) for row in listed], kind, money) for name, kind in kinds.items()})


def of_result(result: Result, *, zone: str, money: Money = "float") -> pd.DataFrame:
    """What SQL gave. Columns of the same name stay apart."""
    made = [_sql_column(kind, values, zone, money) for kind, values in zip(result.types, result.values, strict=True)]
    frame = pd.concat(made, axis=1) if made else pd.DataFrame()
    frame.columns = pd.Index(result.names, dtype=object)
    return frame


def check_money(money: str) -> None:
    """Refuses what money cannot be given as."""
    if money not in {"float", "decimal"}:
        raise InvalidRequest(
            f"{money!r} is not how money can be given.",
            remedy="Use money='float', or 'decimal' for exact numbers.",
            problems=[{"path": "money", "message": "float or decimal"}],
        )


def _column(values: Sequence[Any], kind: Kind, money: Money) -> Column:
    if kind == "money":
        return _money([None if value is None else Decimal(str(value)) for value in values], money)
    if kind in {"day", "time"}:
        times: Column = pd.to_datetime(pd.Series(values, dtype=object), utc=kind == "time", format="ISO8601")
        return times.astype("datetime64[us, UTC]" if kind == "time" else "datetime64[us]")
    made: Column = pd.Series(values, dtype=_DTYPES[kind])
    return made


def _money(values: Sequence[Decimal | None], money: Money) -> Column:
    if money == "decimal":
        return pd.Series(values, dtype=object)
    return pd.Series([None if value is None else float(value) for value in values], dtype="Float64")


def _sql_column(kind: str, values: Any, zone: str, money: Money) -> Column:
    if kind.startswith("DECIMAL"):
        return _money(values, "decimal") if money == "decimal" else _numbers(values, "Float64")
    if kind in _SQL_DTYPES:
        return _numbers(values, _SQL_DTYPES[kind])
    if kind in _HUGE:  # a sum of whole numbers; numpy has it as floating point
        seen: Any = np.ma.compressed(np.ma.asarray(values, dtype="float64"))
        return _numbers(values, "Int64" if bool(np.all(np.abs(seen) < EXACT)) else "Float64")
    if kind.startswith(("DATE", "TIMESTAMP", "INTERVAL")):
        times: Column = pd.Series(_filled(values))
        return times.dt.tz_localize("UTC").dt.tz_convert(zone) if kind == "TIMESTAMP WITH TIME ZONE" else times
    return pd.Series(values.tolist(), dtype="str" if kind == "VARCHAR" else object)


def _numbers(values: Any, dtype: str) -> Column:
    """Numbers with what is missing kept apart from them."""
    made: Column = pd.Series(np.ma.getdata(values)).astype(dtype)  # type: ignore[call-overload] # any of ours
    return made.mask(pd.Series(np.ma.getmaskarray(values)))


def _filled(values: Any) -> Any:
    """Times, with what is missing as not a time."""
    times = np.ma.getdata(values).copy()
    times[np.ma.getmaskarray(values)] = np.array("NaT", dtype=times.dtype)
    return times
