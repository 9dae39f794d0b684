"""Which pages are connected, and which have left."""

from __future__ import annotations

import asyncio

import pytest

from workbench.hosts.pages import Pages


async def settled() -> None:
    """Whatever was due has happened, where nothing waits for a time."""
    for _ in range(10):
        await asyncio.sleep(0)


class Gone(list[str]):
    """The pages that have left, in order."""

    async def left(self, page: str) -> None:
        self.append(page)


async def test_a_page_whose_last_socket_is_closed_has_left() -> None:
    gone = Gone()
    pages = Pages(gone.left, grace_s=0)
    pages.came("a")
    pages.came("a")
    pages.came("b")
    pages.went("a")
    await settled()
    assert gone == []
    pages.went("a")
    await settled()
    assert gone == ["a"]


async def test_a_page_that_comes_again_in_time_has_not_left() -> None:
    gone = Gone()
    pages = Pages(gone.left, grace_s=0)
    for _ in range(2):  # a reload: one socket goes, the next one comes
        pages.came("a")
        pages.went("a")
    pages.came("a")
    await settled()
    assert gone == []
    pages.went("a")
    await settled()
    assert gone == ["a"]


async def test_a_page_that_comes_while_it_gives_back_what_it_held_waits_for_that() -> None:
    told = asyncio.Event()
    gone = Gone()

    async def slowly(page: str) -> None:
        await told.wait()
        await gone.left(page)

    pages = Pages(slowly, grace_s=0)
    pages.came("a")
    pages.went("a")
    await settled()
    coming = asyncio.create_task(pages.settled("a"))
    await settled()
    assert not coming.done()
    told.set()
    await coming
    assert gone == ["a"]
    pages.came("a")
    pages.went("a")
    await settled()
    assert gone == ["a", "a"]


async def test_a_server_that_ends_waits_for_no_page() -> None:
    gone = Gone()
    pages = Pages(gone.left, grace_s=0)
    pages.came("a")
    pages.went("a")
    await pages.close()
    await settled()
    assert gone == []


async def test_what_cannot_be_given_back_is_logged_and_harms_no_other_page(caplog: pytest.LogCaptureFixture) -> None:
    gone = Gone()

    async def left(page: str) -> None:
        if page == "a":
            raise OSError("full")
        await gone.left(page)

    pages = Pages(left, grace_s=0)
    for page in ("a", "b"):
        pages.came(page)
        pages.went(page)
    await settled()
    assert gone == ["b"]
    assert "page a" in caplog.text
