"""The topic `skills`: a screen is told that its list is no longer what it was, whoever changed it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.app import Workbench
from workbench.hosts import topics
from workbench.paths import Home
from workbench.protocol.screen import Batch, Subscribe
from workbench.settings import Settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "skills"


@pytest.fixture
async def bench(home: Home, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workbench]:
    """A library of one skill."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    opened = await asyncio.to_thread(Workbench.open, home)
    opened.save_settings(Settings(skills_path=str(root)))
    await opened.acall("skills.create", name="one", description="D.")
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
async def batches(bench: Workbench) -> AsyncIterator[asyncio.Queue[Batch]]:
    """What a screen that follows the topic is sent; the state at the beginning has come."""
    queue: asyncio.Queue[Batch] = asyncio.Queue()

    async def opening() -> Workbench:
        return bench

    following = asyncio.create_task(topics.serve(opening, Subscribe(sub="s", subscribe="skills"), queue.put))
    first = await told(queue)
    assert first.reset
    assert [[*event] for event in first.events] == [["version"]]
    yield queue
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def told(queue: asyncio.Queue[Batch]) -> Batch:
    async with asyncio.timeout(60):
        return await queue.get()


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("skills.create", {"name": "two", "description": "D."}),
        ("skills.edit", {"name": "one", "body": "Other.\n"}),
        ("skills.update_tags", {"names": ["one"], "add": ["t"]}),
        ("skills.lock", {"name": "one"}),
        ("skills.trust", {"name": "one"}),
        ("skills.update_metadata", {"name": "one", "purpose": "platform"}),
        ("skills.delete", {"name": "one"}),
    ],
)
async def test_every_change_of_the_library_is_told(
    bench: Workbench, batches: asyncio.Queue[Batch], command: str, params: dict[str, Any]
) -> None:
    await bench.acall(command, params)
    batch = await told(batches)
    assert batch.reset
    assert batch.failure is None


async def test_a_change_that_another_process_makes_is_told(home: Home, batches: asyncio.Queue[Batch]) -> None:
    other = await asyncio.to_thread(Workbench.open, home)
    await asyncio.to_thread(other.library.retag, ["one"], lambda _: ["t"])
    await asyncio.to_thread(other.close)
    await told(batches)


def add_folder(root: Path) -> None:
    (root / "found").mkdir()


def edit_file(root: Path) -> None:
    (root / "one" / "SKILL.md").write_text("---\nname: one\ndescription: Another.\n---\n")


def commit(root: Path) -> None:
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *person, "commit", "-q", "--allow-empty", "-m", "mine"], cwd=root, check=True)


@pytest.mark.parametrize("change", [add_folder, edit_file, commit])
async def test_what_is_done_outside_of_workbench_is_told_within_seconds(
    root: Path, batches: asyncio.Queue[Batch], change: Callable[[Path], None]
) -> None:
    change(root)
    await told(batches)


async def test_what_changes_no_skill_is_not_told(bench: Workbench, batches: asyncio.Queue[Batch]) -> None:
    await bench.acall("skills.list")
    version = await asyncio.to_thread(bench.library.watch.version)
    while (await told(batches)).events[0]["version"] != version:
        pass  # a change may be seen while it is being made
    await bench.acall("sessions.create")
    await bench.acall("settings.save", changes={"max_turns": 7})
    for command in ("skills.list", "skills.get", "skills.budget"):
        await bench.acall(command, {"name": "one"} if command == "skills.get" else {})
    assert bench.library.watch.version() == version
    assert batches.empty()


async def test_a_skills_folder_that_is_not_there_yet_has_a_version(home: Home, tmp_path: Path) -> None:
    opened = await asyncio.to_thread(Workbench.open, home)
    opened.save_settings(Settings(skills_path=str(tmp_path / "none")))
    before = opened.library.watch.version()
    (tmp_path / "none" / "one").mkdir(parents=True)
    assert opened.library.watch.version() != before
    await asyncio.to_thread(opened.close)
