"""`workbench workflow new|start|resume|ask-again|submit|stop`: a skill is begun, and one step of it is set going or mended.

Exit status: 0 the step is completed (or stopped, as asked), 1 it is not, 130 stopped with Ctrl-C, which also stops the
agent; what it said is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound
from workbench.hosts.cli_text import one_line, safe
from workbench.hosts.cli_workflow import as_json, open_items, step_row, trouble
from workbench.hosts.cli_workflow_watch import STOPPED, CtrlC, Watch, leave, printer
from workbench.hosts.cli_workflow_ways import ways

REPLAY: Final = "replay"

Json = dict[str, Any]


def run(args: argparse.Namespace) -> int:
    """The verb that the words name."""
    with Workbench.open() as bench:
        return _VERBS[args.what](bench, args)


def _new(bench: Workbench, args: argparse.Namespace) -> int:
    params = {
        "skill": args.skill,
        "description": args.about,
        "context": args.context,
        "workflow": args.workflow,
        "variables": dict(args.variable),
        "tags": args.tag,
    }
    if args.purpose is not None:
        params["purpose"] = args.purpose
    state = bench.call("workflow.create", params)
    return as_json(state) if args.json else _stands(state)


def _stop(bench: Workbench, args: argparse.Namespace) -> int:
    state = bench.call("workflow.stop", {"skill": args.skill})
    return as_json(state) if args.json else _stands(state)


def _submit(bench: Workbench, args: argparse.Namespace) -> int:
    state = bench.call("workflow.submit_output", {"skill": args.skill, "step": args.step, "text": _text(args.file)})
    return as_json(state) if args.json else _stands(state)


def _turn(bench: Workbench, args: argparse.Namespace) -> int:
    return asyncio.run(_Turn(bench, args).run())


class _Turn:
    """One step's turn, seen to its end."""

    def __init__(self, bench: Workbench, args: argparse.Namespace) -> None:
        self._bench = bench
        self._args = args
        self._ctrl_c = CtrlC(lambda: bench.acall("workflow.stop", skill=args.skill))

    async def run(self) -> int:
        return await self._ctrl_c.during(self._run())

    async def _run(self) -> int:
        before = await self._bench.acall("workflow.state", skill=self._args.skill)
        watch = Watch(self._bench, self._args.skill, printer(self._args), before)
        number = await watch.during(self._go())
        if self._ctrl_c.stopping is not None:
            await self._ctrl_c.stopping
        await leave(self._bench, self._args.skill)
        state = await self._bench.acall("workflow.state", skill=self._args.skill)
        if self._ctrl_c.stopping is not None:
            return STOPPED
        return self._tell(state, state["steps"][number])

    async def _go(self) -> int:
        """Starts it, and waits for its end; the step's number."""
        args = self._args
        provider = args.provider or self._bench.settings.provider
        request = {
            "skill": args.skill,
            "step": args.step,
            "resume": args.what == "resume",
            "repair": args.what == "ask-again",
            "provider": args.provider,
            "model": args.model,
            "budget_usd": args.budget,
            "speed": 0 if args.speed is None and provider == REPLAY else args.speed,
            "permission_timeout_s": 0,  # nobody can be asked here
        }
        named = {key: value for key, value in request.items() if value is not None}
        started = await self._bench.acall("workflow.run_step", named)
        if started["notice"] and not args.json:
            print(safe(started["notice"]), file=sys.stderr)
        await self._bench.engine.seen_through(args.skill)
        state = await self._bench.acall("workflow.standing", skill=args.skill)
        return next(int(step["number"]) for step in state["steps"] if step["key"] == started["step"])

    def _tell(self, state: Json, step: Json) -> int:
        if self._args.json:
            as_json(state)
            if step["error"] is not None:
                print(json.dumps(step["error"]), file=sys.stderr)
        elif step["error"] is None:
            row = step_row(step)
            parts = (row["made"], row["spent"], row["time"], "replayed" if step["replayed"] else None)
            print(f"{safe(step['title'])}: {', '.join(safe(part) for part in parts if part)}")
            _stands(state)
        else:
            first, *rest = trouble(state)
            print("\n".join([f"workbench: {first}", *rest]), file=sys.stderr)
        return 0 if step["status"] == "completed" else 1


def _stands(state: Json) -> int:
    """How it stands now, and what can be done next."""
    print(f"{one_line(state['skill'])}: {safe(state['standing'])}")
    for line in (*open_items(state), *ways(state)):
        print(line)
    return 0


def _text(path: str) -> str:
    """The output that a person has written."""
    try:
        return (sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()).decode()
    except OSError as error:
        remedy = "Name the file that holds the output; - reads it from stdin."
        raise NotFound(f"{path} cannot be read: {error.strerror}.", remedy=remedy, path=path) from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is no UTF-8.", remedy="Save it as UTF-8 first.", path=path) from error


_VERBS: Final[dict[str, Callable[[Workbench, argparse.Namespace], int]]] = {
    "new": _new,
    "stop": _stop,
    "submit": _submit,
    "start": _turn,
    "resume": _turn,
    "ask-again": _turn,
}
