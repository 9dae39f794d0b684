"""Cuts a change of a workflow short at any of its writes, renames and commits, and lets three other hosts look at what is left.

    python killed_writes.py FOLDER OPERATION HOW LIVES

`HOW` is `all` (the host dies, and with it the git that it has started), `host` (that git goes on) or `full` (nobody dies, but
from there on there is no space on the disk). The change is made once to count its steps; then LIVES times, each time cut
short at another step (0: at every one). Prints a JSON line for each, that of the change nobody cut first. After every
second kill the host that looks first is killed, too. At last the change is asked for again, if it has not happened.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import shutil
import sys
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "skills")]

import agreed
import shelf as looking
from cutting import Cut, How
from killed import lost
from killed_workflow import OPERATIONS, prepare
from killing import child, taught

from workbench.app import Workbench
from workbench.commands import git, skills, usage, workflow  # noqa: F401 - loaded once, before the forks
from workbench.errors import WorkbenchError

LOOKS = 3
SET_CHILD_SUBREAPER = 36
LOOKING = 70
"""About so many steps a host takes that finishes what another has left."""


@dataclass
class Life:
    """One change, and what became of it."""

    step: int
    steps: int
    died: bool = False
    what: str = ""
    """The step at which it was cut short."""
    second: str = ""
    """The one at which the host was that looked first."""
    failed: dict[str, Any] | None = None
    """What the person was told."""
    locks: list[str] = field(default_factory=list)
    """Lock files of a git that was killed: the person has removed them, as they were told to."""
    unstable: list[str] = field(default_factory=list)
    """What the three hosts did not find alike."""
    unversioned: list[str] = field(default_factory=list)
    """Files from before whose content is nowhere now."""
    found: dict[str, Any] = field(default_factory=dict)
    again: list[Any] = field(default_factory=list)
    """How it stands when the change has been made after all; of one that deletes, when that was taken back."""


class Change:
    """A change of a skill in a folder of its own, made again and again."""

    def __init__(self, base: Path, operation: str, how: How) -> None:
        self.base = base
        self.run = base / "run"
        self.root = self.run / "skills"
        self.operation = operation
        self.how: How = how
        self.cut = Cut()
        self.steps = 0
        self.happened: list[Any] = []
        """How it stands once the change is made."""

    def lives(self, count: int) -> Iterator[Life]:
        looking.a_person(self.root)
        looking.git(self.root, "commit", "-qm", "mine", "--allow-empty")
        taught(lambda: asyncio.run(self.prepare()))
        shutil.copytree(self.run, self.base / "template", symlinks=True)
        taught(lambda: self.operate("count", 0))
        self.cut.off()
        self.steps = self.cut.seen
        self.calm_down()
        whole = Life(0, self.steps)
        self.look(whole)
        self.happened = whole.found["summary"]
        self.make_after_all(whole)
        yield whole
        for number, at in enumerate(self.points(count)):
            yield self.short(at, twice=bool(number % 2))

    async def prepare(self) -> None:
        """What there is before the change."""
        await prepare(self.run, self.operation)

    def calm_down(self) -> None:
        """What is still at work after the change comes to its end."""

    def points(self, count: int) -> list[int]:
        """So many steps of the change, spread over all of it, other ones for each change."""
        if not count:
            return [*range(1, self.steps + 1)]
        first = zlib.crc32(f"{self.operation} {self.how}".encode()) % max(1, self.steps // count)
        return [1 + first + number * self.steps // count for number in range(count)]

    def short(self, at: int, *, twice: bool) -> Life:
        """The change cut short at its step `at`, and with `twice` what finishes it, too."""
        shutil.rmtree(self.run)
        shutil.copytree(self.base / "template", self.run, symlinks=True)
        life = Life(at, self.steps)
        life.died = self.fork(lambda: self.operate(self.how, at))
        life.what, life.failed = self.cut.what, self.told("failed")
        self.calm_down()
        self.unlock(life)
        if twice and life.died:
            self.fork(lambda: self.open(1 + at * 7 % LOOKING))
            life.second = self.cut.what
            self.unlock(life)
        self.look(life)
        self.make_after_all(life)
        return life

    def operate(self, how: How, at: int) -> None:
        command, params = OPERATIONS[self.operation]
        named = {} if command.startswith("skills.") or self.operation == "create" else {"skill": "demo"}
        with Workbench.open(self.run / "home") as bench, self.cut.short(how, at):
            try:
                bench.call(command, {**named, **params})
            except WorkbenchError as error:
                self.cut.off()
                self.tell("failed", dict(error.to_dict()))

    def open(self, at: int = 0) -> None:
        """The next host, which may be killed at a step of its as well."""
        with Workbench.open(self.run / "home") as bench, self.cut.short("all" if at else "off", at):
            agreed.states(bench)

    def unlock(self, life: Life) -> None:
        """While the locks of a git that was killed are there everything can be read; a person is told to remove them."""
        if self.how == "all":
            wait_for_orphans()
        locks = [*(self.root / ".git").rglob("*.lock")] if self.how == "all" else []
        if locks:
            self.fork(self.open)
        for path in locks:
            path.unlink()
            life.locks.append(path.name)

    def look(self, life: Life) -> None:
        """Three hosts, one after the other."""
        seen = []
        for _ in range(LOOKS):
            self.fork(lambda: self.tell("seen", self.one_look()))
            seen.append(self.told("seen"))
        life.unstable = [
            f"{what} {key}"
            for what in ("disk", "rows", "told")
            for each in seen[1:]
            for key in {**seen[0][what], **each[what]}
            if seen[0][what].get(key) != each[what].get(key)
        ]
        life.found = {key: value for key, value in seen[-1].items() if key not in ("disk", "rows", "told")}
        life.unversioned = lost(self.root, self.base / "template" / "skills")

    def one_look(self) -> dict[str, Any]:
        with Workbench.open(self.run / "home") as bench:
            told = agreed.states(bench)
            return {
                "disk": looking.digest(self.root, ".git"),
                "rows": agreed.rows(bench),
                "told": {each["skill"]: each for each in told},
                "summary": agreed.summary(told),
                "paid": agreed.paid(bench),
                "asked": agreed.asked(self.run / "home"),
                "wrong": agreed.disagreement(bench, self.root, told),
                "log": looking.git(self.root, "log", "--format=%s").splitlines(),
                "fsck": looking.git(self.root, "fsck", "--no-dangling"),
            }

    def make_after_all(self, life: Life) -> None:
        if life.found["summary"] != self.happened:
            self.fork(lambda: self.operate("off", 0))
            self.calm_down()
        self.fork(lambda: self.tell("again", self.stands()))
        life.again = self.told("again")

    def stands(self) -> list[Any]:
        with Workbench.open(self.run / "home") as bench:
            if self.operation == "delete":
                bench.call("skills.restore_deleted", name="demo")
            return agreed.summary(agreed.states(bench))

    def fork(self, work: Any) -> bool:
        """Whether a process that does this work was killed."""
        died = child(work) is None
        self.cut.off()
        return died

    def tell(self, name: str, what: Any) -> None:
        (self.base / f"{name}.json").write_text(json.dumps(what))

    def told(self, name: str) -> Any:
        """What a process has told, if it has."""
        path = self.base / f"{name}.json"
        found = json.loads(path.read_text()) if path.exists() else None
        path.unlink(missing_ok=True)
        return found


def wait_for_orphans() -> None:
    """Until every git has ended that was left by a host which was killed at a step of its own."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main() -> int:
    ctypes.CDLL(None).prctl(
        SET_CHILD_SUBREAPER, 1, 0, 0, 0
    )  # so that a git whose host is killed becomes a child of ours
    change = Change(Path(sys.argv[1]), sys.argv[2], sys.argv[3])  # type: ignore[arg-type]
    for life in change.lives(int(sys.argv[4])):
        print(json.dumps(asdict(life)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
