"""How a skill's files differ from their last accepted version, and what accepting, rejecting and undoing make of them.

Idea: what is accepted is committed, so the last accepted version is HEAD; all else follows from it and the disk. Each
verb here ends in a `Laying`: what is to lie where, in place of what was seen there. Invariant: nothing here writes; a
hunk that is not named stays as it is, on the disk and in the history.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.skills.tree import beneath, files
from workbench.skills.tree.folder import FILE_MODE, LINK_MODE, SCRIPT_MODE, Blob
from workbench.skills.versions.compare import versioned
from workbench.skills.versions.git import GitFailed, git
from workbench.skills.versions.goback import version_of
from workbench.skills.versions.repository import Repository
from workbench.workflows.refining import hunks
from workbench.workflows.refining.hunks import Hunk
from workbench.workflows.refining.keep import Keep
from workbench.workflows.refining.message import own_text
from workbench.workflows.refining.settling import Laying, Places, entry_of
from workbench.workflows.refining.table import TurnRow

Status = Literal["added", "modified", "deleted"]
_CONFLICTS: Final = range(128)
"""What `git merge-file` ends with: how many places it could not merge."""


@dataclass(frozen=True)
class Changed:
    """A file that is not as it was accepted."""

    path: str
    old: Blob | None
    new: Blob | None

    @property
    def status(self) -> Status:
        return "added" if self.old is None else "deleted" if self.new is None else "modified"

    @property
    def digest(self) -> str:
        """Of the file as it is now."""
        return files.digest(_data(self.new))

    @property
    def note(self) -> str:
        """What no line shows of it."""
        there = [each for each in (self.old, self.new) if each is not None]
        if any(each.mode == LINK_MODE for each in there):
            return f"A link to {_data(self.new).decode('utf-8', 'replace')}." if self.new else "A link."
        said = []
        if not any(each.data for each in there):
            said.append("It is empty.")
        elif not all(hunks.is_text(each.data) for each in there):
            said.append("It is no text.")
        if self.new is not None and self.new.mode == SCRIPT_MODE != (self.old.mode if self.old else None):
            said.append("It can be run as a program now.")
        elif self.old is not None and self.new is not None and self.old.mode != self.new.mode:
            said.append("It can no longer be run as a program.")
        return " ".join(said)

    @property
    def hunks(self) -> list[Hunk]:
        """None where it is no text on both sides, or a link."""
        if LINK_MODE in {each.mode for each in (self.old, self.new) if each is not None}:
            return []
        return hunks.hunks(_data(self.old), _data(self.new))

    @property
    def diff(self) -> str:
        shown = hunks.unified(self.path, self.hunks, added=self.old is None, deleted=self.new is None)
        if self.old is None or self.new is None or self.old.mode == self.new.mode:
            return shown
        head = f"diff --git a/{self.path} b/{self.path}\nold mode {self.old.mode}\nnew mode {self.new.mode}\n"
        return head + shown

    def part(self, wanted: Collection[str]) -> Blob | None:
        """The accepted file with these hunks of the change."""
        ids = {hunk.id for hunk in self.hunks}
        if not wanted:
            return self.old
        if ids <= set(wanted):
            return self.new
        mode = (self.new or self.old or Blob(FILE_MODE, b"")).mode
        return Blob(mode, hunks.taken(_data(self.old), _data(self.new), wanted))


def changes(repository: Repository, name: str, made: Collection[str] = ()) -> list[Changed]:
    """The skill's own files that differ from HEAD, by path. What its owner has git ignore is none of them, except for
    what an agent has `made`: nothing of that is hidden.
    """
    head = repository.head()
    before = version_of(repository, head, name) if head is not None else {}
    found = {path: beneath.blob(repository.root, repository.root / name / path) for path in made}
    after = {path: each for path, each in found.items() if each is not None} | versioned(repository, name)
    paths = sorted(path for path in before.keys() | after if own_text(path))
    compared = (Changed(path, before.get(path), after.get(path)) for path in paths)
    return [each for each in compared if each.old != each.new]


def digest_of(found: Collection[Changed]) -> str:
    """Of all that is to be decided, as it is now."""
    lies = [(each.path, each.new.mode if each.new is not None else "", each.digest) for each in found]
    return files.digest(repr(sorted(lies)).encode())


def stat(found: Collection[Changed]) -> str:
    """All changes in one line, as git says it."""
    if not found:
        return "No changes"
    parts = [each.hunks for each in found]
    added = sum(hunk.added for some in parts for hunk in some)
    removed = sum(hunk.removed for some in parts for hunk in some)
    return f"{_count(len(found), 'file')} changed, {_count(added, 'line')} added, {_count(removed, 'line')} removed"


def chosen(found: list[Changed], path: str | None, wanted: Collection[str], digest: str | None) -> list[Changed]:
    """The changes that a decision is about. Raises InvalidRequest for parts of no file, NotFound, or Refused when it is
    not as it was seen.
    """
    if path is None:
        if wanted:
            raise InvalidRequest(
                "It is not said of which file these are parts.",
                remedy="Give the file's `path` with `hunks`.",
                problems=[{"path": "path", "message": "is needed with hunks"}],
            )
        if digest not in (None, digest_of(found)):
            raise _changed("The skill", None, digest_of(found))
        return found
    each = next((each for each in found if each.path == path), None)
    if each is None:
        raise NotFound(
            f"{path!r} has no change to decide.", remedy="Look at the changes again; nothing was done.", path=path
        )
    stale = digest is not None and digest != each.digest
    if stale or not {hunk.id for hunk in each.hunks}.issuperset(wanted):
        raise _changed(path, path, each.digest)
    return [each]


def _changed(what: str, path: str | None, digest: str) -> Refused:
    remedy = "Look at the changes again; nothing was done."
    return Refused("changed", f"{what} has been changed since you saw it.", remedy=remedy, path=path, digest=digest)


def accepted(keep: Keep, name: str, found: list[Changed], wanted: Collection[str]) -> Laying:
    """These changes, or the wanted hunks of one, become a version; the disk stays as it is."""
    made = {each.path: each.part(wanted) if wanted else each.new for each in found}
    _kept(keep, made)
    what = found[0].path if len(found) == 1 else _count(len(found), "file")
    return Laying(commit=_places(made), message=f"{name}: {what} refined")


def rejected(keep: Keep, found: list[Changed], wanted: Collection[str], aside: str | None = None) -> Laying:
    """These changes, or the wanted hunks of one, are taken back on the disk; no version is made. What they were goes to
    the folder `aside` of the trash.
    """
    made = {
        each.path: each.part({hunk.id for hunk in each.hunks} - set(wanted)) if wanted else each.old for each in found
    }
    was = {each.path: each.new for each in found}
    _kept(keep, made)
    _kept(keep, was)
    return Laying(lay=_places(made), was=_places(was), aside=aside)


def undone(keep: Keep, turn: TurnRow, now: Mapping[str, Blob]) -> tuple[Laying, list[str]]:
    """What a turn changed, taken back, and the files that stay because somebody has changed the same places since. What
    was changed in other places since is kept.
    """
    after = turn.after or {}
    lay: dict[str, Blob | None] = {}
    was: dict[str, Blob | None] = {}
    kept = []
    for path in turn.changed:
        before = keep.blob(turn.before[path]) if path in turn.before else None
        here, left = now.get(path), after.get(path)
        if entry_of(here) == entry_of(before):
            continue  # it was taken back already
        back = before if entry_of(here) == left else _without(keep.blob(left) if left else None, here, before)
        if back is not None or (before is None and entry_of(here) == left):
            lay[path], was[path] = back, here
        else:
            kept.append(path)
    _kept(keep, lay)
    _kept(keep, was)
    nothing = kept and not lay
    return Laying(lay=_places(lay), was=_places(was), undone=None if nothing else turn.run), kept


def _without(left: Blob | None, now: Blob | None, before: Blob | None) -> Blob | None:
    """A file as it is now without what a turn did to it; None where that cannot be told apart."""
    if left is None or now is None or before is None or LINK_MODE in (left.mode, now.mode, before.mode):
        return None
    if not all(hunks.is_text(each.data) for each in (left, now, before)):
        return None
    with tempfile.TemporaryDirectory() as spare:
        names = []
        for name, each in (("now", now), ("left", left), ("before", before)):
            names.append(name)
            (Path(spare) / name).write_bytes(each.data)
        try:
            git(Path(spare), "merge-file", "--quiet", *names, accept=(0,))
        except GitFailed as failure:
            if failure.status in _CONFLICTS:
                return None
            raise
        return Blob(now.mode, (Path(spare) / "now").read_bytes())


def _kept(keep: Keep, places: Mapping[str, Blob | None]) -> None:
    keep.take({path: blob for path, blob in places.items() if blob is not None})


def _places(found: Mapping[str, Blob | None]) -> Places:
    return {path: entry_of(blob) for path, blob in found.items()}


def _data(blob: Blob | None) -> bytes:
    return b"" if blob is None else blob.data


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
