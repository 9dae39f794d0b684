"""Whether a turn holds a skill that could allow itself something, and that nobody trusts."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.sidecar.grants import held, untrusted

PLAIN = "---\nname: a\ndescription: B.\n---\n\nUse the path C:\\temp.\n"


def skill(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "SKILL.md").write_text(text)
    return str(folder)


@pytest.mark.parametrize(
    "head",
    ["allowed-tools: Bash", "Allowed-Tools: Bash", '"allowed\\u002dtools": Bash', "? allowed-tools\n: Bash"],
)
def test_a_skill_that_might_allow_itself_tools_is_held_until_it_is_trusted(tmp_path: Path, head: str) -> None:
    plain, eager = skill(tmp_path / "plain", PLAIN), skill(tmp_path / "eager", f"---\nname: e\n{head}\n---\n\nDo.\n")
    assert not held({"skills": [plain]})
    assert held({"skills": [plain, eager]})
    assert held({"skills": [plain, eager], "trustedSkills": [plain]})
    assert not held({"skills": [plain, eager], "trustedSkills": [eager]})


def test_a_skill_that_cannot_be_read_is_held(tmp_path: Path) -> None:
    assert held({"skills": [str(tmp_path / "nothing")]})


def test_a_skill_is_the_same_one_by_whichever_way_it_is_named(tmp_path: Path) -> None:
    folder = skill(tmp_path / "eager", PLAIN)
    (tmp_path / "link").symlink_to(folder)
    assert untrusted({"skills": [f"{folder}/", str(tmp_path / "link")], "trustedSkills": [folder]}) == []
    assert untrusted({"skills": [folder]}) == [Path(folder).resolve()]
    assert untrusted({}) == []
