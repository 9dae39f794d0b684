"""Both examples are built, refined and tested by replay, and every turn leaves what it left when it was recorded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workbench.app import Workbench
from workbench.workflows.recording import fitting, recordings
from workbench.workflows.recording.recordings import Example, Key

pytestmark = pytest.mark.slow

PATIENCE_S = 60
QUICK = {"provider": "replay", "speed": 0}


@pytest.fixture(params=recordings.examples(), ids=lambda shown: shown.name)
def shown(request: pytest.FixtureRequest) -> Example:
    return request.param


@pytest.fixture
def library(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    bench.call("settings.save", {"changes": {"skills_path": str(tmp_path / "skills")}})
    return bench


def built(bench: Workbench, shown: Example, name: str, workflow: str = "skill-builder"):
    bench.call("workflow.create", {"skill": name, "workflow": workflow, "example": shown.name})
    ran = bench.call("workflow.run", {"skill": name, "autofill": True, **QUICK})
    assert ran["reason"] == "completed", ran["failure"]
    return ran["state"]


def left(bench: Workbench, shown: Example, name: str, key: Key, *patterns: str) -> tuple[str, str | None]:
    """The digest of what lies there, and the one that was recorded."""
    folder = bench.library.folder(name)
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
    files = {str(path.relative_to(folder)): path.read_text() for path in paths}
    metadata = bench.library.document(name).fields["metadata"]
    recorded = shown.turn(key)
    assert recorded is not None
    return fitting.tree_digest(files, skill=name, today=metadata["created"]), recorded.tree


def test_an_example_built_three_times_under_other_names_leaves_the_recorded_files(library: Workbench, shown: Example):
    for name in ("one", "other-name", "third"):
        state = built(library, shown, name)
        assert [step["status"] for step in state["steps"]] == ["completed"] * 4
        assert [note for step in state["steps"] for made in step["artifacts"] if (note := made["note"])] == []
        key = Key(workflow="skill-builder", step="generate", turn="main")
        now, then = left(library, shown, name, key, "SKILL.md", "references/*.md", "context/evaluations.md")
        assert now == then
        assert f"\nname: {name}\n" in (library.library.folder(name) / "SKILL.md").read_text()


def test_a_quick_draft_leaves_the_recorded_files(library: Workbench, shown: Example):
    built(library, shown, "quick", "quick-skill")
    key = Key(workflow="quick-skill", step="draft", turn="main")
    now, then = left(library, shown, "quick", key, "SKILL.md", "references/*.md", "context/evaluations.md")
    assert now == then


def test_the_refine_messages_of_an_example_edit_as_they_did(library: Workbench, shown: Example):
    built(library, shown, "demo")
    library.call("refine.start", {"skill": "demo", "provider": "replay"})
    for number, message in enumerate(shown.messages, start=1):
        sent = library.call("refine.send", {"skill": "demo", "message": message, **QUICK})
        assert sent["notice"] == ""
        outcome = library.call("refine.settle", {"skill": "demo", "run": sent["run"]})
        assert outcome["changed"]
        assert outcome["put_back"] == []
        key = Key(workflow="", step="refine", turn=f"say-{number}")
        now, then = left(library, shown, "demo", key, "SKILL.md", "references/*.md")
        assert now == then


def test_the_tests_of_an_example_say_that_no_model_was_measured(library: Workbench, shown: Example):
    built(library, shown, "demo")
    for prompt in shown.prompts:
        asked = {"skill": "demo", "prompt": prompt, "vote_first": False, **QUICK}
        test = library.call("skill_test.run", asked)["id"]
        until = time.monotonic() + PATIENCE_S
        while (found := library.call("skill_test.show", {"id": test}))["status"] in ("running", "judging"):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert [each["failure"] for each in found["rounds"]] == [None]
        assert found["status"] == "completed"
        assert found["replayed"] is True
        assert all(side["text"] for side in found["rounds"][0]["sides"])
        assert (found["score"], found["cost"], found["duration_s"]) == (None, None, None)
        assert "no model was measured" in found["notice"]
