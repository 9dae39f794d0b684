"""The recordings that ship are of today's prompts, schemas and guards, whole, and hold nothing of the machine that made them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from recordings.cutting import unpacked

from workbench.paths import Home
from workbench.sidecar import recording
from workbench.workflows.definition import definitions
from workbench.workflows.definition.prompting import draft_type
from workbench.workflows.documents.extracting import InvalidOutput, extract
from workbench.workflows.recording import fitting, playing, recordings
from workbench.workflows.recording.recordings import Example, Key, Recorded
from workbench.workflows.refining import message as refine_message

PINNED = {listed.name: listed.pinned for listed in definitions.listing(Home(Path("/nowhere")))}
"""The shipped definitions by name."""

TURNS = [(shown, turn) for shown in recordings.examples() for turn in shown.manifest.turns]
NAMES = [f"{shown.name}-{turn.key.step}.{turn.key.turn}" for shown, turn in TURNS]
FOREIGN = re.compile(
    rb"/root|/home/|/tmp|/work\b|/var/|/Users/|sk-ant|127\.0\.0\.1|localhost|skill-on-record|2001-02-03"
)


@pytest.fixture(params=recordings.examples(), ids=lambda shown: shown.name)
def shown(request: pytest.FixtureRequest) -> Example:
    return request.param


@pytest.fixture(params=TURNS, ids=NAMES)
def recorded(request: pytest.FixtureRequest) -> tuple[Example, Recorded]:
    return request.param


def part_of(key: Key):
    """The step or gate of a turn."""
    step = next(step for step in PINNED[key.workflow].workflow.steps if step.key == key.step)
    return step.gate_after if key.turn == "gate" else step


def test_invoices_are_the_example_that_is_taken_when_none_is_named():
    assert [each.name for each in recordings.examples()] == ["invoice-matching", "release-notes"]


def test_every_step_gate_and_documented_turn_of_what_ships_is_recorded(shown):
    wanted = [Key(workflow="", step="refine", turn=f"say-{n}") for n in range(1, 1 + len(shown.messages))]
    for n in range(1, 1 + len(shown.prompts)):
        wanted += [Key(workflow="", step="test", turn=f"{part}-{n}") for part in ("baseline", "with", "judge")]
    for name, pinned in PINNED.items():
        for step in pinned.workflow.steps:
            wanted.append(Key(workflow=name, step=step.key, turn="main"))
            wanted += [Key(workflow=name, step=step.key, turn="gate")] if step.gate_after is not None else []
    assert [key for key in wanted if shown.turn(key) is None] == []
    assert set(shown.workflows) == set(PINNED)


def test_a_repair_is_recorded_of_one_of_them():
    assert any(turn.key.turn == "repair" for _, turn in TURNS)


def test_a_recording_is_of_todays_prompts(recorded):
    shown, turn = recorded
    if turn.key.workflow:
        now = fitting.template_of(PINNED[turn.key.workflow], part_of(turn.key))
    elif turn.key.step == recordings.REFINE:
        message = shown.messages[int(turn.key.turn.partition("-")[2]) - 1]
        now = playing.template_of(refine_message.understood(message, turn.inputs))
    else:
        return  # what an arm of a test is told is only known to the test: its own tests play it
    changed = [name for name in {*now, *turn.template} if now.get(name) != turn.template.get(name)]
    assert not changed, f"{turn.key.step}.{turn.key.turn}: {', '.join(changed)} changed: run make recordings"


def test_a_recording_is_one_turn_that_the_player_reads(recorded):
    shown, turn = recorded
    (run,) = recording.find(str(shown.path(turn))).runs
    assert [step.event["type"] for step in run.steps][-1] == "end"


def test_what_a_turn_returned_passes_todays_schema(recorded):
    shown, turn = recorded
    if not turn.key.workflow:
        return
    kind = draft_type(part_of(turn.key))
    end, texts = said(shown, turn)
    if kind is None:
        return
    repaired = shown.turn(turn.key.model_copy(update={"turn": "repair"})) if turn.key.turn == "main" else None
    value = extract(end.get("structured"), texts)
    assert kind.model_validate(value)
    if repaired is not None:
        from workbench.workflows.documents.asking import derive

        with pytest.raises(InvalidOutput, match="1 given, 2 to 4 needed"):
            derive(kind.model_validate(value), purpose="domain")


def test_a_recording_holds_nothing_of_the_machine_or_the_day_that_it_was_made_on(recorded):
    shown, turn = recorded
    data = gzip.decompress(shown.path(turn).read_bytes())
    assert FOREIGN.findall(data) == []
    assert b'"raw"' not in data


def test_a_manifest_holds_nothing_of_the_machine_and_names_every_file(shown):
    data = (shown.folder / recordings.MANIFEST).read_bytes()
    assert FOREIGN.findall(data) == []
    there = {path.relative_to(shown.folder).as_posix() for path in shown.folder.rglob("*") if path.is_file()}
    blobs = {f"blobs/{name}" for turn in shown.manifest.turns for name in turn.blobs.values() if name is not None}
    assert there == {turn.key.file for turn in shown.manifest.turns} | blobs | {recordings.MANIFEST, recordings.WORDS}
    assert shown.manifest.made_with.model == "scripted"


def test_a_turn_that_wrote_files_has_their_digest(recorded):
    shown, turn = recorded
    wrote = any(
        piece.get("type") == "diff"
        for record in unpacked(shown.path(turn).read_bytes())
        for piece in record["f"].get("content") or []
        if isinstance(piece, dict)
    )
    assert (turn.tree is not None) == (wrote or bool(turn.blobs))


def said(shown: Example, turn: Recorded):
    """The end of a turn, and the agent's own messages."""
    frames = [record["f"] for record in unpacked(shown.path(turn).read_bytes())]
    texts: dict[str, str] = {}
    for frame in frames:
        if frame.get("type") == "agent_message_chunk" and "parent" not in frame:
            texts[frame["messageId"]] = texts.get(frame["messageId"], "") + frame["content"]["text"]
    assert json.dumps(frames[-1])
    return frames[-1], list(texts.values())
