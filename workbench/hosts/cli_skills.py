"""`workbench skills`: the library on the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound
from workbench.hosts.cli_text import Style, one_line, safe, table

_LIST: Final = {
    "name": "NAME",
    "source": "SOURCE",
    "valid": "VALID",
    "status": "STATUS",
    "tags": "TAGS",
    "description": "DESCRIPTION",
}
_DELETED: Final = {"name": "NAME", "source": "SOURCE", "deleted_at": "DELETED", "trash": "TRASH"}
_VERSIONS: Final = {"version": "VERSION", "at": "AT", "author": "AUTHOR", "tags": "TAGS", "message": "MESSAGE"}


def run(args: argparse.Namespace) -> int:
    """The verb that the words name."""
    return _VERBS[args.what](args)


def _list(args: argparse.Namespace) -> int:
    params: dict[str, Any] = {
        "query": args.query,
        "tags": args.tag,
        "source": args.source,
        "valid": False if args.invalid else None,
        "deleted": args.deleted,
    }
    reply = listed(params)
    if args.json:
        return as_json(reply)
    if args.deleted:
        print(table(reply["deleted"], _DELETED))
        return 0
    rows = [
        {
            **row,
            "valid": "yes" if row["valid"] else "no",
            "tags": ", ".join(row["tags"]) or None,
            "description": one_line(row["description"] or "", 60),
        }
        for row in reply["skills"]
    ]
    print(table(rows, _LIST))
    return 0


def listed(params: dict[str, Any]) -> dict[str, Any]:
    """The whole list, however many pages it has, as the first page with all of them in it."""
    with Workbench.open() as bench:
        reply = page = bench.call("skills.list", params)
        while page["next_cursor"]:
            page = bench.call("skills.list", {**params, "cursor": page["next_cursor"]})
            reply["skills"] += page["skills"]
            reply["deleted"] += page["deleted"]
    return {**reply, "next_cursor": None}


def _show(args: argparse.Namespace) -> int:
    reply = call("skills.get", {"name": args.name})
    if args.json:
        return as_json(reply)
    for key in ("name", "path", "description", "source", "status", "purpose", "trust", "updated_at"):
        if reply[key]:
            print(f"{key:<12}{one_line(str(reply[key]), 200)}")
    print(f"{'tags':<12}{', '.join(reply['tags']) or '-'}")
    print(f"{'files':<12}{', '.join(one_line(file['path']) for file in reply['files'])}")
    tell_findings(reply["path"] + "/SKILL.md", reply["diagnostics"])
    return 0


def _create(args: argparse.Namespace) -> int:
    params: dict[str, Any] = {"name": args.name, "description": args.description, "tags": args.tag}
    if args.text is not None:
        params["text"] = _text(args.text)
    reply = call("skills.create", params)
    if args.json:
        return as_json(reply)
    print(f"Made {reply['skill']['path']}.")
    tell_findings("SKILL.md", reply["skill"]["diagnostics"])
    return 0


def _text(path: str) -> str:
    """The SKILL.md that a new skill begins with."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return data.decode()
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", remedy="Name a SKILL.md.", path=path) from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is no UTF-8.", remedy="Save it as UTF-8 first.", path=path) from error


def _history(args: argparse.Namespace) -> int:
    reply = call("git.history", {"name": args.name, "limit": args.limit})
    if args.json:
        return as_json(reply)
    rows = [
        {**row, "version": row["version"][:12], "tags": ", ".join(row["tags"]) or None} for row in reply["versions"]
    ]
    print(table(rows, _VERSIONS))
    return 0


def _diff(args: argparse.Namespace) -> int:
    reply = call("git.diff", {"name": args.name, "old": args.old, "new": args.new})
    if args.json:
        return as_json(reply)
    style = Style(sys.stdout)
    colours = {"+": "cyan", "-": "red", "@": "dim"}
    for line in "".join(each["patch"] for each in reply["files"]).splitlines():
        colour = colours.get(line[:1])
        print(style(colour, safe(line)) if colour else safe(line))
    return 0


def _restore(args: argparse.Namespace) -> int:
    reply = call("git.restore", {"name": args.name, "version": args.version, "preview": args.preview})
    if args.json:
        return as_json(reply)
    would = "to be" if args.preview else "now"
    for key, words in (("drops", "taken away"), ("changes", "changed"), ("saves", "kept as a version first")):
        if reply[key]:
            files = "1 file" if len(reply[key]) == 1 else f"{len(reply[key])} files"
            print(f"{files} {would} {words}: {', '.join(one_line(path) for path in reply[key])}")
    if not reply["drops"] and not reply["changes"]:
        print("The skill is as it was in that version.")
    elif reply["commit"]:
        print(f"{args.name} is as it was in {reply['version'][:12]}; {reply['later']} later versions are kept.")
    return 0


def _rename(args: argparse.Namespace) -> int:
    reply = call("skills.rename", {"name": args.name, "new_name": args.new_name, "stop": args.stop})
    if args.json:
        return as_json(reply)
    print(
        f"{one_line(args.name)} is {one_line(reply['skill']['name'])} now, in {one_line(reply['skill']['path'], 4096)}."
    )
    return 0


def _delete(args: argparse.Namespace) -> int:
    reply = call("skills.delete", {"name": args.name})
    if args.json:
        return as_json(reply)
    print(
        f'{args.name} is in the trash. Take it out with: workbench call skills.restore_deleted \'{{"name": "{args.name}"}}\''
    )
    for path in reply["installed"]:
        print(
            f"It is still installed: {one_line(path, 4096)}. Take it away with: workbench skills uninstall {args.name}"
        )
    return 0


def tell_findings(where: str, diagnostics: list[dict[str, Any]]) -> None:
    """A line for each, as compilers write them."""
    style = Style(sys.stdout)
    for each in diagnostics:
        colour = "red" if each["severity"] == "error" else "yellow"
        place = f"{one_line(where, 4096)}:{each['line']}:{each['column']}"
        print(f"{place}: {style(colour, each['severity'])}: {one_line(each['message'], 300)} [{each['rule']}]")


def is_path(word: str) -> bool:
    """What is there, or looks like a way to somewhere."""
    return os.sep in word or word.startswith(".") or Path(word).exists()


def call(name: str, params: dict[str, Any]) -> dict[str, Any]:
    with Workbench.open() as bench:
        return bench.call(name, params)


def as_json(value: Any) -> int:
    print(json.dumps(value, indent=2, ensure_ascii=True))
    return 0


_VERBS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "list": _list,
    "show": _show,
    "create": _create,
    "history": _history,
    "diff": _diff,
    "restore": _restore,
    "rename": _rename,
    "delete": _delete,
}
