"""Decoding of rows whose shapes say what counts: the fast way, and the patient one for a row that it refuses.

Invariant: tokens are taken as written or not at all. A label (a name, a branch, an effort) that is no text is left out
rather than losing the tokens beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from workbench.usage.sampling import FIRST_YEAR, LAST_YEAR, MAX_COUNT
from workbench.usage.sources.lines import text

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Moment = Annotated[datetime, Meta(tz=True)]

REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for a line that it does not take."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
FAR_TIME: Final = f"has a timestamp outside of the years {FIRST_YEAR} to {LAST_YEAR}"
_ZONE: Final = re.compile(r"([Zz]|[+-]\d\d:?\d\d)$")


def taken(moment: datetime) -> bool:
    """Whether a moment's day has a name in every zone."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def milliseconds(moment: datetime) -> int:
    """A moment in ms UTC."""
    return (moment - EPOCH) // MILLISECOND


def labels(shapes: Iterable[type[Struct]]) -> frozenset[str]:
    """The names of the fields that hold a text."""
    return frozenset(
        field.encode_name for shape in shapes for field in msgspec.structs.fields(shape) if field.type == str | None
    )


def tidied(value: Any, labels: frozenset[str], parts: frozenset[str]) -> Any:
    """The same, with labels that are no text left out, in the row and those parts of it that are looked at.

    A timestamp without a zone is taken as UTC.
    """
    if isinstance(value, list):
        return [tidied(item, labels, parts) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: tidied(item, labels, parts) if key in parts else item for key, item in value.items()}
    for label in labels & tidy.keys():
        tidy[label] = text(tidy[label])
    moment = tidy.get("timestamp")
    if isinstance(moment, str) and not _ZONE.search(moment):
        tidy["timestamp"] = moment + "Z"
    return tidy


def reason(refusal: Exception) -> str:
    """Why a row does not count, in short: "message.usage.input_tokens: expected int, got str"."""
    what, _, where = str(refusal).partition(" - at ")
    said = what.replace("`", "").replace(" | null", "")
    place = where.strip("`").removeprefix("$").lstrip(".")
    return f"{place}: {said[:1].lower()}{said[1:]}" if place else said
