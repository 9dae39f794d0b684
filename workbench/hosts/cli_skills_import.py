"""`workbench skills import`: what a source holds, and what of it comes in.

Without `--all` or `--only` a person at a terminal is asked. Where nobody can be, only a source with a single sound skill
comes in unasked. It exits 1 when nothing that was wanted came in.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, Refused
from workbench.hosts.cli_text import Style, one_line, safe, table

_WORK: Final = "cli"
_EVERY_S: Final = 0.2
_PATIENCE_S: Final = 1.0
_PLAN: Final = {
    "mark": " ", "name": "NAME", "status": "STATUS", "state": "HERE", "place": "PLACE", "scan": "SCAN", "path": "PATH"
}  # fmt: skip
_PLACES: Final = {
    "offered": "offered", "not_in_catalogue": "not in the catalogue", "inside": "inside others", "set_aside": "set aside",
    "alias": "links", "remote": "elsewhere or missing",
}  # fmt: skip
_DOING: Final = {
    "resolving": "Finding the source",
    "downloading": "Downloading",
    "cloning": "Cloning",
    "extracting": "Unpacking",
    "reading": "Reading",
    "scanning": "Scanning",
    "writing": "Bringing in",
}


def run(args: argparse.Namespace) -> int:
    """Looks, asks, brings in."""
    with Workbench.open() as bench:
        plan = _call(bench, "skills.plan_import", source=args.source)
        if args.plan:
            return _show(plan, args)
        rows = _chosen(plan, args)
        if not rows:
            return _none(plan, args)
        taken = args.taken.replace("-", "_") if args.taken else None
        chosen = [
            {"path": row["path"], "digest": row["digest"], "name": row.get("given"), "taken": taken} for row in rows
        ]
        reply = _call(bench, "skills.apply_import", source=args.source, plan=plan["plan"], rows=chosen)
    if args.json:
        print(json.dumps(reply, indent=2))
    else:
        _tell(reply)
    if args.all:
        _tell_left(plan)
    return 0 if any(row["status"] != "refused" for row in reply["rows"]) else 1


def _chosen(plan: dict[str, Any], args: argparse.Namespace) -> list[dict[str, Any]]:
    """The rows that were meant, by the words or by an answer."""
    ticked = [row for row in plan["rows"] if row["ticked"] and row["state"] in ("new", "update")]
    if args.only:
        return [row for word in args.only for row in _named(plan, word)]
    if args.all or (len(plan["rows"]) == 1 and len(ticked) == 1):
        return ticked
    if not sys.stdin.isatty() or args.json:
        raise Refused(
            "choose",
            f"The source holds {len(plan['rows'])} skills, {len(ticked)} of them ready.",
            remedy="See them with --plan; take the ready ones with --all, or some with --only NAME.",
            ready=[row["path"] for row in ticked],
        )
    _print_plan(plan)
    if not ticked:
        return []
    words = f"Bring in the {len(ticked)} marked, or only some? [y, N, or names] "
    answer = input(words).split()
    if [word.lower() for word in answer] in (["y"], ["yes"]):
        return ticked
    if not answer or [word.lower() for word in answer] in (["n"], ["no"]):
        return []
    return [row for word in answer for row in _named(plan, word)]


def _named(plan: dict[str, Any], word: str) -> list[dict[str, Any]]:
    """The one row of a name or a path; of several with a name, the one that is offered. Who names a row that has no name
    of its own by the one that is proposed gives it that name.
    """
    found = [row for row in plan["rows"] if word in (row["name"], row["path"])]
    found = [row for row in found if row["ticked"]] or found
    if not found:
        found = [{**row, "given": word} for row in plan["rows"] if word == row["proposed"]]
    if len(found) != 1:
        many = ", ".join(row["path"] for row in found[:5])
        raise InvalidRequest(
            f"The source has {'no skill' if not found else f'{len(found)} skills'} named {word[:80]!r}.",
            remedy=f"Give the path of one: {many}." if found else "See what it has with --plan.",
            problems=[{"path": "--only", "message": f"names {len(found)} rows"}],
        )
    return found


def _none(plan: dict[str, Any], args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps({"rows": [], "commit": None}, indent=2))
    here = sum(1 for row in plan["rows"] if row["state"] == "same")
    if here:
        _tell_left(plan)
        print(f"Nothing new: {here} of {len(plan['rows'])} are in the library as they are there.", file=sys.stderr)
        return 0
    print("Nothing was brought in. See why with --plan.", file=sys.stderr)
    return 1


def _tell_left(plan: dict[str, Any]) -> None:
    """How many that are offered wait for a person: without one they stay out."""
    waiting = [row for row in plan["rows"] if row["place"] == "offered" and row["duplicate_of"] is None]
    left = sum(1 for row in waiting if row["status"] in ("ask", "refuse") and row["state"] in ("new", "taken"))
    if left:
        words = "1 skill that is offered was" if left == 1 else f"{left} skills that are offered were"
        print(f"{words} left out: see why with --plan, and take one with --only.", file=sys.stderr)


# -- what is printed


def _show(plan: dict[str, Any], args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps(plan, indent=2))
    else:
        _print_plan(plan)
    return 0


def _print_plan(plan: dict[str, Any]) -> None:
    style = Style(sys.stdout)
    rows = [
        {
            **row,
            "mark": "*" if row["ticked"] and row["state"] in ("new", "update") else "",
            "name": row["name"] or f"({row['proposed'] or 'no name'})",
            "scan": row["scan"]["verdict"] if row["scan"] else None,
        }
        for row in plan["rows"]
    ]
    print(table(rows, _PLAN))
    for row in plan["rows"]:
        for reason in row["reasons"]:
            print(style("yellow", f"{one_line(row['path'])}: {safe(reason)}"))
    for note in plan["notes"]:
        print(safe(note))
    sums = plan["sums"]
    lying = ", ".join(f"{sums[place]} {words}" for place, words in _PLACES.items() if sums[place])
    print(
        f"{sums['rows']} in {safe(plan['origin'])}, by its {plan['by']}: {lying}. Of all, {sums['ready']} ready, "
        f"{sums['repair']} to repair, {sums['ask']} to ask about, {sums['refuse']} refused."
    )


def _tell(reply: dict[str, Any]) -> None:
    for row in reply["rows"]:
        name = one_line(row["name"] or row["path"])
        print(f"{row['status']:<10}{name}" + (f": {safe(row['reason'])}" if row["reason"] else ""))


# -- what takes long


def _call(bench: Workbench, name: str, **params: Any) -> dict[str, Any]:
    """The command's reply; how far it is stands on stderr, and an interrupt cancels it."""
    with _progress(bench):
        try:
            return bench.call(name, {**params, "id": _WORK})
        except KeyboardInterrupt:
            bench.imports.cancel(_WORK)
            raise


@contextmanager
def _progress(bench: Workbench) -> Iterator[None]:
    """A line on stderr that is written over, once a work takes longer than a second; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    over = threading.Event()

    def show() -> None:
        if over.wait(_PATIENCE_S):
            return
        while not over.wait(_EVERY_S):
            for work, now in bench.imports.progress():
                if work == _WORK:
                    print(f"\r\x1b[K{_line(now.stage, now.done, now.total, now.unit)}", end="", file=sys.stderr)
                    sys.stderr.flush()
        print("\r\x1b[K", end="", file=sys.stderr)

    thread = threading.Thread(target=show, name="workbench-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _line(stage: str, done: int, total: int | None, unit: str) -> str:
    if unit == "bytes":
        return f"{_DOING[stage]}: {done / 1e6:,.1f} MB" + (f" of {total / 1e6:,.1f} MB" if total else "")
    return f"{_DOING[stage]}: {done:,}" + (f" of {total:,}" if total else "") + f" {unit}"
