"""Where skills are installed, and marketplaces: a table and a shelf that one changes from the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github import FakeGitHub, Repo, marketplace
from lab import Lab, lab_server
from playwright.sync_api import Locator, Page, expect
from shelf_page import Library, Shelf
from sites import running


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server of its own: installs and updates concern the person's folders, which other tests count."""
    server = lab_server(tmp_path_factory.mktemp("own"))
    server.start()
    yield Lab(server)
    server.stop()


@pytest.fixture
def shelf(own: Lab) -> Iterator[Shelf]:
    shelf = Shelf(own)
    yield shelf
    for row in shelf.call("skills.installs")["rows"]:
        if row["ours"]:
            shelf.call("skills.uninstall", names=[row["name"]], force=True)
    shelf.clear()
    own.tidy()


@pytest.fixture
def shop(shelf: Shelf, tmp_path: Path) -> Iterator[Repo]:
    """A marketplace on a GitHub of this machine, which the settings name."""
    with running(FakeGitHub(tmp_path / "github")) as github:
        shelf.call("settings.save", changes={"github_url": github.url, "github_api_url": github.api})
        yield github.repo("octo/shop", marketplace("charts", "tables", skills=2))


def opened(shelf: Shelf, page: Page, command: str, region: str) -> Locator:
    Library.open(shelf.lab, page)
    page.evaluate("command => void window.jupyterapp.commands.execute(command)", f"workbench:{command}")
    found = page.get_by_role("region", name=region, exact=True)
    expect(found).to_be_visible()
    return found


def states(shelf: Shelf, project: Path | None = None) -> dict[tuple[str, str], str]:
    rows = shelf.call("skills.installs", projects=[str(project)] if project else [])["rows"]
    return {(row["name"], row["client"]): row["state"] for row in rows}


def test_skills_are_installed_updated_and_taken_away_in_the_table(shelf: Shelf, page: Page) -> None:
    for name in ("ant", "bee"):
        shelf.create(name)
    view = opened(shelf, page, "open-installs", "Where skills are installed")
    bar = view.get_by_role("toolbar", name="Chosen places")
    view.get_by_role("checkbox", name="Choose all for Claude Code").check()
    view.get_by_role("gridcell", name="ant, Codex: not installed").click()
    bar.get_by_role("button", name="Install (3)").click()
    expect(view.get_by_text("3 places: installed.")).to_be_visible()
    assert states(shelf) == {(name, "claude"): "current" for name in ("ant", "bee")} | {("ant", "codex"): "current"}
    installed = shelf.lab.root / ".claude" / "skills"
    assert sorted(path.name for path in installed.iterdir()) == ["ant", "bee"]
    shelf.call("skills.edit", name="ant", edits=[{"key": "license", "value": "MIT"}])
    (installed / "bee" / "SKILL.md").write_text("changed by hand\n")
    view.get_by_role("button", name="Look again").click()
    expect(view.get_by_role("gridcell", name="ant, Claude Code: Outdated")).to_be_visible()
    expect(view.get_by_role("gridcell", name="bee, Claude Code: Changed")).to_be_visible()
    view.get_by_role("checkbox", name="Choose all for Claude Code").check()
    bar.get_by_role("button", name="Update (1)").click()
    expect(view.get_by_role("gridcell", name="ant, Claude Code: Current")).to_be_visible()
    assert (installed / "bee" / "SKILL.md").read_text() == "changed by hand\n"
    view.get_by_role("gridcell", name="bee, Claude Code: Changed").click()
    bar.get_by_role("button", name="Replace what is there… (1)").click()
    expect(view.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(view.get_by_role("gridcell", name="bee, Claude Code: Current")).to_be_visible()
    for client in ("Claude Code", "Codex"):
        view.get_by_role("checkbox", name=f"Choose all for {client}").check()
    bar.get_by_role("button", name="Take away (3)").click()
    expect(view.get_by_text("3 places: taken away.")).to_be_visible()
    assert states(shelf) == {}
    assert not installed.exists()


def test_what_others_have_put_there_is_shown_and_left(shelf: Shelf, page: Page, tmp_path: Path) -> None:
    shelf.create("ant")
    theirs = tmp_path / "project" / ".claude" / "skills" / "ant"
    theirs.mkdir(parents=True)
    (theirs / "SKILL.md").write_text("---\nname: ant\ndescription: Theirs.\n---\n")
    view = opened(shelf, page, "open-installs", "Where skills are installed")
    view.get_by_role("combobox").select_option(label="another project…")
    page.keyboard.type(f"{tmp_path}/project/")
    page.keyboard.press("Enter")
    cell = view.get_by_role("gridcell", name="ant, Claude Code: Not ours")
    expect(cell).to_be_visible()
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    view.get_by_role("button", name="Install (1)").click()
    expect(view.get_by_role("gridcell", name="ant, Codex: Current")).to_be_visible()
    assert (tmp_path / "project" / ".agents" / "skills" / "ant" / "SKILL.md").exists()
    assert (theirs / "SKILL.md").read_text().endswith("Theirs.\n---\n")


def test_a_marketplace_is_added_browsed_imported_from_and_brings_updates(shelf: Shelf, page: Page, shop: Repo) -> None:
    view = opened(shelf, page, "open-marketplace", "Marketplaces")
    view.get_by_label("Address of the marketplace").fill("octo/shop")
    view.get_by_label("Address of the marketplace").press("Enter")
    view.get_by_role("button", name="Test shop").click()
    expect(view.get_by_role("status")).not_to_have_text("")
    view.get_by_role("button", name="Open shop").click()
    expect(view.get_by_role("status")).to_have_text("0 chosen")
    for name in ("charts", "tables-2"):
        view.get_by_role("checkbox", name=f"Import {name}", exact=True).check()
    view.get_by_role("button", name="Import 2 skills").click()
    expect(view.get_by_role("heading", name="2 skills came in.")).to_be_visible()
    assert shelf.names() == ["charts", "tables-2"]
    files = marketplace("charts", "tables", skills=2)
    path = "plugins/charts/skills/charts/SKILL.md"
    shop.commit({**files, path: str(files[path]).replace("1.0.0", "1.1.0")})
    view.get_by_role("button", name="Marketplaces", exact=True).click()
    view.get_by_role("button", name="Check for updates").click()
    expect(view.get_by_role("heading", name="1 update available")).to_be_visible()
    expect(view.get_by_text("1.0.0 → 1.1.0")).to_be_visible()
    view.get_by_role("button", name="Update 1 skill").click()
    expect(view.get_by_text("Updated", exact=True)).to_be_visible()
    assert "1.1.0" in shelf.get("charts")["text"]
    view.get_by_role("button", name="Marketplaces", exact=True).click()
    view.get_by_role("button", name="Open shop").click()
    row = view.get_by_role("row", name="charts", exact=True)
    expect(row).to_contain_text("In the library")
    expect(row.get_by_role("checkbox")).to_be_disabled()
