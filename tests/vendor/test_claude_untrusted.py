"""The real Claude Code with a skill that holds commands and allows itself to run them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.model_server import ModelServer, script
from sidecar_host import Start
from test_claude_guarded import SAY, bash, results

pytestmark = pytest.mark.vendor

EAGER = """---
name: eager
description: Holds commands.
%s
---
Now: !`python3 -c "open('loaded', 'w')"`
"""
KEYS = ["allowed-tools: Bash(python3:*)", "allowed-tools: Bash", '"allowed\\u002dtools": Bash']
MAKE = bash("python3 -c \"open('made', 'w')\"")


@pytest.fixture(params=KEYS)
def skill(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A skill that says by this key what it may do."""
    folder = tmp_path / "eager"
    folder.mkdir()
    (folder / "SKILL.md").write_text(EAGER % request.param)
    return folder


@pytest.mark.parametrize("words", ["", "/workbench:eager "])
async def test_a_skill_that_nobody_trusts_runs_nothing_that_a_person_is_not_asked_about(
    claude: Start, model_server: ModelServer, skill: Path, words: str
) -> None:
    use = [] if words else [{"tool": "Skill", "input": {"skill": "workbench:eager"}}]
    async with claude() as sidecar:
        run = await sidecar.send(words + script(*use, MAKE, SAY), skills=[str(skill)])
        asked = await run.until("permissionRequest")
        assert list(sidecar.cwd.iterdir()) == []
        assert asked["toolInput"] == MAKE["input"]
        await sidecar.answer(asked, behavior="deny")
        assert (await run.over())["type"] == "end"
        assert list(sidecar.cwd.iterdir()) == []
    assert results(run)[-1][0] == "failed"
    assert model_server.answered[-1].said("shell command execution disabled")


async def test_a_skill_that_is_trusted_does_what_it_allows_itself(claude: Start, tmp_path: Path) -> None:
    skill = tmp_path / "eager"
    skill.mkdir()
    (skill / "SKILL.md").write_text(EAGER % KEYS[0])
    async with claude() as sidecar:
        use = {"tool": "Skill", "input": {"skill": "workbench:eager"}}
        said = {"skills": [str(skill)], "trustedSkills": [str(skill)]}
        run = await sidecar.turn(script(use, MAKE, SAY), **said)
        assert sorted(each.name for each in sidecar.cwd.iterdir()) == ["loaded", "made"]
    assert run.of("permissionRequest") == []


async def test_what_a_person_has_allowed_is_not_asked_about_for_a_skill(claude: Start, tmp_path: Path) -> None:
    skill = tmp_path / "eager"
    skill.mkdir()
    (skill / "SKILL.md").write_text(EAGER % KEYS[0])
    for more in ({"permissionMode": "bypass"}, {"allowedTools": ["Bash"]}):
        async with claude() as sidecar:
            run = await sidecar.turn(script(MAKE, SAY), skills=[str(skill)], **more)
            assert [each.name for each in sidecar.cwd.iterdir()] == ["made"]
            (sidecar.cwd / "made").unlink()
        assert run.of("permissionRequest") == []
