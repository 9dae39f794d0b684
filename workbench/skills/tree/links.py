"""Where links lead, and whether that is still below the folder that they lie in.

Idea: a link is judged by what it says (`leads_out`), or followed step by step from a root (`landing`), as a system follows
it and never further. Invariant: nothing outside of the root is looked at, and however links are strung together, it ends.
"""

from __future__ import annotations

import os
import posixpath
import stat
from pathlib import Path
from typing import Final

MOST: Final = 40
"""As many links as a system follows on one way."""


def climbs(path: str) -> bool:
    """Whether a path that is meant from a folder is none below it."""
    path = posixpath.normpath(path)
    return path.startswith(("/", "../")) or path == ".."


def leads_out(path: str, target: str) -> bool:
    """Whether a link at `path` below a folder points outside of that folder, or nowhere, by its text alone."""
    if not target or "\0" in target or "\\" in target:
        return True
    return climbs(posixpath.join(posixpath.dirname(path), target))


def landing(root: Path, path: str) -> str | None:
    """Where a path below a root ends once the links on its way are followed, as a path from the root, which is empty for
    the root itself. None if it leads out at any step, nowhere, or on and on.
    """
    here: list[str] = []
    waiting = path.split("/")[::-1]
    followed = 0
    while waiting:
        part = waiting.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            if not here:
                return None
            here.pop()
            continue
        at = root.joinpath(*here, part)
        try:
            target = _target(at, below=bool(waiting))
        except (OSError, ValueError):
            return None
        if target is None:
            here.append(part)
            continue
        followed += 1
        if followed > MOST or not target or target.startswith("/"):
            return None
        waiting += target.split("/")[::-1]
    return "/".join(here)


def _target(at: Path, *, below: bool) -> str | None:
    """What a link says; None for what is none. OSError for what is not there, or is to have something below it and cannot."""
    mode = at.lstat().st_mode
    if stat.S_ISLNK(mode):
        return os.readlink(at)  # noqa: PTH115 - a Path has no slash at its end
    if below and not stat.S_ISDIR(mode):
        raise NotADirectoryError(at)
    return None
