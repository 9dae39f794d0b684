"""How the command line writes for people: plain tables, colours where a terminal takes them, and no foreign escapes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TextIO

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_NUMBERS: Final = frozenset({"cost", "total_cost", "average_cost"})
_STYLES: Final = {"dim": "2", "bold": "1", "red": "31", "yellow": "33", "cyan": "36"}


def safe(text: str) -> str:
    """Text that cannot move the cursor, set a title, hide a link or turn the line round: such characters are shown."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def one_line(text: str, width: int = 100) -> str:
    """The text on one line, cut to a width."""
    line = safe(" ".join(text.split()))
    return line if len(line) <= width else f"{line[: width - 1]}…"


class Style:
    """Colours for one stream: none unless it is a terminal, nor where NO_COLOR asks for none."""

    def __init__(self, stream: TextIO) -> None:
        self._on = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, name: str, text: str) -> str:
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self._on and text else text


def terminal_width(fallback: int) -> int:
    """How wide the terminal is: COLUMNS, else what stdout's terminal says. (shutil would be a long import for this.)"""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or fallback if sys.__stdout__ else fallback
    except (OSError, ValueError):
        return fallback


def money(cost: str | None) -> str:
    """A decimal string as dollars; what has no price says so."""
    if cost is None:
        return "no price"
    whole, _, fraction = cost.partition(".")
    if set(whole + fraction) <= {"0"} or float(cost) >= 1:
        return f"${float(cost):,.2f}"
    return f"${float(cost):.4f}"


def table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    """Rows under headings (`{key: heading}`); numbers to the right. Says so when there are none."""
    rows = list(rows)
    if not rows:
        return "Nothing yet."
    cells = [[_cell(key, row.get(key)) for key in columns] for row in rows]
    right = [key in _NUMBERS or isinstance(rows[0].get(key), int) for key in columns]
    heads = list(columns.values())
    widths = [max(len(head), *(len(line[at]) for line in cells)) for at, head in enumerate(heads)]
    return "\n".join(_line(line, widths, right) for line in [heads, *cells])


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    placed = (
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(placed).rstrip()


def _cell(key: str, value: Any) -> str:
    if key in _NUMBERS:
        return money(value)
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return one_line(str(value), 120)
