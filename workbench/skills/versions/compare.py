"""How a skill differs between any two of its versions, or between one and what lies on the disk.

Idea: a version of a skill is a tree of git's, wherever its folder lay then, and so is what lies on the disk, once it is
written among objects that are thrown away. Git compares trees. Invariant: nothing in the repository changes.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from workbench.skills.history import CHANGES, Change, Version
from workbench.skills.tree.beneath import blob
from workbench.skills.tree.folder import Blob, files
from workbench.skills.versions.git import git, text
from workbench.skills.versions.repository import Repository

MAX_PATCH: Final = 1024 * 1024
"""So much of a patch is shown."""


@dataclass(frozen=True)
class FileDiff:
    """How one file differs; a binary one has no lines and no patch."""

    path: str
    old_path: str | None
    change: Change
    binary: bool
    added: int
    removed: int
    patch: str


@dataclass(frozen=True)
class Diff:
    """How two versions differ, by path."""

    files: list[FileDiff] = field(default_factory=list)
    truncated: bool = False


def diff(repository: Repository, name: str, old: Version | None, new: Version | None) -> Diff:
    """How a skill differs between two versions; no new one is what lies on the disk now, no old one nothing at all."""
    before = _tree(repository, old)
    if new is not None:
        return _compare(repository, before, _tree(repository, new), {})
    with tempfile.TemporaryDirectory() as spare:
        objects = git(repository.root, "rev-parse", "--path-format=absolute", "--git-path", "objects").strip()
        env = {
            "GIT_OBJECT_DIRECTORY": spare,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects),
            "GIT_INDEX_FILE": str(Path(spare) / "index"),
        }
        return _compare(repository, before, _tree_on_disk(repository, name, old, Path(spare), env), env)


def _quoted(path: bytes) -> str:
    """A path for a list of several, in which a colon would end it."""
    return os.fsdecode(b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"')


def _tree(repository: Repository, of: Version | None) -> str:
    """A skill's tree in a version; the empty one, where the skill was deleted."""
    if of is not None:
        words = ("ls-tree", "-d", "-z", "--full-tree", of.commit, "--", repository.full(of.path))
        about, _, _ = git(repository.root, *words).partition(b"\t")
        if about:
            return about.decode().rpartition(" ")[2]
    return git(repository.root, "hash-object", "-t", "tree", "--stdin").decode().strip()


def _tree_on_disk(repository: Repository, name: str, of: Version | None, spare: Path, env: dict[str, str]) -> str:
    """The folder as a tree, among objects that are thrown away with the folder `spare`."""
    lines: list[bytes] = []
    new: list[Path] = []
    present = {entry.sha for entry in repository.entries(of.path, of.commit).values()} if of else set()
    length = repository.length()
    for path, each in versioned(repository, name).items():
        sha = each.sha(length)
        if sha not in present:
            new.append(spare / f"file-{len(new)}")
            new[-1].write_bytes(each.data)
        lines.append(f"{each.mode} {sha}\t".encode() + os.fsencode(path))
    if new:
        given = b"".join(os.fsencode(file) + b"\n" for file in new)
        git(repository.root, "hash-object", "-w", "--no-filters", "--stdin-paths", given=given, env=env)
    git(repository.root, "update-index", "-z", "--index-info", given=b"\0".join([*lines, b""]), env=env)
    return git(repository.root, "write-tree", env=env).decode().strip()


def _compare(repository: Repository, old: str, new: str, env: dict[str, str]) -> Diff:
    if old == new:
        return Diff()
    ends = ("-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color", old, new)
    status = git(repository.root, "diff-tree", "-z", "--name-status", *ends, env=env)
    counts = git(repository.root, "diff-tree", "-z", "--numstat", *ends, env=env)
    patch = git(repository.root, "diff-tree", "-p", "--src-prefix=a/", "--dst-prefix=b/", *ends, env=env)
    patches = iter(re.split(r"^(?=diff --git )", text(patch[:MAX_PATCH]), flags=re.MULTILINE)[1:])
    files: list[FileDiff] = []
    for (letter, old_path, path), numbers in zip(_statuses(status), _counts(counts), strict=True):
        shown = "".join(islice(patches, 2 if letter == "T" else 1))  # a link for a file: the one goes, the other comes
        added, removed = numbers or (0, 0)
        change = CHANGES.get(letter, "modified")
        files.append(FileDiff(path, old_path, change, numbers is None, added, removed, shown))
    return Diff(files, truncated=len(patch) > MAX_PATCH)


def _statuses(said: bytes) -> Iterator[tuple[str, str | None, str]]:
    """`M, path` or `R100, old, new`, each ended by NUL."""
    words = (text(word) for word in said.split(b"\0")[:-1])
    for letter in words:
        old = next(words) if letter.startswith("R") else None
        yield letter[:1], old, next(words)


def _counts(said: bytes) -> Iterator[tuple[int, int] | None]:
    """`added TAB removed TAB path`, or without a path, which two words follow; `-` stands for binary."""
    words = iter(said.split(b"\0")[:-1])
    for word in words:
        added, removed, path = word.split(b"\t", 2)
        if not path:
            next(words), next(words)
        yield None if added == b"-" else (int(added), int(removed))


def versioned(repository: Repository, name: str) -> dict[str, Blob]:
    """What lies in a skill's folder, without what its owner has told git to leave alone, of which nothing is read."""
    folder = repository.root / name
    paths = [path for path, _ in files(folder)]
    known = repository.entries(name)
    ignored = repository.ignored(f"{name}/{path}" for path in paths if f"{name}/{path}" not in known)
    kept = ((path, blob(repository.root, folder / path)) for path in paths if f"{name}/{path}" not in ignored)
    return {path: each for path, each in kept if each is not None}
