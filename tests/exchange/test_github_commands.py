"""The commands about repositories of GitHub: what is named, what is a marketplace, what comes in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_github import FakeGitHub, marketplace
from github_signed import signed_in
from sites import OddSite
from skills.untouched import unchanged

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, Refused, WorkbenchError
from workbench.settings import Settings

SKILL = "---\nname: {0}\ndescription: Does {0}. Use when needed.\n---\n\n# {0}\n"
MANIFEST = ".claude-plugin/marketplace.json"


@pytest.fixture
def bench(bench: Workbench, github: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A Workbench whose GitHub is the one of the test; nobody is signed in."""
    for name in ("GITHUB_TOKEN", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    github.limit()
    bench.save_settings(
        Settings(skills_path=str(tmp_path / "skills"), github_url=github.url, github_api_url=github.api)
    )
    return bench


def names(reply: dict[str, Any]) -> list[str]:
    return sorted(each["name"] for each in reply["skills"])


# -- what is named ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("octo/skills", {"ref": None}),
        ("octo/skills#dev", {"ref": "dev"}),
        ("octo/skills#fix/colours", {"ref": "fix/colours"}),
        ("octo/skills/charts", {"ref": None, "path": "charts"}),
        ("octo/skills@charts", {"ref": None, "skill": "charts"}),
        ("{base}/octo/skills", {"ref": None}),
        ("{base}/octo/skills.git", {"ref": None}),
        ("{base}/octo/skills/", {"ref": None}),
        ("{base}/octo/skills/tree/dev", {"ref": "dev"}),
        ("{base}/octo/skills/tree/fix/colours/charts", {"ref": None, "tree": "fix/colours/charts"}),
    ],
)
def test_a_text_is_taken_apart_without_asking_anybody(
    bench: Workbench, github: FakeGitHub, text: str, expected: dict[str, str | None]
) -> None:
    reply = bench.call("github.parse_url", source=text.format(base=github.url))
    assert (reply["owner"], reply["repo"], reply["url"]) == ("octo", "skills", f"{github.url}/octo/skills.git")
    assert {key: reply[key] for key in expected} == expected
    assert github.asked == []


@pytest.mark.parametrize(
    "text", ["github.com/octo/skills", "https://github.com/octo/skills", "http://github.com/octo/skills"]
)
def test_github_com_can_be_named_beside_another_github(bench: Workbench, text: str) -> None:
    assert bench.call("github.parse_url", source=text)["url"] == "https://github.com/octo/skills.git"


@pytest.mark.parametrize(
    "text",
    [
        "octo",
        "./octo/skills",
        "octo/skills/..",
        "../octo/skills",
        "octo\\skills",
        "https://github.com/octo/skills/blob/main/SKILL.md",
        "https://github.com/octo",
        "https://gitlab.com/octo/skills",
        "git@github.com:octo/skills.git",
        "-octo/skills",
    ],
)
def test_what_names_no_repository_is_an_error_that_names_the_forms(bench: Workbench, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        bench.call("github.parse_url", source=text)
    assert refused.value.remedy
    assert "owner/repo" in refused.value.remedy or "/" in refused.value.remedy


def test_a_password_in_an_address_is_left_out_and_said_so(bench: Workbench) -> None:
    reply = bench.call("github.parse_url", source="https://ada:hunter22@github.com/octo/skills")
    assert "hunter22" not in json.dumps(reply)
    assert "left out" in reply["notes"][0]


# -- what is a marketplace --------------------------------------------------------------------------------------------


def test_a_marketplace_says_what_it_lists_and_nothing_is_kept(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("charts", "plots"), description="Things")
    bench.call("github.check_marketplace", source="octo/shop")
    github.asked.clear()
    with unchanged(bench.home.root):
        reply = bench.call("github.check_marketplace", source="octo/shop")
    assert len(github.asked) == 3, "an hour has sixty requests"
    assert (reply["repository"], reply["description"], reply["ref"]) == ("octo/shop", "Things", "main")
    assert (reply["name"], reply["plugins"]) == ("shop", 2)
    (catalogue,) = reply["catalogues"]
    assert (catalogue["path"], catalogue["dialect"]) == (MANIFEST, "claude")
    assert [each["source"] for each in catalogue["plugins"]] == ["./plugins/charts", "./plugins/plots"]


def test_what_lies_elsewhere_is_listed_with_its_address(bench: Workbench, github: FakeGitHub) -> None:
    plugins = [
        {"name": "far", "source": {"source": "github", "repo": "octo/far"}},
        {"name": "py", "source": {"source": "pip", "package": "x"}},
    ]
    github.repo("octo/shop", {MANIFEST: json.dumps({"name": "shop", "owner": {"name": "o"}, "plugins": plugins})})
    listed = bench.call("github.check_marketplace", source="octo/shop")["catalogues"][0]["plugins"]
    assert [(each["name"], each["elsewhere"], each["reachable"]) for each in listed] == [
        ("far", True, True),
        ("py", True, False),
    ]
    assert "octo/far" in listed[0]["source"]


@pytest.mark.parametrize(
    "place", [".agents/plugins/marketplace.json", ".github/plugin/marketplace.json", ".cursor-plugin/marketplace.json"]
)
def test_a_catalogue_is_found_in_each_of_its_places(bench: Workbench, github: FakeGitHub, place: str) -> None:
    files = marketplace("charts")
    github.repo("octo/shop", {place: files.pop(MANIFEST), **files})
    assert [each["path"] for each in bench.call("github.check_marketplace", source="octo/shop")["catalogues"]] == [
        place
    ]


def test_a_catalogue_below_a_folder_of_a_branch_with_slashes_is_found(bench: Workbench, github: FakeGitHub) -> None:
    repo = github.repo("octo/shop", {"README.md": "nothing here"})
    repo.commit({f"more/shops/{path}": text for path, text in marketplace("charts").items()}, branch="fix/colours")
    reply = bench.call("github.check_marketplace", source=f"{github.url}/octo/shop/tree/fix/colours/more/shops")
    assert (reply["ref"], reply["path"], reply["plugins"]) == ("fix/colours", "more/shops", 1)


def test_a_branch_that_is_named_counts_and_not_the_default_one(bench: Workbench, github: FakeGitHub) -> None:
    repo = github.repo("octo/shop", marketplace("charts"))
    repo.commit(marketplace("a", "b", "c"), branch="dev")
    repo.default("dev")
    assert bench.call("github.check_marketplace", source="octo/shop")["plugins"] == 3
    assert bench.call("github.check_marketplace", source="octo/shop#main")["plugins"] == 1


def test_a_repository_with_another_name_is_followed(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/new", marketplace("charts"))
    github.moved["octo/old"] = "octo/new"
    assert bench.call("github.check_marketplace", source="octo/old")["repository"] == "octo/new"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no catalogue"),
        ({MANIFEST: "{"}, "no JSON"),
        ({MANIFEST: "[" * 100_000}, "nested"),
        ({MANIFEST: '{"name": "shop", "plugins": []}'}, "no catalogue"),
        ({f"{MANIFEST}/odd": "a folder"}, "no catalogue"),
    ],
)
def test_without_a_catalogue_that_lists_something_it_is_an_error(
    bench: Workbench, github: FakeGitHub, files: dict[str, str], said: str
) -> None:
    github.repo("octo/plain", {"charts/SKILL.md": SKILL.format("charts"), **files})
    with pytest.raises(NotFound, match="octo/plain is no marketplace") as refused:
        bench.call("github.check_marketplace", source="octo/plain")
    assert said in refused.value.message
    assert "without a catalogue" in refused.value.remedy
    with pytest.raises(NotFound, match="is no marketplace"):
        bench.call("github.import_marketplace", source="octo/plain")
    assert bench.call("skills.list")["skills"] == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("octo/gone", "GitHub has no octo/gone, or it is private"),
        ("octo/shop#gone", "nothing at 'gone'"),
        ("octo/shop/gone", "in a folder 'gone'"),
        ("octo/shop/README.md", "in a folder 'README.md'"),
        ("octo/empty", "nothing at 'main'"),
    ],
)
def test_what_is_not_there_is_named(bench: Workbench, github: FakeGitHub, source: str, said: str) -> None:
    github.repo("octo/shop", {"README.md": "", **marketplace("charts")})
    github.repo("octo/empty")
    with pytest.raises(NotFound) as refused:
        bench.call("github.check_marketplace", source=source)
    assert said in refused.value.message
    assert refused.value.remedy


# -- what comes in ----------------------------------------------------------------------------------------------------


def test_the_skills_of_a_repository_are_the_rows_of_its_plan(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/skills", {"a/SKILL.md": SKILL.format("a"), "b/c/SKILL.md": SKILL.format("c"), "d/skill.md": "no"})
    reply = bench.call("github.list_skills", source="octo/skills")
    assert [each["path"] for each in reply["rows"]] == ["a/SKILL.md", "b/c/SKILL.md", "d/skill.md"]
    assert reply["sums"]["rows"] == 3
    assert reply["kind"] == "github"
    assert reply["origin"] == f"{github.url}/octo/skills"
    assert bench.call("skills.list")["skills"] == []


def test_a_plan_can_be_brought_in_as_it_was_seen(bench: Workbench, github: FakeGitHub) -> None:
    repo = github.repo("octo/shop", marketplace("charts", "plots"))
    plan = bench.call("github.list_skills", source="octo/shop")
    repo.commit({})
    chosen = [{"path": each["path"], "digest": each["digest"]} for each in plan["rows"] if each["name"] == "plots"]
    reply = bench.call("github.import_marketplace", source="octo/shop", plan=plan["plan"], rows=chosen)
    assert [(each["name"], each["status"]) for each in reply["rows"]] == [("plots", "imported")]
    assert names(bench.call("skills.list")) == ["plots"]


def test_a_marketplace_comes_in_as_a_whole_and_is_known_as_one(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("charts", "plots", skills=2))
    reply = bench.call("github.import_marketplace", source="octo/shop")
    assert [each["status"] for each in reply["rows"]] == ["imported"] * 4
    listed = bench.call("skills.list")["skills"]
    assert {each["source"] for each in listed} == {"marketplace"}
    assert {each["trust"] for each in listed} == {"untrusted"}
    assert {each["status"] for each in bench.call("github.import_marketplace", source="octo/shop")["rows"]} == {
        "unchanged"
    }


def test_a_name_that_is_taken_is_a_question_and_never_an_overwrite(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("charts", "plots"))
    github.repo("else/shop", marketplace("charts", "maps"))
    bench.call("github.import_marketplace", source="octo/shop")
    before = bench.call("skills.get", name="charts")
    reply = bench.call("github.import_marketplace", source="else/shop")
    assert [(each["name"], each["status"]) for each in reply["rows"]] == [("maps", "imported")]
    plan = bench.call("github.list_skills", source="else/shop")
    row = next(each for each in plan["rows"] if each["name"] == "charts")
    assert row["state"] == "taken"
    asked = bench.call("github.import_marketplace", source="else/shop", rows=[{"path": row["path"]}])["rows"][0]
    assert asked["status"] == "refused"
    assert "keep both" in asked["reason"]
    assert bench.call("skills.get", name="charts") == before
    both = [{"path": row["path"], "taken": "keep_both"}]
    assert bench.call("github.import_marketplace", source="else/shop", rows=both)["rows"][0]["status"] == "imported"
    assert bench.call("skills.get", name="charts") == before
    assert len(names(bench.call("skills.list"))) == 4


def test_another_source_than_github_is_not_looked_into(bench: Workbench, tmp_path: Path) -> None:
    for name in ("github.list_skills", "github.import_marketplace", "github.check_marketplace"):
        with pytest.raises(InvalidRequest, match="no repository of GitHub"):
            bench.call(name, source=str(tmp_path))


# -- who may --------------------------------------------------------------------------------------------------------


def test_what_is_private_is_open_to_who_is_signed_in(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/secret", marketplace("charts"), private=True)
    for name in ("github.check_marketplace", "github.list_skills", "github.import_marketplace"):
        with pytest.raises(NotFound, match="octo/secret, or it is private") as refused:
            bench.call(name, source="octo/secret")
        assert "sign in" in refused.value.remedy
    signed_in(bench, github)
    assert bench.call("github.check_marketplace", source="octo/secret")["private"] is True
    assert bench.call("github.list_skills", source="octo/secret")["sums"]["rows"] == 1
    with pytest.raises(NotFound, match="octo/gone") as refused:
        bench.call("github.list_skills", source="octo/gone")
    assert "token" in refused.value.remedy


def test_a_token_that_is_none_any_more_is_said_whatever_is_asked(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/secret", marketplace("charts"), private=True)
    signed_in(bench, github)
    github.tokens.clear()
    for name in ("github.check_marketplace", "github.list_skills", "github.import_marketplace"):
        with pytest.raises(Refused, match="no longer accepts the token") as refused:
            bench.call(name, source="octo/secret")
        assert refused.value.reason == "token"
        assert "Sign in again" in refused.value.remedy


def test_what_is_not_there_is_said_even_when_the_limit_is_reached(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github)
    github.limit(remaining=0)
    with pytest.raises(NotFound, match="GitHub has no octo/gone"):
        bench.call("github.list_skills", source="octo/gone")


def test_the_limit_says_when_it_resets_and_that_signing_in_raises_it(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("charts"))
    github.limit(remaining=0)
    with pytest.raises(Refused, match=r"resets in (29|30) minutes, at \d\d:\d\d\. It allows 60 an hour") as refused:
        bench.call("github.check_marketplace", source="octo/shop")
    assert "sign in to GitHub: that raises the limit" in refused.value.remedy
    assert refused.value.facts["reset_ms"] == github.limits.reset * 1000
    signed_in(bench, github)
    with pytest.raises(Refused, match="takes no more requests from you") as refused:
        bench.call("github.check_marketplace", source="octo/shop")
    assert "sign in" not in refused.value.remedy
    assert bench.call("github.list_skills", source="octo/shop")["sums"]["rows"] == 1  # git has no such limit


def test_nobody_but_github_is_sent_the_token(bench: Workbench, github: FakeGitHub, site: OddSite) -> None:
    github.repo("octo/shop", marketplace("charts"))
    token = signed_in(bench, github)
    github.fail("/repos/octo/shop$", 302, Location=f"{site.url}/elsewhere")
    with pytest.raises(WorkbenchError, match="not a public address"):
        bench.call("github.check_marketplace", source="octo/shop")
    assert site.asked == []
    assert github.asked[-1].headers["Authorization"] == f"Bearer {token}"


# -- for the agents ---------------------------------------------------------------------------------------------------


def rows_of(reply: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["status"] for each in reply["rows"]}


def test_skills_for_the_agents_lie_beside_the_library(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/skills", {"a/SKILL.md": SKILL.format("alpha"), "b/SKILL.md": SKILL.format("beta")})
    reply = bench.call("github.import_skills", source="octo/skills")
    assert rows_of(reply) == {"alpha": "imported", "beta": "imported"}
    assert all(each["active"] for each in reply["rows"])
    assert bench.call("skills.list", source=["marketplace"])["skills"] == []
    assert not (bench.skills_path() / "alpha").exists()
    known = {each["name"]: each for each in bench.call("imported.list")["skills"]}
    assert known["alpha"]["origin"] == f"{github.url}/octo/skills#a/SKILL.md"
    assert rows_of(bench.call("github.import_skills", source="octo/skills")) == {
        "alpha": "unchanged",
        "beta": "unchanged",
    }
    assert list((bench.home.root / "incoming").glob("*")) == []


def test_what_the_agents_have_is_replaced_only_when_it_is_said(bench: Workbench, github: FakeGitHub) -> None:
    repo = github.repo("octo/skills", {"a/SKILL.md": SKILL.format("alpha")})
    bench.call("github.import_skills", source="octo/skills")
    before = bench.call("imported.content", name="alpha")["text"]
    repo.commit({"a/SKILL.md": SKILL.format("alpha") + "More.\n"})
    plan = bench.call("github.list_skills", source="octo/skills")
    asked = bench.call("github.import_skills", source="octo/skills", plan=plan["plan"])["rows"][0]
    assert (asked["status"], asked["active"]) == ("refused", None)
    assert "Replace it" in asked["reason"]
    assert bench.call("imported.content", name="alpha")["text"] == before
    answered = [{"path": "a/SKILL.md", "taken": "replace"}]
    assert rows_of(bench.call("github.import_skills", source="octo/skills", rows=answered)) == {"alpha": "updated"}
    assert bench.call("imported.content", name="alpha")["text"].endswith("More.\n")


def test_what_was_changed_here_asks_and_is_as_it_came_again_when_it_is_said(
    bench: Workbench, github: FakeGitHub
) -> None:
    github.repo("octo/skills", {"a/SKILL.md": SKILL.format("alpha")})
    bench.call("github.import_skills", source="octo/skills")
    [row] = [each for each in bench.call("imported.list")["skills"] if each["name"] == "alpha"]
    file = Path(row["path"]) / "SKILL.md"
    file.write_text(SKILL.format("alpha") + "Mine.\n")
    assert rows_of(bench.call("github.import_skills", source="octo/skills")) == {"alpha": "refused"}
    assert file.read_text().endswith("Mine.\n")
    answered = [{"path": "a/SKILL.md", "taken": "replace"}]
    assert rows_of(bench.call("github.import_skills", source="octo/skills", rows=answered)) == {"alpha": "updated"}
    assert file.read_text() == SKILL.format("alpha")
    assert rows_of(bench.call("github.import_skills", source="octo/skills", rows=answered)) == {"alpha": "unchanged"}


def test_what_is_replaced_keeps_its_purpose_unless_another_is_named(bench: Workbench, github: FakeGitHub) -> None:
    def purpose() -> str:
        found: str = next(each for each in bench.call("imported.list")["skills"] if each["name"] == "alpha")["purpose"]
        return found

    repo = github.repo("octo/skills", {"a/SKILL.md": SKILL.format("alpha")})
    bench.call("github.import_skills", source="octo/skills", purpose="research")
    repo.commit({"a/SKILL.md": SKILL.format("alpha") + "More.\n"})
    answered = [{"path": "a/SKILL.md", "taken": "replace"}]
    bench.call("github.import_skills", source="octo/skills", rows=answered)
    assert purpose() == "research"
    bench.call("github.import_skills", source="octo/skills", rows=answered, purpose="validate")
    assert purpose() == "validate"


def test_a_name_of_the_library_is_free_among_the_agents(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("charts"))
    github.repo("else/skills", {"charts/SKILL.md": SKILL.format("charts")})
    bench.call("github.import_marketplace", source="octo/shop")
    assert rows_of(bench.call("github.import_skills", source="else/skills")) == {"charts": "imported"}


def test_one_of_a_purpose_is_active_and_the_next_rests(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/skills", {"a/SKILL.md": SKILL.format("alpha"), "b/SKILL.md": SKILL.format("beta")})
    reply = bench.call("github.import_skills", source="octo/skills", purpose="research")
    assert [(each["name"], each["active"], each["held_back_by"]) for each in reply["rows"]] == [
        ("alpha", True, None),
        ("beta", False, "alpha"),
    ]


def test_a_row_that_cannot_come_keeps_no_other_out(bench: Workbench, github: FakeGitHub) -> None:
    github.repo("octo/skills", {"a/SKILL.md": SKILL.format("alpha"), "b/SKILL.md": "No name at all."})
    rows = [{"path": path} for path in ("b/SKILL.md", "gone/SKILL.md", "a/SKILL.md")]
    reply = bench.call("github.import_skills", source="octo/skills", rows=rows)
    assert [each["status"] for each in reply["rows"]] == ["refused", "refused", "imported"]
    assert all(each["reason"] for each in reply["rows"][:2])
