"""The versions of one skill: who changed what and when, and a name for one.

Idea: a version is a commit that touches the skill's folder. The log is walked a stretch at a time, back to the commit in
which the folder appears; what the folder was called before that, or where it had gone, says where the next one begins.
So a skill has its versions under all its names, and none of another that once had its name. Invariant: nothing here
changes the work tree, the index or a branch. Messages and names are anybody's, and are cut by length, not by characters
that they may hold.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.skills.skill import FILE
from workbench.skills.versions import tags
from workbench.skills.versions.git import git, text
from workbench.skills.versions.repository import Repository

_SHA: Final = re.compile(r"[0-9a-f]{7,64}")
_PERSON: Final = re.compile(rb"(.*?) ?<(.*?)> (-?\d+) [+-]\d+", re.DOTALL)
_AT_ONCE: Final = 100
"""So many versions are looked at by one git."""
_TREE: Final = "040000"

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
    folder: Change = "modified"
    """What it did to the folder: brought it, took it away, or neither."""


# -- the log ----------------------------------------------------------------------------------------------------------


def log(repository: Repository, name: str, *, limit: int = 50, after: str | None = None) -> list[Version]:
    """The versions of a skill, the newest first; `after` is the last one that a caller has."""
    found = _walk(repository, name)
    if after is not None and not any(each.commit == after for each in found):
        raise InvalidRequest(
            "This cursor is not one that a history gave.",
            remedy="Leave it out to begin anew.",
            problems=[{"path": "cursor", "message": "is no version of this skill"}],
        )
    return list(islice(found, limit))


def _walk(repository: Repository, path: str, start: str | None = None) -> Iterator[Version]:
    """The versions of a folder in a commit (by default HEAD), back beyond its renames."""
    place: tuple[str, str] | None = (start or repository.head() or "HEAD", path)
    names: list[str] = []
    while place is not None:
        start, path = place
        names.append(path)
        place = None
        for each in _stretch(repository, start, path, names):
            yield each
            if each.folder == "added":
                place = _before(repository, each)
                break


def _stretch(repository: Repository, start: str, path: str, names: list[str]) -> Iterator[Version]:
    commits = iter(_touching(repository, start, path))
    while some := list(islice(commits, _AT_ONCE)):
        yield from _versions(repository, path, some, names)


def _touching(repository: Repository, start: str, path: str) -> list[str]:
    """The commits that touch a folder, the newest first; none, if there is no such start."""
    said = git(repository.root, "rev-list", start, "--", path, accept=(0, 128))
    return said.decode().split()


def _before(repository: Repository, born: Version) -> tuple[str, str] | None:
    """The commit in which, and the name under which, a folder lay before the version in which it appears."""
    parent = repository.resolve(f"{born.commit}^")
    if parent is None:
        return None
    old = _said_old_name(repository, born, parent) or _moved_from(repository, born)
    return (parent, old) if old is not None else _gone_before(repository, born, parent)


def _said_old_name(repository: Repository, born: Version, parent: str) -> str | None:
    """The old name that Workbench says in a rename's message, if it is true."""
    said = f"{born.path}: renamed from "
    old = born.message.removeprefix(said)
    if old == born.message or not repository.entries(old, parent) or repository.entries(old, born.commit):
        return None
    return old


def _moved_from(repository: Repository, born: Version) -> str | None:
    """Where most of a folder's files were moved from."""
    said = git(
        repository.root, "diff-tree", "-r", "-z", "-M50%", "--diff-filter=R", "--name-status", "--no-commit-id",
        born.commit,
    )  # fmt: skip
    words, full, moved = said.split(b"\0")[:-1], os.fsencode(repository.full(born.path)) + b"/", []
    for old, new in zip(words[1::3], words[2::3], strict=True):
        rest = new.removeprefix(full)
        if rest != new and old.endswith(b"/" + rest):
            moved.append(os.fsdecode(old[: -len(rest) - 1]))
    if not moved:
        return None
    best = max(sorted(set(moved)), key=moved.count)
    return best[len(repository.prefix) :] if best.startswith(repository.prefix) else None


def _gone_before(repository: Repository, born: Version, parent: str) -> tuple[str, str] | None:
    """The deletion that a folder has come back from: it has the same SKILL.md again, or Workbench says so."""
    file = f"{born.path}/{FILE}"
    now = repository.entries(file, born.commit)
    for each in _stretch(repository, parent, born.path, []):
        if each.folder == "deleted" and now and repository.entries(file, f"{each.commit}^") == now:
            return each.commit, born.path
    return (parent, born.path) if born.message == f"{born.path}: restored from the trash" else None


def _versions(repository: Repository, path: str, commits: list[str], names: list[str]) -> list[Version]:
    tagged = tags.of(repository, names)
    raw = repository.read(commits)
    done = _done(repository, path, commits)
    return [_version(commit, path, raw[commit], done.get(commit, {}), tagged.get(commit, ())) for commit in commits]


def _version(commit: str, path: str, raw: bytes, done: dict[str, Change], tagged: tuple[str, ...]) -> Version:
    header, _, message = raw.partition(b"\n\n")
    lines = header.split(b"\n")
    line = next((line[7:] for line in lines if line.startswith(b"author ")), b"")
    found = _PERSON.fullmatch(line)
    name, email, at = (found[1], found[2], int(found[3])) if found else (line, b"", 0)
    is_merge = sum(line.startswith(b"parent ") for line in lines) > 1  # the folder may have come from the other side
    folder = done.pop("", "modified")
    return Version(
        commit, path, text(name), text(email), at * 1000, text(message).strip(),
        tuple((change, file) for file, change in done.items()), tagged, "modified" if is_merge else folder,
    )  # fmt: skip


def _done(repository: Repository, path: str, commits: list[str]) -> dict[str, dict[str, Change]]:
    """What each commit did to the files of a folder, by path below it, and to the folder itself: the empty path."""
    full = repository.full(path)
    said = git(
        repository.root, "diff-tree", "--stdin", "-r", "-t", "-z", "--no-renames", "--raw", "--root", "-m",
        "--first-parent", "--", path, given="".join(f"{commit}\n" for commit in commits).encode(),
    )  # fmt: skip
    found: dict[str, dict[str, Change]] = {}
    here: dict[str, Change] = {}
    words = iter(said.split(b"\0")[:-1])
    for word in words:
        if not word.startswith(b":"):
            here = found.setdefault(word.decode(), {})
            continue
        old, new, _, _, letter = word[1:].decode().split(" ")
        name = os.fsdecode(next(words))
        if name == full or (_TREE not in (old, new) and name.startswith(f"{full}/")):
            here[name[len(full) + 1 :]] = CHANGES.get(letter[:1], "modified")
    return found


# -- one version ------------------------------------------------------------------------------------------------------


def version(repository: Repository, name: str, wanted: str, *, deleted: bool = False) -> Version:
    """The version that a person names: by its tag, or by its commit or the beginning of that; if they may have that too,
    one in which the skill was `deleted`. Raises NotFound, or Refused for that.
    """
    versions = list(_walk(repository, name))
    names = list(dict.fromkeys([name, *(each.path for each in versions)]))
    commit = _commit(repository, wanted) or tags.find(repository, names, wanted)
    found = None
    if commit is not None:
        found = next((each for each in versions if each.commit == commit), None)
        found = found or _at(repository, commit, versions, names)
    if found is None:
        raise NotFound(
            f"{name!r} has no version {wanted[:80]!r}.",
            remedy=f"See them with: workbench skills history {name}.",
            skill=name,
            version=wanted[:200],
        )
    if found.folder == "deleted" and not deleted:
        raise Refused(
            "deleted",
            f"In the version {found.commit[:12]}, {name!r} was deleted: nothing is there.",
            remedy="Name the version before it.",
            version=found.commit,
        )
    return found


def _commit(repository: Repository, wanted: str) -> str | None:
    """The commit of that name, or the one whose name begins so; a branch that is called so is not meant."""
    if not _SHA.fullmatch(wanted):
        return None
    said = git(repository.root, "rev-parse", f"--disambiguate={wanted}", accept=(0, 1, 128)).decode().split()
    found = {commit for each in said if (commit := repository.resolve(each)) == each}
    return found.pop() if len(found) == 1 else None


def _at(repository: Repository, commit: str, versions: list[Version], names: list[str]) -> Version | None:
    """A commit that does not touch the skill, but has one of its versions."""
    known = {(each.commit, each.path) for each in versions if each.folder != "deleted"}
    for path in names:
        last = _touching(repository, commit, path)[:1]
        if last and (last[0], path) in known:
            return _versions(repository, path, [commit], names)[0]
    return None


def before(repository: Repository, of: Version) -> Version | None:
    """The version that another one followed."""
    return next((each for each in _walk(repository, of.path, of.commit) if each.commit != of.commit), None)


def newest(repository: Repository, name: str, *, deleted: bool = False) -> Version | None:
    """The last version of a skill; only of one that was not `deleted` by it, unless that may be."""
    return next((each for each in _walk(repository, name) if deleted or each.folder != "deleted"), None)


def tag(repository: Repository, name: str, label: str, wanted: str | None = None) -> Version:
    """Gives a version, by default the newest, a name that stays with it. Raises Refused when another version has it."""
    found = version(repository, name, wanted) if wanted is not None else newest(repository, name)
    if found is None:
        raise NotFound(f"{name!r} has no version yet.", remedy="Change it, which makes one.", skill=name)
    names = list(dict.fromkeys([name, *(each.path for each in _walk(repository, name))]))
    tags.put(repository, names, label, found.commit)
    return replace(found, tags=tags.of(repository, names).get(found.commit, ()))
