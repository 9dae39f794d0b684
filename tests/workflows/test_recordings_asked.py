"""An example in which the agent asks the person in mid-step: asked again when it is played, and held up by nobody's absence."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.agents.said import said
from workbench.app import Workbench
from workbench.sidecar import recording
from workbench.workflows.recording.recordings import Example, Key, examples

RESEARCH = Key(workflow="skill-builder", step="research", turn="main")
NOBODY = "When this was recorded the answer was “Not on labels”, and the agent goes on as it did then."


def asking() -> tuple[Example, dict[str, str]]:
    """The example whose research asks, and what was answered."""
    for shown in examples():
        turn = shown.turn(RESEARCH)
        assert turn is not None
        (run,) = recording.find(str(shown.path(turn))).runs
        for answer in run.answers.values():
            return shown, answer["content"]
    raise AssertionError("No example asks in mid-step.")


class Begun:
    """The research of a skill `demo` that was made of that example."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.example, self.answered = asking()
        bench.call("workflow.create", skill="demo", workflow="skill-builder", example=self.example.name)

    async def step(self) -> dict[str, Any]:
        state = await self.bench.acall("workflow.state", skill="demo")
        return dict(state["steps"][0])

    async def until(self, **wanted: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while not wanted.items() <= (step := await self.step()).items():  # noqa: ASYNC110 - rows have no event
                await asyncio.sleep(0.02)
        return step

    async def answers(self, content: dict[str, str]) -> None:
        """The person answers what the agent waits with."""
        step = await self.until(waiting="question")
        (asked,) = said(self.bench.home, step["session"], step["run"]).asked
        await self.bench.acall(
            "agents.respond_input", session=step["session"], input=asked.content["userInputId"], content=content
        )

    async def remarks(self) -> list[str]:
        """What the player itself has said in the session."""
        folder = self.bench.home.session((await self.step())["session"])
        frames = [json.loads(line)["f"] for line in (folder / "transcript.jsonl").read_text().splitlines()]
        return [frame["message"] for frame in frames if frame.get("type") == "notice"]


@pytest.fixture
def begun(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begun:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    bench.call("settings.save", changes={"skills_path": str(tmp_path / "skills")})
    return Begun(bench)


async def start(begun: Begun) -> None:
    await begun.bench.acall("workflow.run_step", skill="demo", provider="replay", speed=0)


async def test_a_question_that_was_recorded_waits_for_a_person_and_goes_on_as_it_did(begun: Begun) -> None:
    await start(begun)
    step = await begun.until(waiting="question")
    assert step["status"] == "waiting_for_user"
    await begun.answers(begun.answered)
    assert (await begun.until(status="completed"))["error"] is None
    assert await begun.remarks() == []


async def test_another_answer_than_the_recorded_one_has_no_effect_and_that_is_said(begun: Begun) -> None:
    await start(begun)
    await begun.answers(dict.fromkeys(begun.answered, "On labels"))
    await begun.until(status="completed")
    assert await begun.remarks() == [NOBODY]


async def test_a_run_with_autofill_waits_for_no_answer_in_mid_step(begun: Begun) -> None:
    async with asyncio.timeout(60):
        ran = await begun.bench.acall(
            "workflow.run", skill="demo", provider="replay", speed=0, autofill=True, until="research"
        )
    assert (ran["reason"], ran["failure"]) == ("until", None)
    assert NOBODY in await begun.remarks()


async def test_a_run_with_autofill_waits_as_long_as_it_is_told_to(begun: Begun) -> None:
    running = asyncio.create_task(
        begun.bench.acall(
            "workflow.run",
            skill="demo",
            provider="replay",
            speed=0,
            autofill=True,
            until="research",
            permission_timeout_s=60,
        )
    )
    await begun.answers(begun.answered)
    assert (await running)["reason"] == "until"
    assert await begun.remarks() == []
