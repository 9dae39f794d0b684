"""A skill is built in JupyterLab from the first question to its use, by mouse and by keyboard, from an example's recordings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from keyboard import Keys
from lab import Lab, empty_lab, layout_holds, palette, restored
from playwright.sync_api import Locator, Page, Route, expect
from shelf_page import Shelf

SKILL = "invoice-matching"
"""The name that its example gives it."""
TITLE = "Matching supplier invoices"
EXAMPLE = "invoice-matching"


@dataclass(frozen=True)
class Stepper:
    """The building of a skill, in a tab."""

    root: Locator

    @classmethod
    def open(cls, lab: Lab, page: Page, workspace: str = "") -> Stepper:
        empty_lab(lab, page, workspace)
        page.evaluate(OPEN, SKILL)
        return cls.shown(page)

    @classmethod
    def shown(cls, page: Page) -> Stepper:
        stepper = cls(page.locator(".wb-workflow:visible"))
        expect(stepper.root.get_by_role("navigation", name="Steps")).to_be_visible()
        return stepper

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)

    def step(self, title: str) -> Locator:
        return self.root.get_by_role("navigation").get_by_role("button", name=title)

    def question(self, name: str) -> Locator:
        return self.root.locator(f'[data-question="{name}"]')

    def done(self, title: str) -> None:
        expect(self.step(title).first).to_contain_text("Done")

    def says(self, text: str) -> None:
        expect(self.root.locator(".wb-next [role=status]")).to_contain_text(text)

    def reloaded_at_work(self, title: str) -> Stepper:
        """Reloads in the middle of a step, which goes on, is shown at work, and is done in the end."""
        page = self.root.page
        expect(self.button(f"Stop {title}")).to_be_visible()
        page.reload()
        restored(page)
        again = Stepper.shown(page)
        again.done(title)
        return again


CALL = re.compile(r"/workbench/call\b")
PACE = {"research": 0.5, "detail": 0.1, "decisions": 0.1, "generate": 0.4}
"""The speed at which each step plays for some ten seconds: long enough to be seen at work before a reload and after it."""
OPEN = "skill => void window.jupyterapp.commands.execute('workbench:open-workflow', { skill })"
SOURCES = """() => {
  const { content, context } = window.jupyterapp.shell.currentWidget;
  return [context.path, ...content.widgets.map(each => each.model.sharedModel.getSource())];
}"""


def slowly(route: Route) -> None:
    """Lets a step that the page starts take its time."""
    asked = json.loads(route.request.post_data or "{}")
    if asked.get("call") == "workflow.run_step":
        asked["params"]["speed"] = PACE[asked["params"]["step"]]
        route.continue_(post_data=json.dumps(asked))
    else:
        route.continue_()


def made(shelf: Shelf, until: str) -> None:
    """The steps before the one that a test is about."""
    shelf.call("workflow.create", skill=SKILL, example=EXAMPLE)
    shelf.call("workflow.run", skill=SKILL, provider="replay", autofill=True, until=until, speed=0)


def answer_of(shelf: Shelf, name: str) -> tuple[str | None, str | None]:
    sections = shelf.call("workflow.state", skill=SKILL)["clarifications"]["sections"]
    found = next(each for section in sections for each in section["questions"] if each["id"] == name)
    return found["answer_choice"], found["answer_text"]


@pytest.mark.timeout(600)
def test_a_skill_is_built_and_used_by_mouse_over_a_reload_in_the_middle_of_each_step(shelf: Shelf, page: Page) -> None:
    page.route(CALL, slowly)
    empty_lab(shelf.lab, page, "by-mouse")
    page.evaluate("() => void window.jupyterapp.commands.execute('workbench:begin-skill')")
    form = page.locator(".wb-newskill:visible")
    form.get_by_role("button", name=TITLE).click()
    form.get_by_role("button", name="Create", exact=True).click()
    form.get_by_label("What does good look like?").fill("Each difference has its reason.")
    form.get_by_role("button", name="All steps").click()
    stepper = Stepper.shown(page)
    layout_holds(shelf.lab, page, f"workbench-workflow-{SKILL}", "by-mouse")
    stepper.button("Start Research").click()
    expect(stepper.root.locator(".wb-session")).to_be_visible()
    stepper = stepper.reloaded_at_work("Research")

    stepper.button("Accept the 14 recommendations").click()
    stepper.button("Have my answers judged").click()
    expect(stepper.root.get_by_text("Some answers could be more precise")).to_be_visible()
    stepper.says("Your answers were judged")
    stepper.button("Go on: Detailed Research").click()
    stepper = stepper.reloaded_at_work("Detailed Research")
    stepper.button("Accept the other 5 recommendations").click()
    stepper.button("Have my answers judged").click()
    stepper.button("Go on: Confirm Decisions").click()
    stepper = stepper.reloaded_at_work("Confirm Decisions")
    for name in ("D1", "D2"):
        stepper.button(f"Confirm {name}").click()
        expect(stepper.button(f"Confirm {name}")).to_have_count(0)
    stepper.button("Start Generate Skill").click()
    stepper = stepper.reloaded_at_work("Generate Skill")
    expect(stepper.root.get_by_role("region", name="SKILL.md")).to_contain_text(TITLE)
    assert shelf.get(SKILL)["valid"]

    used_tested_refined_and_packed(stepper)
    assert shelf.call("workflow.state", skill=SKILL)["status"] == "completed"
    assert shelf.call("refine.diff", skill=SKILL)["files"] == []


def used_tested_refined_and_packed(stepper: Stepper) -> None:
    """What one does with a skill that is built, each begun where the workflow ends."""
    page = stepper.root.page
    tab = page.get_by_role("tab", name=SKILL, exact=True)
    stepper.button("Pack it").click()
    # The interview is not the one that was recorded: that is said first.
    stepper.button("Pack it anyway").click()
    expect(stepper.root.get_by_text("Packed:")).to_be_visible()

    stepper.button("Test it").click()
    test = page.locator(".wb-test:visible")
    test.get_by_role("list", name="Prompts that were recorded").get_by_role("button").first.click()
    test.get_by_role("button", name="Test it", exact=True).click()
    test.get_by_role("button", name="A is better").click()
    expect(test.get_by_role("article", name="with the skill")).to_be_visible()

    tab.click()
    stepper.button("Refine it").click()
    refine = page.locator(".wb-refine:visible")
    refine.locator(".wb-proposed").first.click()
    refine.get_by_role("button", name="Send", exact=True).click()
    expect(refine.locator(".wb-hunk").first).to_be_visible()
    expect(refine.get_by_text("The agent is at work.")).to_have_count(0)
    refine.get_by_role("button", name="Accept all").click()
    expect(refine.get_by_text("Nothing is undecided.")).to_be_visible()

    tab.click()
    stepper.button("Use it now").click()
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    path, *sources = page.evaluate(SOURCES)
    assert path.endswith(".ipynb")
    assert sources == ["%load_ext workbench", f"%%agent --skill {SKILL}\n"]
    tab.click()
    stepper.button("Use it now").click()
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)
    assert page.evaluate(SOURCES)[0] == path


@pytest.mark.timeout(600)
def test_a_skill_is_built_and_used_with_the_keyboard_alone(shelf: Shelf, page: Page) -> None:
    empty_lab(shelf.lab, page)
    keys = Keys(page)
    expect(page.locator(".jp-Launcher-body")).to_be_visible()
    palette(page, "Build a New Skill")
    page.keyboard.press("Enter")
    form = page.locator(".wb-newskill:visible")
    expect(form.get_by_role("button", name=TITLE)).to_be_visible()
    expect(form.get_by_role("textbox", name="What should an agent know how to do?")).to_be_focused()
    keys.press(f"^{TITLE}$")
    keys.press("^Create$")
    expect(form.get_by_role("button", name="Start Research")).to_be_visible()
    keys.press("^Start Research")
    keys.to("What does good look like")
    page.keyboard.type("Each difference has its reason.")
    keys.press("^All steps$", back=True)
    stepper = Stepper.shown(page)
    stepper.done("Research")

    keys.press("^Next open question$")
    page.keyboard.press("2")
    expect(stepper.question("Q1").get_by_role("radio").nth(1)).to_be_checked()
    page.keyboard.press("n")
    expect(stepper.question("Q2").get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("As it is at night, 3 times a week")
    page.keyboard.press("Tab")
    expect(stepper.question("Q2").get_by_text("Saved")).to_be_visible()
    assert answer_of(shelf, "Q1")[0] == "B"
    assert answer_of(shelf, "Q2") == (None, "As it is at night, 3 times a week")
    keys.press("^Accept the other 12 recommendations$", back=True)
    expect(stepper.root.get_by_text("14 of 14 answered")).to_be_visible()
    keys.press("^Have my answers judged", back=True)
    expect(stepper.button("Go on: Detailed Research")).to_be_visible()
    keys.press("^Go on: Detailed Research")
    stepper.done("Detailed Research")

    keys.press("^Accept the other 5 recommendations$", back=True)
    keys.press("^Have my answers judged", back=True)
    expect(stepper.button("Go on: Confirm Decisions")).to_be_visible()
    keys.press("^Go on: Confirm Decisions")
    expect(stepper.button("Confirm D1")).to_be_visible()
    for name in ("D1", "D2"):
        keys.press(f"^Confirm {name}$")
        expect(stepper.button(f"Confirm {name}")).to_have_count(0)
    expect(stepper.button("Start Generate Skill")).to_be_visible()
    keys.press("^Start Generate Skill", back=True)
    stepper.done("Generate Skill")

    keys.press("^Pack it$", back=True)
    # The answers are not those that were recorded: that is said first.
    expect(stepper.button("Pack it anyway")).to_be_visible()
    keys.press("^Pack it anyway$")
    expect(stepper.root.get_by_text("Packed:")).to_be_visible()
    keys.press("^Test it$")
    test = page.locator(".wb-test:visible")
    expect(test.get_by_role("list", name="Prompts that were recorded")).to_be_visible()
    keys.to("", within=".wb-test li")
    page.keyboard.press("Enter")
    keys.press("^Test it$")
    expect(test.get_by_role("button", name="A is better")).to_be_visible()
    keys.press("^A is better$")
    expect(test.get_by_role("article", name="with the skill")).to_be_visible()
    keys.press("^Refine with this$")
    refine = page.locator(".wb-refine:visible")
    box = refine.get_by_role("combobox", name="What should be better?")
    expect(box).to_have_value(re.compile("A test of this skill asked"))
    for _ in range(2):
        page.keyboard.press("Control+Shift+[")
    expect(stepper.root).to_be_visible()
    keys.press("^Use it now$")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    assert page.evaluate(SOURCES)[2] == f"%%agent --skill {SKILL}\n"


def test_two_tabs_that_edit_one_document_are_each_shown_theirs_and_yours(shelf: Shelf, page: Page) -> None:
    made(shelf, "decisions")
    other = page.context.new_page()
    theirs, mine = Stepper.open(shelf.lab, other, "theirs"), Stepper.open(shelf.lab, page, "mine")
    for each in (theirs, mine):
        each.step("Research").first.click()
        expect(each.question("Q3")).to_be_visible()
    # What the one has saved is there in the other tab, with nothing asked.
    theirs.question("Q4").get_by_role("radio").nth(1).click()
    expect(mine.question("Q4").get_by_role("radio").nth(1)).to_be_checked()

    held: list[Route] = []
    page.route(CALL, lambda route: held.append(route) if saves(route) else route.continue_())
    words = mine.question("Q3").get_by_role("textbox")
    with page.expect_request(lambda request: '"workflow.answer"' in (request.post_data or "")):
        words.fill("What I say")
        words.blur()
    said = theirs.question("Q3").get_by_role("textbox")
    said.fill("What they say")
    said.blur()
    expect(theirs.question("Q3").get_by_text("Saved")).to_be_visible()
    for route in held:
        route.continue_()
    page.unroute(CALL)
    both = mine.question("Q3").get_by_role("alert")
    expect(both).to_contain_text("What they say")
    expect(both).to_contain_text("What I say")
    mine.button("Keep mine").click()
    expect(both).to_have_count(0)
    expect(said).to_have_value(re.compile("What I say"))
    assert "What I say" in (answer_of(shelf, "Q3")[1] or "")


def saves(route: Route) -> bool:
    return '"workflow.answer"' in (route.request.post_data or "")


def test_a_skill_whose_text_stands_beyond_a_gap_is_kept_as_imported_instead_of_being_reset(
    shelf: Shelf, page: Page
) -> None:
    shelf.call("workflow.create", skill=SKILL, example=EXAMPLE)
    shelf.call("workflow.run", skill=SKILL, provider="replay", autofill=True, speed=0)
    folder = shelf.file(SKILL, "").resolve()
    text = (folder / "SKILL.md").read_bytes()
    (folder / "context" / "decisions.json").unlink()
    stepper = Stepper.open(shelf.lab, page)
    expect(stepper.root.get_by_text("context/decisions.json is gone").first).to_be_visible()
    stepper.button("Reset…").click()
    dialog = stepper.root.get_by_role("alertdialog")
    expect(dialog).to_contain_text("SKILL.md")
    dialog.get_by_role("button", name="Keep as imported").click()
    expect(stepper.root.get_by_text("No workflow builds it any more.")).to_be_visible()
    assert (folder / "SKILL.md").read_bytes() == text
    assert not [*(folder / "context").glob("*")]
    found = shelf.get(SKILL)
    assert (found["source"], found["valid"]) == ("imported", True)
    stepper.button("Open the skill").click()
    expect(page.locator(".wb-skill:visible")).to_be_visible()


def test_what_was_said_of_a_skill_and_cannot_be_read_is_told_and_said_anew(shelf: Shelf, page: Page) -> None:
    made(shelf, "research")
    state = shelf.call("workflow.state", skill=SKILL)
    (Path(state["folder"]) / "context" / "intake.json").write_text("{ torn")
    stepper = Stepper.open(shelf.lab, page)
    expect(stepper.root.get_by_role("alert")).to_contain_text("cannot be read, and no agent can be told it")
    stepper.button("Say it anew").click()
    box = stepper.root.get_by_role("textbox", name="What should an agent know how to do?")
    expect(box).to_be_focused()
    box.fill("Match invoices, and say why.")
    stepper.button("Save it").click()
    expect(stepper.root.get_by_text("cannot be read, and no agent")).to_have_count(0)
    now = shelf.call("workflow.state", skill=SKILL)
    assert now["intake"]["description"] == "Match invoices, and say why."
    assert now["intake_failure"] is None


def test_a_reset_takes_what_its_preview_lists_and_nothing_else(shelf: Shelf, page: Page) -> None:
    made(shelf, "generate")
    folder = shelf.file(SKILL, "").resolve()
    before = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    stepper = Stepper.open(shelf.lab, page)
    stepper.step("Confirm Decisions").click()
    stepper.button("Reset…").click()
    dialog = stepper.root.get_by_role("alertdialog")
    expect(dialog.locator("code").first).to_be_visible()
    expect(dialog.get_by_role("button", name="Leave it")).to_be_focused()
    listed = set(dialog.locator("code").all_text_contents())
    dialog.get_by_role("button", name="Reset").click()
    expect(stepper.button("Start Confirm Decisions")).to_be_visible()
    after = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    assert before - after == {each for each in listed if not each.endswith(".skill")}
    assert after - before == set()
