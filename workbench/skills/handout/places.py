"""Where clients look for skills, and whether something may be put there.

Idea: a client's folders are a table; of those that it looks into, the first is where a skill is put for it. Several look
into `.agents/skills`, so a folder is known by its real path, whoever asked for it. Invariant: a folder that passes
`checked` is neither ours nor above what is ours, and one of a project lies in that project, whatever links there are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from workbench.errors import InvalidRequest, NotFound, PathEscapes, Refused, WorkbenchError
from workbench.paths import contained
from workbench.skills.sources.members import parts_of

Client = Literal["claude", "codex", "cursor", "gemini", "copilot", "agents"]
Scope = Literal["project", "user"]

CLIENTS: Final[tuple[Client, ...]] = ("claude", "codex", "cursor", "gemini", "copilot", "agents")
LONGEST: Final = 200
"""Bytes of a folder's name: no file system refuses it, with something before or behind."""

_AGENTS: Final = ".agents/skills"
_IN_PROJECT: Final[Mapping[Client, tuple[str, ...]]] = {
    "claude": (".claude/skills",),
    "codex": (_AGENTS,),
    "cursor": (_AGENTS, ".cursor/skills"),
    "gemini": (".gemini/skills", _AGENTS),
    "copilot": (_AGENTS, ".github/skills"),
    "agents": (_AGENTS,),
}
_OF_USER: Final[Mapping[Client, tuple[str, ...]]] = {
    "claude": (".claude/skills",),
    "codex": (".codex/skills", _AGENTS),
    "cursor": (".cursor/skills",),
    "gemini": (".gemini/skills", _AGENTS),
    "copilot": (".copilot/skills",),
    "agents": (_AGENTS,),
}
_MOVED: Final = {".claude": "CLAUDE_CONFIG_DIR", ".codex": "CODEX_HOME"}
"""A client's folder below the person's, and the variable that says where it is instead."""
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_ODD: Final = re.compile(r'[<>:"|?*]')


@dataclass(frozen=True)
class Place:
    """A folder in which a client looks for skills."""

    client: Client
    scope: Scope
    project: Path | None
    folder: Path
    first: bool
    """It is the one in which skills are put for this client."""


def of_user(environ: Mapping[str, str]) -> list[Place]:
    """The folders that clients look into wherever they are started."""
    home = Path.home()
    return [
        Place(client, "user", None, _of_user(home, below, environ), number == 0)
        for client in CLIENTS
        for number, below in enumerate(_OF_USER[client])
    ]


def of_project(project: Path) -> list[Place]:
    """The folders that clients look into when they are started in a project."""
    return [
        Place(client, "project", project, project / below, number == 0)
        for client in CLIENTS
        for number, below in enumerate(_IN_PROJECT[client])
    ]


def own(project: Path, environ: Mapping[str, str], client: Client | None = None) -> set[Path]:
    """The real folders of a project that this client, or any, looks into wherever it is started: it is the home folder."""
    root = os.path.realpath(project)
    of_clients = {
        Path(os.path.realpath(each.folder)) for each in of_user(environ) if client is None or each.client == client
    }
    of_here = {Path(os.path.realpath(each.folder)) for each in of_project(project)}
    return {folder for folder in of_clients & of_here if folder.is_relative_to(root)}


def path_of(text: str) -> Path:
    """A path as a person writes it, from this process's folder. Raises InvalidRequest for what is none."""
    try:
        if "\0" not in text:
            return Path(text).expanduser().absolute()
    except RuntimeError:
        pass  # of a person whom the system does not know
    raise InvalidRequest(
        f"{text[:200]!r} is no path.",
        remedy="Give the whole path of a file or folder.",
        problems=[{"path": "path", "message": "is no path"}],
    )


def project_of(text: str, *, there: bool = True) -> Path:
    """The real folder of a project that a person has named. Raises InvalidRequest, or NotFound where it has to be there."""
    path = Path(os.path.realpath(path_of(text)))
    if there and not path.is_dir():
        raise NotFound(f"There is no folder {path}.", remedy="See how it is spelt.", path=str(path))
    return path


def checked(place: Place, kept: Iterable[Path]) -> Path:
    """The real folder of a place. Raises Refused where it is one of ours (`kept`), NotFound where there is nothing to make
    it in, PathEscapes where a project leads us out of itself.
    """
    folder = Path(os.path.realpath(place.folder))
    if place.project is not None:
        contained(place.project, folder)
    elif not any(above.is_dir() for above in place.folder.parents[:2]):
        raise NotFound(
            f"There is no {place.folder.parents[1]}, where {place.client} should look.",
            remedy="Make it, or correct CLAUDE_CONFIG_DIR or CODEX_HOME.",
            path=str(place.folder),
        )
    for above in (folder, *folder.parents):
        if above.exists() and not above.is_dir():
            raise Refused("no_folder", f"{above} is no folder.", remedy="Move it out of the way.", path=str(above))
    outside(folder, kept)
    return folder


def outside(path: Path, kept: Iterable[Path], *, whole: bool = True) -> None:
    """Raises PathEscapes for a path in a folder of ours, or (where the `whole` of what lies there is meant) above one,
    whatever links lead to it.
    """
    path = Path(os.path.realpath(path.parent)) / path.name
    for each in kept:
        ours = Path(os.path.realpath(each))
        if path.is_relative_to(ours) or (whole and ours.is_relative_to(path)):
            raise PathEscapes(
                f"{path} is where Workbench keeps its own.",
                remedy="Choose a folder outside of it.",
                root=str(ours),
                path=str(path),
            )


def led_away(path: Path) -> str | None:
    """Why a path at which something was put, real as it was then, is no longer that place; None: it still is."""
    if os.path.realpath(path.parent) == str(path.parent):
        return None
    return "A link has come in its way since: where it leads, nothing was installed."


def checked_folder_name(name: str) -> str:
    """A skill's name, if a folder may be called so on every system. Raises Refused."""
    if problem := _problem(name):
        raise Refused(
            "name",
            f"{name[:80]!r} cannot be a folder's name everywhere: {problem}.",
            remedy="Rename the skill first.",
            skill=name[:255],
        )
    return name


def _problem(name: str) -> str | None:
    if name.startswith("."):
        return "it begins with a dot"
    if name != name.strip() or name.endswith("."):
        return "it begins or ends with a space or a dot"
    if _ODD.search(name) or _DEVICES.fullmatch(name):
        return "Windows cannot have it"
    try:
        parts, _ = parts_of(name)
    except WorkbenchError:
        return "it holds characters that no name should"
    if parts != (name,):
        return "it is no single name"
    return f"it is longer than {LONGEST} bytes" if len(name.encode()) > LONGEST else None


def _of_user(home: Path, below: str, environ: Mapping[str, str]) -> Path:
    first, _, rest = below.partition("/")
    moved = environ.get(_MOVED.get(first, ""), "")
    return (Path(moved).expanduser().absolute() if moved else home / first) / rest


def above_missing(folder: Path) -> Iterator[Path]:
    """The folders that have to be made so that this one is there, the outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    yield from reversed(missing)
