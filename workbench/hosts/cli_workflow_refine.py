"""`workbench workflow refine`: an agent changes a skill as it is told, and a person looks at the changes and decides.

Exit status: 0 done, 1 the turn or the decision failed, 130 stopped with Ctrl-C; what the agent has written by then is
among the changes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound
from workbench.hosts.cli_text import Style, one_line, safe
from workbench.hosts.cli_workflow import as_json
from workbench.hosts.cli_workflow_watch import STOPPED, CtrlC, Seen, printer, shown

REPLAY: Final = "replay"

_SAY: Final = "workbench workflow refine {} MESSAGE"

Json = dict[str, Any]


def run(args: argparse.Namespace) -> int:
    """A message, or a look or a decision: whichever the words name."""
    decides = args.accept or args.reject
    if args.message is not None and (decides or args.diff or args.undo):
        raise InvalidRequest("There is a message and a decision.", remedy="Say one of them, then the other.")
    with Workbench.open() as bench:
        if args.message is not None:
            return asyncio.run(_Message(bench, args).run())
        if args.undo:
            return _undo(bench.call("refine.undo", {"skill": args.skill}), args)
        if not decides:
            return _diff(bench.call("refine.diff", {"skill": args.skill}), args)
        if not bench.call("refine.diff", {"skill": args.skill})["files"]:
            raise NotFound("There is no change to decide.", remedy=f"Say what is to change: {_SAY.format(args.skill)}")
        decided = {"skill": args.skill, "accept": args.accept, "path": args.file}
        return _decided(bench.call("refine.decide", decided), args)


class _Message:
    """One message and what the agent makes of it."""

    def __init__(self, bench: Workbench, args: argparse.Namespace) -> None:
        self._bench = bench
        self._args = args
        self._turn: tuple[str, str] | None = None
        self._sent = asyncio.Event()
        self._ctrl_c = CtrlC(self._stop)

    async def run(self) -> int:
        return await self._ctrl_c.during(self._run())

    async def _stop(self) -> None:
        await self._sent.wait()  # what the agent has not got cannot be stopped
        if self._turn is not None:
            await self._bench.pool.stop(*self._turn)

    async def _run(self) -> int:
        sent = await self._bench.acall("refine.send", self._request())
        self._turn = sent["session"], sent["run"]
        self._sent.set()
        if sent["notice"] and not self._args.json:
            print(safe(sent["notice"]), file=sys.stderr)
        seen = await shown(self._bench.pool, self._turn, printer(self._args, always=True))
        if self._ctrl_c.stopping is not None:
            await self._ctrl_c.stopping
        outcome = await self._bench.acall("refine.settle", skill=self._args.skill, run=sent["run"])
        await self._bench.pool.close(sent["session"])  # the next message goes on in the session all the same
        diff = await self._bench.acall("refine.diff", skill=self._args.skill)
        self._tell(sent, outcome, diff, seen)
        if self._ctrl_c.stopping is not None or outcome["status"] == "aborted":
            return STOPPED
        return 0 if outcome["status"] == "completed" else 1

    def _request(self) -> Json:
        args = self._args
        provider = args.provider or self._bench.settings.provider
        request = {
            "skill": args.skill,
            "message": sys.stdin.read() if args.message == "-" else args.message,
            "provider": args.provider,
            "model": args.model,
            "budget_usd": args.budget,
            "speed": 0 if args.speed is None and provider == REPLAY else args.speed,
            "permission_timeout_s": 0,  # nobody can be asked here
        }
        return {key: value for key, value in request.items() if value is not None}

    def _tell(self, sent: Json, outcome: Json, diff: Json, seen: Seen) -> None:
        failed = seen.last is not None and seen.last["type"] == "error"
        if self._args.json:
            as_json({"session": sent["session"], "outcome": outcome, "diff": diff})
            if failed:
                print(json.dumps(seen.last), file=sys.stderr)
            return
        if failed and seen.last is not None and self._args.quiet:  # where it was shown, it was told
            print(f"workbench: {safe(str(seen.last.get('message')))}", file=sys.stderr)
            print(f"  {safe(str(seen.last.get('remedy') or ''))}".rstrip(), file=sys.stderr)
        if outcome["notice"]:
            print(safe(outcome["notice"]))
        for line in _checked(outcome["validation"]):
            print(line)
        changed = ", ".join(one_line(path) for path in outcome["changed"])
        print(f"Changed: {changed}." if changed else "Nothing was changed.")
        _undecided(self._args.skill, diff)


def _checked(validation: Json | None) -> list[str]:
    """What a check has said, in Markdown."""
    if validation is None:
        return []
    others = [
        f"It would go well with {safe(each['slug'])}: {safe(each['dimension'])}" for each in validation["companions"]
    ]
    return [safe(validation["validation_log"]), safe(validation["test_report"]), *others]


def _diff(diff: Json, args: argparse.Namespace) -> int:
    if args.json:
        return as_json(diff)
    style = Style(sys.stdout)
    colours = {"+": "cyan", "-": "red", "@": "dim"}
    files = [file for file in diff["files"] if args.file in (None, file["path"])]
    for line in "".join(file["diff"] for file in files).splitlines():
        colour = colours.get(line[:1])
        print(style(colour, safe(line)) if colour else safe(line))
    if not files:
        print("There is no change to decide.")
    return 0


def _decided(reply: Json, args: argparse.Namespace) -> int:
    if args.json:
        return as_json(reply)
    if reply["commit"]:
        print(f"Accepted: version {reply['commit'][:12]}.")
    else:
        print("Rejected: what was there before is there again.")
    _undecided(args.skill, reply["diff"])
    return 0


def _undo(reply: Json, args: argparse.Namespace) -> int:
    if args.json:
        return as_json(reply)
    for key, words in (("restored", "As before the turn"), ("kept", "Changed since, and kept")):
        if reply[key]:
            print(f"{words}: {', '.join(one_line(path) for path in reply[key])}.")
    _undecided(args.skill, reply["diff"])
    return 0


def _undecided(skill: str, diff: Json) -> None:
    """What is left to decide, and how."""
    for file in diff["files"]:
        print(f"  {file['status']} {one_line(file['path'])}: +{file['added']} -{file['removed']}")
    if diff["files"]:
        print(f"Look and decide with: workbench workflow refine {one_line(skill)} --diff|--accept|--reject|--undo")
