"""`workbench usage`: a report straight from the ledger.

This is the one place where a host reaches past the commands, for speed: a report must not wait for models to be
imported that it does not need. The rows are those that `usage.*` replies with, and a test holds the two together.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from decimal import Decimal
from typing import Any, Final

from workbench.clock import SystemClock
from workbench.commands.usage_rows import report
from workbench.errors import DatabaseNewer, InvalidRequest
from workbench.hosts.cli_text import money, table
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import recorded

KEPT: Final = "agents wrote of them into their own transcripts"
"""What a reset cannot hide: it is no run of ours that daily and its like read there."""

_TOKENS: Final = {"input_tokens": "INPUT", "output_tokens": "OUTPUT", "cache_read_tokens": "CACHE READ"}
_COLUMNS: Final[dict[str, dict[str, str]]] = {
    "runs": {"started": "STARTED", "run": "RUN", "provider": "PROVIDER", "status": "STATUS", **_TOKENS, "cost": "COST"},
    "sessions": {"started": "STARTED", "session": "SESSION", "runs": "RUNS", **_TOKENS, "total_cost": "COST"},
    "steps": {"workflow": "WORKFLOW", "step": "STEP", "runs": "RUNS", **_TOKENS, "total_cost": "COST"},
    "models": {"model": "MODEL", "runs": "RUNS", **_TOKENS, "total_cost": "COST"},
}


_NAMES: Final = {"steps": "by_step"}


def run(args: argparse.Namespace) -> int:
    """Prints one report, or hides what has been counted so far."""
    home = Home.from_environment()
    home.make()
    if args.report == "reset":
        return _reset(args, home)
    wanted = ("since", "skill", "limit", "session", "step", "workflow")
    params = {name: getattr(args, name) for name in wanted if getattr(args, name, None) is not None}
    if "limit" in params and not 1 <= params["limit"] <= 1000:  # noqa: PLR2004 - the command's own limits
        raise InvalidRequest(f"{params['limit']} rows cannot be listed.", remedy="Give --limit as 1 to 1000.")
    with closing(_open(home)) as database:
        name = _NAMES.get(args.report, args.report.replace("-", "_"))
        found = database.read(lambda connection: report(name, connection, params))
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        _show(found)
    return 0


def _open(home: Home) -> Database:
    """For reading: one that a newer Workbench wrote will do."""
    try:
        return Database.open(home.database, backups=home.backups)
    except DatabaseNewer:
        return Database.open(home.database, read_only=True)


def _show(found: dict[str, Any]) -> None:
    for key, columns in _COLUMNS.items():
        if isinstance(found.get(key), list):
            print(table(found[key], columns))
            _show_replayed(found[key])
            return
    for key in ("runs", "sessions", "input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens"):
        print(f"{key.replace('_', ' '):<22}{found[key]:>15,}")
    for key in ("total_cost", "average_cost"):
        print(f"{key.replace('_', ' '):<22}{money(found[key]):>15}")
    _show_replayed([found])
    if found["unpriced"]:
        print(f"without a price: {', '.join(found['unpriced'])}")


def _show_replayed(rows: list[dict[str, Any]]) -> None:
    """How much of these sums nobody paid. (A list of single runs is of one provider each, which says it.)"""
    costs = [Decimal(row["replayed_cost"]) for row in rows if row.get("replayed_cost")]
    if costs:
        print(f"{'of which replayed':<22}{money(f'{sum(costs):f}'):>15}")


def _reset(args: argparse.Namespace, home: Home) -> int:
    what = f"the runs of {args.skill}" if args.skill else "all runs so far"
    if not args.yes and not args.json:
        if not sys.stdin.isatty():
            raise InvalidRequest(f"Nothing was reset: {what} would no longer count.", remedy="Say so with --yes.")
        asked = f"Hide {what} from reports on runs? Nothing is deleted, and what {KEPT} counts on. [y/N] "
        if input(asked).strip().lower() not in {"y", "yes"}:
            return 1
    clock = SystemClock()
    marker = clock.new_id()
    with closing(Database.open(home.database, backups=home.backups)) as database:
        hidden = database.write(
            lambda connection: recorded.reset(connection, marker, now_ms=clock.now_ms(), skill=args.skill)
        )
    said = f"{hidden} runs no longer count; what {KEPT} does."
    print(json.dumps({"runs": hidden, "marker": marker}) if args.json else said)
    return 0
