"""Skills that change under the eyes of a person, and what a person typed that must not be lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from lab import PATIENCE_S
from playwright.sync_api import BrowserContext, Locator, Page, expect
from shelf_page import Library, Shelf, SkillPage

CLOSE = "() => void window.jupyterapp.shell.currentWidget.close()"


def typed(shelf: Shelf, page: Page) -> SkillPage:
    """The page of a skill with something that is not saved."""
    shelf.create("typed")
    skill = Library.open(shelf.lab, page).skill("typed")
    skill.field("License").fill("MIT")
    return skill


def close_unsaved(page: Page) -> None:
    """Closes the tab in front, once it shows that something in it is not saved."""
    expect(page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty")).to_be_visible()
    page.evaluate(CLOSE)


def dialog(page: Page) -> Locator:
    return page.locator(".jp-Dialog")


def test_a_tab_with_something_that_is_not_saved_asks_before_it_closes(shelf: Shelf, page: Page) -> None:
    skill = typed(shelf, page)
    tab = page.locator(".lm-TabBar-tab.jp-mod-dirty", has_text="typed")
    tab.locator(".lm-TabBar-tabCloseIcon").click()
    expect(dialog(page)).to_contain_text('Save what you typed in "typed" before closing?')
    dialog(page).get_by_role("button", name="Cancel").click()
    expect(skill.field("License")).to_have_value("MIT")
    page.evaluate(CLOSE)
    dialog(page).get_by_role("button", name="Save").click()
    expect(skill.root).to_have_count(0)
    assert shelf.get("typed")["fields"]["license"] == "MIT"


def test_what_is_discarded_is_not_written_and_a_tab_without_it_does_not_ask(shelf: Shelf, page: Page) -> None:
    skill = typed(shelf, page)
    close_unsaved(page)
    dialog(page).get_by_role("button", name="Discard").click()
    expect(skill.root).to_have_count(0)
    assert "license" not in shelf.get("typed")["fields"]
    again = Library(page.locator(".wb-skills")).skill("typed")
    expect(again.field("License")).to_have_value("")
    page.evaluate(CLOSE)
    expect(again.root).to_have_count(0)
    expect(dialog(page)).to_have_count(0)


def test_a_tab_stays_open_when_what_is_in_it_cannot_be_saved(shelf: Shelf, page: Page) -> None:
    skill = typed(shelf, page)
    file = shelf.file("typed")
    file.write_text(file.read_text() + "\nWritten elsewhere.\n")
    close_unsaved(page)
    dialog(page).get_by_role("button", name="Save").click()
    skill.says("has been changed since you opened it")
    expect(skill.field("License")).to_have_value("MIT")
    assert "license" not in shelf.get("typed")["fields"]


def test_what_one_page_writes_in_another_page_only_reads_until_it_is_saved(
    shelf: Shelf, page: Page, new_context: Callable[[], BrowserContext]
) -> None:
    skill = typed(shelf, page)
    other = new_context()
    second = Library.open(shelf.lab, other.new_page()).skill("typed")
    second.says("It is being edited in another window. Here you can read it.")
    expect(second.text).to_have_attribute("readonly", "")
    expect(second.field("License")).to_be_disabled()
    skill.button("Save").click()
    expect(second.text).not_to_have_attribute("readonly", "")
    expect(second.field("License")).to_have_value("MIT")
    other.close()


def test_a_reloaded_page_is_not_kept_out_by_itself_and_a_lost_lock_is_taken_over(shelf: Shelf, page: Page) -> None:
    typed(shelf, page)
    page.on("dialog", lambda dialog: dialog.accept())
    expect_lock(shelf, "typed", held=True)
    skill = Library.open(shelf.lab, page).skill("typed")
    expect_lock(shelf, "typed", held=False)
    shelf.call("skills.lock", name="typed", instance="a page that has crashed")
    skill.says("It is being edited in another window.")
    skill.button("Edit it here instead").click()
    skill.field("License").fill("MIT")
    skill.button("Save").click()
    skill.says("Saved.")
    assert shelf.get("typed")["fields"]["license"] == "MIT"


def expect_lock(shelf: Shelf, name: str, *, held: bool) -> None:
    """Waits until somebody has the lock of a skill, or nobody."""
    end = time.monotonic() + PATIENCE_S
    while shelf.call("skills.check_lock", name=name)["locked"] is not held:
        assert time.monotonic() < end, "The lock was not taken or given back."
        time.sleep(0.1)


def test_a_skill_md_that_was_opened_from_the_files_asks_too(shelf: Shelf, page: Page) -> None:
    shelf.create("filed")
    Library.open(shelf.lab, page)
    path = shelf.file("filed").relative_to(shelf.lab.root).as_posix()
    page.evaluate("path => void window.jupyterapp.commands.execute('docmanager:open', { path })", path)
    skill = SkillPage.of(page, "filed")
    skill.field("License").fill("MIT")
    close_unsaved(page)
    dialog(page).get_by_role("button", name="Save").click()
    expect(skill.root).to_have_count(0)
    assert shelf.get("filed")["fields"]["license"] == "MIT"


def test_the_library_follows_what_others_do_and_keeps_selection_scroll_and_keyboard(shelf: Shelf, page: Page) -> None:
    for number in range(40):
        shelf.create(f"skill-{number:02}")
    library = Library.open(shelf.lab, page)
    library.root.get_by_role("radio", name="Lines").check(force=True)
    library.pick("skill-03")
    place = library.root.locator(".wb-skill-place")
    library.card("skill-00").focus()
    for key in ("End", *["ArrowUp"] * 9):
        page.keyboard.press(key)
    expect(library.card("skill-30")).to_be_focused()
    top = place.evaluate("node => node.scrollTop")
    assert top > 0
    shelf.create("aardvark")
    expect(library.root.get_by_role("status").first).to_have_text("41")
    expect(library.card("skill-30")).to_be_focused()
    assert place.evaluate("node => node.scrollTop") == top
    expect(library.root.get_by_text("1 skill selected")).to_be_visible()
    text = shelf.file("skill-30").read_text()
    shelf.file("skill-30").write_text(text.replace("Does skill-30.", "Says another thing."))
    expect(library.card("skill-30")).to_contain_text("Says another thing.")
    shelf.call("skills.delete", name="skill-03")
    expect(library.root.get_by_role("status").first).to_have_text("40")
    expect(library.root.get_by_text("1 skill selected")).to_have_count(0)


def test_a_library_that_nobody_changes_is_not_read_again(shelf: Shelf, page: Page) -> None:
    shelf.create("quiet")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or ""))
    library = Library.open(shelf.lab, page)
    shelf.create("last")
    expect(library.card("last")).to_be_visible()
    # Longer than the host takes to look at what nobody tells it; what the change left may be looked at in the first ones.
    for _ in range(10):
        before = len(asked)
        page.wait_for_timeout(8_000)
        if not any("skills.list" in body for body in asked[before:]):
            return
    pytest.fail("the library is read again and again")


def test_a_page_shows_what_an_editor_wrote_unless_something_is_half_written(shelf: Shelf, page: Page) -> None:
    shelf.create("shown")
    skill = Library.open(shelf.lab, page).skill("shown")
    with shelf.file("shown").open("a") as file:
        file.write("\nWritten elsewhere.\n")
    expect(skill.text).to_contain_text("Written elsewhere.")


def test_the_agents_own_skills_are_seen_and_read_and_left_as_they_are(shelf: Shelf, page: Page) -> None:
    shelf.create("twin")
    folder = shelf.lab.root / "home" / "workspaces" / "skills" / ".claude" / "skills" / "twin"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(
        "---\nname: twin\ndescription: The agents' own. <img src=x>\n---\n\nDo as *agents* do. <script>1</script>\n"
    )
    register(shelf, "insert into workspace_skills (name, description, purpose, active, bundled, created, updated)"
             " values ('twin', 'x', 'research', 1, 1, 1, 2)")  # fmt: skip
    try:
        library = Library.open(shelf.lab, page)
        expect(library.root.get_by_role("gridcell")).to_have_count(2)
        library.root.get_by_role("group", name="Source").get_by_label("Workspace").check()
        theirs = library.root.get_by_role("gridcell")
        expect(theirs).to_have_count(1)
        expect(theirs.get_by_role("checkbox")).to_have_count(0)
        theirs.focus()
        page.keyboard.press("Enter")
        shown = page.get_by_role("region", name="Skill twin")
        expect(shown).to_contain_text("Do as agents do.")
        assert shown.locator("img, script").count() == 0
        shown.get_by_role("button", name="Back to all skills").press("Enter")
        expect(theirs).to_be_focused()
    finally:
        register(shelf, "delete from workspace_skills")


def register(shelf: Shelf, sql: str) -> None:
    """In the other registry, which no command of the library changes."""
    with shelf.lab.bench() as bench:
        bench.database.write(lambda connection: connection.execute(sql).fetchall())
