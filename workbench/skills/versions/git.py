"""Git by argument list, hardened: no hook, filter, pager, editor, prompt, fsmonitor or network of anybody's is run.

Only plumbing is called, paths are literal, and the caller's own `GIT_*` variables (a hook's, another repository's) are
left out. The person's global configuration is read, for their name and their ignored files; a repository's own is too,
and nothing that we call does what it says there.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from workbench.errors import Refused

LIMIT_S: Final = 120
_OPTIONS: Final = tuple(
    word
    for pair in (
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.untrackedCache=false",
        "core.fsync=committed",
        "core.quotePath=false",
        "core.pager=cat",
        "log.showSignature=false",
        "protocol.allow=never",
        "submodule.recurse=false",
        "gc.auto=0",
        "user.useConfigOnly=true",
    )
    for word in ("-c", pair)
)
_NO_PATHSPECS: Final = ("check-ignore",)
"""Takes plain paths already, and refuses to be told so."""
_FULL: Final = ("No space left on device", "Out of diskspace")
"""How git says that the disk is full."""
_LOOK: Final = "Look at the repository with: git -C {} status."
_KEPT: Final = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM")


class GitFailed(Refused):
    """Git ended with a status other than 0, which is `status`."""

    def __init__(self, message: str, *, remedy: str, status: int, **facts: object) -> None:
        super().__init__("git_failed", message, remedy=remedy, status=status, **facts)
        self.status = status


def git(
    folder: Path,
    *words: str,
    given: bytes = b"",
    env: Mapping[str, str] | None = None,
    accept: Iterable[int] = (0,),
) -> bytes:
    """What git prints when it is run in `folder`. Raises Refused with its own reason when it fails."""
    literal = () if words[0] in _NO_PATHSPECS else ("--literal-pathspecs",)
    command = ["git", "--no-pager", *literal, *_OPTIONS, *words]
    try:
        ran = subprocess.run(
            command,
            cwd=folder,
            input=given,
            capture_output=True,
            env=_environment(env or {}),
            timeout=LIMIT_S,
            check=False,
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise Refused(
                "no_folder",
                f"The folder {folder} is not there.",
                remedy="Make it, or choose another one in the settings.",
            ) from error
        raise Refused(
            "no_git",
            "Git is not installed, and every version of a skill is kept with it.",
            remedy="Install git 2.30 or later.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise Refused(
            "git_failed", f"Git did not answer within {LIMIT_S} seconds.", remedy="See what holds it up, and try again."
        ) from error
    if ran.returncode not in accept:
        raise _failed(
            next(word for word in words if not word.startswith("-") and "=" not in word),
            ran.returncode,
            ran.stderr.decode("utf-8", "replace"),
            folder,
        )
    return ran.stdout


def text(said: bytes) -> str:
    """What somebody wrote, for a screen."""
    return said.decode("utf-8", "replace")


def status(folder: Path, *words: str, given: bytes = b"") -> int:
    """Git's exit status alone: 0 or 1 for a question, anything else is a failure."""
    try:
        git(folder, *words, given=given)
    except GitFailed as error:
        if error.status == 1:
            return 1
        raise
    return 0


def _failed(verb: str, code: int, said: str, folder: Path) -> GitFailed:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = next(
        (line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else f"status {code}"
    )
    if ".lock'" in said and "File exists" in said:
        return GitFailed(
            f"Another git is at work in {folder}: {reason.removeprefix('fatal: ').removeprefix('error: ')}",
            remedy="Wait until it is done. If none is, it was killed: delete the lock file that is named here.",
            status=code,
            stderr="\n".join(lines[-5:]),
        )
    full = any(sign in said for sign in _FULL)
    return GitFailed(
        f"Git refused ({verb}): {reason.removeprefix('fatal: ').removeprefix('error: ')}",
        remedy="Free some space on the disk, and try again." if full else _LOOK.format(folder),
        status=code,
        stderr="\n".join(lines[-5:]),
    )


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    return {
        **kept,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        **more,
    }
