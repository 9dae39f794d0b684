"""Where skills are given away to: a folder that somebody else has filled, on another disk, or where writing fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clients_home import Person, tree

from workbench.errors import PathEscapes


def exported(person: Person, *names: str, target: Path, **more: Any) -> dict[str, Any]:
    return person.call("skills.export", names=list(names), target=str(target), **more)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("link", [".claude-plugin", "plugins", "plugins/charts", "plugins/charts/skills/charts"])
def test_a_link_in_a_catalogue_leads_an_export_nowhere_else(
    person: Person, tmp_path: Path, link: str, replace: bool
) -> None:
    person.create("charts")
    target, elsewhere = tmp_path / "market", tmp_path / "elsewhere"
    (target / link).parent.mkdir(parents=True)
    (elsewhere / ".claude-plugin").mkdir(parents=True)
    (elsewhere / ".claude-plugin" / "plugin.json").write_text("precious\n")
    (target / link).symlink_to(elsewhere)
    before = tree(target, elsewhere, person.skills)
    for check in (True, False):
        with pytest.raises(PathEscapes, match=link):
            exported(person, "charts", target=target, format="claude", replace=replace, check=check)
    assert tree(target, elsewhere, person.skills) == before
    assert person.trash == []


def test_a_link_to_the_library_in_a_catalogue_is_refused(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "plugins").symlink_to(person.skills)
    before = tree(person.skills)
    with pytest.raises(PathEscapes):
        exported(person, "charts", target=tmp_path / "market", format="codex")
    assert tree(person.skills) == before


def test_a_link_that_a_person_names_is_followed(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    (tmp_path / "market").mkdir()
    (tmp_path / "link").symlink_to("market")
    assert exported(person, "charts", target=tmp_path / "link", format="claude")["path"] == str(tmp_path / "market")
    assert (tmp_path / "market" / "plugins" / "charts").is_dir()
    assert (tmp_path / "link").is_symlink()
