"""`workbench skills budget`, `scan`, `waive` and `trust`: what skills cost, what they could do, and what one makes of that.

`scan` takes paths, too, for skills that are in no library: then no home is opened and nothing is waived. It exits 1 when
a skill is found to be dangerous (or, if one says so, to need a look), so that a check in CI stops there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from workbench import __version__
from workbench.errors import InvalidRequest, NotFound
from workbench.hosts.cli_skills import call, is_path
from workbench.hosts.cli_text import Style, one_line, safe, table

_COSTS: Final = {
    "name": "NAME",
    "listing": "LISTING",
    "body": "BODY",
    "resources": "FILES",
    "claude-code": "CLAUDE CODE",
    "codex": "CODEX",
}
_TITLES: Final = {"claude-code": "Claude Code", "codex": "Codex"}
_COLOURS: Final = {"critical": "red", "high": "red", "medium": "yellow"}


def run(args: argparse.Namespace) -> int:
    """The verb that the words name."""
    return {"budget": _budget, "scan": _scan, "waive": _waive, "trust": _trust}[args.what](args)


def _budget(args: argparse.Namespace) -> int:
    reply = call("skills.budget", {"name": args.name, "window": args.window})
    if args.json:
        return _json(reply)
    fates = {
        (listing["client"], entry["name"]): _fate(entry)
        for listing in reply["listings"]
        for entry in listing["entries"]
    }
    rows = [{**cost, **{client: fates.get((client, cost["name"])) for client in _TITLES}} for cost in reply["costs"]]
    print(table(rows, _COSTS))
    for each in reply["listings"]:
        over = f", {each['over']:,} too many" if each["over"] else ""
        print(
            f"{_TITLES.get(each['client'], each['client'])}: the listing needs {each['needed']:,} of {each['limit']:,} "
            f"{each['unit']}{over}.",
            file=sys.stderr,
        )
    print(f"Tokens are {reply['basis']}: within about {reply['error']:.0%}.", file=sys.stderr)
    return 0


def _fate(entry: dict[str, Any]) -> str:
    """What a client does with a description, in a word."""
    return f"cut at {entry['shown']:,} of {entry['full']:,}" if entry["fate"] == "cut" else str(entry["fate"])


def _scan(args: argparse.Namespace) -> int:
    if not all(args.paths):
        raise InvalidRequest(
            "An empty word names no skill.", remedy="Give a name or a path, or nothing for all skills."
        )
    reports = [*_scanned_paths(args.paths), *_scanned_names(args.paths)]
    dangerous = sum(1 for each in reports if each["verdict"] == "dangerous")
    if args.sarif:
        _json(_sarif(reports))
    elif args.json:
        _json({"skills": reports, "dangerous": dangerous})
    else:
        _tell(reports)
        words = "skill" if len(reports) == 1 else "skills"
        print(f"{len(reports)} {words}, {dangerous} dangerous. This is advice, not a proof.", file=sys.stderr)
    failing = {"dangerous", args.fail_on}
    return 1 if any(each["verdict"] in failing for each in reports) else 0


def _waive(args: argparse.Namespace) -> int:
    """Lets findings of a rule stand, or takes that back, file by file."""
    report = call("skills.scan", {"name": args.name})
    found = report["waived" if args.withdraw else "findings"]
    meant = [each for each in found if each["rule"] == args.rule and args.file in (None, each["file"])]
    if not meant:
        raise NotFound(
            f"{args.name} has no such finding {'that is waived' if args.withdraw else 'that counts'}.",
            remedy=f"See what there is with: workbench skills scan {args.name}.",
        )
    for digest in dict.fromkeys(each["digest"] for each in meant):
        params = {"name": args.name, "rule": args.rule, "digest": digest, "withdraw": args.withdraw}
        report = call("skills.waive", {**params, "reason": args.reason, "expires": _moment(args.until)})
    if args.json:
        return _json(report)
    print(f"{args.name}: {report['verdict']}, {len(report['waived'])} waived.")
    return 0


def _moment(date: str | None) -> str | None:
    """A date, or a date with a time, as a moment; by itself it is the day's beginning here."""
    try:
        return datetime.fromisoformat(date).astimezone().isoformat() if date else None
    except ValueError as error:
        raise InvalidRequest(f"{date!r} is no date.", remedy="Write it as in 2027-01-31.") from error


def _trust(args: argparse.Namespace) -> int:
    reply = call("skills.untrust" if args.withdraw else "skills.trust", {"name": args.name})
    if args.json:
        return _json(reply)
    print(f"{args.name}: {reply['trust']}.")
    return 0


def _scanned_paths(words: list[str]) -> Iterator[dict[str, Any]]:
    from workbench.commands.skills_pages import shown_all
    from workbench.skills.document.trees import folders
    from workbench.skills.scan import scan

    for word in filter(is_path, words):
        for folder in folders(Path(word)):
            yield {"name": folder.absolute().name, "path": str(folder), **shown_all(scan(folder.resolve()).to_dict())}


def _scanned_names(words: list[str]) -> Iterator[dict[str, Any]]:
    from workbench.app import Workbench

    names = [word for word in words if not is_path(word)]
    if names or not words:
        with Workbench.open() as bench:
            if not words:
                names = [item.name for item in bench.library.items() if item.present]
            for name in names:
                report = bench.call("skills.scan", {"name": name})
                yield {**report, "path": str(bench.library.folder(name))}


def _tell(reports: list[dict[str, Any]]) -> None:
    """A line for each finding, as compilers write them, and what each skill is able to do."""
    style = Style(sys.stdout)
    for report in reports:
        for each in report["findings"]:
            place = f"{safe(report['path'])}/{one_line(each['file'], 300)}:{each['line']}"
            colour = _COLOURS.get(each["severity"])
            severity = style(colour, each["severity"]) if colour else each["severity"]
            print(f"{place}: {severity}: {one_line(each['reason'], 300)} [{each['rule']}]")
            print(f"    {one_line(each['excerpt'], 160)}")
            if each["waiver"]:
                print(f"    It was waived until {each['waiver']['expires_at']}.")
        able = [name.replace("_", " ") for name, places in report["capabilities"].items() if places]
        waived = f", {len(report['waived'])} waived" if report["waived"] else ""
        print(f"{one_line(report['name'])}: {report['verdict']}{waived}; {', '.join(able) or 'no special abilities'}.")


def _sarif(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Paths below where the command was called are told from there, as code hosts want it; others from the root."""
    from workbench.skills.review.sarif import sarif
    from workbench.skills.scan import Report

    told = {
        _from_here(each["path"]): Report(
            each["digest"], each["findings"], each["waived"], each["capabilities"], each["files"], each["bytes"]
        )
        for each in reports
    }
    return sarif(told, version=__version__)


def _from_here(path: str) -> str:
    whole, here = Path(path).absolute(), Path.cwd()
    if not whole.is_relative_to(here):
        return str(whole)
    below = str(whole.relative_to(here))
    return "" if below == os.curdir else below


def _json(value: Any) -> int:
    print(json.dumps(value, indent=2, ensure_ascii=True))
    return 0
