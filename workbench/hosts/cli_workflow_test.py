"""`workbench workflow test`: the same request to an agent with a skill and to one without it, and what was said of both.

It waits for the end, so that nothing dies with this process; a test that another process has left is gone on with. Exit
status: 0 the test is completed, or waits for a vote, 1 it failed, 130 stopped with Ctrl-C; what was measured by then stands.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound
from workbench.hosts.cli_text import money, one_line, safe
from workbench.hosts.cli_workflow import as_json
from workbench.hosts.cli_workflow_watch import CtrlC

REPLAY: Final = "replay"

Json = dict[str, Any]

_TITLES: Final = {"with": "With the skill", "baseline": "Without it", None: "Answer {label}"}
_BETTER: Final = {"up": "better", "down": "worse", "same": "the same", None: "not measured"}


def run(args: argparse.Namespace) -> int:
    """Makes one test of a skill."""
    with Workbench.open() as bench:
        return asyncio.run(_Test(bench, args).run())


class _Test:
    """One test, waited for."""

    def __init__(self, bench: Workbench, args: argparse.Namespace) -> None:
        self._bench = bench
        self._args = args
        self._id: str | None = None
        self._known = asyncio.Event()
        self._ctrl_c = CtrlC(self._stop)

    async def run(self) -> int:
        return await self._ctrl_c.during(self._run())

    async def _stop(self) -> None:
        await self._known.wait()  # what has not begun cannot be stopped
        if self._id is not None:
            await self._bench.acall("skill_test.stop", id=self._id)

    async def _run(self) -> int:
        test = await (self._begun() if self._args.resume is None else self._left())
        self._id = test["id"]
        self._known.set()
        if not self._args.json:
            print(f"Test {self._id} of {one_line(test['skill'])}", file=sys.stderr)
        test = await self._bench.acall("skill_test.settle", id=self._id)
        if self._ctrl_c.stopping is not None:
            await self._ctrl_c.stopping
        if self._args.json:
            as_json(test)
        else:
            _tell(test)
        return 0 if test["status"] in ("completed", "voting") else 1

    async def _begun(self) -> Json:
        return dict(await self._bench.acall("skill_test.run", self._request()))

    async def _left(self) -> Json:
        """The test that is to be gone on with. Raises NotFound."""
        tests = (await self._bench.acall("skill_test.history", skill=self._args.skill, limit=200))["tests"]
        wanted = self._args.resume
        found = next((each for each in tests if (each["id"] == wanted if wanted else each["left"])), None)
        if found is None:
            said = f"There is no test {wanted[:80]!r} of" if wanted else "No test was left of"
            raise NotFound(
                f"{said} {self._args.skill!r}.",
                remedy=f"Begin one: workbench workflow test {self._args.skill} --prompt TEXT",
                skill=self._args.skill,
            )
        return dict(found)

    def _request(self) -> Json:
        args = self._args
        provider = args.provider or self._bench.settings.provider
        prompt = sys.stdin.read() if args.prompt == "-" else args.prompt
        if not prompt.strip():
            raise InvalidRequest("The prompt is empty.", remedy="Say with --prompt what both agents are to do.")
        request = {
            "skill": args.skill,
            "prompt": prompt,
            "repeats": args.repeats,
            "vote_first": False,  # nobody votes here
            "provider": args.provider,
            "model": args.model,
            "budget_usd": args.budget,
            "speed": 0 if args.speed is None and provider == REPLAY else args.speed,
            "permission_timeout_s": 0,
        }
        return {key: value for key, value in request.items() if value is not None}


def _tell(test: Json) -> None:
    """Both answers of each repeat, what was said of them, and the sum."""
    for each in test["rounds"]:
        for side in each["sides"]:
            title = _TITLES[side["arm"]].format(label=side["label"].upper())
            print(f"-- {each['number']}. {title}: {side['status']}, {money(side['cost'])}")
            print(safe(side["text"]).rstrip())
        for said in each["judgements"]:
            print(f"  {safe(said['dimension'])}: {_BETTER[said['direction']]}. {safe(said['text'])}")
        for advice in each["recommendations"]:
            print(f"  Advice: {safe(advice)}")
        if each["failure"]:
            print(f"workbench: {safe(each['failure'])}", file=sys.stderr)
    if test["notice"]:
        print(safe(test["notice"]))
    if test["status"] == "voting":
        _ask_for_votes(test)
        return
    print(
        f"Better {test['wins']}, worse {test['losses']}, the same {test['ties']}. {money(test['total_cost'])} in all."
    )
    if (score := test["score"]) is not None and score["low"] is not None:
        print(f"Score {score['mean']}, with 95 % between {score['low']} and {score['high']}.")


def _ask_for_votes(test: Json) -> None:
    """How a person votes here: before, nothing is told of which answer is which."""
    print("Which answer is the better one? Vote on it, and it is told which is which:")
    for each in test["rounds"]:
        if each["vote"] is None and each["failure"] is None:
            vote = json.dumps({"id": test["id"], "round": each["number"], "vote": "a"})
            print(f"  workbench call skill_test.vote '{vote}'  (or b, or tie)")
