"""The keyboard of a page: what can be done with it alone, and only by what has the focus."""

from __future__ import annotations

import re
import time

import pytest
from lab import PATIENCE_S
from playwright.sync_api import Page


class Keys:
    """A person without a mouse: the keyboard is led with Tab to what one wants to press."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str, *, back: bool = False, within: str = ".wb-root") -> None:
        """To the button, choice or box of this name; it has to be there and within reach."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:  # what it wants may come only when something was fetched
            found = self.page.evaluate(FOCUSED, within)
            if found and re.search(name, found):
                return
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
        pytest.fail(f"the keyboard does not come to {name!r}")

    def press(self, name: str, *, back: bool = False) -> None:
        self.to(name, back=back)
        self.page.keyboard.press("Enter")


FOCUSED = """within => {
  const at = document.activeElement;
  const name = at?.getAttribute('aria-label') ?? (at?.labels?.[0] ?? at)?.textContent ?? '';
  return at?.closest(within) ? name.trim() : '';
}"""
