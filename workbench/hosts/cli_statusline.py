"""`workbench usage statusline`: Claude Code's status line, one line from the JSON that it writes to our stdin.

Idea: what Claude Code knows best (the model, the session's cost, the context, its subscription's limits) is shown as it
says it, and what it cannot know (what today has cost in all sessions and agents, how fast the block burns) comes from
the store. On the way its limits are kept, since they lie on disk nowhere else. Invariant: a status line is no place
for a failure. Whatever goes wrong, there is one line on stdout and the exit status is 0; what it was is on stderr.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

import apsw

from workbench.clock import Clock, SystemClock
from workbench.errors import InvalidRequest, Refused, WorkbenchError
from workbench.hosts.cli_text import money, one_line
from workbench.paths import Home
from workbench.usage import current, limits, overrides
from workbench.usage.importer import Options, refresh
from workbench.usage.store import Store
from workbench.usage.which import local_zone, zone

MAX_INPUT: Final = 1 << 20
MAX_MODEL: Final = 40

PATIENCE_S: Final = 0.25
"""How long new rows are read for: a session's last answers take a few hundredths of a second."""

SETTING: Final = '{"statusLine": {"type": "command", "command": "workbench usage statusline"}}'
NOTHING: Final = "Workbench: no usage to show (Claude Code's JSON was expected on stdin)"


def run(args: argparse.Namespace, clock: Clock | None = None) -> int:
    """Prints the line. Only a person at a terminal, who has nothing to pipe, is told what is missing."""
    if sys.stdin.isatty():
        raise InvalidRequest(
            "Claude Code's JSON was expected on stdin.",
            remedy=f"Let Claude Code call this: put {SETTING} into its settings.json.",
        )
    told = _read()
    if told is None:
        print(NOTHING)
        return 0
    now_ms = (clock or SystemClock()).now_ms()
    parts = [*_session(told), *_stored(told, getattr(args, "timezone", None), now_ms), *_windows(told, now_ms)]
    print(" | ".join(parts))
    return 0


def _read() -> dict[str, Any] | None:
    """The document on stdin; None for what is none."""
    try:
        told = json.loads(sys.stdin.buffer.read(MAX_INPUT))
    except (OSError, ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _session(told: Mapping[str, Any]) -> Iterator[str]:
    """The model and what this session has cost, as Claude Code reckons it."""
    model = told.get("model")
    name = _text(model, "display_name") or _text(model, "id") or (model if isinstance(model, str) else "")
    yield one_line(name, MAX_MODEL) or "Claude Code"
    cost = _number(told, "cost", "total_cost_usd")
    if cost is not None:
        yield f"session {money(str(cost))}"


def _stored(told: Mapping[str, Any], timezone: str | None, now_ms: int) -> list[str]:
    """What only the store knows; nothing when it cannot be asked now."""
    try:
        where = timezone or local_zone()
        zone(where)
        home = Home.from_environment()
        home.make()
        with Store.open(home) as store:
            with suppress(apsw.Error):  # another writes just now: Claude Code will say the same in a moment
                limits.keep_at(store.path, limits.of_statusline(told, now_ms))
            fresh = _refreshed(store, home)
            if not fresh and not store.read(current.anything):
                return ["today not counted yet (run workbench usage daily)"]
            today, *block = store.read(lambda connection: list(_figures(connection, where, now_ms)))
            return [today if fresh else f"{today} (not up to date)", *block]
    except (WorkbenchError, apsw.Error, OSError) as error:
        print(f"workbench: {error}", file=sys.stderr)
        return []


def _refreshed(store: Store, home: Home) -> bool:
    """Takes in what is new, and whether all of it could be: if that takes long it is done aside, by another process, or
    by the one that is at it just now.
    """
    patience = time.monotonic() + PATIENCE_S
    states: list[str] = []
    try:
        prices = overrides.stored(home.database, round(PATIENCE_S * 1000))
        options = Options(ledger=home.database, overrides=prices, processes=1)
        refresh(
            store,
            options,
            progress=lambda now: states.append(now.state),
            cancelled=lambda: time.monotonic() > patience,
        )
    except Refused:
        if states[-1:] == ["importing"]:
            _import_aside()
        return False
    return True


def _import_aside() -> None:
    """Starts an import that outlives this line and the process group that Claude Code may end with it."""
    # As a module of ours: never of the folder that a person works in, which may hold one of our name.
    words = [sys.executable, "-P", "-m", "workbench", "usage", "import"]
    silent = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    os.posix_spawn(words[0], words, os.environ, file_actions=silent, setpgroup=0)


def _figures(connection: apsw.Connection, timezone: str, now_ms: int) -> Iterator[str]:
    """Today's cost, and how fast the block burns that is open."""
    yield f"today {_cost(current.today(connection, timezone, now_ms))}"
    block = current.open_block(connection, timezone, now_ms)
    if block is not None:
        yield f"block {_cost(block)}{_burn(block)}"


def _cost(row: Mapping[str, Any]) -> str:
    if not row["samplings"]:
        return "$0.00"
    return money(None if row["total_cost"] is None else format(row["total_cost"], "f"))


def _burn(block: Mapping[str, Any]) -> str:
    """How fast a block goes and how long it still has: nothing while there is no rate to tell."""
    rate, projection = block["burn_rate"], block["projection"]
    if rate is None or projection is None or rate["cost_per_hour"] is None:
        return ""
    return f" ({money(str(round(rate['cost_per_hour'], 4)))}/h, {_time(projection['remaining_minutes'])} left)"


def _windows(told: Mapping[str, Any], now_ms: int) -> Iterator[str]:
    """How full the context is, and the subscription's windows."""
    context = _number(told, "context_window", "used_percentage")
    if context is not None:
        yield f"context {context:.0f}%"
    names = dict(zip(limits.STATUSLINE_WINDOWS.values(), ("5h", "week"), strict=True))
    for _, _, minutes, used, resets_at, _ in limits.of_statusline(told, now_ms):
        left = (
            f" ({_time((resets_at - now_ms) // 60_000)} left)" if resets_at is not None and resets_at > now_ms else ""
        )
        yield f"{names[minutes]} {used:.0f}%{left}"


def _time(minutes: int) -> str:
    """Minutes in the two largest units."""
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes}m" if hours else f"{minutes}m"


def _text(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found.strip() if isinstance(found, str) else ""


def _number(told: Mapping[str, Any], group: str, key: str) -> float | None:
    """A number of the document that can be shown; None for anything else."""
    inner = told.get(group)
    value = inner.get(key) if isinstance(inner, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**9:
        return None
    return float(value) if math.isfinite(value) else None
