"""Reports on usage as JSON in the shape that ccusage prints, so that its users' scripts go on working; ours beside it.

Idea: the same keys, and numbers where it has numbers. Invariant: a cost that is not known is null, with
`missingPricing` beside it and the model in `unpricedModels`; ccusage has 0 there. Costs are floats here alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from workbench.usage.sums import plain

Row = dict[str, Any]

_KEYS: Final = {"daily": "date", "weekly": "week", "monthly": "month"}
_COUNTS: Final = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheCreationTokens": "cache_creation_tokens",
    "cacheReadTokens": "cache_read_tokens",
}
_NAMES: Final = {"models": "model", "skills": "skill", "projects": "project", "agents": "agent"}


def document(args: argparse.Namespace, found: Mapping[str, Any]) -> str:
    """The report as a JSON document."""
    name = args.report
    if name in _KEYS:
        body = _periods(args, found)
    elif name == "session" and args.id is None:
        rows = [_session(row) for row in found["rows"]]
        body = {"sessions": rows, "session": rows}  # its name before ccusage 20, and since
    elif name == "blocks":
        body = {"blocks": [_block(row) for row in found["blocks"]]}
    elif name in _NAMES:
        body = {name: [{_NAMES[name]: row["key"], **_bucket(row)} for row in found["rows"]]}
    else:
        return _lines(plain(found))
    return _lines({**body, **_rest(found)})


def _lines(body: Row) -> str:
    """A document that is easy to read, with a row a line: json would take ten times as long to indent all of it."""
    return "{\n" + ",\n".join(f"  {json.dumps(key)}: {_value(value)}" for key, value in body.items()) + "\n}"


def _value(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n    " + ",\n    ".join(map(json.dumps, value)) + "\n  ]"
    return json.dumps(value)


def _periods(args: argparse.Namespace, found: Mapping[str, Any]) -> Row:
    key = _KEYS[args.report]
    shown: Callable[[Row], Row] = lambda row: {key: row["key"], "period": row["key"], **_bucket(row)}  # noqa: E731 - it closes over the key
    if not args.instances:
        return {args.report: [shown(row) for row in found["rows"]]}
    projects: dict[str, list[Row]] = {}
    for row in found["rows"]:
        projects.setdefault(row["project"], []).append(shown(row) | {"project": row["project"]})
    return {"projects": projects}


def _rest(found: Mapping[str, Any]) -> Row:
    totals = _sums(found["totals"])
    if found["unpriced"]:
        totals["unpricedModels"] = found["unpriced"]
    more = {"unpricedModels": found["unpriced"], "timezone": found["timezone"], "mode": found["mode"]}
    return {"totals": totals, **more, "note": found["note"]}


def _sums(row: Row) -> Row:
    """What both buckets and totals have."""
    return {
        **{name: row[ours] for name, ours in _COUNTS.items()},
        "totalTokens": row["total_tokens"],
        "totalCost": _total(row),
        "reasoningTokens": row["reasoning_tokens"],
        "webSearches": row["web_searches"],
        "samplings": row["samplings"],
    }


def _bucket(row: Row) -> Row:
    return {
        **_sums(row),
        "modelsUsed": row["models"],
        "modelBreakdowns": [_model(part) for part in row["breakdown"]],
    }


def _model(part: Row) -> Row:
    shown = {
        "modelName": part["model"],
        "provider": part["provider"],
        **{name: part[ours] for name, ours in _COUNTS.items()},
        "cost": _number(part["cost"]),
        "samplings": part["samplings"],
    }
    return shown | ({"missingPricing": True} if part["unpriced"] else {})


def _session(row: Row) -> Row:
    return {
        "sessionId": row["session"],
        "period": row["session"],
        "provider": row["provider"],
        "projectPath": row["project"],
        "firstActivity": row["first"],
        "lastActivity": row["last"],
        "skills": row["skills"],
        "sidechainTokens": row["sidechain_tokens"],
        "workbenchSession": row["workbench_session"],
        **_bucket(row),
    }


def _block(row: Row) -> Row:
    burn, projection = row["burn_rate"], row["projection"]
    return {
        "id": row["id"],
        "startTime": row["start"],
        "endTime": row["end"],
        "actualEndTime": row["actual_end"],
        "isActive": row["active"],
        "isGap": row["gap"],
        "entries": row["samplings"],
        "tokenCounts": {
            "inputTokens": row["input_tokens"],
            "outputTokens": row["output_tokens"],
            "cacheCreationInputTokens": row["cache_creation_tokens"],
            "cacheReadInputTokens": row["cache_read_tokens"],
        },
        "totalTokens": row["total_tokens"],
        "costUSD": _total(row),
        "models": row["models"],
        "burnRate": burn
        and {
            "tokensPerMinute": burn["tokens_per_minute"],
            "tokensPerMinuteForIndicator": burn["tokens_per_minute_for_indicator"],
            "costPerHour": burn["cost_per_hour"],
        },
        "projection": projection
        and {
            "totalTokens": projection["total_tokens"],
            "totalCost": projection["total_cost"],
            "remainingMinutes": projection["remaining_minutes"],
        },
    }


def _total(row: Row) -> float | None:
    """A cost; of nothing at all it is 0, of what has no price it is not known."""
    return 0.0 if row["total_cost"] is None and not row["total_tokens"] else _number(row["total_cost"])


def _number(cost: Decimal | None) -> float | None:
    return None if cost is None else float(cost)
