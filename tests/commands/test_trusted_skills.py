"""Which of a turn's skills its agent is told to be trusted: by where they lie, and as they are at that moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.agents.session import TRANSCRIPT
from workbench.app import Workbench
from workbench.settings import Settings

OTHER = "---\nname: {name}\ndescription: Does a thing. Use when it is to be done.\n---\n\nDo it.\n"


async def told(bench: Workbench, *folders: Path, session: str | None = None) -> list[str]:
    """The folders of `trustedSkills`, by name, of a turn that is given these skills."""
    turn: dict[str, Any] = {"prompt": "Go", "skills": list(map(str, folders)), "permission_timeout_s": 0}
    turn["options"] = {"recording": "tour", "speed": 0}
    if session is None:
        started = await bench.acall("agents.start", provider="replay", **turn)
    else:
        started = await bench.acall("agents.send", session=session, **turn)
    await bench.pool.wait(started["session"], started["run"])
    lines = (bench.home.session(started["session"]) / TRANSCRIPT).read_text().splitlines()
    frames = [json.loads(line)["f"] for line in lines if json.loads(line)["d"] == "in"]
    sent = [frame["params"] for frame in frames if frame.get("method") == "sendMessage"]
    return [Path(each).name for each in sent[-1]["trustedSkills"]]


async def test_a_skill_is_told_to_be_trusted_as_long_as_it_is_what_a_person_has_trusted(
    bench: Workbench, tmp_path: Path
) -> None:
    root, elsewhere = tmp_path / "skills", tmp_path / "elsewhere"
    bench.save_settings(Settings(skills_path=str(root)))
    await bench.acall("skills.create", name="mine", text=OTHER.format(name="mine"))
    for folder in (elsewhere / "loose", elsewhere / "taken", root / "dropped"):
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(OTHER.format(name=folder.name))
    rows = [{"path": "taken/SKILL.md"}]
    await bench.acall("skills.apply_import", source=str(elsewhere), rows=rows)
    folders = [root / "mine", root / "taken", root / "dropped", elsewhere / "loose", elsewhere / "mine"]
    (elsewhere / "mine").mkdir()
    (elsewhere / "mine" / "SKILL.md").write_text(OTHER.format(name="mine"))
    assert await told(bench, *folders) == ["mine"]
    await bench.acall("skills.trust", name="taken")
    assert await told(bench, *folders) == ["mine", "taken"]
    (root / "taken" / "SKILL.md").write_text(OTHER.format(name="taken") + "And more.\n")
    assert await told(bench, *folders) == ["mine"]
