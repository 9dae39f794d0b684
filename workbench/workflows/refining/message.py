"""What a person says to the refining agent: free words, `@file` to limit it, `/rewrite` and `/validate`. Pure.

Invariant: what a turn may change follows from the message and the skill's files alone. Without a file it is all of the
skill's own text; a check changes nothing; what a person has answered (`context/`) is never the agent's to change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from workbench.errors import InvalidRequest
from workbench.sidecar.guard import HIDING

Command = Literal["edit", "rewrite", "validate"]

CONTEXT: Final = "context/"
"""Questions, answers and decisions: they belong to the workflow, not to the text."""

_COMMAND: Final = re.compile(r"\s*/([A-Za-z][\w-]*)(?=\s|$)")
_FILE: Final = re.compile(r"""(?:(?<=\s)|(?<=^)|(?<=[(\[,;"'`]))@([^\s@,;:!?()\[\]"'`]+)""")
_PROMPTS: Final = Path(__file__).parents[1] / "prompts"


@dataclass(frozen=True)
class Asked:
    """A message as it is understood."""

    command: Command
    words: str
    """The message without the command."""
    files: tuple[str, ...] | None
    """Those that it may change, by path; None: all of the skill's own text."""

    @property
    def writes(self) -> bool:
        return self.command != "validate"

    def allows(self, path: str) -> bool:
        """Whether a turn may leave this file changed."""
        if not self.writes or not own_text(path):
            return False
        return path in self.files if self.files is not None else path.rpartition("/")[2].casefold() not in HIDING


def understood(message: str, files: Iterable[str]) -> Asked:
    """The message of a person, where a skill has these files. Raises InvalidRequest for a command or file that is not."""
    known = sorted(path for path in files if own_text(path))
    command: Command = "edit"
    if found := _COMMAND.match(message):
        match found[1]:
            case "rewrite":
                command = "rewrite"
            case "validate":
                command = "validate"
            case other:
                raise _problem(f"There is no command /{other[:40]}", "Say /rewrite, /validate, or what is to change.")
    words = message[found.end() :].strip() if found else message.strip()
    named = {path for token in _FILE.findall(words) for path in _files(token.rstrip("."), known)}
    return Asked(command, words, tuple(sorted(named)) or None)


def own_text(path: str) -> bool:
    """Whether a file of a skill's folder is the skill's own, and not what it was made from."""
    return not path.startswith(CONTEXT)


def prompt_of(asked: Asked) -> str:
    """What the agent is told in this turn: the person's words, and what the command and the files make of them."""
    if asked.command == "edit":
        return asked.words if asked.files is None else f"{asked.words}\n\n{_limits(asked)}"
    parts = [_text(asked.command)]
    if asked.files is not None:
        parts.append(_limits(asked) if asked.writes else f"Check these files only: {', '.join(asked.files)}.")
    if asked.words:
        parts.append(f"The person says about it: {asked.words}")
    return "\n\n".join(parts)


def rules(skill: str) -> str:
    """What holds in every turn of refining."""
    return _text("refine").replace("{skill}", skill)


def _limits(asked: Asked) -> str:
    files = ", ".join(asked.files or ())
    return f"Only these files may be changed: {files}. Anything else that you change will be put back."


def _files(token: str, known: list[str]) -> list[str]:
    """The files that a word means: by path, by a name or its beginning up to the dot where one file has it, or all of a
    folder. None: it is a word.
    """
    path = token.removeprefix("./").rstrip("/")
    if path in known:
        return [path]
    if below := [each for each in known if each.startswith(f"{path}/")]:
        return below
    names = {each: each.rpartition("/")[2] for each in known}
    same = [each for each, name in names.items() if path in (name, name.partition(".")[0])]
    if len(same) == 1:
        return same
    folders = {each.partition("/")[0] for each in known if "/" in each}
    if not same and "." not in token and ("/" not in path or path.partition("/")[0] not in folders):
        return []
    which = "several files are called so" if same else "the skill has no such file"
    raise _problem(f"@{token[:80]}: {which}", f"Name one of: {', '.join(same or known) or 'SKILL.md'}.")


def _problem(message: str, remedy: str) -> InvalidRequest:
    return InvalidRequest(f"{message}.", remedy=remedy, problems=[{"path": "message", "message": message}])


@cache
def _text(name: str) -> str:
    return (_PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip()
