"""Skills on a server, and the pages that show them, as a person uses them."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import PATIENCE_S, Lab, empty_lab
from playwright.sync_api import Locator, Page, expect


@dataclass(frozen=True)
class Shelf:
    """The library of a server, reached as any program reaches it."""

    lab: Lab

    def call(self, command: str, **params: Any) -> dict[str, Any]:
        reply = self.ask(command, **params)
        assert not reply.get("failure"), reply["failure"]
        result: dict[str, Any] = reply["result"]
        return result

    def ask(self, command: str, **params: Any) -> dict[str, Any]:
        """The reply as it came, with a result or a failure."""
        body = json.dumps({"id": "test", "call": command, "params": params}).encode()
        request = urllib.request.Request(
            f"{self.lab.server.url}/workbench/call",
            data=body,
            headers={**self.lab.server.auth, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            reply: dict[str, Any] = json.loads(response.read())
        return reply

    def create(self, name: str, **more: Any) -> None:
        self.call("skills.create", name=name, **{"description": f"Does {name}. Use when {name} is wanted.", **more})

    def get(self, name: str) -> dict[str, Any]:
        return self.call("skills.get", name=name)

    def names(self) -> list[str]:
        """The person's own; what the agents have is another registry."""
        return [row["name"] for row in self.call("skills.list")["skills"] if row["source"] != "workspace"]

    def file(self, name: str, path: str = "SKILL.md") -> Path:
        return Path(self.get(name)["path"]) / path

    def clear(self) -> None:
        """The next test begins with no skill. The pages are gone, but what one of them said last may still be on its way."""
        deadline = time.monotonic() + PATIENCE_S
        while names := self.names():
            assert time.monotonic() < deadline, names
            for name in names:
                failure = self.ask("skills.delete", name=name, stop=True).get("failure") or {"kind": "not_found"}
                if failure["kind"] != "not_found":
                    assert failure["facts"].get("reason") == "locked", failure
                    self.ask("skills.unlock", name=name, instance=failure["facts"]["instance"])


@dataclass(frozen=True)
class Library:
    """The library in a tab."""

    root: Locator

    @classmethod
    def open(cls, lab: Lab, page: Page) -> Library:
        empty_lab(lab, page)
        page.evaluate("() => void window.jupyterapp.commands.execute('workbench:open-skills')")
        library = cls(page.locator(".wb-skills"))
        expect(library.root).to_be_visible()
        expect(library.root.get_by_text("Reading the skills")).to_have_count(0)
        return library

    def card(self, name: str) -> Locator:
        return self.root.get_by_role("gridcell", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def pick(self, *names: str) -> None:
        for name in names:
            self.card(name).get_by_role("checkbox").check()

    def skill(self, name: str) -> SkillPage:
        """Opens a skill's page."""
        self.card(name).get_by_role("button", name=name, exact=True).click()
        return SkillPage.of(self.root.page, name)


@dataclass(frozen=True)
class SkillPage:
    """The page of one skill."""

    root: Locator

    @classmethod
    def of(cls, page: Page, name: str) -> SkillPage:
        shown = cls(page.locator(".wb-skill:visible").and_(page.get_by_label(f"Skill {name}", exact=True)))
        expect(shown.text).to_be_visible()
        return shown

    @property
    def text(self) -> Locator:
        return self.root.get_by_label("SKILL.md", exact=True)

    def field(self, label: str) -> Locator:
        return self.root.get_by_role("group", name="Form").get_by_label(label)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def part(self, name: str) -> None:
        self.root.get_by_role("tab", name=name).click()

    def says(self, text: str) -> None:
        expect(self.root.get_by_text(text).first).to_be_visible()
