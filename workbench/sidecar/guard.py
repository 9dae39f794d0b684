"""What a turn may change: one verdict on each call of a tool, before it runs. Pure, but for looking where links lead.

A request's `writes` says where files may be written, and `spares` where not for all that. Without it the permission mode decides, as ever. With it, a tool
either is known to change nothing, or names the file that it writes and that lies below one of the folders, or is denied:
what is not known counts as a write. The verdict does not ask whose call it is, so a sub-agent can do no more than its
agent. Invariant: in a turn with `writes`, no mode, rule or answer that a person gave earlier lets a tool do more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from workbench.errors import InvalidRequest, PathEscapes
from workbench.paths import contained

READING: Final = frozenset(
    {"Read", "NotebookRead", "Glob", "Grep", "LS", "ToolSearch", "WebFetch", "WebSearch", "Skill"}
    | {"BashOutput", "KillShell", "TaskOutput", "TaskStop", "ListMcpResourcesTool", "ReadMcpResourceTool"}
    | {"Agent", "Task", "TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet"}
    | {"AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "StructuredOutput"}
)
"""Tools that change nothing but the agent's own notes. A sub-agent's and a skill's calls are judged one by one."""

WRITING: Final[Mapping[str, str]] = {
    "Write": "file_path",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
}
"""Tools that change the one file that they name, and under which key they name it."""

UNTOUCHED: Final = ".git"
"""A folder by this name holds programs that git runs, and no text of anybody's."""

HIDING: Final = frozenset({".gitignore", ".gitattributes"})
"""Files that say what git shows a person of all the others; one is written only where it was named itself."""


@dataclass(frozen=True)
class Verdict:
    """`mode`: nothing is said against it, and the permission mode decides. `ask`: whatever the mode, a person does."""

    behavior: Literal["allow", "ask", "deny", "mode"]
    reason: str = ""


BY_MODE: Final = Verdict("mode")


@dataclass(frozen=True)
class Guard:
    """What one request allows."""

    cwd: Path
    writes: tuple[Path, ...] | None
    asked: frozenset[str] = frozenset()
    spares: tuple[Path, ...] = ()

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Guard:
        """The guard of a `sendMessage`; raises InvalidRequest where what it may write is not told in absolute paths."""
        return cls(
            Path(request.get("cwd") or os.getcwd()),  # noqa: PTH109 - a provider's own default is this as well
            _places(request, "writes"),
            frozenset(request.get("askedTools") or ()),
            _places(request, "spares") or (),
        )

    def verdict(self, tool: str, tool_input: Mapping[str, Any]) -> Verdict:
        """Whether `tool` may be used with this input."""
        if self.writes is None or tool in READING:
            return BY_MODE
        if not self.writes:
            return Verdict("deny", f"{tool} could change something, and nothing may be changed in this turn.")
        if tool in WRITING:
            return self.write(tool_input.get(WRITING[tool]))
        if tool in self.asked:
            return Verdict("ask")
        return Verdict(
            "deny", f"{tool} does not say what it changes; in this turn only files in {self._places} may be."
        )

    def write(self, path: object) -> Verdict:
        """Whether this file may be written: it is one of the files, or lies below one of the folders, wherever links lead."""
        if self.writes is None:
            return BY_MODE
        if not isinstance(path, str) or not path:
            return Verdict("deny", "It does not say which file it would write.")
        try:
            named = self.cwd / Path(path).expanduser()
        except RuntimeError:
            return Verdict("deny", f"{path} must not be written: there is nobody of that name.")
        if any(_is_within(root, named) for root in self.spares):
            return Verdict("deny", f"{path} must not be written: it is not the agent's to change.")
        for root in self.writes:
            try:
                inside = contained(root, named).relative_to(os.path.realpath(root))
            except PathEscapes:
                continue
            itself = not inside.parts and root.is_file() and not root.is_symlink()
            if itself or (inside.parts and not _is_gits(inside)):
                return Verdict("allow")
        where = f"only files in {self._places} may be" if self.writes else "nothing may be"
        return Verdict("deny", f"{path} must not be written: in this turn {where}.")

    @property
    def _places(self) -> str:
        return " and ".join(map(str, self.writes or ()))


def _places(request: Mapping[str, Any], key: str) -> tuple[Path, ...] | None:
    places = request.get(key)
    if places is None:
        return None
    if not (isinstance(places, list) and all(_is_absolute(each) for each in places)):
        raise InvalidRequest(
            f"'{key}' is {places!r}.", remedy="Give it as a list of absolute folders, or leave it out."
        )
    return tuple(Path(each) for each in places)


def _is_gits(inside: Path) -> bool:
    """Whether a path leads to what git goes by, and not to what it keeps."""
    parts = [part.casefold() for part in inside.parts]
    return UNTOUCHED in parts or parts[-1] in HIDING


def _is_within(root: Path, path: Path) -> bool:
    try:
        contained(root, path)
    except PathEscapes:
        return False
    return True


def _is_absolute(path: object) -> bool:
    return isinstance(path, str) and "\0" not in path and Path(path).is_absolute()
