"""The library and the pages of skills in JupyterLab: made, changed, mended, restored and tagged by mouse and by keyboard."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from lab import LOAD, Notebook, empty_lab, palette
from playwright.sync_api import Page, expect
from shelf_page import Library, Shelf, SkillPage

Open = Callable[..., Notebook]

CAREFUL = """---
# what a person wrote by hand stays as it is
name: careful
description:   "Keeps odd spacing."   # and comments
metadata: {author: Kim,  "version": '1.0'}
license: MIT
---
# Careful

Trailing blanks:   \n"""

BROKEN = """---
name: Broken
description: Mends what is broken. Use when something is broken.
author: Kim
---
# Broken

Mend it.
"""


def differing(before: str, after: str) -> list[str]:
    """The lines that one has and the other has not, marked."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_a_skill_is_made_in_the_form_and_opens(shelf: Shelf, page: Page) -> None:
    shelf.create("taken")
    library = Library.open(shelf.lab, page)
    library.button("New skill").click()
    form = library.root.get_by_role("form", name="New skill")
    name = form.get_by_label("Name")
    expect(name).to_be_focused()
    page.keyboard.type("taken")
    expect(form.get_by_text("There is a skill of this name.")).to_be_visible()
    form.get_by_role("button", name="Use “taken-2”").click()
    form.get_by_label("Purpose").select_option("platform")
    form.get_by_label("Description").fill("Checks what was deployed. Use when a deployment is done.")
    form.get_by_label("Tags").fill("Deploy")
    form.get_by_label("Tags").press("Enter")
    form.get_by_role("button", name="Create").click()
    made = SkillPage.of(page, "taken-2")
    skill = shelf.get("taken-2")
    assert (skill["purpose"], skill["tags"], skill["valid"]) == ("platform", ["deploy"], True)
    assert skill["description"] == "Checks what was deployed. Use when a deployment is done."
    expect(made.text).to_have_value(skill["text"])


def test_an_edit_in_the_form_changes_its_line_and_no_other(shelf: Shelf, page: Page) -> None:
    shelf.create("careful", description="", text=CAREFUL)
    skill = Library.open(shelf.lab, page).skill("careful")
    skill.field("License").fill("Apache-2.0")
    skill.button("Save").click()
    skill.says("Saved. Only line 6 changed.")
    assert differing(CAREFUL, shelf.file("careful").read_text()) == ["- license: MIT", "+ license: Apache-2.0"]
    changed = skill.root.locator(".wb-code-line[data-changed]")
    expect(changed).to_have_text(["license: Apache-2.0"])
    skill.field("metadata › author").fill("Lee")
    skill.field("Description").fill("Keeps odd spacing. Use when it matters.")
    skill.button("Save").click()
    skill.says("Saved. Only lines 4 to 5 changed.")
    after = shelf.file("careful").read_text()
    assert '"Keeps odd spacing. Use when it matters."   # and comments' in after
    assert "metadata: {author: Lee,  \"version\": '1.0'}" in after
    skill.button("Undo").click()
    expect(skill.field("metadata › author")).to_have_value("Kim")
    assert shelf.file("careful").read_text() == CAREFUL.replace("MIT", "Apache-2.0")


def test_what_another_program_wrote_meanwhile_is_not_written_over(shelf: Shelf, page: Page) -> None:
    shelf.create("shared", description="Before. Use when it is shared.")
    skill = Library.open(shelf.lab, page).skill("shared")
    skill.field("Compatibility").fill("Python 3.11")
    file = shelf.file("shared")
    file.write_text(file.read_text().replace("name: shared\n", "name: shared\nlicense: MIT\n"))
    skill.button("Save").click()
    skill.says("has been changed since you opened it")
    assert "compatibility" not in shelf.get("shared")["fields"]
    skill.button("Read it again, keep what I typed").click()
    expect(skill.field("License")).to_have_value("MIT")
    expect(skill.field("Compatibility")).to_have_value("Python 3.11")
    skill.button("Save").click()
    skill.says("Saved.")
    fields = shelf.get("shared")["fields"]
    assert (fields["license"], fields["compatibility"]) == ("MIT", "Python 3.11")


def test_text_is_looked_at_while_it_is_written_and_saved_with_ctrl_s(shelf: Shelf, page: Page) -> None:
    shelf.create("written")
    skill = Library.open(shelf.lab, page).skill("written")
    text = shelf.get("written")["text"]
    skill.text.fill(text.replace("name: written", "name: Written"))
    skill.says("The name has to be in lower case.")
    expect(skill.root.locator(".wb-code-line[data-severity=error]")).to_have_text(["name: Written"])
    expect(skill.field("License")).to_be_disabled()
    skill.text.fill(text + "\nMore.\n")
    expect(skill.root.get_by_text("The name has to be in lower case.")).to_have_count(0)
    skill.text.press("Control+s")
    skill.says("Saved.")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert shelf.file("written").read_text() == text + "\nMore.\n"


def test_a_problem_is_mended_after_its_difference_was_seen(shelf: Shelf, page: Page) -> None:
    shelf.create("broken", description="", text=BROKEN)
    skill = Library.open(shelf.lab, page).skill("broken")
    skill.button("Fix: The name has to be in lower case.").click()
    preview = skill.root.get_by_role("group", name="What the fix would change")
    expect(preview).to_contain_text("removed: name: Broken")
    expect(preview).to_contain_text("added: name: broken")
    assert shelf.file("broken").read_text() == BROKEN
    preview.get_by_role("button", name="Apply").click()
    expect(skill.root.get_by_text("The name has to be in lower case.")).to_have_count(0)
    assert differing(BROKEN, shelf.file("broken").read_text()) == ["- name: Broken", "+ name: broken"]
    skill.root.get_by_role("button", name="Fix").first.click()
    skill.button("Apply").click()
    skill.says("Loads everywhere")
    assert shelf.get("broken")["valid"]


def test_a_version_is_restored_after_it_was_said_what_that_drops(shelf: Shelf, page: Page) -> None:
    shelf.create("versioned")
    first = shelf.file("versioned").read_text()
    shelf.call("skills.edit", name="versioned", edits=[{"key": "license", "value": "MIT"}])
    shelf.call("files.write", path=str(shelf.file("versioned", "references/more.md")), text="# More\n")
    skill = Library.open(shelf.lab, page).skill("versioned")
    skill.part("History")
    versions = skill.root.get_by_role("list", name="Versions").get_by_role("button")
    expect(versions).to_have_count(3)
    versions.nth(1).click()
    expect(skill.root.get_by_label("Changes of SKILL.md")).to_contain_text("added: license: MIT")
    versions.nth(2).click()
    skill.button("Restore this version…").click()
    plan = skill.root.get_by_role("group", name="What restoring would do")
    expect(plan).to_contain_text("references/more.md")
    expect(plan).to_contain_text("2 newer versions stay in the history")
    assert shelf.file("versioned", "references/more.md").exists()
    plan.get_by_role("button", name="Restore", exact=True).click()
    skill.says("is the newest again")
    expect(versions).to_have_count(4)
    assert shelf.file("versioned").read_text() == first
    assert not shelf.file("versioned", "references/more.md").exists()


def test_several_are_tagged_and_deleted_at_once_and_both_are_taken_back(shelf: Shelf, page: Page) -> None:
    shelf.create("one", tags=["sql"])
    shelf.create("two")
    shelf.create("three")
    library = Library.open(shelf.lab, page)
    library.pick("one", "two")
    library.root.get_by_label("Tag to add").fill("SQL")
    library.button("Tag").click()
    expect(library.root.get_by_text("1 skill tagged “sql”.")).to_be_visible()
    expect(library.card("two")).to_contain_text("sql")
    assert shelf.get("two")["tags"] == ["sql"]
    library.button("Undo").click()
    # The card may know it before the page has its answer, which would then take the place of what is said of the next act.
    expect(library.root.get_by_text("Undone.")).to_be_visible()
    expect(library.card("two")).not_to_contain_text("sql")
    assert (shelf.get("one")["tags"], shelf.get("two")["tags"]) == (["sql"], [])
    library.button("Delete").click()
    question = library.root.get_by_role("alertdialog")
    expect(question.get_by_role("button", name="Keep")).to_be_focused()
    question.get_by_role("button", name="Delete").click()
    expect(library.root.get_by_role("gridcell")).to_have_count(1)
    assert shelf.names() == ["three"]
    library.button("Undo").click()
    expect(library.root.get_by_role("gridcell")).to_have_count(3)
    assert shelf.names() == ["one", "three", "two"]
    assert shelf.get("one")["tags"] == ["sql"]


def test_search_and_facets_say_what_is_left(shelf: Shelf, page: Page) -> None:
    shelf.create("alpha", tags=["sql"], purpose="platform")
    shelf.create("beta", tags=["sql", "git"])
    library = Library.open(shelf.lab, page)
    expect(library.root.get_by_role("group", name="Tags")).to_contain_text("sql2")
    library.root.get_by_role("group", name="Tags").get_by_label("git").check()
    expect(library.root.get_by_role("gridcell")).to_have_count(1)
    expect(library.root.get_by_role("status").first).to_have_text("1 of 2")
    library.root.get_by_role("searchbox").fill("nothing like it")
    expect(library.root.get_by_text("No skill matches.")).to_be_visible()
    library.button("Show all skills").click()
    expect(library.root.get_by_role("gridcell")).to_have_count(2)


def test_with_the_keyboard_alone_a_skill_is_found_opened_changed_and_saved(shelf: Shelf, page: Page) -> None:
    for name in ("first", "second", "third"):
        shelf.create(name)
    empty_lab(shelf.lab, page)
    # It takes the keyboard when it comes, and the palette would close.
    expect(page.locator(".jp-Launcher")).to_be_visible()
    keys = page.keyboard
    palette(page, "Open Skills")
    keys.press("Enter")
    library = Library(page.locator(".wb-skills"))
    expect(library.card("third")).to_be_visible()
    tab_to(page, "[role=gridcell]")
    expect(library.card("first")).to_be_focused()
    keys.press("ArrowRight")
    keys.press("Space")
    expect(library.root.get_by_text("1 skill selected")).to_be_visible()
    keys.press("Escape")
    expect(library.root.get_by_text("1 skill selected")).to_have_count(0)
    keys.press("/")
    keys.type("second")
    expect(library.root.get_by_role("gridcell")).to_have_count(1)
    tab_to(page, "[role=gridcell]")
    keys.press("Enter")
    skill = SkillPage.of(page, "second")
    tab_to(page, "[role=tab]")
    keys.press("ArrowRight")
    expect(skill.root.get_by_role("list", name="Files")).to_be_visible()
    keys.press("ArrowLeft")
    skill.field("License").evaluate("node => (node.dataset.wanted = 'yes')")
    tab_to(page, "[data-wanted]")
    keys.type("MIT")
    keys.press("Control+s")
    skill.says("Saved. Only line")
    assert shelf.get("second")["fields"]["license"] == "MIT"


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until something of this kind has the keyboard."""
    for _ in range(80):
        if page.evaluate("selector => Boolean(document.activeElement?.matches(selector))", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {selector}.")


def test_a_double_click_on_a_skill_md_opens_its_page_and_on_any_other_the_editor(shelf: Shelf, page: Page) -> None:
    shelf.create("clicked")
    other = shelf.lab.root / "elsewhere" / "clicked"
    other.mkdir(parents=True, exist_ok=True)
    (other / "SKILL.md").write_text("---\nname: clicked\n---\nNot of the library.\n")
    Library.open(shelf.lab, page)
    double_click(page, shelf.file("clicked").relative_to(shelf.lab.root).as_posix())
    skill = SkillPage.of(page, "clicked")
    skill.field("License").fill("MIT")
    skill.field("License").press("Control+s")
    skill.says("Saved. Only line")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    opened = {"path": shelf.file("clicked").relative_to(shelf.lab.root).as_posix(), "factory": "Editor"}
    page.evaluate("args => void window.jupyterapp.commands.execute('docmanager:open', args)", opened)
    expect(page.locator(".jp-FileEditor:visible")).to_contain_text("license: MIT")
    double_click(page, "elsewhere/clicked/SKILL.md")
    expect(page.locator(".jp-FileEditor:visible")).to_contain_text("Not of the library.")


def double_click(page: Page, path: str) -> None:
    """On a file in the file browser."""
    page.evaluate(
        "path => window.jupyterapp.commands.execute('filebrowser:go-to-path', { path })", path.rpartition("/")[0]
    )
    page.locator(".jp-DirListing-item", has_text="SKILL.md").dblclick()


def test_launcher_and_palette_lead_to_the_library_and_a_reload_brings_it_back(shelf: Shelf, page: Page) -> None:
    shelf.create("kept", tags=["sql"])
    shelf.create("other")
    empty_lab(shelf.lab, page, "skills")
    page.locator(".jp-LauncherCard", has_text="Skills").first.click()
    library = Library(page.locator(".wb-skills"))
    library.root.get_by_role("searchbox").fill("sql")
    expect(library.root.get_by_role("gridcell")).to_have_count(1)
    library.skill("kept").part("History")
    page.evaluate(LAYOUT_HOLDS, "skills")
    page.reload()
    shown = page.locator(".wb-skill:visible")
    expect(shown.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    page.locator(".lm-TabBar-tabLabel", has_text="Skills").first.click()
    expect(library.root.get_by_role("searchbox")).to_have_value("sql")
    palette(page, "New Skill")


def test_a_cell_shows_the_same_views(shelf: Shelf, notebook: Open) -> None:
    shelf.create("in-a-cell")
    book = notebook(LOAD, "%workbench skills")
    book.run_to_end(0)
    cell = book.run(1)
    cell.get_by_role("gridcell", name="in-a-cell").get_by_role("button").click()
    SkillPage.of(book.page, "in-a-cell")


LAYOUT_HOLDS = """async workspace => {
  const { workspaces } = window.jupyterapp.serviceManager;
  const held = async () => JSON.stringify((await workspaces.fetch(workspace)).data);
  while (!(await held()).includes('"part":"history"')) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}"""
