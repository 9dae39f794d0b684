"""A skill is made better by talking and tested blind, in JupyterLab, from an example's recordings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from keyboard import Keys
from lab import Lab, empty_lab, layout_holds
from playwright.sync_api import Locator, Page, expect
from shelf_page import Shelf

SKILL = "demo"
EXAMPLE = "invoice-matching"


@pytest.fixture
def built(lab: Lab) -> Iterator[Shelf]:
    """A skill that was built from the example."""
    shelf = Shelf(lab)
    shelf.call("workflow.create", skill=SKILL, example=EXAMPLE)
    shelf.call("workflow.run", skill=SKILL, provider="replay", autofill=True, speed=0)
    yield shelf
    lab.tidy()
    shelf.clear()


def opened(lab: Lab, page: Page, command: str, place: str, **args: str) -> Locator:
    empty_lab(lab, page)
    page.evaluate("([id, args]) => void window.jupyterapp.commands.execute(id, args)", [f"workbench:{command}", args])
    root = page.locator(f"{place}:visible")
    expect(root).to_be_visible()
    return root


def button(root: Locator, name: str) -> Locator:
    return root.get_by_role("button", name=name, exact=True)


def test_a_turn_is_undone_and_of_another_one_file_is_rejected(built: Shelf, page: Page) -> None:
    before = built.get(SKILL)["digest"]
    root = opened(built.lab, page, "refine-skill", ".wb-refine", skill=SKILL)
    message = built.call("refine.content", skill=SKILL)["suggestions"][0]
    button(root, message).click()
    button(root, "Send").click()
    undo = button(root, "Undo the last turn")
    expect(undo).to_be_enabled()
    expect(root.get_by_text("The agent is at work.")).to_have_count(0)
    assert built.get(SKILL)["digest"] != before
    undo.click()
    expect(root.get_by_text("As before the turn:")).to_be_visible()
    assert built.get(SKILL)["digest"] == before

    button(root, "New conversation").click()
    expect(root.get_by_text("Say what should be better.")).to_be_visible()
    button(root, message).click()
    root.get_by_role("combobox", name="What should be better?").press("Enter")
    expect(root.locator(".wb-hunk").first).to_be_visible()
    expect(root.get_by_text("The agent is at work.")).to_have_count(0)
    files = built.call("refine.diff", skill=SKILL)["files"]
    assert len(files) > 1
    button(root, f"Reject {files[0]['path']}").click()
    expect(root.locator(".wb-changed")).to_have_count(len(files) - 1)
    button(root, "Accept all").click()
    expect(root.get_by_text("Nothing is undecided.")).to_be_visible()
    assert built.call("refine.diff", skill=SKILL)["files"] == []


REASON = " A *post* over 10,000.00 gross needs a second person: name it in the reason, with the amount."
LISTED = "- **Second person**: each invoice over 10,000.00 gross that is proposed as *post*, with its amount."
"""What the first recorded message puts into SKILL.md, in two places."""


def played(built: Shelf, page: Page, send: Callable[[Locator, str], None]) -> tuple[Locator, Locator]:
    """The page, and in it the parts of SKILL.md that the first recorded message has changed."""
    root = opened(built.lab, page, "refine-skill", ".wb-refine", skill=SKILL)
    send(root, built.call("refine.content", skill=SKILL)["suggestions"][0])
    parts = root.get_by_role("region", name="SKILL.md").locator(".wb-hunk")
    expect(parts).to_have_count(2)
    expect(root.get_by_text("The agent is at work.")).to_have_count(0)
    expect(parts.nth(0)).to_contain_text(REASON.strip())
    expect(parts.nth(1)).to_contain_text(LISTED)
    return root, parts


def lies(built: Shelf) -> dict[str, bytes]:
    """The texts of the skill, as they lie there."""
    folder = built.file(SKILL).parent
    return {path.name: path.read_bytes() for path in (folder / "SKILL.md", folder / "references" / "differences.md")}


def test_one_part_of_a_file_is_rejected_the_other_stays_and_the_turn_is_undone(built: Shelf, page: Page) -> None:
    before = lies(built)

    def send(root: Locator, message: str) -> None:
        button(root, message).click()
        button(root, "Send").click()

    root, parts = played(built, page, send)
    written = lies(built)
    button(root, "Reject part 1 of SKILL.md").click()
    expect(parts).to_have_count(1)
    expect(parts).to_contain_text(LISTED)
    expect(root.locator(".wb-changed")).to_have_count(2)
    expect(button(root, "Reject part 1 of SKILL.md")).to_have_count(0)
    told = lies(built)
    assert told["SKILL.md"] == written["SKILL.md"].replace(REASON.encode(), b"")
    assert told["differences.md"] == written["differences.md"] != before["differences.md"]

    button(root, "Undo the last turn").click()
    expect(root.get_by_text("As before the turn:")).to_be_visible()
    expect(root.get_by_text("Nothing is undecided.")).to_be_visible()
    assert lies(built) == before


def test_a_part_is_rejected_and_another_accepted_with_the_keyboard_alone(built: Shelf, page: Page) -> None:
    before, keys = lies(built), Keys(page)

    def send(root: Locator, message: str) -> None:
        keys.press(f"^{re.escape(message)}$")
        box = root.get_by_role("combobox", name="What should be better?")
        expect(box).to_be_focused()
        page.keyboard.press("Enter")

    root, parts = played(built, page, send)
    written = lies(built)
    keys.press("^Reject part 2 of SKILL.md$")
    expect(parts).to_have_count(1)
    expect(parts).to_contain_text(REASON.strip())
    assert lies(built)["SKILL.md"] == written["SKILL.md"].replace(f"{LISTED}\n".encode(), b"")
    keys.press("^Accept SKILL.md$")
    expect(parts).to_have_count(0)
    assert [file["path"] for file in built.call("refine.diff", skill=SKILL)["files"]] == ["references/differences.md"]

    keys.press("^Undo the last turn$", back=True)
    expect(root.get_by_text("As before the turn:")).to_be_visible()
    assert lies(built) == before


def test_the_border_between_the_panes_is_moved_by_keys_and_kept_over_a_reload(built: Shelf, page: Page) -> None:
    root = opened(built.lab, page, "refine-skill", ".wb-refine", skill=SKILL)
    border = root.get_by_role("separator")
    border.focus()
    for _ in range(3):
        border.press("ArrowRight")
    expect(border).to_have_attribute("aria-valuenow", "56")
    layout_holds(built.lab, page, '"share": *"56"')
    page.goto(f"{built.lab.server.url}/lab?token={built.lab.server.token}")
    expect(page.locator(".wb-refine:visible").get_by_role("separator")).to_have_attribute("aria-valuenow", "56")


def test_a_test_is_voted_on_blind_and_then_says_that_no_model_was_measured(built: Shelf, page: Page) -> None:
    root = opened(built.lab, page, "test-skill", ".wb-test", skill=SKILL)
    root.get_by_role("list", name="Prompts that were recorded").get_by_role("button").first.click()
    button(root, "Test it").click()
    vote = button(root, "A is better")
    vote.click()
    expect(root.get_by_text("no model was measured")).to_be_visible()
    expect(root.get_by_role("article", name="with the skill")).to_be_visible()
    expect(root.locator(".wb-measures")).to_have_count(0)
    button(root, "Refine with this").click()
    box = page.locator(".wb-refine:visible").get_by_role("combobox", name="What should be better?")
    expect(box).to_be_visible()
    assert box.input_value().startswith("A test of this skill asked")


def test_a_skill_is_begun_from_an_example_with_two_clicks_and_interviewed(lab: Lab, page: Page) -> None:
    shelf = Shelf(lab)
    root = opened(lab, page, "begin-skill", ".wb-newskill")
    button(root, "Release notes").click()
    button(root, "Create").click()
    expect(button(root, "Start Research")).to_be_visible()
    good = root.get_by_label("What does good look like?")
    good.fill("I see at once whether I have to act.")
    good.blur()
    expect(root.get_by_text("Saved.", exact=True)).to_be_visible()
    intake = shelf.call("workflow.state", skill="release-notes")["intake"]
    assert intake["interview"]["good"] == "I see at once whether I have to act."
    lab.tidy()
    shelf.call("skills.delete", name="release-notes")
