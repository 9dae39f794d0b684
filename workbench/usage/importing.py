"""What an import did, as people are told it: counts, what was skipped and where, and where two sources differ.

Idea: the store keeps what a line was skipped for and the offset of the line; which number the line has is counted when
somebody asks; a row of a database has its own number instead. Invariant: rows are listed by file and offset, and a list that was cut says how long it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.usage import reconcile, reports, sums
from workbench.usage.importer import Report
from workbench.usage.sources.opencode import DATABASE
from workbench.usage.store import get

_CHUNK: Final = 1 << 20


def done(report: Report) -> dict[str, Any]:
    """An import's counts."""
    return report._asdict() | {"unreadable": [{"path": path, "why": why} for path, why in report.unreadable]}


def report(connection: apsw.Connection, limit: int = 100) -> dict[str, Any]:
    """The last import that read anything, and all that ever could not be counted."""
    last = json.loads(get(connection, "report", "null"))
    if last is not None:
        last["unreadable"] = [{"path": path, "why": why} for path, why in last["unreadable"]]
    (skipped,) = next(connection.execute("select count(*) from skip"))
    return {
        "report": last,
        "skipped": skipped,
        "skips": list(_skips(connection, limit)),
        "unreadable": _unreadable(connection),
        "unpriced": reports.totals(connection)["unpriced"],
        "reconciliation": [_difference(row) for row in reconcile.differences(connection, limit)],
    }


def _skips(connection: apsw.Connection, limit: int) -> Iterator[dict[str, Any]]:
    rows = connection.execute(
        "select f.path, s.off, s.why from skip s join file f on f.id = s.file order by f.path, s.off limit ?", (limit,)
    )
    for path, off, why in rows:
        line = None if path.endswith(DATABASE) else line_of(Path(path), off)
        yield {"path": path, "line": line, "off": off, "why": why}


def line_of(path: Path, off: int) -> int | None:
    """The number of the line that begins at an offset; None when the file is no longer there, or is shorter."""
    line = 1
    try:
        with path.open("rb") as file:
            while off > 0:
                chunk = file.read(min(_CHUNK, off))
                if not chunk:
                    return None
                line += chunk.count(b"\n")
                off -= len(chunk)
    except OSError:
        return None
    return line


def _unreadable(connection: apsw.Connection) -> list[dict[str, str]]:
    rows = connection.execute("select path, why from file where why is not null order by path")
    return [{"path": path, "why": why} for path, why in rows]


def _difference(row: dict[str, Any]) -> dict[str, Any]:
    """A run that two sources tell: its costs, and its tokens together."""
    shown = {name: row[name] for name in ("session", "run", "model")}
    for name in ("ledger", "transcript", "difference"):
        counts = dict(row[name])
        cost = counts.pop("cost")
        shown[name] = None if cost is None else sums.dollars(cost)
        shown[f"{name}_tokens"] = sum(counts.values())
    return shown
