"""Git's index, in which a person prepares their next commit: we look at it, and say there what a commit of ours has done."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.skills.versions.git import GitFailed, git
from workbench.skills.versions.stream import Entry

_TRIES: Final = 20
_PAUSE_S: Final = 0.05


@dataclass(frozen=True)
class Staged(Entry):
    """A file in the index. In a merge that is not done, `stage` is the side that it is of, else 0."""

    stage: int
    path: str


@dataclass(frozen=True)
class Index:
    """The index of a repository; paths are relative to `root`, which lies at `prefix` in it."""

    root: Path
    prefix: str

    def at(self, *paths: str) -> list[Staged]:
        """What it holds at or below paths."""
        return self._listed("--stage", *paths)

    def in_conflict(self) -> set[str]:
        """The files of which a merge that is not done has left texts of both sides."""
        return {each.path for each in self._listed("--unmerged")}

    def _listed(self, which: str, *paths: str) -> list[Staged]:
        found = []
        for line in git(self.root, "ls-files", which, "-z", "--full-name", "--", *(paths or ["."])).split(b"\0")[:-1]:
            about, _, name = line.partition(b"\t")
            mode, sha, stage = about.decode().split(" ")
            found.append(Staged(mode, sha, int(stage), os.fsdecode(name)[len(self.prefix) :]))
        return found

    def put(self, entries: Mapping[str, Entry | None], length: int) -> None:
        """What it is to hold of some paths, None being nothing; `length` is that of an object's name. Waits while another
        git holds it. To write it, git looks again at files that were changed a moment ago, and would run the filters that
        somebody has configured for them.
        """
        if not entries:
            return
        lines = b"".join(self._line(path, entry, length) for path, entry in entries.items())
        off = self._without_filters()
        for attempt in range(_TRIES):
            try:
                git(self.root, *off, "update-index", "-z", "--index-info", given=lines)
            except GitFailed as error:
                if "index.lock" not in str(error) or attempt == _TRIES - 1:
                    raise
                time.sleep(_PAUSE_S)
            else:
                return

    def _line(self, path: str, entry: Entry | None, length: int) -> bytes:
        name = b"\t" + os.fsencode(self.prefix + path) + b"\0"
        gone = b"0 " + b"0" * length + name  # of both sides of a merge, too
        return gone if entry is None else gone + f"{entry.mode} {entry.sha}".encode() + name

    def _without_filters(self) -> list[str]:
        said = git(self.root, "config", "-z", "--name-only", "--get-regexp", r"^filter\.", accept=(0, 1))
        drivers = {name.rpartition(".")[0] for name in said.decode("utf-8", "surrogateescape").split("\0")[:-1]}
        values = ("clean=", "smudge=", "process=", "required=false")
        return [word for driver in sorted(drivers) for value in values for word in ("-c", f"{driver}.{value}")]
