"""`make bench`: all promises about speed in one table, each beside a peer or the machine's own limit in the same run.

`make bench ARGS="path start --json"` picks subjects and prints JSON instead. A figure is the median of five interleaved
rounds. The exit code says whether a promise was missed: read it on a quiet machine only, and run a noisy row again.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterator, Sequence

from row import ROUNDS, Row

SUBJECTS = ("start", "reader", "path", "ledger", "usage", "queries", "skills", "library", "plans", "workflows")
HEADER = ["what", "ours", "peer or limit", "ratio", "goal", ""]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="Benchmarks beside their peers, in one run.")
    parser.add_argument("subjects", nargs="*", metavar="subject", help=f"some of: {', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds a figure (default: {ROUNDS})")
    parser.add_argument("--scale", type=float, default=1.0, help="the amount of work a round (default: 1)")
    asked = parser.parse_args(arguments)
    if unknown := sorted({*asked.subjects} - {*SUBJECTS}):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(SUBJECTS)}")
    rows = list(measure(asked.subjects or SUBJECTS, rounds=asked.rounds, scale=asked.scale))
    print(json.dumps([row.to_dict() for row in rows], indent=2) if asked.json else table(rows))
    return int(any(row.verdict == "MISSED" for row in rows))


def measure(subjects: Sequence[str], *, rounds: int, scale: float) -> Iterator[Row]:
    for subject in subjects:
        print(f"==> {subject}", file=sys.stderr)
        yield from importlib.import_module(f"bench_{subject}").rows(rounds=rounds, scale=scale)


def table(rows: Sequence[Row]) -> str:
    """One line a row, aligned; numbers to the right."""
    lines = [HEADER, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    shown = []
    for line in lines:
        cells = [
            cell.rjust(width) if column == 3 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        shown.append("  ".join(cells).rstrip())
    return "\n".join(shown)


if __name__ == "__main__":
    sys.exit(main())
