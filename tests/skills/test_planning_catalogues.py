"""What a source's catalogues offer: which skills, from where, and what is told of the rest."""

from __future__ import annotations

import json
import posixpath
from pathlib import Path
from typing import Any

import pytest
from hostile import Link, lay, skill
from planned import (
    AGENTS,
    CLAUDE,
    manifest,
    named,
    places,
    planned,
)

from workbench.errors import NotFound, PathEscapes
from workbench.skills.intake.plan import Plan
from workbench.skills.sources.address import parse as address_of
from workbench.skills.sources.hosts import Bases

PLUGINS = (".claude-plugin/plugin.json", ".codex-plugin/plugin.json", ".cursor-plugin/plugin.json", ".github/plugin/plugin.json",
           ".plugin/plugin.json", "plugin.json")  # fmt: skip


def offered(made: Plan) -> list[str]:
    return [posixpath.dirname(row.path) for row in made.rows if row.place == "offered"]


def test_several_plugins_over_one_root_get_the_skills_that_they_list_and_no_others(tmp_path: Path) -> None:
    catalogue = manifest(
        {"name": "one", "source": "./", "strict": False, "skills": ["./skills/a", "./skills/b/"]},
        {"name": "two", "source": "./", "strict": False, "skills": ["skills/c/SKILL.md"]},
    )
    made = planned(tmp_path, {**named("skills/a", "skills/b", "skills/c", "template", "backup/old"), CLAUDE: catalogue})
    assert offered(made) == ["skills/a", "skills/b", "skills/c"]
    assert [row.plugin for row in made.rows if row.place == "offered"] == ["one", "one", "two"]
    assert places(made)["template"] == "not-in-catalogue"
    assert places(made)["backup/old"] == "set-aside"
    assert [(each.entries, each.skills) for each in made.catalogues] == [(2, 3)]
    assert made.row("skills/a/SKILL.md").found_by == (CLAUDE,)


@pytest.mark.parametrize("strict", [{}, {"strict": True}])
def test_a_plugin_s_skills_are_those_listed_those_in_skills_and_its_own(
    tmp_path: Path, strict: dict[str, bool]
) -> None:
    listed = {"name": "p", "source": "./p", "skills": "./more", **strict}
    made = planned(tmp_path, {
        **named("p", "p/skills/a", "p/more/b", "p/own/c", "p/skills/group/d", "other"), CLAUDE: manifest(listed),
        "p/.claude-plugin/plugin.json": b'{"name": "p", "skills": ["./own/"]}',
    })  # fmt: skip
    assert offered(made) == ["p", "p/more/b", "p/own/c", "p/skills/a"]
    assert places(made)["p/skills/group/d"] == "inside"
    assert places(made)["other"] == "not-in-catalogue"


@pytest.mark.parametrize("manifest_at", PLUGINS)
def test_a_plugin_s_own_manifest_is_read_wherever_a_client_keeps_it(tmp_path: Path, manifest_at: str) -> None:
    tree = {**named("p/own/c", "p/other/d"), CLAUDE: manifest({"name": "p", "source": "./p"})}
    made = planned(tmp_path, {**tree, f"p/{manifest_at}": b'{"name": "p", "skills": "./own/"}'})
    assert offered(made) == ["p/own/c"]


@pytest.mark.parametrize(
    ("source", "root"),
    [
        ("./plugins/p", None), ("plugins/p", None), ("p", "./plugins"), ("./plugins/p", "./plugins"), ("./p/", "plugins/"),
        ({"source": "local", "path": "./plugins/p"}, None), ({"source": "url", "url": "./", "path": "plugins/p"}, None),
        ({"source": "url", "url": "./plugins/p"}, None), ({"source": "directory", "path": "plugins/p"}, None),
        ("./linked", None), ("./plugins/p/skills/../", "."),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "where", [CLAUDE, AGENTS, ".github/plugin/marketplace.json", ".cursor-plugin/marketplace.json"]
)
def test_every_dialect_and_way_of_writing_a_folder_leads_to_it(
    tmp_path: Path, where: str, source: Any, root: str | None
) -> None:
    metadata = {"metadata": {"pluginRoot": root}} if root else {}
    tree = {
        **named("plugins/p/skills/a", "elsewhere/b"),
        where: manifest({"name": "p", "source": source}, **metadata),
        "linked": Link("plugins/p"),
    }
    made = planned(tmp_path, tree)
    assert (made.by, offered(made)) == ("catalogue", ["plugins/p/skills/a"])


def test_entries_may_be_skills_themselves(tmp_path: Path) -> None:
    made = planned(tmp_path, {**named("a-automation", "b-automation", "c"), CLAUDE: manifest(
        {"name": "a", "source": "./a-automation"}, {"name": "b", "source": "b-automation/SKILL.md"}, {"name": "c"}
    )})  # fmt: skip
    assert offered(made) == ["a-automation", "b-automation", "c"]


def test_a_catalogue_offers_what_would_be_set_aside_or_is_part_of_another(tmp_path: Path) -> None:
    made = planned(tmp_path, {**named(".claude/skills/a", "b", "b/inner"), CLAUDE: manifest(
        {"name": "x", "source": "./", "skills": [".claude/skills/a", "b/inner"], "strict": False}
    )})  # fmt: skip
    assert offered(made) == [".claude/skills/a", "b/inner"]


def test_what_lies_elsewhere_is_a_row_with_its_address_and_a_commit_counts_over_a_name(tmp_path: Path) -> None:
    sources: dict[str, Any] = {
        "o/r": {"source": "github", "repo": "o/r"},
        "o/r2#v1": {"source": "github", "repo": "o/r2", "ref": "v1"},
        "https://github.com/o/r3/tree/abc/plugins/x": {
            "source": "github",
            "repo": "o/r3",
            "ref": "v1",
            "sha": "abc",
            "path": "./plugins/x/",
        },
        "o/r4#abc": {"source": "url", "url": "https://github.com/o/r4.git", "sha": "abc"},
        "https://example.org/r.git#main": {"source": "url", "url": "https://example.org/r.git", "ref": "main"},
        "https://github.com/o/r5/tree/HEAD/sub": {"source": "git-subdir", "url": "o/r5", "path": "sub"},
        "https://github.com/o/r6/tree/v1/a%20b/c%23": {
            "source": "github",
            "repo": "o/r6",
            "ref": "v1",
            "path": "a b/c#",
        },
        "https://example.org/r/-/tree/abc/sub": {
            "source": "url",
            "url": "https://example.org/r.git",
            "sha": "abc",
            "path": "sub",
        },
        "https://example.org/r7/-/tree/HEAD/sub": {
            "source": "git-subdir",
            "url": "https://example.org/r7",
            "path": "sub",
        },
        "git@example.org:o/r.git#v1 (sub)": {
            "source": "git",
            "url": "git@example.org:o/r.git",
            "ref": "v1",
            "path": "sub",
        },
        "npm:@o/pack@1.2": {"source": "npm", "package": "@o/pack", "version": "1.2"},
        "https://example.org/x": "https://example.org/x",
        "git@example.org:o/r.git": "git@example.org:o/r.git",
        "thing": {"source": "odd", "url": "thing"},
    }
    plugins = [{"name": f"p{number}", "source": source} for number, source in enumerate(sources.values())]
    made = planned(tmp_path, {**named("skills/a"), CLAUDE: manifest(*plugins), AGENTS: manifest(*plugins)})
    remote = {row.path: row for row in made.rows if row.place == "remote"}
    assert list(remote) == sorted(sources)
    assert {path for path, row in remote.items() if row.status == "refuse"} == {
        "npm:@o/pack@1.2",
        "thing",
        "git@example.org:o/r.git#v1 (sub)",
    }
    for path, row in remote.items():
        assert row.status == "refuse" or address_of(path, bases=Bases())
    assert all(row.found_by == (CLAUDE, AGENTS) and row.digest is None and row.reasons for row in remote.values())
    assert made.by == "tree"
    assert offered(made) == ["skills/a"]


def test_each_plugin_that_lies_elsewhere_is_a_row_also_where_two_share_an_address(tmp_path: Path) -> None:
    source = {"source": "github", "repo": "o/r"}
    plugins = [{"name": name, "source": source} for name in ("one", "two", "esc\x1b[2J")]
    made = planned(tmp_path, {CLAUDE: manifest(*plugins), AGENTS: manifest(*plugins)})
    assert [row.path for row in made.rows] == ["o/r", "o/r (esc\\x1b[2J)", "o/r (two)"]
    assert all(row.found_by == (CLAUDE, AGENTS) for row in made.rows)


def test_what_is_listed_and_not_here_is_a_row_that_says_why(tmp_path: Path) -> None:
    made = planned(tmp_path, {
        **named("skills/a"), "vendor/sub/.keep": b"", ".gitmodules": b'[submodule "x"]\n\tpath = vendor/sub\n\turl = ../x\n',
        CLAUDE: manifest(
            {"name": "a", "source": "./", "skills": ["./skills/a", "./skills/gone", "../up"], "strict": False},
            {"name": "b", "source": "./nowhere"}, {"name": "c", "source": "./vendor/sub"}, {"name": "d", "source": "/etc"},
        ),
    })  # fmt: skip
    gone = {row.path: row.reasons[0] for row in made.rows if row.place == "remote"}
    assert {row.status for row in made.rows if row.place == "remote"} == {"refuse"}
    assert gone == {
        "skills/gone/SKILL.md": "It is listed, and there is no such folder.", "../up/SKILL.md": "The path leads out of the source.",
        "nowhere/SKILL.md": "There is no such folder.", "/etc/SKILL.md": "The path leads out of the source.",
        "vendor/sub/SKILL.md": "It lies in another repository (a submodule), which is not fetched.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "catalogue",
    [
        b"", b"{", b"[]", b"null", b'"x"', b'{"plugins": 1}', b'{"plugins": [1, {}, {"name": "x", "source": 3}, {"source": {}}]}', b"\xff\xfe",
        b"[" * 100_000, b'{"plugins": [{"name": "x", "source": "./nothing\\u0000"}]}', manifest({"name": "c", "source": "./commands"}),
    ],
    ids=lambda each: each[:30],
)  # fmt: skip
def test_a_catalogue_that_leads_to_no_skill_does_not_hide_the_tree(tmp_path: Path, catalogue: bytes) -> None:
    made = planned(tmp_path, {**named("skills/a", "b", "tests/c"), CLAUDE: catalogue, "commands/x.md": b"x"})
    assert made.by == "tree"
    assert offered(made) == ["b", "skills/a"]
    assert made.notes


def test_equal_catalogues_do_not_double_and_others_are_told_apart(tmp_path: Path) -> None:
    p, q = {"name": "p", "source": "./p"}, {"name": "q", "source": "./q"}
    tree = {**named("p/skills/a", "q/skills/b"), CLAUDE: manifest(p, q), AGENTS: manifest(p, q)}
    made = planned(tmp_path / "equal", tree)
    assert made.sums["rows"] == 2
    assert made.row("p/skills/a/SKILL.md").found_by == (CLAUDE, AGENTS)
    assert made.notes == ()
    made = planned(tmp_path / "other", {**tree, AGENTS: manifest(p)})
    assert offered(made) == ["p/skills/a", "q/skills/b"]
    assert "does not lead to 1" in made.notes[0]
    assert [(each.dialect, each.skills) for each in made.catalogues] == [("claude", 2), ("agents", 1)]


def test_catalogues_below_the_root_are_mentioned_and_followed_when_their_folder_is_asked_for(tmp_path: Path) -> None:
    tree = {
        **named("sub/x-skill", "sub/not-listed", "other"),
        f"sub/{CLAUDE}": manifest({"name": "x", "source": "./x-skill"}),
    }
    made = planned(tmp_path, tree)
    assert (made.by, made.catalogues, len(offered(made))) == ("tree", (), 3)
    assert f"sub/{CLAUDE}" in made.notes[0]
    made = planned(tmp_path, subpath="sub")
    assert offered(made) == ["sub/x-skill"]
    assert places(made) == {"sub/x-skill": "offered", "sub/not-listed": "not-in-catalogue"}


def test_a_folder_that_is_asked_for_has_to_be_there_and_inside(tmp_path: Path) -> None:
    lay(tmp_path / "source", named("tests/a", "tests/a/b"))
    assert offered(planned(tmp_path / "source", subpath="tests/a")) == ["tests/a", "tests/a/b"]
    assert offered(planned(tmp_path / "source", subpath="tests/a/SKILL.md")) == ["tests/a", "tests/a/b"]
    for wrong, error in (("none", NotFound), ("../..", PathEscapes), ("/etc", PathEscapes)):
        with pytest.raises(error):
            planned(tmp_path / "source", subpath=wrong)


def test_an_archive_s_one_folder_is_looked_through_unless_it_is_the_skill(tmp_path: Path) -> None:
    tree = {
        f"r-main/{path}": data
        for path, data in {**named("a", "b"), CLAUDE: manifest({"name": "a", "source": "./a"})}.items()
    }
    lay(tmp_path / "r", {**tree, "__MACOSX/r-main/._a": b"x"})
    assert offered(planned(tmp_path / "r", wrapped=True)) == ["r-main/a"]
    assert planned(tmp_path / "r").by == "tree"
    lay(tmp_path / "s", named("charts", "charts/samples/inner"))
    assert places(planned(tmp_path / "s", wrapped=True)) == {"charts": "offered", "charts/samples/inner": "inside"}


def test_an_archive_of_a_repository_is_planned_as_the_repository_is_also_if_its_root_is_a_skill(tmp_path: Path) -> None:
    lone = {"SKILL.md": skill(name="charts").encode(), **named("more/tables", "more/tables/part")}
    listing = {**lone, CLAUDE: manifest({"name": "p", "source": "./more/tables"})}
    for tree, wrapper in ((lone, "charts-main"), (listing, "charts")):
        lay(tmp_path / "bare" / wrapper, tree)
        lay(tmp_path / "wrapped" / wrapper / wrapper, tree)
        bare = planned(tmp_path / "bare" / wrapper)
        wrapped = planned(tmp_path / "wrapped" / wrapper, wrapped=True)
        assert [(row.path.removeprefix(f"{wrapper}/"), row.place, row.status) for row in wrapped.rows] == [
            (row.path, row.place, row.status) for row in bare.rows
        ]
        assert wrapped.by == bare.by


def test_a_site_s_index_that_was_fetched_is_a_catalogue_of_what_lies_beside_it(tmp_path: Path) -> None:
    index = json.dumps({"skills": [{"name": name} for name in ("a", "b", "left-out")] + [3]}).encode()
    made = planned(tmp_path / "site", {**named("a", "b", "a/inner"), ".well-known/agent-skills/index.json": index})
    assert offered(made) == ["a", "b"]
    assert [(each.dialect, each.entries, each.skills) for each in made.catalogues] == [("index", 3, 2)]
    assert made.row("left-out/SKILL.md").status == "refuse"
    made = planned(tmp_path / "repository", {**named("skills/a"), ".well-known/agent-skills/index.json": index})
    assert (made.by, made.catalogues) == ("tree", ())
