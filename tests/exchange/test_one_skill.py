"""One skill of a repository, asked for by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_github import FakeGitHub

from workbench.app import Workbench
from workbench.errors import NotFound
from workbench.settings import Settings
from workbench.skills.intake.plan import Plan
from workbench.skills.intake.planning import plan
from workbench.skills.sources.watch import Watch


def put(root: Path, folder: str, name: str) -> None:
    (root / folder).mkdir(parents=True)
    (root / folder / "SKILL.md").write_text(text(name))


def text(name: str) -> str:
    return f"---\nname: {name}\ndescription: Does {name} when it is asked for.\n---\n\n{name}\n"


def planned(root: Path, skill: str) -> Plan:
    return plan(root, origin="github.com/o/r", skill=skill, watch=Watch(), scan_first=0)


def test_only_the_skill_of_that_name_is_planned_and_the_rest_is_counted(tmp_path: Path) -> None:
    for name in ("charts", "plots", "tables"):
        put(tmp_path, f"skills/{name}", name)
    made = planned(tmp_path, "Charts")
    assert [(row.path, row.ticked) for row in made.rows] == [("skills/charts/SKILL.md", True)]
    assert made.sums["rows"] == made.sums["offered"] == 1
    assert made.notes == ("Only 'Charts' was asked for; 2 more in the source are not listed.",)


def test_the_name_that_a_skill_gives_itself_counts_over_its_folder_s(tmp_path: Path) -> None:
    put(tmp_path, "skills/charts", "plots")
    put(tmp_path, "skills/other", "charts")
    assert [row.path for row in planned(tmp_path, "charts").rows] == ["skills/other/SKILL.md"]
    assert [row.path for row in planned(tmp_path, "other").rows] == ["skills/other/SKILL.md"]


def test_a_name_that_no_skill_has_is_told_those_that_are_there(tmp_path: Path) -> None:
    put(tmp_path, "skills/charts", "charts")
    with pytest.raises(NotFound, match="no skill 'absent'") as refused:
        planned(tmp_path, "absent")
    assert "charts" in refused.value.remedy


def test_a_look_at_one_skill_of_a_repository_offers_that_one(
    bench: Workbench, github: FakeGitHub, tmp_path: Path
) -> None:
    github.repo("octo/skills", {f"{name}/SKILL.md": text(name) for name in ("charts", "plots")})
    bench.save_settings(
        Settings(skills_path=str(tmp_path / "library"), github_url=github.url, github_api_url=github.api)
    )
    made = bench.call("skills.plan_import", source="octo/skills@plots")
    assert [row["path"] for row in made["rows"]] == ["plots/SKILL.md"]
