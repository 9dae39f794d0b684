"""Brings a source into a staging folder, whatever kind it is, as one folder to look into.

Invariant: a folder of this machine is read where it lies. Anything else lies below `staging / "source"` when it has come, and
when it has not, nothing of it is left.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, assert_never

from workbench.errors import InvalidRequest, NotFound
from workbench.skills.sources.address import Address, Archive, ArchiveUrl, Folder, Git, GitHub, Index
from workbench.skills.sources.archive import extract
from workbench.skills.sources.checkout import checkout, is_repository
from workbench.skills.sources.download import download, unwritable
from workbench.skills.sources.hosts import Network
from workbench.skills.sources.index import fetch_index
from workbench.skills.sources.refs import Wanted
from workbench.skills.sources.watch import Watch

Kind = Literal["folder", "archive", "git", "github", "index"]


@dataclass(frozen=True)
class Fetched:
    """A source that has come. `path` is the folder of it that was asked for (empty: all), `skill` the one skill."""

    root: Path
    kind: Kind
    origin: str
    commit: str | None = None
    notes: tuple[str, ...] = ()
    path: str = ""
    skill: str | None = None


def fetch(address: Address, staging: Path, *, network: Network, watch: Watch) -> Fetched:
    """Brings a source into `staging`, an empty folder of the caller's. Blocks: call it from a thread without a loop."""
    try:
        fetched = _fetched(address, staging, network, watch)
    except BaseException as error:
        shutil.rmtree(staging / "source", ignore_errors=True)
        if isinstance(error, OSError):
            raise unwritable(error) from error
        raise
    return replace(fetched, notes=(*address.notes, *fetched.notes))


def _fetched(address: Address, staging: Path, network: Network, watch: Watch) -> Fetched:
    root = staging / "source"
    match address:
        case Folder(path):
            return _in_place(path)
        case Archive(path):
            file = _absolute(path)
            extract(file, root, watch=watch)
            return Fetched(root, "archive", str(file))
        case ArchiveUrl(url):
            file = staging / "download"
            try:
                download(url, file, watch=watch, network=network)
                extract(file, root, watch=watch)
            finally:
                file.unlink(missing_ok=True)
            return Fetched(root, "archive", address.origin)
        case Index(url):
            return _index(address, url, staging, network, watch)
        case GitHub():
            return _github(address, staging, network, watch)
        case Git():
            return _git(address, staging, network, watch)
        case _:
            assert_never(address)


def _in_place(path: str) -> Fetched:
    folder = _absolute(path)
    try:
        is_folder, there = folder.is_dir(), folder.exists()
    except OSError:  # a name that is longer than any
        is_folder = there = False
    if is_folder:
        return Fetched(folder, "folder", str(folder))
    if there:
        raise InvalidRequest(
            f"{folder} is neither a folder nor an archive.",
            remedy="Give a folder, or a .zip, .skill or .tar.gz file.",
            problems=[{"path": "source", "message": "is neither a folder nor an archive"}],
        )
    raise NotFound(f"There is no folder {folder}.", remedy="See how it is spelt.", path=str(folder))


def _absolute(path: str) -> Path:
    """A path as its one canonical form (`//` is no other root); links in it are the person's own and stay."""
    try:
        home = Path(path).expanduser()
    except RuntimeError as error:
        raise NotFound(
            f"Nobody here is called {path[1:].partition('/')[0]!r}.", remedy="See how it is spelt."
        ) from error
    canonical = os.path.normpath(home.absolute())
    return Path(f"/{canonical.lstrip('/')}")


def _index(address: Index, url: str, staging: Path, network: Network, watch: Watch) -> Fetched:
    """A site with an index; an address of a repository can look the same."""
    root = staging / "source"
    try:
        notes = fetch_index(url, root, network=network, watch=watch)
    except NotFound as error:
        if "host" in error.facts or not is_repository(url, network=network, watch=watch):
            raise
        return _git(Git(url), staging, network, watch)
    return Fetched(root, "index", address.origin, notes=tuple(notes))


def _github(address: GitHub, staging: Path, network: Network, watch: Watch) -> Fetched:
    wanted = Wanted(address.url, address.ref, address.tail, address.skill, address.named)
    made = checkout(wanted, staging, network=network, watch=watch)
    origin = replace(address, ref=made.ref, tail=()).origin
    path = _below(made.root, made.path or address.path, origin)
    return Fetched(made.root, "github", origin, made.commit, _missing(made.submodules), path, made.skill)


def _git(address: Git, staging: Path, network: Network, watch: Watch) -> Fetched:
    made = checkout(Wanted(address.url, address.ref, address.tail), staging, network=network, watch=watch)
    origin = replace(address, ref=made.ref, tail=()).origin
    return Fetched(
        made.root, "git", origin, made.commit, _missing(made.submodules), _below(made.root, made.path, origin)
    )


def _below(root: Path, parts: tuple[str, ...], origin: str) -> str:
    """The folder that an address names; of a SKILL.md, the folder that it lies in. No link in `root` leaves it."""
    if parts and parts[-1].lower() == "skill.md" and root.joinpath(*parts).is_file():
        parts = parts[:-1]
    path = "/".join(parts)
    if not root.joinpath(*parts).is_dir():
        raise NotFound(f"There is no folder {path!r} in {origin}.", remedy="See how it is spelt.", path=path)
    return path


def _missing(submodules: tuple[str, ...]) -> tuple[str, ...]:
    if not submodules:
        return ()
    some = ", ".join(submodules[:10]) + (", ..." if len(submodules) > 10 else "")  # noqa: PLR2004
    return (f"Submodules are not fetched, their folders are empty: {some}.",)
