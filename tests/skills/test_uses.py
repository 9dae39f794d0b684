"""Where a listing must be cut, the skills that are used keep their descriptions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shelf import Shelf

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=100)


def filled(shelf: Shelf, *names: str) -> None:
    """More skills than Claude Code's listing has room for."""
    for name in (*(f"a-{number:02}" for number in range(25)), *names):
        text = f"---\nname: {name}\ndescription: {'word ' * 80}\n---\nDo.\n"
        shelf.bench.library.create(name, {"SKILL.md": text.encode()})


def fates(shelf: Shelf) -> dict[str, str]:
    listing = shelf.call("skills.budget")["listings"][0]
    return {each["name"]: each["fate"] for each in listing["entries"]}


def ran(shelf: Shelf, skill: str, at: datetime, number: int = 0) -> None:
    run: dict[str, Any] = {"model": "m", "provider": "claude", "started": at.isoformat(), "ended": at.isoformat()}
    shelf.call("usage.record", run=f"{skill}-{number}", skill=skill, **run)


def test_the_last_by_name_is_dropped_where_none_is_used(shelf: Shelf) -> None:
    filled(shelf, "z")
    assert fates(shelf)["z"] == "dropped"


def test_a_skill_that_ran_lately_is_kept_and_one_that_ran_long_ago_is_not(shelf: Shelf) -> None:
    filled(shelf, "y", "z")
    ran(shelf, "y", LONG_AGO)
    ran(shelf, "z", NOW - timedelta(days=80))
    assert (fates(shelf)["y"], fates(shelf)["z"]) == ("dropped", "whole")
    shelf.call("usage.reset")
    assert fates(shelf)["z"] == "dropped"


def test_a_skill_that_transcripts_tell_of_is_kept(shelf: Shelf, tmp_path: Path) -> None:
    filled(shelf, "z")
    folder = tmp_path / "claude" / "projects" / "-p"
    folder.mkdir(parents=True)
    message = {"id": f"msg_{1:024}", "model": "claude-opus-4-5", "usage": {"input_tokens": 1, "output_tokens": 2}}
    row = {"type": "assistant", "timestamp": NOW.isoformat(), "sessionId": "s", "attributionSkill": "z"}
    (folder / "s.jsonl").write_text(json.dumps({**row, "message": message}) + "\n")
    shelf.bench.usage_roots = {"claude": [tmp_path / "claude"]}
    shelf.call("usage.import")
    assert fates(shelf)["z"] == "whole"


def test_a_usage_database_that_cannot_be_read_leaves_the_ledger_to_rank_by(shelf: Shelf) -> None:
    filled(shelf, "z")
    ran(shelf, "z", NOW)
    telemetry = shelf.bench.home.root / "telemetry"
    telemetry.mkdir(exist_ok=True)
    (telemetry / "usage.db").write_bytes(b"no database" * 1000)
    assert fates(shelf)["z"] == "whole"
