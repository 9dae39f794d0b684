"""The two folders of a test: the same CLAUDE.md and the same test-context skill in both, and in one of them the skill.

Invariant: what lies in the folder without the skill says nothing of it; a folder that is not whole is never there; an
agent that is tested is not told by its folder's name which one it is.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import HomeUnusable, InvalidRequest
from workbench.paths import Home
from workbench.skills.tree.copying import copy
from workbench.workflows.testing.comparing import PROMPTS

BY_HAND: Final = ("baseline", "with-skill")
"""What the folders are called for a person, who is to know."""
CONTEXT: Final = "test-context"
SKILLS: Final = Path(".claude") / "skills"
_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
LIST: Final = """List a skill's tests: workbench call skill_test.history '{"skill": "NAME"}'."""
_LEFT_S: Final = 3600.0
"""So old a folder is that nobody is making any more."""
_CLAUDE: Final = (
    "# This folder\n\nYou answer one request of a user here, alone and in one message. Follow the skill `test-context` in"
    " `.claude/skills/`. Nothing in this folder or above it is to be changed.\n"
)


@dataclass(frozen=True)
class Folders:
    """Where a test takes place."""

    id: str
    root: Path
    names: tuple[str, str] = BY_HAND
    """Of the folder without the skill, and of the other one."""

    @property
    def baseline(self) -> Path:
        return self.root / self.names[0]

    @property
    def with_skill(self) -> Path:
        return self.root / self.names[1]

    def context(self, folder: Path) -> Path:
        return folder / SKILLS / CONTEXT

    def skill(self, name: str) -> Path:
        """The copy of the skill that is tested."""
        return self.with_skill / SKILLS / name


def neutral() -> tuple[str, str]:
    """Two names that tell nothing."""
    return secrets.token_hex(8), secrets.token_hex(8)


def folders(home: Home, test: str, names: tuple[str, str] = BY_HAND) -> Folders:
    """Those of a test, whether they are there or not. Raises InvalidRequest for what is no test's id."""
    if not _ID.fullmatch(test):
        raise InvalidRequest(
            f"{test[:80]!r} is not a test's id.",
            remedy=LIST,
            problems=[{"path": "id", "message": "is not an id"}],
        )
    return Folders(test, home.root / "workspaces" / "tests" / test, names)


def prepare(
    home: Home, test: str, skill: Path, *, own: Path | None = None, names: tuple[str, str] = BY_HAND
) -> Folders:
    """Makes them, with a copy of the skill in this folder, as it lies there. `own` is a person's own test-context skill."""
    made = folders(home, test, names)
    staging = Folders(test, made.root.with_name(f".{test}"), names)
    try:
        for folder in (staging.baseline, staging.with_skill):
            (folder / SKILLS).mkdir(parents=True)
            (folder / "CLAUDE.md").write_text(_CLAUDE, encoding="utf-8")
            _context(staging.context(folder), own)
        copy(skill, staging.skill(skill.name))
        shutil.rmtree(
            staging.skill(skill.name) / "context", ignore_errors=True
        )  # what it was made from is no part of it
        staging.root.rename(made.root)
    except OSError as error:
        raise HomeUnusable(
            f"The folders of the test could not be made: {error.strerror or error}.",
            remedy=f"See that {made.root.parent} can be written and has space.",
            path=str(made.root),
            errno=error.errno,
        ) from error
    finally:
        shutil.rmtree(staging.root, ignore_errors=True)
    return made


def cleanup(home: Home, test: str) -> bool:
    """Takes them away; whether they were there."""
    root = folders(home, test).root
    there = root.is_dir() and not root.is_symlink()
    if there:
        shutil.rmtree(root, ignore_errors=True)
    return there


def sweep(home: Home, is_over: Callable[[str], bool | None], now: float) -> None:
    """Takes away what killed hosts have left: folders of tests that are over, and those that never became a test's. What a
    person has prepared for a test of their own stays. `is_over` is asked of an id, None: there is no such test.
    """
    try:
        found = list((home.root / "workspaces" / "tests").iterdir())
    except OSError:
        return
    for folder in found:
        with contextlib.suppress(OSError):  # it is for tidiness alone, and another host may be at it
            over = is_over(folder.name)
            by_hand = (folder / BY_HAND[0]).is_dir() and not folder.name.startswith(".")
            if over or (over is None and not by_hand and now - folder.stat().st_mtime > _LEFT_S):
                shutil.rmtree(folder, ignore_errors=True)


def _context(folder: Path, own: Path | None) -> None:
    if own is not None:
        copy(own, folder)
        return
    folder.mkdir()
    (folder / "SKILL.md").write_text((PROMPTS / f"{CONTEXT}.md").read_text(encoding="utf-8"), encoding="utf-8")
