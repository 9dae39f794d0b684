"""`workbench skills install|uninstall|installs|export`: skills for clients and for others.

What is there already is asked about at a terminal; elsewhere it is refused, and said. It exits 1 when anything was
refused, or a check has found a drift.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from workbench.app import Workbench
from workbench.hosts.cli_text import Style, one_line, safe, table

_ROWS: Final = {
    "name": "NAME",
    "client": "CLIENT",
    "scope": "SCOPE",
    "method": "METHOD",
    "state": "STATE",
    "path": "PATH",
}
_COLOURS: Final = {"outdated": "yellow", "changed": "yellow", "missing": "red"}
_TAKEN: Final = ("foreign", "changed")


def run(args: argparse.Namespace) -> int:
    """The verb that the words name."""
    with Workbench.open() as bench:
        return _VERBS[args.what](bench, args)


def _install(bench: Workbench, args: argparse.Namespace) -> int:
    params = {
        "names": args.names,
        "clients": args.clients or ["claude"],
        "method": "link" if args.link else "copy",
        "replace": args.replace,
        **_scope(args),
    }
    reply = bench.call("skills.install", params)
    if not args.json and sys.stdin.isatty():
        reply = _asked(bench, params, reply)
    status = _tell(reply, args, "Installed")
    if not args.json:
        _warn(bench, {row["name"] for row in reply["done"]})
    return status


def _warn(bench: Workbench, names: Iterable[str]) -> None:
    """Says of what was put there that an agent may do what nobody wants."""
    for name in sorted(names):
        if bench.call("skills.get", {"name": name})["trust"] in ("own", "trusted"):
            continue
        if bench.call("skills.scan", {"name": name})["verdict"] == "dangerous":
            print(
                f"workbench: {one_line(name)}: a scan found what looks dangerous, and nobody has reviewed it. "
                f"See `workbench skills scan {one_line(name)}`; take it away with `workbench skills uninstall`.",
                file=sys.stderr,
            )


def _asked(bench: Workbench, params: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    """The reply when each name that was taken has been asked about."""
    refused = []
    answers: dict[str, str] = {}
    for row in reply["refused"]:
        if row["state"] in _TAKEN and row["path"] not in answers and os.path.lexists(row["path"]):
            print(safe(row["reason"]), file=sys.stderr)
            words = f"Put {one_line(row['name'])} there? What is there goes to the trash. [y, N] "
            answers[row["path"]] = input(words).strip().lower()
        if answers.get(row["path"]) not in ("y", "yes"):
            refused.append(row)
            continue
        one = {**params, "names": [row["name"]], "clients": [row["client"]], "replace": True}
        again = bench.call("skills.install", one)
        reply["done"] += again["done"]
        refused += again["refused"]
    return {**reply, "refused": refused}


def _uninstall(bench: Workbench, args: argparse.Namespace) -> int:
    params = {"names": args.names, "clients": args.clients, "force": args.force, **_scope(args)}
    if args.project is None:
        params["scope"] = "user" if args.user else None
    return _tell(bench.call("skills.uninstall", params), args, "Took away")


def _installs(bench: Workbench, args: argparse.Namespace) -> int:
    projects = [_whole(args.project)] if args.project is not None else []
    reply = bench.call("skills.installs", {"names": args.names, "projects": projects})
    if args.json:
        return _json(reply)
    print(table(reply["rows"], _ROWS))
    style = Style(sys.stdout)
    for row in reply["rows"]:
        if row["state"] in _COLOURS:
            print(style(_COLOURS[row["state"]], f"{one_line(row['path'], 4096)}: {safe(row['reason'] or '')}"))
    return 0


def _export(bench: Workbench, args: argparse.Namespace) -> int:
    reply = bench.call(
        "skills.export",
        {
            "names": args.names,
            "format": args.form or _form(args.to),
            "target": _whole(args.to),
            "replace": args.replace,
            "check": args.check,
        },
    )
    if args.json:
        print(json.dumps(reply, indent=2))
    elif not args.check:
        print(f"{one_line(reply['path'], 4096)} holds {_count(reply['digests'])}, {reply['bytes']:,} bytes.")
    else:
        for path in reply["drift"]:
            print(one_line(path or reply["path"], 4096))
        if not reply["drift"]:
            print(f"{one_line(reply['path'], 4096)} is as it would be written now.")
    for path in reply["kept"]:
        told = "is not in the catalogue, and no export from here left it so: it stays."
        print(f"{one_line(path, 4096)} {told}", file=sys.stderr)
    return 1 if args.check and reply["drift"] else 0


def _form(path: str) -> str:
    name = Path(path).name.lower()
    return "lock" if name == "skills-lock.json" else "zip" if name.endswith(".zip") else "skill"


def _scope(args: argparse.Namespace) -> dict[str, Any]:
    return {} if args.project is None else {"scope": "project", "project": _whole(args.project)}


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())


def _tell(reply: dict[str, Any], args: argparse.Namespace, done: str) -> int:
    if args.json:
        print(json.dumps(reply, indent=2))
        return 1 if reply["refused"] else 0
    for row in reply["done"]:
        print(f"{done} {one_line(row['name'])} for {row['client']}: {one_line(row['path'], 4096)}")
    for row in reply["refused"]:
        print(f"workbench: {one_line(row['name'])} for {row['client']}: {safe(row['reason'] or '')}", file=sys.stderr)
    if not reply["done"] and not reply["refused"]:
        print("Nothing of it is installed there.", file=sys.stderr)
    return 1 if reply["refused"] else 0


def _count(names: Iterable[str]) -> str:
    count = len(list(names))
    return "1 skill" if count == 1 else f"{count} skills"


def _json(value: Any) -> int:
    print(json.dumps(value, indent=2))
    return 0


_VERBS: Final[dict[str, Callable[[Workbench, argparse.Namespace], int]]] = {
    "install": _install,
    "uninstall": _uninstall,
    "installs": _installs,
    "export": _export,
}
