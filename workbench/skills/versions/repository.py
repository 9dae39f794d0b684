"""The repository that the skills lie in: ours if there was none, else the person's own, in which we are guests.

Idea: a commit is one stream into `git fast-import`, written on top of HEAD. Work tree and index take no part, so what a
person has staged, or is in the middle of, stays as it is; no hook runs; files are kept byte for byte, without filters.
Invariant: a commit changes the paths that it was given and no others, and giving them again changes nothing, so a
change that was cut short is finished by doing it once more. Another's commit in between is built upon, never lost.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from workbench.errors import Refused
from workbench.skills.tree.folder import SUBMODULE, Blob
from workbench.skills.versions.git import GitFailed, git, status
from workbench.skills.versions.index import Index, Staged
from workbench.skills.versions.stream import Commit, Entry, stream

__all__ = ["ASIDE", "FALLBACK", "Entry", "Repository"]

FALLBACK: Final = "Workbench <workbench@localhost>"
_TRIES: Final = 20
_NAME: Final = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")
_AT_ONCE: Final = 500
"""So many paths are named to one git."""
ASIDE: Final = ".trash"
"""The folder, in the skills folder and unknown to git, for what is on its way in or out."""


@dataclass(frozen=True)
class Repository:
    """A repository seen from the skills folder: every path here is relative to `root`."""

    root: Path
    prefix: str
    """Where `root` lies in the repository: empty, or ending in a slash."""
    _trees: dict[tuple[str, ...], dict[str, Entry]] = field(default_factory=dict, repr=False, compare=False)
    """What a commit has at some paths, which is never anything else."""

    @classmethod
    def open(cls, root: Path) -> Repository:
        """The repository around `root`; made, if there is none or if the one around it ignores `root`."""
        found = cls.find(root)
        if found is None:
            git(root, "init", "--quiet", "--initial-branch=main", "--template=")
            git(root, "config", "workbench.made", "true")
        return found or cls(root, "")

    @classmethod
    def find(cls, root: Path) -> Repository | None:
        """The repository around `root`, if there is one that does not ignore it."""
        try:
            said = git(root, "rev-parse", "--is-inside-work-tree", "--show-prefix")
        except GitFailed as error:
            if "not a git repository" not in error.facts["stderr"]:
                raise
            if os.path.lexists(root / ".git"):
                raise Refused(
                    "damaged",
                    f"The repository in {root} is damaged: git does not know it as one.",
                    remedy=f"Repair {root / '.git'}, or move it away: then a new history is begun.",
                    path=str(root / ".git"),
                ) from error
            return None
        inside, prefix = said.decode("utf-8", "surrogateescape").split("\n")[:2]
        if inside != "true":
            return None
        if prefix and status(root, "check-ignore", "--quiet", "--no-index", "--", ".") == 0:
            return None
        return cls(root, prefix)

    @cached_property
    def ours(self) -> bool:
        """Whether Workbench made it, and nothing in its configuration is somebody else's."""
        said = b"" if self.prefix else git(self.root, "config", "--local", "--get", "workbench.made", accept=(0, 1))
        return said.strip() == b"true"

    # -- reading

    def full(self, path: str) -> str:
        """A path as git names it, from the top of its work tree."""
        return self.prefix + path

    @property
    def index(self) -> Index:
        """What the person prepares their next commit in."""
        return Index(self.root, self.prefix)

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        return self.resolve("HEAD")

    def resolve(self, name: str) -> str | None:
        """The commit of a name that a person may have written."""
        found = git(
            self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", accept=(0, 1, 128)
        )
        return found.decode().strip() or None

    def entries(self, paths: str | Iterable[str], commit: str | None = "HEAD") -> dict[str, Entry]:
        """The files of a version at or below a path, or some; none, if there is no such version."""
        if commit == "HEAD":
            commit = self.head()
        if commit is None:
            return {}
        found: dict[str, Entry] = {}
        for some in _chunks(paths):
            found |= self._tree(commit, some)
        return found

    def _tree(self, commit: str, paths: list[str]) -> dict[str, Entry]:
        """A change asks for the same folder several times, in the course of it. Any other name than a commit's own may
        mean another commit by then.
        """
        key = (commit, *paths)
        if key in self._trees:
            return self._trees[key]
        full = [self.prefix + path for path in paths]
        said = git(self.root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *full)
        found = {}
        for line in said.split(b"\0")[:-1]:
            about, _, name = line.partition(b"\t")
            mode, _, sha = about.decode().split(" ")
            found[os.fsdecode(name)[len(self.prefix) :]] = Entry(mode, sha)
        if _NAME.fullmatch(commit):
            self._trees[key] = found
        return found

    def known(self, paths: str | Iterable[str]) -> set[str]:
        """What git has at or below a path, or some, in HEAD or in the index: of a commit that was cut short, the one lags."""
        some = [paths] if isinstance(paths, str) else list(paths)
        return {*self.entries(some), *(staged.path for each in _chunks(some) for staged in self.index.at(*each))}

    def read(self, shas: Iterable[str]) -> dict[str, bytes]:
        """The contents of objects, by their names."""
        wanted = list(dict.fromkeys(shas))
        said = git(self.root, "cat-file", "--batch", given="".join(f"{sha}\n" for sha in wanted).encode())
        found, at = {}, 0
        for sha in wanted:
            end = said.index(b"\n", at)
            header = said[at:end].split(b" ")
            if header[1] == b"missing":
                raise Refused(
                    "git_failed",
                    f"The repository lacks the object {sha}.",
                    remedy=f"Look at it with: git -C {self.root} fsck.",
                )
            size = int(header[2])
            found[sha] = said[end + 1 : end + 1 + size]
            at = end + 1 + size + 1
        return found

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Those that the person has told git to leave alone, of paths that are not in the index."""
        wanted = list(paths)
        if not wanted:
            return set()
        given = b"".join(b"./" + os.fsencode(path) + b"\0" for path in wanted)
        said = git(self.root, "check-ignore", "-z", "--stdin", given=given, accept=(0, 1))
        return {os.fsdecode(path[2:]) for path in said.split(b"\0")[:-1]}

    # -- writing

    def commit(
        self,
        message: str,
        changes: Mapping[str, Blob | None],
        *,
        renames: Mapping[str, str] | None = None,
        author: str | None = None,
    ) -> str | None:
        """A commit in which these paths have this content (None: are gone), after whole folders have been renamed; None
        if HEAD has it so already. New paths that the person ignores are left out.
        """
        renames = renames or {}
        for _ in range(_TRIES):
            head = self.head()
            wanted, moved = self._missing(head, changes, renames)
            staged = self._only_staged(head, changes, renames)
            wanted |= {path: changes[path] for path in staged}
            if not wanted and not moved:
                self.settle_index(changes, renames)
                return None
            try:
                first = {_before(path, moved): entry for path, entry in staged.items()}
                name = next(iter(first), "").partition("/")[0]
                kept = Commit(f"{name}: staged outside of Workbench", first)
                self._import(head, kept, Commit(message, wanted, moved, author))
            except GitFailed:
                if self.head() == head:
                    raise
                continue  # somebody else committed first: on top of theirs, then
            return self.settle_index(changes, renames)
        raise Refused("busy", "Somebody else keeps committing to the repository.", remedy="Try again in a moment.")

    def _missing(
        self, head: str | None, changes: Mapping[str, Blob | None], renames: Mapping[str, str]
    ) -> tuple[dict[str, Blob | None], dict[str, str]]:
        """What HEAD lacks of a change."""
        moved = {old: new for old, new in renames.items() if self.entries(old, head)}
        present = self.entries({path.partition("/")[0] for path in changes}, head)
        for old, new in moved.items():
            present |= {new + path[len(old) :]: entry for path, entry in self.entries(old, head).items()}
        length = self.length(head)
        wanted = {
            path: blob
            for path, blob in changes.items()
            if (path in present if blob is None else present.get(path) != Entry(blob.mode, blob.sha(length)))
        }
        ignored = self.ignored(path for path, blob in wanted.items() if blob is not None and path not in present)
        return {path: blob for path, blob in wanted.items() if path not in ignored}, moved

    def _only_staged(
        self, head: str | None, changes: Mapping[str, Blob | None], renames: Mapping[str, str]
    ) -> dict[str, Entry]:
        """What the index alone has for paths of a change: somebody's staged work, which this would take out of it. What
        some version has is none: of a commit that was cut short, the index lags.
        """
        lies = {_before(path, renames): path for path in changes}
        folders = sorted({path.partition("/")[0] for path in lies})
        present = self.entries(folders, head)
        found = {}
        for each in (each for some in _chunks(folders) for each in self.index.at(*some)):
            if each.path not in lies or each.stage or each.mode == SUBMODULE:
                continue
            blob, entry = changes[lies[each.path]], Entry(each.mode, each.sha)
            known = [present.get(each.path), blob and self._entry(blob, head), self._entry(Blob(each.mode, b""), head)]
            if entry not in known and not self._had(head, each):
                found[lies[each.path]] = entry
        return found

    def _had(self, head: str | None, staged: Staged) -> bool:
        """Whether a version of a file had the content that is staged."""
        if head is None:
            return False
        touching = git(self.root, "rev-list", head, "--", staged.path)
        words = ("diff-tree", "--stdin", "--root", "-r", "-m", f"--find-object={staged.sha}", "--", staged.path)
        return bool(git(self.root, *words, given=touching).strip())

    def _entry(self, blob: Blob, head: str | None) -> Entry:
        return Entry(blob.mode, blob.sha(self.length(head)))

    def length(self, head: str | None = None) -> int:
        """How long git's names for objects are here; one of them tells it."""
        if head is not None:
            return len(head)
        return 64 if git(self.root, "rev-parse", "--show-object-format").strip() == b"sha256" else 40

    def _import(self, head: str | None, *commits: Commit) -> None:
        branch = git(self.root, "symbolic-ref", "--quiet", "HEAD", accept=(0, 1)).decode().strip() or "HEAD"
        when = f"{int(time.time())} {time.strftime('%z')}"
        full = [
            replace(
                each,
                files={self.full(path): file for path, file in each.files.items()},
                renames={self.full(old): self.full(new) for old, new in each.renames.items()},
            )
            for each in commits
            if each.files or each.renames
        ]
        git(self.root, "fast-import", "--quiet", "--done", given=stream(branch, head, self.identity(), when, full))

    def identity(self) -> str:
        """Who commits: the person as git knows them, else Workbench."""
        try:
            said = git(self.root, "var", "GIT_COMMITTER_IDENT")
        except GitFailed:
            return FALLBACK
        return said.decode("utf-8", "replace").strip().rpartition("> ")[0] + ">"

    def settle_index(self, paths: Iterable[str], renames: Mapping[str, str]) -> str | None:
        """The index says of these paths what HEAD says; which commit that was."""
        found: dict[str, Entry | None] = {}
        for old, new in renames.items():
            for each in self.index.at(old):
                found |= {each.path: None, new + each.path[len(old) :]: each}
        wanted, commit = list(paths), self.head()
        head = self.entries({path.partition("/")[0] for path in wanted}, commit)
        found |= {path: head.get(path) for path in wanted}
        self.index.put(found, self.length(commit))
        return commit


def _before(path: str, renames: Mapping[str, str]) -> str:
    """Where a file lay before folders were renamed."""
    folder, slash, rest = path.partition("/")
    return next((old for old, new in renames.items() if new == folder), folder) + slash + rest


def _chunks(paths: str | Iterable[str]) -> Iterator[list[str]]:
    wanted = [paths] if isinstance(paths, str) else list(paths)
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
