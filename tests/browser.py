"""Makes sure that there is a browser for the tests, and prints which one.

Idea: the first that is there wins: an installed Chromium or Chrome; Debian's package, where we may install it;
Playwright's own download. Invariant: no test is ever skipped for want of a browser; without one this fails with a sentence.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


class NoBrowser(Exception):
    """There is none, and none could be installed."""


def find() -> str:
    """The path of a browser that is there; raises NoBrowser."""
    found = _installed() or _downloaded()
    if found is None:
        raise NoBrowser("There is no Chromium or Chrome for the browser tests. Run: make browser")
    return found


def ensure() -> str:
    """The path of a browser, installed first if need be; raises NoBrowser."""
    found = _installed()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("==> Installing Debian's chromium", flush=True)
        _succeeds("apt-get", "update", "-qq")
        _succeeds("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
        found = _installed()
    if found is None and _downloaded() is None:
        print("==> Downloading Playwright's Chromium", flush=True)
        _succeeds(sys.executable, "-m", "playwright", "install", "chromium")
    try:
        return found or find()
    except NoBrowser:
        raise NoBrowser(
            "There is no Chromium or Chrome, and neither apt-get nor Playwright could install one. "
            "Install one of them, then run the command again."
        ) from None


def _installed() -> str | None:
    return next((path for name in (*NAMES, *PLACES) if (path := shutil.which(name))), None)


def _downloaded() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _succeeds(*argv: str) -> bool:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=False).returncode == 0


if __name__ == "__main__":
    try:
        print(f"==> The browser for the tests: {ensure()}")
    except NoBrowser as error:
        sys.exit(str(error))
