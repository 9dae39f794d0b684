"""Where definitions are found: those that ship, and a person's own in `<home>/workflows/<name>/`.

Invariant: looking never fails because one of them is broken. That one is listed with what is wrong and where, and cannot
be run; a run that started from it keeps the text that it started with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from workbench.errors import NotFound, PathEscapes, WorkbenchError
from workbench.paths import Home, contained
from workbench.workflows.definition.pinned import INCLUDE, BrokenDefinition, Pinned, parse, prompts_of
from workbench.workflows.workflow import Workflow

SHIPPED: Final = Path(__file__).parents[1] / "definitions"
FILE: Final = "workflow.toml"

MAX_BYTES: Final = 256 * 1024
"""Of one file of a definition."""
MAX_FILES: Final = 64


@dataclass(frozen=True)
class Listed:
    """A definition that was found. Exactly one of `pinned` and `failure` is there."""

    name: str
    folder: Path
    shipped: bool
    pinned: Pinned | None = None
    failure: WorkbenchError | None = None


def listing(home: Home) -> list[Listed]:
    """The shipped ones, the skill builder first, then the person's own by name."""
    shipped = _shipped()
    taken = {each.name for each in shipped}
    return [*shipped, *(_own(folder, taken) for folder in _folders(folder_of(home)))]


def find(home: Home, name: str) -> Pinned:
    """The definition of that name, ready to run. Raises NotFound, or what is wrong with it."""
    known = listing(home)
    for each in known:
        if each.name == name:
            if each.failure is not None:
                raise each.failure
            if each.pinned is not None:
                return each.pinned
    usable = [each.name for each in known if each.pinned is not None]
    raise NotFound(
        f"There is no workflow {name[:80]!r}.",
        remedy=f"There are: {', '.join(usable)}. Your own lie in {folder_of(home)}.",
        workflow=name[:200],
        known=usable,
    )


def load(folder: Path) -> Workflow:
    """The definition in a folder. Raises BrokenDefinition."""
    return pin(folder).workflow


def pin(folder: Path) -> Pinned:
    """A folder's definition as text, checked. Raises BrokenDefinition."""
    toml = _read(folder, FILE, FILE)
    files: dict[str, str] = {}
    wanted = prompts_of(parse(toml))
    while wanted:
        where, name = wanted.pop()
        if name not in files:
            files[name] = _read(folder, name, where)
            wanted += [(name, included) for included in INCLUDE.findall(files[name])]
        if len(files) > MAX_FILES:
            raise BrokenDefinition.of([(where, f"there are more than {MAX_FILES} files")])
    pinned = Pinned(toml, dict(sorted(files.items())))
    pinned.check()
    if pinned.workflow.name != folder.name:
        raise BrokenDefinition.of([("name", f"it is {pinned.workflow.name!r}, and its folder {folder.name!r}")])
    return pinned


def folder_of(home: Home) -> Path:
    """Where a person's own definitions lie."""
    return home.root / "workflows"


@cache
def _shipped() -> tuple[Listed, ...]:
    found = sorted(_folders(SHIPPED), key=lambda folder: (folder.name != "skill-builder", folder.name))
    return tuple(Listed(folder.name, folder, shipped=True, pinned=pin(folder)) for folder in found)


def _own(folder: Path, taken: set[str]) -> Listed:
    try:
        if folder.name in taken:
            raise BrokenDefinition.of([("name", f"{folder.name!r} is the name of a workflow that ships")])
        return Listed(folder.name, folder, shipped=False, pinned=pin(folder))
    except BrokenDefinition as error:
        return Listed(folder.name, folder, shipped=False, failure=error.of_folder(folder))
    except WorkbenchError as error:
        return Listed(folder.name, folder, shipped=False, failure=error)


def _folders(root: Path) -> Iterator[Path]:
    try:
        found = sorted(root.iterdir())
    except OSError:
        return
    yield from (folder for folder in found if folder.is_dir() and not folder.name.startswith((".", "_")))


def _read(folder: Path, name: str, where: str) -> str:
    try:
        path = contained(folder, name)
        if path.exists() and not path.is_file():
            raise BrokenDefinition.of([(where, f"{name[:200]!r} is no file")])
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BrokenDefinition.of([(where, f"{name} has more than {MAX_BYTES // 1024} kB")])
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BrokenDefinition.of([(where, f"{name[:200]!r} is not UTF-8 text")]) from error
    except PathEscapes as error:
        raise BrokenDefinition.of([(where, f"{name[:200]!r} lies outside of the workflow's folder")]) from error
    except OSError as error:
        raise BrokenDefinition.of([(where, f"{name[:200]!r} cannot be read: {error.strerror or error}")]) from error
