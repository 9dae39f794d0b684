"""The versions of one skill: who changed what and when, how any two differ, and a name for one.

Idea: a version is a commit that touches the skill's folder. A skill that was renamed is followed to its old name, so
each version says where the folder lay then; comparisons are of the folder's trees, wherever those lie. Invariant:
nothing here changes the work tree, the index or a branch. Messages and names are anybody's, and are cut by length, not
by characters that they may hold.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.skills.beneath import blobs
from workbench.skills.folder import LINK_MODE, SUBMODULE, Blob
from workbench.skills.git import git
from workbench.skills.repository import Entry, Repository

MAX_PATCH: Final = 1024 * 1024
"""So much of a patch is shown."""
_SHA: Final = re.compile(r"[0-9a-f]{7,64}")
_TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PERSON: Final = re.compile(rb"(.*?) ?<(.*?)> (-?\d+) [+-]\d+", re.DOTALL)

Change = Literal["added", "modified", "deleted", "renamed"]
_CHANGES: Final[dict[str, Change]] = {"A": "added", "D": "deleted", "R": "renamed"}


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
    return Version(commit, path, _text(name), _text(email), at * 1000, _text(message).strip(), files, tags)


def _files(repository: Repository, path: str, commits: list[str]) -> dict[str, tuple[tuple[Change, str], ...]]:
    """What each commit did to the folder."""
    full = _full(repository, path)
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
            here.append((_CHANGES.get(word[:1].decode(), "modified"), name))
    return {commit: tuple(files) for commit, files in found.items()}


def _renamed_from(repository: Repository, commit: str, path: str) -> str | None:
    """Where a folder came from that a commit brought about: from where most of its files were moved."""
    said = git(
        repository.root, "diff-tree", "-r", "-z", "-M50%", "--diff-filter=R", "--name-status", "--no-commit-id", commit
    )
    words, full, moved = said.split(b"\0")[:-1], os.fsencode(_full(repository, path)) + b"/", []
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


# -- differences ------------------------------------------------------------------------------------------------------


def diff(repository: Repository, name: str, old: Version | None, new: Version | None) -> Diff:
    """How a skill differs between two versions; no new one is what lies on the disk now, no old one nothing at all."""
    before = _tree(repository, old)
    if new is not None:
        return _compare(repository, before, _tree(repository, new), {})
    with tempfile.TemporaryDirectory() as spare:
        objects = git(repository.root, "rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip()
        env = {
            "GIT_OBJECT_DIRECTORY": spare,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects,
            "GIT_INDEX_FILE": str(Path(spare) / "index"),
        }
        return _compare(repository, before, _tree_on_disk(repository, name, old, env), env)


def _tree(repository: Repository, of: Version | None) -> str:
    if of is None:
        return git(repository.root, "hash-object", "-t", "tree", "--stdin").decode().strip()
    found = git(repository.root, "rev-parse", "--verify", f"{of.commit}:{_full(repository, of.path)}")
    return found.decode().strip()


def _tree_on_disk(repository: Repository, name: str, of: Version | None, env: dict[str, str]) -> str:
    """The folder as a tree, among objects that are thrown away with `env`'s folder."""
    lines = []
    present = {entry.sha for entry in repository.entries(of.path, of.commit).values()} if of else set()
    length = len(of.commit) if of else 40
    for path, blob in versioned(repository, name).items():
        sha = blob.sha(length)
        if sha not in present:
            sha = git(repository.root, "hash-object", "-w", "--stdin", given=blob.data, env=env).decode().strip()
        lines.append(f"{blob.mode} {sha}\t".encode() + os.fsencode(path))
    git(repository.root, "update-index", "-z", "--index-info", given=b"\0".join([*lines, b""]), env=env)
    return git(repository.root, "write-tree", env=env).decode().strip()


def versioned(repository: Repository, name: str) -> dict[str, Blob]:
    """What lies in a skill's folder, without what its owner has told git to leave alone."""
    found = blobs(repository.root / name)
    known = repository.entries(name)
    ignored = repository.ignored(f"{name}/{path}" for path in found if f"{name}/{path}" not in known)
    return {path: blob for path, blob in found.items() if f"{name}/{path}" not in ignored}


def _compare(repository: Repository, old: str, new: str, env: dict[str, str]) -> Diff:
    if old == new:
        return Diff()
    ends = ("-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color", old, new)
    status = git(repository.root, "diff-tree", "-z", "--name-status", *ends, env=env)
    counts = git(repository.root, "diff-tree", "-z", "--numstat", *ends, env=env)
    patch = git(repository.root, "diff-tree", "-p", "--src-prefix=a/", "--dst-prefix=b/", *ends, env=env)
    patches = re.split(r"^(?=diff --git )", _text(patch[:MAX_PATCH]), flags=re.MULTILINE)[1:]
    files: list[FileDiff] = []
    for (change, old_path, path), numbers in zip(_statuses(status), _counts(counts), strict=True):
        text = patches[len(files)] if len(files) < len(patches) else ""
        added, removed = numbers or (0, 0)
        files.append(FileDiff(path, old_path, change, numbers is None, added, removed, text))
    return Diff(files, truncated=len(patch) > MAX_PATCH)


def _statuses(said: bytes) -> Iterator[tuple[Change, str | None, str]]:
    """`M, path` or `R100, old, new`, each ended by NUL."""
    words = (_text(word) for word in said.split(b"\0")[:-1])
    for letter in words:
        old = next(words) if letter.startswith("R") else None
        yield _CHANGES.get(letter[:1], "modified"), old, next(words)


def _counts(said: bytes) -> Iterator[tuple[int, int] | None]:
    """`added TAB removed TAB path`, or without a path, which two words follow; `-` stands for binary."""
    words = iter(said.split(b"\0")[:-1])
    for word in words:
        added, removed, path = word.split(b"\t", 2)
        if not path:
            next(words), next(words)
        yield None if added == b"-" else (int(added), int(removed))


# -- going back -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What going back to a version would do."""

    version: Version
    drops: list[str]
    """Files that the version does not have; they stay in the history."""
    changes: list[str]
    """Files that it has otherwise, or that are not there now."""
    saves: list[str]
    """Those of all these that are in no version yet: they become one first."""
    later: int
    """How many versions are newer."""


def plan(repository: Repository, name: str, wanted: Version) -> Plan:
    """What restoring would do. Raises Refused for a version that could not be laid out."""
    then = version_of(repository, wanted.commit, wanted.path)
    for path, blob in then.items():
        _check(path, blob, wanted)
    now = versioned(repository, name)
    known = repository.entries(name)
    length = len(wanted.commit)
    drops = sorted(path for path in now if path not in then)
    changes = sorted(path for path, blob in then.items() if now.get(path) != blob)
    saves = [
        path
        for path in sorted({*drops, *changes} & set(now))
        if known.get(f"{name}/{path}") != Entry(now[path].mode, now[path].sha(length))
    ]
    later = [each.commit for each in log(repository, name, limit=10_000)]
    count = later.index(wanted.commit) if wanted.commit in later else len(later)
    return Plan(wanted, drops, changes, saves, count)


def version_of(repository: Repository, commit: str, path: str) -> dict[str, Blob]:
    """A skill's files in a version, by path below its folder; a submodule is none of them."""
    entries = {name: entry for name, entry in repository.entries(path, commit).items() if entry.mode != SUBMODULE}
    contents = repository.read(entry.sha for entry in entries.values()) if entries else {}
    return {name[len(path) + 1 :]: Blob(entry.mode, contents[entry.sha]) for name, entry in entries.items()}


def _check(path: str, blob: Blob, of: Version) -> None:
    """A tree can hold what no folder should: names that climb, and links that leave."""
    parts = path.split("/")
    leaves = blob.mode == LINK_MODE and not _stays(parts[:-1], os.fsdecode(blob.data))
    if leaves or any(part.lower() in {"", ".", "..", ".git"} for part in parts):
        raise Refused(
            "unsafe_version",
            f"The version {of.commit[:12]} holds {path!r}, which leads out of the skill.",
            remedy="Take what you need of it with git itself.",
            path=path,
        )


def _stays(above: list[str], target: str) -> bool:
    depth = len(above)
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return False
    return not target.startswith("/") and bool(target)


def _full(repository: Repository, path: str) -> str:
    return repository.prefix + path


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
