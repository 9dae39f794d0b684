"""`workbench workflow run`: a skill from nothing to a package, or to where a person is needed.

Idea: it goes from step to step with `workflow.run`, and tells of each as it ends: a line, or with --json an object a line.
A skill that is not there is made of an example or of what --about says. Exit status: 0 built (or as far as --until), 1 a
person is needed or it failed, 130 stopped with Ctrl-C, which also stops the agent; what it said is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from decimal import Decimal
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, Refused, WorkbenchError
from workbench.hosts.cli_text import money, one_line, safe
from workbench.hosts.cli_workflow import open_items, step_row, total
from workbench.hosts.cli_workflow_watch import STOPPED, CtrlC, Watch, leave, printer
from workbench.hosts.cli_workflow_ways import ways

REPLAY: Final = "replay"

Json = dict[str, Any]


def run(args: argparse.Namespace) -> int:
    """Runs the workflow of one skill."""
    with Workbench.open() as bench:
        return asyncio.run(_Drive(bench, args).run())


class _Drive:
    """One run, told to this terminal."""

    def __init__(self, bench: Workbench, args: argparse.Namespace) -> None:
        self._bench = bench
        self._args = args
        self._skill: str = args.skill
        self._ctrl_c = CtrlC(lambda: self._call("stop"))

    async def run(self) -> int:
        return await self._ctrl_c.during(self._all())

    async def _all(self) -> int:
        try:
            status = await self._run()
        except WorkbenchError:
            await leave(self._bench, self._skill)
            raise
        await leave(self._bench, self._skill)
        return status

    async def _run(self) -> int:
        provider = self._args.provider or self._bench.settings.provider
        state = await self._state() or await self._make(provider)
        self._check(state)
        state = await self._fill_in(state)
        began, watch = paid(state), Watch(self._bench, self._skill, printer(self._args), state)
        done = [step["key"] for step in state["steps"] if step["status"] == "completed"]
        for step in state["steps"]:
            driving = self._driving(provider, paid(state) - began)
            work = self._call("run", **driving, autofill=self._args.autofill, until=step["key"])
            reply = await watch.during(work)
            state = reply["state"]
            for each in state["steps"]:
                if each["status"] == "completed" and each["key"] not in done:
                    done.append(each["key"])
                    self._step(each)
            if self._ctrl_c.stopping is not None:
                await self._ctrl_c.stopping
                return STOPPED
            if reply["reason"] == "needs_person":
                return self._person(state, reply["failure"])
            if state["next"] == "done" or self._args.until in (step["key"], str(step["number"])):
                break
        return await self._end(state)

    # -- before

    async def _state(self) -> Json | None:
        """How the skill stands; None: there is none yet."""
        try:
            state = await self._call("state")
        except NotFound:
            return None
        self._tell({"event": "started", "skill": self._skill, "made": False, "workflow": state["workflow"]})
        return dict(state)

    async def _make(self, provider: str) -> Json:
        example, told = self._args.example, ""
        if self._args.about and example:
            raise InvalidRequest("A skill is made of an example or of --about.", remedy="Leave one of them out.")
        if example is None and not self._args.about:
            if provider != REPLAY:
                raise NotFound(
                    f"There is no skill {self._skill[:80]!r}.",
                    remedy="Say what it is to know with --about TEXT, or take an example with --example NAME.",
                    skill=self._skill,
                )
            example = (await self._bench.acall("workflow.examples"))["examples"][0]["name"]
            told = f"No example was named: this is {example}, the first one."
        await self._check_until()
        said = {"description": self._args.about or "", "variables": dict(self._args.variable)}
        state = await self._call("create", workflow=self._args.name, example=example, **said)
        self._tell(
            {
                "event": "started",
                "skill": self._skill,
                "made": True,
                "workflow": state["workflow"],
                "example": example,
                "message": told,
            }
        )
        return dict(state)

    def _check(self, state: Json) -> None:
        """Raises Refused where the skill is being built in another way than was asked for."""
        for named, found in (("name", state["workflow"]), ("example", state["example"])):
            wanted = getattr(self._args, named)
            if wanted not in (None, found):
                raise Refused(
                    "other_run",
                    f"{self._skill!r} is being built with {found or 'no example'}, not with {wanted}.",
                    remedy="Choose another name for the new skill.",
                    skill=self._skill,
                )
        self._check_step(state["steps"])

    async def _check_until(self) -> None:
        """The same of --until, before a skill is made. Which workflows there are, `create` says."""
        found = (await self._bench.acall("workflow.definitions"))["definitions"]
        steps: list[Json] = next((each["steps"] for each in found if each["name"] == self._args.name), [])
        if steps:
            self._check_step(steps)

    def _check_step(self, steps: list[Json]) -> None:
        words = {word for step in steps for word in (step["key"], str(step["number"]))}
        if self._args.until is not None and self._args.until not in words:
            keys = ", ".join(step["key"] for step in steps)
            raise InvalidRequest(f"There is no step {self._args.until[:80]!r}.", remedy=f"The steps are {keys}.")

    async def _fill_in(self, state: Json) -> Json:
        """Variables that are named for a skill that is there already take the place of what they were."""
        before = state["intake"]["variables"]
        wanted = {**before, **dict(self._args.variable)}
        return state if wanted == before else dict(await self._call("save_intake", variables=wanted))

    def _driving(self, provider: str, spent: Decimal) -> Json:
        """Who drives the next step, and for how much. Raises Refused where nothing is left of --budget."""
        speed, budget = self._args.speed, self._args.budget
        if budget is not None and spent and (budget := float(Decimal(str(budget)) - spent)) <= 0:
            raise Refused(
                "budget",
                f"{money(str(spent))} of {money(str(self._args.budget))} have been spent.",
                remedy="Run it again with a budget to go on.",
            )
        given = {
            "provider": self._args.provider,
            "model": self._args.model,
            "budget_usd": budget,
            "speed": 0 if speed is None and provider == REPLAY else speed,
            # Nobody can be asked here: a question is denied at once, and the agent told so.
            "permission_timeout_s": 0,
        }
        return {key: value for key, value in given.items() if value is not None}

    # -- telling

    def _tell(self, event: Json) -> None:
        if self._args.json:
            print(json.dumps(event), flush=True)
        elif event["event"] == "started":
            how = f"from the example {event['example']}" if event.get("example") else "new"
            said = f"{one_line(self._skill)}: {event['workflow']}" + (f", {how}" if event["made"] else "")
            print(f"{said}. {event.get('message', '')}".rstrip())

    def _step(self, step: Json) -> None:
        """A step that is completed."""
        event = {key: step[key] for key in ("skipped", "session", "run", "cost", "tokens", "duration_ms", "replayed")}
        made = [artifact["path"] for artifact in step["artifacts"]]
        notes = [artifact["note"] for artifact in step["artifacts"] if artifact["note"]]
        self._tell(
            {"event": "step", "step": step["key"], "number": step["number"], **event, "made": made, "notes": notes}
        )
        if not self._args.json:
            row = step_row(step)
            parts = [row["made"], "skipped" if step["skipped"] else row["spent"], row["time"]]
            played = ["replayed"] if step["replayed"] else []
            print(f"  {step['title']}: {', '.join(safe(part) for part in [*parts, *played] if part)}")
            for note in notes:
                print(f"    {safe(note)}")

    def _person(self, state: Json, failure: Json) -> int:
        """A person is needed: what for goes where failures go."""
        if self._args.json:
            print(json.dumps(failure), file=sys.stderr)
            return 1
        print(f"workbench: {safe(failure['message'])}", file=sys.stderr)
        print(f"  {safe(failure['remedy'])}", file=sys.stderr)
        for line in (*open_items(state), *ways(state)):
            print(line, file=sys.stderr)
        return 1

    async def _end(self, state: Json) -> int:
        """Built, and packaged where the workflow says so. What keeps it from being packaged is told last."""
        finished = state["next"] == "done"
        package, refused = state["package"], None
        if finished and package is None and await self._is_packaged():
            try:
                package = (await self._call("package"))["path"]
            except WorkbenchError as error:
                refused = error
        cost = total(state)
        self._tell(
            {
                "event": "completed" if finished else "stopped",
                "skill": self._skill,
                "package": package,
                "cost": cost,
                "replayed_cost": state["replayed_cost"],
                "tokens": state["tokens"],
                "next_step": state["next_step"],
            }
        )
        if not self._args.json:
            if package:
                print(f"  Package: {one_line(package, 4096)}")
            print(f"{safe(state['standing'])} {money(cost)}, {state['tokens']:,} tokens.")
        if refused is not None:
            raise refused
        return 0

    async def _is_packaged(self) -> bool:
        """Whether the workflow ends with a package."""
        look = await asyncio.to_thread(self._bench.engine.look, self._skill)
        return look.workflow.package

    async def _call(self, verb: str, **params: Any) -> Any:
        return await self._bench.acall(f"workflow.{verb}", {"skill": self._skill, **params})


def paid(state: Json) -> Decimal:
    """What a skill's steps have cost so far, as far as it is known; a replay costs nothing."""
    return Decimal(state["cost"] or 0)
