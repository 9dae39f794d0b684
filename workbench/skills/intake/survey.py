"""One pass over the tree of a source: every SKILL.md, every link to one or to a folder of them, every catalogue.

Idea: folders are listed once, nothing is opened but what may be a link that was written as text (a checkout without links
writes them so). Invariant: every file below the root whose name is skill.md in any case is in `skills`, each once; no link
is followed out of the root.
"""

from __future__ import annotations

import os
import posixpath
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from workbench.skills.intake.catalog import LOCATIONS
from workbench.skills.skill import FILE
from workbench.skills.sources.watch import Watch
from workbench.skills.tree.links import MOST, climbs, landing

LONGEST: Final = 255
"""A link that was written as text is no longer than this."""
MOST_ALIASES: Final = 5_000
_PACKED: Final = (".zip", ".skill", ".tar", ".tar.gz", ".tgz", ".7z", ".rar")
_MARKS: Final = tuple(f"/{location}" for location in LOCATIONS)


@dataclass(frozen=True)
class Seen:
    """One file by the name SKILL.md in any case. `target` is where a link leads, a path in the source (None: nowhere in it)."""

    path: str
    kind: Literal["file", "link", "below-link", "other"]
    target: str | None = None
    said: str = ""
    """What a link says."""

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)

    @property
    def name(self) -> str:
        return posixpath.basename(self.path)


@dataclass
class Survey:
    """What lies in a source. Paths are from its root; the root itself is the empty path."""

    root: Path
    skills: list[Seen] = field(default_factory=list)
    folders: dict[str, list[str]] = field(default_factory=dict)
    """Each folder with the names of the folders in it, links to folders too."""
    links: dict[str, str] = field(default_factory=dict)
    """Links to folders in the source, and where they lead in it."""
    catalogues: list[str] = field(default_factory=list)
    """Files where a catalogue would lie, at the root and below."""
    archives: list[str] = field(default_factory=list)
    """They are files like others, and nobody looks into them."""
    leaving: list[str] = field(default_factory=list)
    """Links that lead out of the source, or nowhere."""
    unread: list[str] = field(default_factory=list)
    left_out: int = 0
    """So many skills below linked folders are not listed: there would be no end."""

    def resolved(self, path: str) -> str | None:
        """A path as it is once the links on its way are followed; None when there is no such folder in the source."""
        here = posixpath.normpath(path.replace("\\", "/")) if path else ""
        here = "" if here == "." else here
        if climbs(here):
            return None
        for _ in range(MOST):
            if here in self.folders:
                return here
            link = next((at for at in _upwards(here) if at in self.links), None)
            if link is None:
                return None
            here = posixpath.join(self.links[link], here[len(link) + 1 :]).rstrip("/")
        return None


def survey(root: Path, below: str = "", *, watch: Watch) -> Survey:
    """Looks at everything below a folder of a source; links may lead to wherever in the source."""
    base = Path(os.path.realpath(root))
    found = Survey(base)
    waiting = [below]
    while waiting:
        here = waiting.pop()
        watch.check()
        try:
            with os.scandir(base / here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError:
            found.unread.append(here)
            continue
        inner = [entry.name for entry in entries if _take(found, here, entry)]
        found.folders[here] = inner
        waiting += [
            posixpath.join(here, name) for name in reversed(inner) if posixpath.join(here, name) not in found.links
        ]
    found.skills += _below_links(found)
    found.skills.sort(key=lambda seen: seen.path)
    return found


def _take(found: Survey, here: str, entry: os.DirEntry[str]) -> bool:
    """Notes one thing in a folder; whether it is a folder, or leads to one in the source."""
    path = posixpath.join(here, entry.name)
    if entry.is_dir(follow_symlinks=False):
        return True
    named = entry.name.lower() == FILE.lower()
    said = _said(entry, named=named) if named or ".git" not in here.split("/") else None  # git's own files are no links
    if said is not None:
        return _link(found, path, said, named=named, real=entry.is_symlink())
    if named:
        found.skills.append(Seen(path, "file" if entry.is_file(follow_symlinks=False) else "other"))
    elif entry.name == "marketplace.json" and f"/{path}".endswith(_MARKS):
        found.catalogues.append(path)
    elif entry.name.lower().endswith(_PACKED):
        found.archives.append(path)
    return False


def _link(found: Survey, path: str, said: str, *, named: bool, real: bool) -> bool:
    target = _inside(found.root, posixpath.dirname(path), said)
    if named:
        there = target if target is not None and (found.root / target).is_file() else None
        found.skills.append(Seen(path, "link", there, said))
    elif target is not None and (found.root / target).is_dir():
        found.links[path] = target
        return True
    elif real and target is None:
        found.leaving.append(path)
    return False


def _said(entry: os.DirEntry[str], *, named: bool) -> str | None:
    """What a link says; also one that a checkout without links has written as a line of text."""
    try:
        if entry.is_symlink():
            return str(Path(entry.path).readlink())
        if not (named or "." not in entry.name) or not entry.is_file(follow_symlinks=False):
            return None
        if not 0 < entry.stat(follow_symlinks=False).st_size <= LONGEST:
            return None
        handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            text = file.read(LONGEST + 1).decode()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _is_path(text, named=named) else None


def _is_path(text: str, *, named: bool) -> bool:
    """Whether a whole file is nothing but a path to somewhere else."""
    if not text.isprintable() or " " in text or text.startswith(("-", "#", "http:", "https:")):
        return False
    return "/" in text or text == ".." or (named and text.lower().endswith(".md"))


def _inside(root: Path, here: str, said: str) -> str | None:
    """Where a link in a folder leads, if it is written relative and stays in the source all the way."""
    return None if not said or said.startswith("/") else landing(root, posixpath.join(here, said))


def _below_links(found: Survey) -> Iterator[Seen]:
    """The skills below linked folders, each as often as links lead to it."""
    own = sorted(seen.path for seen in found.skills if seen.kind == "file")
    listed = 0
    for link, target in sorted(found.links.items()):
        start = f"{target}/" if target else ""
        first = bisect_left(own, start)
        here = own[first : bisect_left(own, f"{target}0", first) if target else None]  # "0" is what follows "/"
        taken = here[: max(0, MOST_ALIASES - listed)]
        listed += len(taken)
        found.left_out += len(here) - len(taken)
        yield from (Seen(f"{link}/{path[len(start) :]}", "below-link", path, target) for path in taken)


def _upwards(path: str) -> Iterator[str]:
    """The path and those above it, the longest first."""
    while path:
        yield path
        path = posixpath.dirname(path)
