"""Contents that are needed once more, each by git's name for it, in a skill's working folder.

A snapshot of a skill is a list of its files with these names: what a turn found and what it left. The person's own
repository is not written to for that, and nothing of their ignored files gets there. Invariant: what a snapshot names is
on the disk before the snapshot is in the database, and is never changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import HomeUnusable
from workbench.paths import write_atomic
from workbench.skills.tree.folder import Blob

Entry = tuple[str, str]
"""A file's mode and the name of its content."""
NOTHING: Final[Entry] = ("", "")
"""What there is of a place where no file is; nothing has to be kept of it."""
Tree = dict[str, Entry]
"""A snapshot: by path below the skill's folder."""


@dataclass(frozen=True)
class Keep:
    """The kept contents of one skill; `folder` is made with the first of them."""

    folder: Path

    @classmethod
    def of(cls, scratch: Path, skill: str) -> Keep:
        """The one of a skill, in its working folder below `scratch`."""
        return cls(scratch / skill / "refine")

    def take(self, files: Mapping[str, Blob]) -> Tree:
        """A snapshot of these files. Raises HomeUnusable."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for blob in files.values():
                path = self.folder / blob.sha()
                if not path.exists():
                    write_atomic(path, blob.data)
        except OSError as error:
            raise HomeUnusable(
                f"The skill's state could not be kept in {self.folder}: {error.strerror or error}.",
                remedy="See that it can be written and has space. Nothing was changed.",
                path=str(self.folder),
                errno=error.errno,
            ) from error
        return tree_of(files)

    def blob(self, entry: Entry) -> Blob:
        """A file of a snapshot. Raises HomeUnusable when somebody has taken its content away."""
        mode, sha = entry
        try:
            found = Blob(mode, (self.folder / sha).read_bytes())
        except OSError as error:
            raise HomeUnusable(
                f"{self.folder / sha} cannot be read: {error.strerror or error}.",
                remedy="It is needed to go back to an earlier state. Put it back, or restore a version of the skill.",
                path=str(self.folder / sha),
            ) from error
        return found

    def has(self, entry: Entry) -> bool:
        """Whether the content of a file of a snapshot is still there: a person may clear the working folder."""
        return entry == NOTHING or (self.folder / entry[1]).is_file()

    def forget(self, but: set[str]) -> None:
        """Drops what no snapshot names any more."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name not in but:
                    with suppress(FileNotFoundError):  # who clears the working folder does not wait for us
                        os.unlink(path)  # noqa: PTH108 - one system call a file, of which there may be thousands


def tree_of(files: Mapping[str, Blob]) -> Tree:
    """The names of these files' contents."""
    return {path: (blob.mode, blob.sha()) for path, blob in files.items()}
