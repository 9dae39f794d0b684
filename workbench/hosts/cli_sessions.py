"""`workbench sessions`: what was said, and ending what runs."""

from __future__ import annotations

import argparse
import json
from typing import Any

from workbench.app import Workbench
from workbench.hosts.cli_text import money, one_line, table

_COLUMNS = {
    "id": "ID",
    "state": "STATE",
    "provider": "PROVIDER",
    "runs": "RUNS",
    "cost": "COST",
    "updated": "UPDATED",
    "title": "TITLE",
}


def run(args: argparse.Namespace) -> int:
    """One of: list, show, markdown, end."""
    params: dict[str, Any] = {"limit": args.limit} if args.what == "list" else {"session": args.session}
    name = {"show": "get"}.get(args.what, args.what)
    with Workbench.open() as bench:
        reply = bench.call(f"sessions.{name}", params)
    if args.json:
        print(json.dumps(reply, indent=2, ensure_ascii=False))
    elif args.what == "list":
        print(table(reply["sessions"], _COLUMNS))
    elif args.what == "markdown":
        print(reply["markdown"])
    else:
        _show(reply)
    return 0


def _show(reply: dict[str, Any]) -> None:
    for key in ("id", "title", "state", "provider", "model", "cwd", "skill", "step", "created", "updated", "runs"):
        if reply[key] not in (None, ""):
            print(f"{key:<9}{one_line(str(reply[key]), 200)}")
    print(f"{'cost':<9}{money(reply['cost'])}")
    for each in reply["waiting"]:
        asked = each["request"].get("toolName") or "an answer"
        print(f"{'waits':<9}for {one_line(str(asked))} ({each['kind']} {each['id']})")
