"""Who edits a skill: one instance at a time, a host or one page of it. A lock whose process is gone is anybody's."""

from __future__ import annotations

import os

import apsw

from workbench.clock import Clock
from workbench.errors import NotFound, Refused
from workbench.sidecar.tree import born
from workbench.skills import locks_table, table
from workbench.skills.locks_table import LockRow
from workbench.storage.database import Database


class Locks:
    """The locks of a library, and those that this process holds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.pid = os.getpid()
        self.born = born(self.pid) or 0
        self.instance = f"{self.pid}-{self.born}"
        """What this process is called where a caller names no instance."""
        self._used = False

    def acquire(self, skill: str, instance: str | None = None) -> LockRow:
        """The lock, for this instance: once more if it has it, taken over if its owner is dead. Raises Refused."""
        mine, now = instance or self.instance, self._clock.now_ms()

        def take(connection: apsw.Connection) -> LockRow:
            row = table.find(connection, skill)
            if row is None:
                raise NotFound(f"There is no skill named {skill[:80]!r}.", remedy="List them.", skill=skill)
            held = next(iter(locks_table.locks(connection, skill)), None)
            if held is not None and held.instance != mine and alive(held):
                raise _edited_elsewhere(held)
            if held is None or held.instance != mine or not alive(held):
                locks_table.put_lock(connection, row.id, mine, pid=self.pid, born=self.born, now=now)
            return locks_table.locks(connection, skill)[0]

        self._used = True
        return self._database.write(take)

    def release(self, skill: str, instance: str | None = None) -> bool:
        """Whether this instance had it."""
        mine = instance or self.instance
        return self._database.write(lambda connection: locks_table.drop_lock(connection, skill, mine))

    def held(self, skill: str | None = None) -> list[LockRow]:
        """Locks whose owner lives, by skill."""
        return [
            lock for lock in self._database.read(lambda connection: locks_table.locks(connection, skill)) if alive(lock)
        ]

    def check_free(self, skill: str, instance: str | None = None) -> None:
        """Raises Refused when another instance edits the skill."""
        for lock in self.held(skill):
            if lock.instance != (instance or self.instance):
                raise _edited_elsewhere(lock)

    def release_all(self, instance: str | None = None) -> None:
        """Gives back what this process holds, because it leaves, or what one instance of it held that has left."""
        if self._used and not self._database.read_only:
            self._database.write(
                lambda connection: locks_table.drop_locks_of(connection, self.pid, self.born, instance)
            )


def alive(lock: LockRow) -> bool:
    """Whether the process that holds a lock is still the one that took it."""
    return born(lock.pid) == lock.born


def _edited_elsewhere(lock: LockRow) -> Refused:
    return Refused(
        "locked",
        f"{lock.skill!r} is being edited in another instance.",
        remedy="Close it there; the lock goes with it.",
        skill=lock.skill,
        instance=lock.instance,
        pid=lock.pid,
    )
