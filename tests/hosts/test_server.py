"""The server extension: calls, their failures, and what is refused before it is a call."""

from __future__ import annotations

from servers import Page

from workbench import __version__


async def test_a_call_gets_its_reply(page: Page) -> None:
    reply = await page.call("settings.data_path")
    assert reply == {"path": str(page.server.root / "home")}


async def test_a_commands_failure_is_an_answer_and_no_http_error(page: Page) -> None:
    failure = await page.call("settings.data_pat")
    assert failure["kind"] == "unknown_command"
    assert "settings.data_path" in failure["remedy"]


async def test_a_page_can_ask_for_the_version(page: Page) -> None:
    async with page.http.get(f"{page.server.url}/workbench/version") as response:
        assert await response.json() == {"version": __version__}


async def test_a_session_streams_over_the_socket_to_its_end(page: Page) -> None:
    started = await page.call(
        "agents.start",
        provider="replay",
        prompt="hello",
        permission_mode="bypass",
        options={"recording": "flood", "events": 500},
    )
    assert set(started) == {"session", "run"}, started
    async with await page.events() as socket:
        await socket.send_json({"sub": "a", "subscribe": f"session:{started['session']}", "since": 0})
        last, types = 0, []
        while "end" not in types:
            batch = await socket.receive_json(timeout=20)
            assert batch["failure"] is None
            assert batch["since"] == last
            last = batch["seq"]
            types += [record["f"].get("type") for record in batch["events"]]
    assert types[0] == "start"
