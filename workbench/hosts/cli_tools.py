"""The generic doors (`commands`, `call`), the settings and the doctor."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from workbench.errors import InvalidRequest
from workbench.hosts.cli_text import Style, table
from workbench.paths import Home


def run(args: argparse.Namespace) -> int:
    """The tool that the words name."""
    return _TOOLS[args.what](args)


def _commands(args: argparse.Namespace) -> int:
    from workbench.commands import registry

    found = [registry.find(args.name)] if args.name else registry.every()
    if args.json or args.name:
        print(json.dumps([{"name": each.name, "summary": each.summary, **each.schemas()} for each in found], indent=2))
    else:
        print(
            table(({"name": each.name, "summary": each.summary} for each in found), {"name": "NAME", "summary": "WHAT"})
        )
    return 0


def _call(args: argparse.Namespace) -> int:
    from workbench.app import Workbench
    from workbench.commands import registry

    text = sys.stdin.read() if args.params == "-" else args.params
    try:
        params = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(
            f"The request is not JSON: {error}.",
            remedy="""Quote it for the shell, for example: workbench call sessions.list '{"limit": 5}'.""",
            problems=[{"path": "", "message": str(error)}],
        ) from error
    registry.validate(args.name, params)  # before a home is made for nothing
    with Workbench.open() as bench:
        _print_json(bench.call(args.name, params))
    return 0


def _settings_get(args: argparse.Namespace) -> int:
    from workbench.app import Workbench

    with Workbench.open() as bench:
        reply = bench.call("settings.get")
    return _show_settings(args, reply)


def _settings_set(args: argparse.Namespace) -> int:
    from workbench.app import Workbench

    changes = dict(_change(each) for each in args.changes)
    with Workbench.open() as bench:
        reply = bench.call("settings.save", {"changes": changes, "move_skills": args.move_skills})
    args.name = None
    return _show_settings(args, reply)


def _settings_secret(args: argparse.Namespace) -> int:
    from workbench.app import Workbench

    value = None
    if not args.forget:
        value = getpass.getpass(f"{args.name}: ") if sys.stdin.isatty() else sys.stdin.read().strip()
    with Workbench.open() as bench:
        reply = bench.call("settings.save", {"secrets": {args.name: value}})
    args.name = None
    return _show_settings(args, reply)


def _show_settings(args: argparse.Namespace, reply: dict[str, Any]) -> int:
    chosen = reply["settings"]
    if args.name is not None:
        if args.name not in chosen:
            raise InvalidRequest(
                f"There is no setting named {args.name!r}.",
                remedy=f"Use one of: {', '.join(chosen)}.",
                known=list(chosen),
            )
        _print_json(chosen[args.name])
        return 0
    if args.json:
        _print_json(reply)
        return 0
    for name, value in chosen.items():
        print(f"{name} = {json.dumps(value)}")
    for secret in reply["secrets"]:
        end = f" (ends in {secret['last4']})" if secret["last4"] else ""
        print(
            f"{secret['name']}: {secret['value']}{end}, from the {secret['source']}"
            if secret["source"]
            else f"{secret['name']}: not set"
        )
    for notice in (reply["notice"], reply["read_only"]):
        if notice:
            print(f"workbench: {notice}", file=sys.stderr)
    return 0


def _change(text: str) -> tuple[str, Any]:
    """`max_turns=5` as a name and a JSON value; what is no JSON is text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidRequest(f"{text!r} is not NAME=VALUE.", remedy="For example: workbench settings set max_turns=20.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _doctor(args: argparse.Namespace) -> int:
    """Needs no home that opens and no database: that may be what is wrong."""
    from workbench import doctor

    found = doctor.checks(Home.from_environment())
    fine = all(each.ok for each in found if each.required)
    if args.json:
        _print_json({"ok": fine, "checks": [vars(each) for each in found], "runtime": doctor.runtime()})
        return 0 if fine else 1
    style = Style(sys.stdout)
    for each in found:
        mark = (
            style("cyan", "ok     ")
            if each.ok
            else style("red", "MISSING")
            if each.required
            else style("yellow", "absent ")
        )
        print(f"{mark}  {each.code:<17} {each.detail}")
        if each.remediation:
            print(f"{'':9}{'':17}  {each.remediation}")
    return 0 if fine else 1


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


_TOOLS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "commands": _commands,
    "call": _call,
    "doctor": _doctor,
    "settings_get": _settings_get,
    "settings_set": _settings_set,
    "settings_secret": _settings_secret,
}
