"""The rarer reports on usage for a person: one session's responses, limits, cache, one response explained, imports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from workbench.hosts.cli_text import one_line, safe
from workbench.hosts.cli_usage_tables import Column, Row, cost, count, fit, foot, short, wrapped
from workbench.usage.sources.opencode import DATABASE
from workbench.usage.sums import plain

Found = Mapping[str, Any]


def lines(name: str, found: Found, width: int) -> list[str]:
    """The lines of a report."""
    return list(_SHOWN[name](found, width))


def _samplings(found: Found, width: int) -> Iterator[str]:
    at = Column("TIME (UTC)", lambda row: row["ts"][:19].replace("T", " "), right=False)
    number = Column("ID", lambda row: str(row["id"]))
    model = Column("MODEL", lambda row: one_line(row["model"], 40), right=False)
    skill = Column("SKILL", lambda row: one_line(row["skill"] or "-", 24), right=False)
    tokens = [
        Column("INPUT", lambda row: short(row["input_tokens"])),
        Column("OUTPUT", lambda row: short(row["output_tokens"])),
        Column("CACHED", lambda row: short(row["cache_read_tokens"])),
    ]
    last = Column("COST", lambda row: cost(row["cost"]))
    layouts = [[at, number, model, skill, *tokens, last], [at, number, *tokens, last], [at, last]]
    yield from fit(found["samplings"], layouts, width)
    yield ""
    yield from wrapped("What one of them cost in detail says: workbench usage explain ID.", width)


def _limits(found: Found, width: int) -> Iterator[str]:
    if not found["limits"]:
        yield from wrapped(
            "No provider has told of a limit yet. Codex writes its limits into its transcripts; Claude Code tells its"
            " subscribers' to a status line: use `workbench usage statusline` as one.",
            width,
        )
        return
    columns = [
        Column("PROVIDER", lambda row: row["provider"], right=False),
        Column("WINDOW", lambda row: _window(row["window_minutes"])),
        Column("USED", lambda row: "begun anew" if row["used_percent"] is None else f"{row['used_percent']:.0f} %"),
        Column("RESETS (UTC)", lambda row: (row["resets_at"] or "-")[:16].replace("T", " "), right=False),
        Column("SEEN (UTC)", lambda row: row["seen"][:16].replace("T", " "), right=False),
        Column("PLAN", lambda row: one_line(row["plan"] or "-", 20), right=False),
    ]
    yield from fit(found["limits"], [columns, columns[:4], columns[:3]], width)


def _window(minutes: int) -> str:
    for unit, word in ((1440, "d"), (60, "h")):
        if minutes % unit == 0:
            return f"{minutes // unit} {word}"
    return f"{minutes} min"


def _cache(found: Found, width: int) -> Iterator[str]:
    rate = found["hit_rate"]
    yield f"hit rate              {'-' if rate is None else f'{rate:.1%}':>16}"
    for words, row in (("kept five minutes", found["five_minutes"]), ("kept an hour", found["one_hour"])):
        yield f"{words:<22}{short(row['tokens']):>16}  {_amount(row['cost'])}"
    yield f"{'read':<22}{short(found['cache_read_tokens']):>16}  {_amount(found['cache_read_cost'])}"
    yield f"{'saved':<22}{_amount(found['saved']):>16}"
    for key, head in (("by_model", "MODEL"), ("by_skill", "SKILL")):
        yield ""
        first = Column(head, lambda row: one_line(row["key"], 40), right=False)
        hit = Column("HIT RATE", lambda row: "-" if row["hit_rate"] is None else f"{row['hit_rate']:.1%}")
        read = Column("READ", lambda row: short(row["cache_read_tokens"]))
        saved = Column("SAVED", lambda row: _amount(row["saved"]))
        yield from fit(found[key], [[first, hit, read, saved], [first, hit]], width)
    if found["rebuilds"]:
        yield ""
        columns = [
            Column("WRITTEN AGAIN", lambda row: row["cause"].replace("_", " "), right=False),
            Column("TIMES", lambda row: count(row["samplings"])),
            Column("TOKENS", lambda row: short(row["tokens"])),
            Column("COST", lambda row: _amount(row["cost"])),
        ]
        yield from fit(found["rebuilds"], [columns, columns[:3]], width)
    yield from foot(found, width)


def _amount(value: Any) -> str:
    """Money that may be below zero."""
    if value is None:
        return "no price"
    return f"-{cost(-value)}" if value < 0 else cost(value)


def _explained(found: Found, width: int) -> Iterator[str]:
    price = found["price"]
    yield from wrapped(f"Response {found['id']} of {found['ts']}, {price['model']} ({price['provider']})", width)
    if not found["counts"]:
        yield from wrapped("It does not count: another row of the same response does.", width)
    columns = [
        Column("FACTOR", lambda row: row["name"].replace("_", " "), right=False),
        Column("COUNT", lambda row: count(row["tokens"])),
        Column("PRICE", lambda row: "no price" if row["price"] is None else f"${plain(row['price'])}"),
        Column("COST", lambda row: _exact(row["amount"])),
    ]
    yield from fit(found["factors"], [columns, [columns[0], columns[-1]]], width)
    second = found["second_opinion"]
    costs = {"computed": found["computed"], "reported": found["reported"], "LiteLLM": second and second["cost"]}
    for name, value in costs.items():
        if value is not None:
            yield f"{name:<10} {_exact(value)}"
    variant = f", {price['variant']}" if price["variant"] else ""
    since = f" since {price['since']}" if price["since"] else ""
    yield from wrapped(f"Prices are of a million tokens or a thousand searches{since}{variant}.", width)
    for row in found["candidates"]:
        yield from wrapped(f"{'counts' if row['counts'] else 'a copy'}: {_beginning(row)}", width)


def _exact(value: Any) -> str:
    return "no price" if value is None else f"${plain(value)}"


def _imported(found: Found, width: int) -> Iterator[str]:
    """The counts of one import."""
    for name in ("files", "read", "taken", "duplicate", "skipped", "unpriced", "bytes"):
        yield f"{name:<12}{found[name]:>16,}"
    yield f"{'seconds':<12}{found['seconds']:>16.2f}"
    for row in found["unreadable"]:
        yield from wrapped(f"{row['path']} {row['why']}", width)


def _import_report(found: Found, width: int) -> Iterator[str]:
    if found["report"] is None:
        yield "Nothing has been imported yet."
    else:
        yield "The last import that read anything:"
        yield from _imported(found["report"], width)
    if found["skips"]:
        yield ""
        yield f"Rows that could not be counted: {found['skipped']:,}."
        for row in found["skips"]:
            place = _place(row)
            yield place if len(place) <= width else f"…{place[1 - width :]}"  # its end says more than its beginning
            yield from wrapped(f"  {row['why']}", width)
    if found["unpriced"]:
        yield ""
        yield from wrapped(f"No price is known for {', '.join(found['unpriced'])}.", width)
    if found["reconciliation"]:
        yield ""
        columns = [
            Column("RUN", lambda row: one_line(row["run"], 12), right=False),
            Column("MODEL", lambda row: one_line(row["model"], 32), right=False),
            Column("OUR LEDGER", lambda row: _amount(row["ledger"])),
            Column("TRANSCRIPT", lambda row: _amount(row["transcript"])),
            Column("DIFFERENCE", lambda row: _amount(row["difference"])),
        ]
        yield from fit(found["reconciliation"], [columns, [columns[0], columns[4]]], width)


def _place(row: Row) -> str:
    if row["line"] is not None:
        return safe(f"{row['path']}:{row['line']}")
    return safe(_beginning(row))


def _beginning(row: Row) -> str:
    """Where a row stands whose line nobody has counted."""
    return f"{row['path']} at {'row' if row['path'].endswith(DATABASE) else 'byte'} {row['off']}"


_SHOWN: Final[dict[str, Callable[[Found, int], Iterator[str]]]] = {
    "session": _samplings,
    "limits": _limits,
    "cache": _cache,
    "explain": _explained,
    "import": _imported,
    "import-report": _import_report,
}
