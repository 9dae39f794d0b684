"""Plans of sources whose links, paths and catalogues are at odds: every skill can still be had, and none is hidden."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from workbench.skills.intake.plan import Plan, Row
from workbench.skills.intake.planning import plan
from workbench.skills.sources.watch import Watch


def put(root: Path, *folders: str, **more: Any) -> None:
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        name = folder.rpartition("/")[2].lower()
        text = f"---\nname: {name}\ndescription: Does it.\n---\n{folder}\n"
        (root / folder / "SKILL.md").write_bytes(os.fsencode(text))
    for path, text in more.items():
        (root / path).write_text(text)


def planned(root: Path) -> Plan:
    return plan(root, origin="github.com/o/r", watch=Watch(), scan_first=0)


def row(made: Plan, path: str) -> Row:
    found = made.row(path)
    assert found is not None
    return found


def test_a_chain_of_links_longer_than_a_system_follows_leads_nowhere(tmp_path: Path) -> None:
    put(tmp_path, "good")
    (tmp_path / "good" / "end").write_text("x\n")
    for number in range(1500):
        (tmp_path / f"l{number}").symlink_to(f"l{number + 1}" if number < 1499 else "good/end")
    assert row(planned(tmp_path), "good/SKILL.md").ticked


def test_a_link_to_a_link_in_the_source_leads_to_the_skill(tmp_path: Path) -> None:
    put(tmp_path, "skills/real")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "two").symlink_to("../skills")
    (tmp_path / "three").symlink_to("one/two/real")
    made = planned(tmp_path)
    assert row(made, "three/SKILL.md").duplicate_of == "skills/real/SKILL.md"


def test_a_skill_that_is_a_link_to_one_below_it_hides_none_of_them(tmp_path: Path) -> None:
    put(tmp_path, "plugins/foo/skills/foo", "plugins/foo/skills/bar")
    (tmp_path / "plugins" / "foo" / "SKILL.md").symlink_to("skills/foo/SKILL.md")
    places = {each.path: each.place for each in planned(tmp_path).rows}
    assert places == {
        "plugins/foo/SKILL.md": "alias",
        "plugins/foo/skills/bar/SKILL.md": "offered",
        "plugins/foo/skills/foo/SKILL.md": "offered",
    }


def test_a_link_that_leads_nowhere_hides_no_skill_below_it(tmp_path: Path) -> None:
    put(tmp_path, "skills/foo")
    (tmp_path / "skills" / "SKILL.md").symlink_to("nowhere.md")
    assert row(planned(tmp_path), "skills/foo/SKILL.md").ticked


def test_a_skill_that_could_not_be_copied_is_refused_before_it_is_chosen(tmp_path: Path) -> None:
    put(tmp_path, "fine", "pipe", "out", "out/inner", "absolute")
    os.mkfifo(tmp_path / "pipe" / "a")
    (tmp_path / "shared").mkdir()
    (tmp_path / "out" / "shared").symlink_to("../shared")
    (tmp_path / "out" / "inner" / "above").symlink_to("../SKILL.md")
    (tmp_path / "absolute" / "x").symlink_to("/etc/hostname")
    (tmp_path / "fine" / "also").symlink_to("SKILL.md")
    made = planned(tmp_path)
    assert {each.path: each.status for each in made.rows} == {
        "absolute/SKILL.md": "refuse", "fine/SKILL.md": "ready", "out/SKILL.md": "refuse",
        "out/inner/SKILL.md": "refuse", "pipe/SKILL.md": "refuse",
    }  # fmt: skip
    assert row(made, "out/SKILL.md").reasons == ("'shared' is a link that leads out of the skill, to '../shared'.",)
    assert row(made, "pipe/SKILL.md").reasons == ("'a' is neither a file nor a folder.",)


def test_what_a_catalogue_calls_by_a_skill_s_path_does_not_take_its_place(tmp_path: Path) -> None:
    put(tmp_path, "a")
    (tmp_path / ".claude-plugin").mkdir()
    plugins = [{"name": "a", "source": "./a"}, {"name": "z", "source": {"source": "zz", "repo": "a/SKILL.md"}}]
    (tmp_path / ".claude-plugin" / "marketplace.json").write_text(json.dumps({"name": "m", "plugins": plugins}))
    made = planned(tmp_path)
    assert row(made, "a/SKILL.md").place == "offered"
    assert len({each.path for each in made.rows}) == len(made.rows) == made.sums["rows"]
    assert made.sums["remote"] == 1


def test_a_path_that_is_no_text_is_not_taken_for_one_that_is_written_like_it(tmp_path: Path) -> None:
    put(tmp_path, "x\\xff")
    put(tmp_path, os.fsdecode(b"x\xff"))
    made = planned(tmp_path)
    assert row(made, "x\\xff/SKILL.md").status != "refuse"
    assert len({each.path for each in made.rows}) == len(made.rows) == 2
