"""The versions of one skill: who changed what and when, and a name for one.

Idea: a version is a commit that touches the skill's folder. A skill that was renamed is followed to its old name, so
each version says where the folder lay then. Invariant: nothing here changes the work tree, the index or a branch. Messages and names are anybody's, and are cut by length, not
by characters that they may hold.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final, Literal

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.skills.git import git, text
from workbench.skills.repository import Repository

_SHA: Final = re.compile(r"[0-9a-f]{7,64}")
_TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PERSON: Final = re.compile(rb"(.*?) ?<(.*?)> (-?\d+) [+-]\d+", re.DOTALL)

Change = Literal["added", "modified", "deleted", "renamed"]
CHANGES: Final[dict[str, Change]] = {"A": "added", "D": "deleted", "R": "renamed"}


@dataclass(frozen=True)
class Version:
    """A commit that touches a skill."""

    commit: str
    path: str
    """Where the folder lay then."""
    author: str
    email: str
    at: int
    """Milliseconds since 1970."""
    message: str
    files: tuple[tuple[Change, str], ...] = ()
    """What it did, by path below the folder."""
    tags: tuple[str, ...] = ()


# -- the log ----------------------------------------------------------------------------------------------------------


def log(repository: Repository, name: str, *, limit: int = 50, after: str | None = None) -> list[Version]:
    """The versions of a skill, the newest first; `after` is the last one that a caller has."""
    head = repository.head()
    if head is None:
        return []
    found: list[Version] = []
    start, path, seen, skipping = head, name, {name}, after is not None
    while len(found) < limit:
        commits = _touching(repository, start, path)
        oldest = commits[-1] if commits else None
        if skipping and after in commits:
            commits = commits[commits.index(after) + 1 :]
            skipping = False
        if commits and not skipping:
            found += _versions(repository, path, commits[: limit - len(found)])
        before = _renamed_from(repository, oldest, path) if oldest else None
        if before is None or before in seen:
            break
        seen.add(before)
        start, path = f"{oldest}^", before
    return found


def _touching(repository: Repository, start: str, path: str) -> list[str]:
    """The commits that touch a folder, the newest first; none, if there is no such start."""
    said = git(repository.root, "rev-list", start, "--", path, accept=(0, 128))
    return said.decode().split()


def _versions(repository: Repository, path: str, commits: list[str]) -> list[Version]:
    tags = _tags(repository, path)
    raw = repository.read(commits)
    files = _files(repository, path, commits)
    return [_version(commit, path, raw[commit], files.get(commit, ()), tags.get(commit, ())) for commit in commits]


def _version(
    commit: str, path: str, raw: bytes, files: tuple[tuple[Change, str], ...], tags: tuple[str, ...]
) -> Version:
    header, _, message = raw.partition(b"\n\n")
    line = next((line[7:] for line in header.split(b"\n") if line.startswith(b"author ")), b"")
    found = _PERSON.fullmatch(line)
    name, email, at = (found[1], found[2], int(found[3])) if found else (line, b"", 0)
    return Version(commit, path, text(name), text(email), at * 1000, text(message).strip(), files, tags)


def _files(repository: Repository, path: str, commits: list[str]) -> dict[str, tuple[tuple[Change, str], ...]]:
    """What each commit did to the folder."""
    full = repository.full(path)
    said = git(
        repository.root, "diff-tree", "--stdin", "-r", "-z", "--no-renames", "--name-status", "--root", "-m",
        "--first-parent", "--", path, given="".join(f"{commit}\n" for commit in commits).encode(),
    )  # fmt: skip
    found: dict[str, list[tuple[Change, str]]] = {}
    here: list[tuple[Change, str]] = []
    words = iter(said.split(b"\0")[:-1])
    for word in words:
        if len(word) >= 40:  # noqa: PLR2004 - a commit's name; a status is one letter
            here = found.setdefault(word.decode(), [])
        else:
            name = os.fsdecode(next(words))[len(full) + 1 :]
            here.append((CHANGES.get(word[:1].decode(), "modified"), name))
    return {commit: tuple(files) for commit, files in found.items()}


def _renamed_from(repository: Repository, commit: str, path: str) -> str | None:
    """Where a folder came from that a commit brought about: from where most of its files were moved."""
    said = git(
        repository.root, "diff-tree", "-r", "-z", "-M50%", "--diff-filter=R", "--name-status", "--no-commit-id", commit
    )
    words, full, moved = said.split(b"\0")[:-1], os.fsencode(repository.full(path)) + b"/", []
    for old, new in zip(words[1::3], words[2::3], strict=True):
        rest = new.removeprefix(full)
        if rest != new and old.endswith(b"/" + rest):
            moved.append(os.fsdecode(old[: -len(rest) - 1]))
    if not moved:
        return None
    best = max(sorted(set(moved)), key=moved.count)
    return best[len(repository.prefix) :] if best.startswith(repository.prefix) else None


# -- one version ------------------------------------------------------------------------------------------------------


def version(repository: Repository, name: str, wanted: str) -> Version:
    """The version that a person names: by its tag, or by its commit or the beginning of that. Raises NotFound."""
    commit = None
    if _SHA.fullmatch(wanted):
        commit = repository.resolve(wanted)
    if commit is None and _TAG.fullmatch(wanted):
        commit = repository.resolve(f"refs/tags/{name}/{wanted}")
    if commit is not None:
        for path in _names(repository, name):
            if repository.entries(path, commit):
                return _versions(repository, path, [commit])[0]
    raise NotFound(
        f"{name!r} has no version {wanted[:80]!r}.",
        remedy=f"See them with: workbench skills history {name}.",
        skill=name,
        version=wanted[:200],
    )


def _names(repository: Repository, name: str) -> list[str]:
    """The names that a skill has had, the present one first."""
    found, start = [name], repository.head() or "HEAD"
    while True:
        commits = _touching(repository, start, found[-1])
        before = _renamed_from(repository, commits[-1], found[-1]) if commits else None
        if before is None or before in found:
            return found
        start = f"{commits[-1]}^"
        found.append(before)


def before(repository: Repository, name: str, of: Version) -> Version | None:
    """The version that another one followed."""
    return next(iter(log(repository, name, limit=1, after=of.commit)), None)


def tag(repository: Repository, name: str, label: str, commit: str) -> None:
    """Gives a version a name that stays with it. Raises Refused when another version has it."""
    if not _TAG.fullmatch(label) or ".." in label or label.endswith((".lock", ".")):
        raise InvalidRequest(
            f"{label[:80]!r} cannot be a tag.",
            remedy="Use letters, digits, dots and hyphens, for example v1.2.0.",
            problems=[{"path": "tag", "message": "holds characters that git does not take"}],
        )
    place = f"refs/tags/{name}/{label}"
    has = repository.resolve(place)
    if has == commit:
        return
    if has is not None:
        raise Refused(
            "exists", f"Another version of {name!r} is tagged {label!r}.", remedy="Choose another tag.", commit=has
        )
    git(repository.root, "update-ref", place, commit, "0" * len(commit))


def _tags(repository: Repository, name: str) -> dict[str, tuple[str, ...]]:
    """The tags of a skill by the commit that each names."""
    place = f"refs/tags/{name}/"
    said = git(repository.root, "for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", place)
    found: dict[str, list[str]] = {}
    for line in said.decode("utf-8", "replace").splitlines():
        tagged, peeled, ref = line.split(" ", 2)
        found.setdefault(peeled or tagged, []).append(ref[len(place) :])
    return {commit: tuple(labels) for commit, labels in found.items()}
