"""Reports on usage as tables that fit the terminal.

Idea: a table is laid out in ever smaller ways until it fits: whole numbers with the models' names, short numbers (1.2M),
without the models, and at last fewer columns and a cut first one. Invariant: no line is wider than asked, whatever a
model or a project is called, and no name can move the cursor.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from workbench.hosts.cli_text import money, one_line, safe

Row = dict[str, Any]
GAP: Final = "  "
MAX_NAME: Final = 48

HEADS: Final = {
    "daily": "DAY",
    "weekly": "WEEK",
    "monthly": "MONTH",
    "session": "SESSION",
    "models": "MODEL",
    "skills": "SKILL",
    "projects": "PROJECT",
    "agents": "AGENT",
}


class Column(NamedTuple):
    """A column: its heading, what it shows of a row, where it stands, and how narrow it may be made."""

    head: str
    show: Callable[[Row], str]
    right: bool = True
    least: int | None = None


def text(args: argparse.Namespace, found: Mapping[str, Any], *, width: int) -> str:
    """The report for a person."""
    name = args.report
    if name in HEADS and "samplings" not in found:
        lines = _sums(args, found, width)
    elif name == "blocks":
        lines = _blocks(found, width)
    else:
        from workbench.hosts import cli_usage_others

        lines = cli_usage_others.lines(name, found, width)
    return "\n".join(line if len(line) <= width else f"{line[: width - 1]}…" for line in lines)


def fit(rows: Sequence[Row], layouts: Sequence[Sequence[Column]], width: int) -> list[str]:
    """The rows in the first layout that is not too wide; the first column of the last one is cut."""
    columns: Sequence[Column] = ()
    made: list[list[str]] = []
    widths: list[int] = []
    for columns in layouts:
        made = [[column.head for column in columns], *([column.show(row) for column in columns] for row in rows)]
        widths = [max(len(line[at]) for line in made) for at in range(len(columns))]
        room = width - sum(widths) - len(GAP) * (len(widths) - 1)
        for at, column in enumerate(columns):
            if room < 0 and column.least is not None:
                given = min(-room, max(0, widths[at] - column.least))
                widths[at], room = widths[at] - given, room + given
        if room >= 0:
            break
    else:
        widths[0] = max(1, widths[0] + room)
    right = [column.right for column in columns]
    return [_line(line, widths, right)[:width] for line in made]


def foot(found: Mapping[str, Any], width: int) -> Iterator[str]:
    """What must be said below a table."""
    if found.get("unpriced"):
        yield ""
        yield from wrapped(f"No price is known for {', '.join(found['unpriced'])}: the costs are without it.", width)
    if found.get("note"):
        yield ""
        yield from wrapped(found["note"], width)


def wrapped(words: str, width: int) -> list[str]:
    """A sentence in lines that fit."""
    import textwrap

    return textwrap.wrap(safe(words), max(1, width))


def count(number: int) -> str:
    """A whole number."""
    return f"{number:,}"


def short(number: int) -> str:
    """A number in at most six letters: 950, 12.3k, 4.56M."""
    for unit, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= unit:
            value = number / unit
            return f"{value:.0f}{letter}" if value >= 100 else f"{value:.3g}{letter}"  # noqa: PLR2004 - three digits
    return str(number)


def cost(value: Decimal | None) -> str:
    """Money; what has no price says so."""
    return money(None if value is None else f"{value:f}")


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cut = [one_line(cell, width) if len(cell) > width else cell for cell, width in zip(cells, widths, strict=True)]
    placed = (
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cut, widths, right, strict=True)
    )
    return GAP.join(placed).rstrip()


# -- sums -------------------------------------------------------------------------------------------------------------


def _sums(args: argparse.Namespace, found: Mapping[str, Any], width: int) -> list[str]:
    rows = list(_with_parts(found["rows"], breakdown=args.breakdown))
    rows.append({"key": "Total", **found["totals"], "models": [], "whole": True})
    lines = fit(rows, list(_layouts(args)), width)
    return [*lines, *foot(found, width)]


def _with_parts(rows: Sequence[Row], *, breakdown: bool) -> Iterator[Row]:
    for row in rows:
        yield row
        for part in row["breakdown"] if breakdown else ():
            yield {**part, "key": f"  {part['model']}", "total_cost": part["cost"], "models": [], "part": True}


def _layouts(args: argparse.Namespace) -> Iterator[list[Column]]:
    name = args.report
    named = Column(HEADS[name], lambda row: _name(row, name), right=False, least=14 if name in _NAMED else None)
    first = [named]
    if getattr(args, "instances", False):
        first.append(_PROJECT)
    if name == "session":
        first.append(Column("LAST USED", lambda row: row.get("last", "")[:16].replace("T", " "), right=False))
        first.append(_PROJECT)
    models = [] if name == "models" else [Column("MODELS", _models, right=False, least=16)]
    last = Column("COST", _cost)
    yield [*first, *models, *_counts(count), last]
    yield [*first, *models, *_counts(short), last]
    yield [*first, *_counts(short), last]
    yield [named, *_counts(short), last]
    yield [named, Column("TOKENS", lambda row: short(row["total_tokens"])), last]
    yield [named, last]


_NAMED: Final = ("models", "skills", "projects", "agents")
_PROJECT: Final = Column("PROJECT", lambda row: one_line(row.get("project", ""), MAX_NAME), right=False, least=12)


def _counts(number: Callable[[int], str]) -> list[Column]:
    keys = {
        "INPUT": "input_tokens",
        "OUTPUT": "output_tokens",
        "CACHE WRITE": "cache_creation_tokens",
        "CACHE READ": "cache_read_tokens",
        "TOTAL": "total_tokens",
    }
    heads = keys if number is count else {head.replace("CACHE ", ""): key for head, key in keys.items()}
    return [Column(head, lambda row, key=key: number(row[key])) for head, key in heads.items()]  # type: ignore[misc]


def _name(row: Row, report: str) -> str:
    name = row["key"]
    if row.get("part") or row.get("whole") or report != "session":
        return ("  " if row.get("part") else "") + one_line(name, MAX_NAME)
    return one_line(name, 12)


def _models(row: Row) -> str:
    return one_line(", ".join(model.removeprefix("claude-") for model in row["models"]), MAX_NAME)


def _cost(row: Row) -> str:
    if row["total_cost"] is None and not row["total_tokens"]:
        return "$0.00"
    return cost(row["total_cost"])


# -- blocks -----------------------------------------------------------------------------------------------------------


def _blocks(found: Mapping[str, Any], width: int) -> list[str]:
    lines = fit(found["blocks"], list(_block_layouts()), width)
    for block in found["blocks"]:
        if block["active"]:
            lines += ["", *wrapped(_outlook(block), width)]
    return [*lines, *foot(found, width)]


def _block_layouts() -> Iterator[list[Column]]:
    start = Column("START (UTC)", lambda row: row["start"][:16].replace("T", " "), right=False)
    state = Column("", lambda row: "gap" if row["gap"] else "active" if row["active"] else "", right=False)
    models = Column("MODELS", _models, right=False, least=12)
    last = Column("COST", lambda row: "" if row["gap"] else _cost(row))
    for number in (count, short):
        tokens = Column("TOKENS", lambda row, number=number: "" if row["gap"] else number(row["total_tokens"]))  # type: ignore[misc]
        yield [start, state, models, tokens, last]
    yield [start, state, tokens, last]
    yield [start, last]


def _outlook(block: Row) -> str:
    """How the running block goes on, if it does as so far."""
    burn, projection = block["burn_rate"], block["projection"]
    if burn is None or projection is None:
        return "The running block is too short so far to make a rate."
    ahead = "" if projection["total_cost"] is None else f" and ${projection['total_cost']:,.2f}"
    return (
        f"Burn rate: {short(round(burn['tokens_per_minute']))} tokens a minute. Going on like this, the block ends in"
        f" {projection['remaining_minutes']} minutes with {short(projection['total_tokens'])} tokens{ahead}: an estimate."
    )
