"""Which samplings a report is about: days in a time zone, a project, a model, who bills, a skill; and whose costs.

Idea: everything that a person may ask is checked once, here, and is then plain values. Invariant: a `Which` that
exists can be answered: its zone is one, its days are days and in order, its mode is known; anything else was refused
with one sentence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from workbench.errors import InvalidRequest

Mode = Literal["auto", "calculate", "display"]
MODES: Final = ("auto", "calculate", "display")
"""What the source told, else what the tokens cost; always what the tokens cost; only what the source told."""

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS: Final = ("daily", "weekly", "monthly")

_BILLS: Final = {"claude": "anthropic", "codex": "openai", "gemini": "google"}
_DAY: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_NO_NAMES: Final = ("localtime", "posixrules", "Factory")
_COPIES: Final = ("posix/", "right/")
"""What lies beside the zones of a machine and is none of the IANA database: SQL knows no such names."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Which(NamedTuple):
    """Which samplings count, and how. Days are YYYY-MM-DD in the zone, both included."""

    since: str | None = None
    until: str | None = None
    timezone: str = "UTC"
    project: str | None = None
    model: str | None = None
    provider: str | None = None
    skill: str | None = None
    mode: Mode = "auto"
    folders: tuple[str, ...] | None = None
    """Only what transcripts below these folders told; None: all that the store knows."""

    def start_ms(self) -> int | None:
        """When `since` begins, in milliseconds; None: from the beginning."""
        return None if self.since is None else _midnight(date.fromisoformat(self.since), zone(self.timezone))

    def end_ms(self) -> int | None:
        """When `until` is over."""
        if self.until is None or self.until == date.max.isoformat():
            return None
        return _midnight(date.fromisoformat(self.until) + timedelta(days=1), zone(self.timezone))


EVERYTHING: Final = Which()


def asked(params: Mapping[str, Any]) -> Which:
    """What a caller asks for, checked. What is None or missing is not asked for. Raises InvalidRequest."""
    timezone = params.get("timezone") or local_zone()
    zone(timezone)
    since, until = (_day(params.get(name), name) for name in ("since", "until"))
    if since and until and since > until:
        raise _refused("since", f"The range ends ({until}) before it begins ({since})", "Exchange since and until.")
    mode: Any = params.get("mode") or "auto"
    if mode not in MODES:
        raise _refused("mode", f"{mode!r} is not a way to count costs", f"Use one of: {', '.join(MODES)}.")
    provider = params.get("provider")
    return Which(
        since=since,
        until=until,
        timezone=timezone,
        project=params.get("project"),
        model=params.get("model"),
        provider=None if provider is None else _BILLS.get(provider.lower(), provider.lower()),
        skill=params.get("skill"),
        mode=mode,
    )


def zone(name: str) -> tzinfo:
    """The time zone of a name. Raises InvalidRequest."""
    if name == "UTC":
        return UTC
    try:
        return _known(name)
    except (KeyError, ValueError, OSError) as error:
        remedy = "Name one of the IANA database, as in Europe/Berlin, America/New_York or UTC."
        raise _refused("timezone", f"{name!r} is not a time zone", remedy) from error


def _known(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    if name in _NO_NAMES or name.startswith(_COPIES):
        raise KeyError(name)
    return ZoneInfo(name)


def local_zone() -> str:
    """The name of this machine's time zone; UTC where it has none."""
    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    at = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    candidates.append(at.removeprefix("posix/").removeprefix("right/"))
    for name in filter(None, candidates):
        try:
            zone(name)
        except InvalidRequest:
            continue
        return name
    return _named_zone(Path("/etc/timezone")) or "UTC"


def weekday(name: str) -> int:
    """The number of a day of the week, Monday being 0. Raises InvalidRequest."""
    if name.lower() not in WEEKDAYS:
        raise _refused("start_of_week", f"{name!r} is not a day of the week", f"Use one of: {', '.join(WEEKDAYS)}.")
    return WEEKDAYS.index(name.lower())


def week_of(day: str, start: int) -> str:
    """The day on which the week of a day began."""
    at = date.fromisoformat(day)
    back = (at.weekday() - start) % 7
    return (at - timedelta(days=min(back, at.toordinal() - 1))).isoformat()


def since_last(period: str, count: int, now_ms: int, timezone: str, start: int) -> str:
    """The first day of the last `count` days, weeks or months, the running one included. Raises InvalidRequest."""
    if not 1 <= count <= 10_000:  # noqa: PLR2004 - four digits of any period are within the calendar's reach
        raise _refused("last", f"The last {count} periods cannot be shown", "Give a number from 1 to 10000.")
    today = (_EPOCH + timedelta(milliseconds=now_ms)).astimezone(zone(timezone)).date()
    if period == "monthly":
        months = max(today.year * 12 + today.month - count, 12)
        return date(months // 12, months % 12 + 1, 1).isoformat()
    if period == "weekly":
        today, count = date.fromisoformat(week_of(today.isoformat(), start)), 7 * (count - 1) + 1
    return date.fromordinal(max(1, today.toordinal() - count + 1)).isoformat()


def _named_zone(file: Path) -> str | None:
    try:
        name = file.read_text("utf-8").strip()
        zone(name)
    except (OSError, ValueError, InvalidRequest):
        return None
    return name


def _day(text: Any, name: str) -> str | None:
    if text is None:
        return None
    found = _DAY.fullmatch(str(text).strip())
    year, month, day = (int(part) for part in found.groups()) if found else (0, 0, 0)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise _refused(name, f"{text!r} is not a day", "Write it as 2026-11-21 or 20261121.") from None


def _midnight(day: date, where: tzinfo) -> int:
    """When a day begins somewhere. Where clocks skip midnight, it is the moment at which they do."""
    at = datetime(day.year, day.month, day.day, tzinfo=where)
    since_epoch = at.replace(tzinfo=None) - _EPOCH.replace(tzinfo=None)
    return (since_epoch - (at.utcoffset() or timedelta())) // timedelta(milliseconds=1)


def _refused(path: str, message: str, remedy: str) -> InvalidRequest:
    return InvalidRequest(f"{message}.", remedy=remedy, problems=[{"path": path, "message": message}])
