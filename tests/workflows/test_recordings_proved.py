"""What a played turn has left is compared with what it left when it was recorded."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from recordings.cutting import unpacked

from workbench.app import Workbench
from workbench.errors import ReplayDiverged, WorkbenchError
from workbench.workflows.recording import fitting, proving
from workbench.workflows.recording.recordings import Example, Key, Recorded, examples
from workbench.workflows.state import StepRow
from workbench.workflows.steps.awaiting import Awaiting

KEY = Key(workflow="quick-skill", step="draft", turn="main")
TODAY = "2026-01-02"


@pytest.fixture(params=examples(), ids=lambda shown: shown.name)
def shown(request: pytest.FixtureRequest) -> Example:
    return request.param


def turn_of(shown: Example) -> Recorded:
    found = shown.turn(KEY)
    assert found is not None
    return found


def left(shown: Example) -> dict[str, bytes]:
    """The files that the turn writes, for a skill `demo`."""
    frames = [record["f"] for record in unpacked(shown.path(turn_of(shown)).read_bytes())]
    pieces = [piece for frame in frames for piece in frame.get("content") or [] if isinstance(piece, dict)]
    stands_for = {"${CWD}/": "", "${SKILL}": "demo", "${TODAY}": TODAY}
    files = {}
    for piece in pieces:
        if piece.get("type") == "diff":
            path, text = piece["path"], piece["newText"]
            for placeholder, value in stands_for.items():
                path, text = path.replace(placeholder, value), text.replace(placeholder, value)
            files[path] = text.encode()
    return files


def test_files_as_they_were_recorded_are_proof_and_others_are_not(shown: Example) -> None:
    options = fitting.options(shown, turn_of(shown), cwd=Path("/x"), skill="demo", session="s", today=TODAY)
    files = left(shown)
    proving.check(options, files)
    for spoiled in (files | {"SKILL.md": files["SKILL.md"] + b"More."}, files | {"more.bin": b"\xff"}, {}):
        with pytest.raises(ReplayDiverged, match="are not those that were recorded"):
            proving.check(options, spoiled)


def test_a_recording_that_does_not_ship_has_nothing_to_prove(shown: Example, tmp_path: Path) -> None:
    options = fitting.options(shown, turn_of(shown), cwd=Path("/x"), skill="demo", session="s", today=TODAY)
    proving.check({**options, "recording": str(tmp_path / "draft.main.jsonl.gz")}, {})
    proving.check({}, {})


async def test_a_step_whose_files_are_changed_while_it_plays_is_not_completed(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody does so just before the end of the turn is noticed."""
    finish, spoiled, alone = Awaiting.finish, [], threading.Lock()

    def spoil_first(self: Awaiting, skill: int, awaited: StepRow, *why: WorkbenchError | None) -> WorkbenchError | None:
        with alone:
            if not spoiled:
                file = Path(bench.call("sessions.get", {"session": awaited.session})["cwd"]) / "SKILL.md"
                file.write_text(file.read_text() + "More.\n")
                spoiled.append(file)
        return finish(self, skill, awaited, *why)

    monkeypatch.setattr(Awaiting, "finish", spoil_first)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    await bench.acall("settings.save", {"changes": {"skills_path": str(tmp_path / "skills")}})
    (shown, *_) = examples()
    await bench.acall("workflow.create", {"skill": "demo", "workflow": "quick-skill", "example": shown.name})
    await bench.acall("workflow.run_step", {"skill": "demo", "provider": "replay", "speed": 0})
    await bench.engine.seen_through("demo")
    (step,) = (await bench.acall("workflow.state", {"skill": "demo"}))["steps"]
    assert (step["status"], step["error"]["kind"], step["error"]["facts"]["cause"]) == (
        "error",
        "replay_diverged",
        "tree",
    )
    assert not (bench.library.folder("demo") / "SKILL.md").exists()
