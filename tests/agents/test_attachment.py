"""One host's commits of one session: as few as can be, and none that comes too early."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest

from workbench.agents.attachment import Attachment
from workbench.errors import DatabaseUnusable, Refused, WorkbenchError


class Ledger:
    """A ledger that takes its time, and may fail."""

    def __init__(self, *failures: WorkbenchError) -> None:
        self.failures = list(failures)
        self.written = 0
        self.begun = 0
        self.at_once = 0
        self.most_at_once = 0

    async def commit(self) -> int:
        self.begun += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        read = self.written
        try:
            await asyncio.sleep(0.01)
            if self.failures:
                raise self.failures.pop(0)
        finally:
            self.at_once -= 1
        return read

    def attachment(self, folder: Path) -> Attachment:
        async def settle() -> None:
            pass

        return Attachment(folder, alive=lambda: False, commit=self.commit, settle=settle, on_change=lambda: None)


async def test_many_who_wait_for_the_same_bytes_share_one_commit(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.written = 100
    attachment = ledger.attachment(tmp_path)
    await asyncio.gather(*(attachment.committed(100) for _ in range(50)))
    assert ledger.begun == 1
    await attachment.committed(60)
    assert ledger.begun == 1


async def test_a_commit_that_began_too_early_is_followed_by_another(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.written = 100
    attachment = ledger.attachment(tmp_path)
    early = asyncio.create_task(attachment.committed(100))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ledger.written = 200
    await asyncio.gather(early, attachment.committed(200), attachment.catch_up(), attachment.catch_up())
    assert ledger.most_at_once == 1
    assert ledger.begun <= 4


async def test_a_database_that_is_busy_is_waited_for(tmp_path: Path) -> None:
    ledger = Ledger(Refused("busy", "Another process writes."))
    ledger.written = 100
    await ledger.attachment(tmp_path).committed(100)
    assert ledger.begun == 2


async def test_a_database_that_cannot_be_used_is_said_and_nothing_is_left_unread(tmp_path: Path) -> None:
    ledger = Ledger(DatabaseUnusable("The database is damaged."))
    ledger.written = 100
    attachment = ledger.attachment(tmp_path)
    waits = await asyncio.gather(*(attachment.committed(100) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in waits] == [DatabaseUnusable] * 3
    await attachment.committed(100)
    gc.collect()


async def test_a_viewer_that_leaves_in_the_middle_of_a_commit_does_not_undo_it(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.written = 100
    attachment = ledger.attachment(tmp_path)
    leaving = asyncio.create_task(attachment.committed(100))
    await asyncio.sleep(0.001)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    await attachment.committed(100)
    assert ledger.begun == 1


async def test_an_attachment_that_nobody_uses_is_idle(tmp_path: Path) -> None:
    attachment = Ledger().attachment(tmp_path)
    assert attachment.idle
    attachment.users += 1
    assert not attachment.idle
    assert await attachment.channel() is None
    assert not await attachment.grown(0)
    await attachment.aclose()
