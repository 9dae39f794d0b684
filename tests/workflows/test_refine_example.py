"""Refining and testing a shipped example, offline: through the commands, by what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.app import Workbench
from workbench.errors import NoRecording
from workbench.paths import Home
from workbench.settings import Settings
from workbench.workflows.recording.recordings import Example, examples

WRITTEN = Path(__file__).parents[1] / "recordings"
EXAMPLES = examples()
MADE = "2026-01-02"


@pytest.fixture(params=EXAMPLES, ids=[each.name for each in EXAMPLES])
def shown(request: pytest.FixtureRequest) -> Example:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def bench(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: Example) -> Iterator[Workbench]:
    """A skill named `mine`, as the example's workflow has made it on another day than today."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with Workbench.open(home) as opened:
        opened.save_settings(Settings(skills_path=str(tmp_path / "skills")))
        folder = WRITTEN / shown.name / "skill"
        texts = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
        files = {
            path.relative_to(folder).as_posix(): text.replace("${SKILL}", "mine").replace("${TODAY}", MADE).encode()
            for path, text in texts.items()
        }
        opened.library.create("mine", files, run={"example": shown.name})
        yield opened
        opened.call("agents.shutdown")


def say(bench: Workbench, message: str) -> dict[str, Any]:
    sent = bench.call("refine.send", skill="mine", message=message, provider="replay", speed=0)
    told = bench.call("refine.settle", skill="mine", run=sent["run"])
    return {**told, "said": sent["notice"]}


def test_every_recorded_message_changes_the_skill_under_another_name(bench: Workbench, shown: Example) -> None:
    suggestions = bench.call("refine.content", skill="mine")["suggestions"]
    assert suggestions == list(shown.messages)
    for message in suggestions:
        told = say(bench, message)
        assert (told["status"], told["put_back"], told["said"]) == ("completed", [], "")
        assert told["changed"]
    diff = bench.call("refine.diff", skill="mine")
    assert diff["files"]
    assert "${" not in "".join(file["diff"] for file in diff["files"])


def test_another_message_is_answered_with_those_that_were_recorded(bench: Workbench, shown: Example) -> None:
    with pytest.raises(NoRecording) as refused:
        say(bench, "Make it funnier.")
    assert refused.value.facts["suggestions"] == list(shown.messages)


def test_a_message_to_a_skill_that_was_changed_since_plays_and_says_so(bench: Workbench, shown: Example) -> None:
    bench.library.edit("mine", lambda text: text + b"\nMine.\n")
    sent = bench.call("refine.send", skill="mine", message=shown.messages[0], provider="replay", speed=0)
    assert "SKILL.md" in sent["notice"]
    assert bench.call("refine.settle", skill="mine", run=sent["run"])["status"] in {"completed", "error"}
    assert "Mine." in (bench.skills_path() / "mine" / "SKILL.md").read_text()


def test_a_recorded_test_plays_and_tells_no_difference(bench: Workbench, shown: Example) -> None:
    for prompt in shown.prompts:
        test = bench.call("skill_test.run", skill="mine", prompt=prompt, provider="replay", speed=0, vote_first=False)
        while test["status"] in {"running", "judging"}:
            test = bench.call("skill_test.show", id=test["id"])
        assert test["status"] == "completed", test
        assert all(side["text"] for side in test["rounds"][0]["sides"])
        assert test["rounds"][0]["judgements"]
        assert (test["score"], test["replayed"]) == (None, True)
