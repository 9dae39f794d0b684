"""A skill made of all that a page must not run: in its front matter, its text, its file names, its tags and its history."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest
from lab import Lab
from playwright.sync_api import BrowserContext, Page, expect
from shelf_page import Library, Shelf

IMG = '<img src=x onerror="window.__pwned=1">'
SCRIPT = "<script>window.__pwned=1</script>"
BIDI = "\u202e"

TEXT = f"""---
name: hostile
description: '{BIDI}{IMG} {SCRIPT} Use when it hurts.'
'{IMG}': '{SCRIPT}'
__proto__: x
metadata:
  constructor: '{IMG}'
  '{SCRIPT}': y
---
# Hostile {IMG}

{SCRIPT}

<iframe src="javascript:window.__pwned=1"></iframe><style>body {{ display: none }}</style>
<div style="position:fixed;inset:0;z-index:99999" data-commandlinker-command="application:close">cover</div>

[click](javascript:window.__pwned=1) ![remote](https://example.invalid/x.png) <svg onload="window.__pwned=1">

The last line is here.
"""

SHOWN = ("The last line is here.", "This is a link.", "The last line is here.", "x")
"""What each of its files comes to, by path."""

ALIEN = ".wb-root :is(script, iframe, object, embed, style, form[action], video, audio, math, template, [onerror], [onload])"
COVERED = "() => { const node = document.elementFromPoint(700, 400); return Boolean(node?.closest('.wb-root')); }"


@pytest.fixture
def hostile(lab: Lab) -> Iterator[Shelf]:
    shelf = Shelf(lab)
    shelf.create("hostile", description="", text=TEXT, tags=[IMG, "constructor", "__proto__"])
    folder = shelf.file("hostile").parent
    (folder / "references").mkdir(exist_ok=True)
    (folder / "references" / f"{IMG.replace('/', '')}.md").write_text(TEXT)
    (folder / f"{BIDI}gnp.exe").write_text("x")
    (folder / "link.md").symlink_to("/etc/passwd")
    commit(folder, f"{IMG}\n\n{SCRIPT}")
    yield shelf
    shelf.clear()


def commit(folder: os.PathLike[str], message: str) -> None:
    """As an author whose name is no name."""
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in NAMES.items()}
    for words in (["add", "-A", "."], ["commit", "-q", "-m", message]):
        subprocess.run(["git", *words], cwd=folder, env={**os.environ, **who}, check=True, capture_output=True)


NAMES = {"NAME": f"{BIDI}{IMG.replace('<', '').replace('>', '')}", "EMAIL": "x@example.invalid"}


def test_it_does_nothing_in_any_part_of_any_view(hostile: Shelf, page: Page, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    library = Library.open(hostile.lab, page)
    expect(library.card("hostile")).to_contain_text("\\u202e<img src=x")
    library.root.get_by_role("radio", name="Lines").check(force=True)
    harmless(page)
    skill = library.skill("hostile")
    expect(skill.text).to_have_value(TEXT)
    harmless(page)
    skill.field("License").fill("MIT")
    skill.button("Save").click()
    skill.says("Saved. Only line")
    harmless(page)
    skill.part("Files")
    files = skill.root.get_by_role("list", name="Files").get_by_role("button")
    expect(files).to_have_count(len(SHOWN))
    for at, text in enumerate(SHOWN):
        files.nth(at).click()
        expect(skill.root.get_by_role("region")).to_contain_text(text)
        harmless(page)
    skill.part("History")
    versions = skill.root.get_by_role("list", name="Versions").get_by_role("button")
    expect(versions).to_have_count(3)
    for at in range(3):
        versions.nth(at).click()
        expect(skill.root.get_by_role("region", name="The chosen version").locator(".wb-diff").first).to_be_visible()
        harmless(page)
    skill.button("Restore this version…").click()
    expect(skill.root.get_by_role("group", name="What restoring would do")).to_contain_text("\\u202egnp.exe")
    harmless(page)
    skill.part("Budget")
    expect(skill.root.get_by_role("region", name="Files")).to_contain_text("\\u202egnp.exe")
    harmless(page)
    skill.part("Security")
    expect(skill.root.get_by_role("region", name="Findings").get_by_label("Excerpt").first).to_be_visible()
    harmless(page)
    skill.root.get_by_role("button", name="Let it stand…").first.click()
    skill.root.get_by_label("Why may it stand?").fill(IMG)
    page.keyboard.press("Enter")
    expect(skill.root.locator(".wb-verdict")).to_be_focused()
    harmless(page)
    outside = [url for url in asked if not url.startswith((hostile.lab.server.url, "data:", "blob:"))]
    assert outside == []


def harmless(page: Page) -> None:
    """Nothing ran, nothing of it became an element, and nothing lies over the page."""
    assert page.evaluate("() => window.__pwned") is None
    assert page.locator(ALIEN).count() == 0
    assert page.locator(".wb-root img").count() == 0
    links = page.locator(".wb-root a[href]").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) <= {"http:", "https:", "mailto:"}
    assert page.evaluate(COVERED)
    assert page.locator(".jp-Dialog").count() == 0
