"""The server extension: calls, events, and what is refused before it is either."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import SETUP, Kernel
from servers import Server, Tab, end_agents, heard

from workbench import __version__
from workbench.hosts.server import MAX_BODY
from workbench.protocol.screen import BATCH_BYTES

CALL = {"id": "1", "call": "settings.data_path", "params": {}}
OURS = [("POST", "call"), ("GET", "events"), ("GET", "version")]
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def flood(events: int, rate: float = 0) -> dict[str, Any]:
    """The parameters of a run of so many words."""
    options = {"recording": "flood", "events": events, "rate": rate}
    return {"provider": "replay", "prompt": "Go", "options": options}


async def batches(socket: aiohttp.ClientWebSocketResponse, sub: str) -> AsyncIterator[dict[str, Any]]:
    """A subscription's batches, which must join up."""
    last = None
    while True:
        batch = await heard(socket)
        assert len(json.dumps(batch, ensure_ascii=False, separators=(",", ":"))) < BATCH_BYTES * 1.1
        if batch["sub"] != sub:
            continue
        assert batch["failure"] is None, batch
        assert last is None or batch["reset"] or batch["since"] == last
        last = batch["seq"]
        yield batch


async def until_end(socket: aiohttp.ClientWebSocketResponse, sub: str) -> list[dict[str, Any]]:
    """The records of a subscription up to the end of its first run."""
    records = []
    async for batch in batches(socket, sub):
        records += batch["events"]
        if any(record["f"].get("type") == "end" for record in batch["events"]):
            break
    return records


def words(records: list[dict[str, Any]]) -> list[str]:
    """What the agent said, word by word."""
    chunks = (record["f"] for record in records if record["f"].get("type") == "agent_message_chunk")
    return "".join(chunk["content"]["text"] for chunk in chunks).split()


def numbered(count: int) -> list[str]:
    return [f"w{n}" for n in range(1, count + 1)]


# -- calls


async def test_a_call_gets_its_reply(tab: Tab) -> None:
    assert await tab.call("settings.data_path") == {"path": str(tab.server.root / "home")}


async def test_a_commands_failure_is_an_answer_and_no_http_error(tab: Tab) -> None:
    failure = await tab.call("settings.data_pat")
    assert failure["kind"] == "unknown_command"
    assert "settings.data_path" in failure["remedy"]
    assert (await tab.call("settings.data_path", extra=1))["kind"] == "invalid_request"


async def test_a_page_can_ask_for_the_version(tab: Tab) -> None:
    async with tab.http.get(f"{tab.server.url}/workbench/version") as response:
        assert await response.json() == {"version": __version__}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[1, 2]",
        b'{"id": "1"}',
        b'{"id": "1", "call": "settings.data_path", "path": "/etc"}',
        b'{"id": "1", "call": "x", "params": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"id": "1", "call": 1e999}',
        b'\xff\xfe{"id": "1"}',
    ],
    ids=["empty", "words", "list", "half", "unknown key", "deep", "infinite", "not utf-8"],
)
async def test_what_is_no_call_is_400_with_a_sentence(tab: Tab, body: bytes) -> None:
    async with tab.http.post(f"{tab.server.url}/workbench/call", data=body) as response:
        assert response.status == 400
        failure = (await response.json())["failure"]
    assert failure["kind"] == "invalid_request"
    assert failure["remedy"]
    assert await tab.call("settings.data_path")


async def test_a_body_over_the_limit_is_refused(tab: Tab) -> None:
    url = f"{tab.server.url}/workbench/call"
    begun = time.monotonic()
    async with tab.http.post(url, data=io.BytesIO(b" " * (10 * MAX_BODY))) as response:
        assert response.status == 413
        assert (await response.json())["failure"]["kind"] == "too_large"
    assert time.monotonic() - begun < 60
    assert await tab.call("settings.data_path")


async def test_a_body_just_under_the_limit_is_read(tab: Tab) -> None:
    body = json.dumps(CALL).encode()
    async with tab.http.post(f"{tab.server.url}/workbench/call", data=io.BytesIO(body.ljust(MAX_BODY))) as response:
        assert response.status == 200


async def test_an_unreadable_home_is_a_sentence_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the home should be")
    server = Server(tmp_path)
    server.start()
    try:
        async with aiohttp.ClientSession(headers=server.auth) as http:
            tab = Tab(server, http)
            failure = await tab.call("settings.data_path")
            assert failure["kind"] == "home_unusable"
            assert "WORKBENCH_HOME" in failure["remedy"]
            async with await tab.events() as socket:
                await socket.send_json({"sub": "a", "subscribe": "sessions"})
                assert (await heard(socket))["failure"]["kind"] == "home_unusable"
            (tmp_path / "home").unlink()
            assert await tab.call("settings.data_path") == {"path": str(tmp_path / "home")}
    finally:
        server.stop()


# -- who may


@pytest.mark.parametrize(("method", "path"), OURS)
async def test_without_a_token_every_door_is_closed(server: Server, method: str, path: str) -> None:
    headers = UPGRADE if path == "events" else {}
    async with aiohttp.ClientSession() as http:
        for auth in ({}, {"Authorization": "token wrong"}):
            url = f"{server.url}/workbench/{path}"
            async with http.request(method, url, json=CALL, headers={**headers, **auth}) as response:
                assert response.status == 403


@pytest.mark.parametrize(("method", "path"), [("POST", "call"), ("GET", "events")])
async def test_from_a_foreign_origin_every_door_is_closed(server: Server, method: str, path: str) -> None:
    headers = {"Origin": "http://evil.example", **(UPGRADE if path == "events" else {})}
    async with aiohttp.ClientSession(cookies=await login(server)) as http:
        url = f"{server.url}/workbench/{path}"
        async with http.request(method, url, json=CALL, headers=headers) as response:
            assert response.status in (403, 404)
            assert "result" not in await response.text()


async def test_a_cookie_alone_cannot_call(server: Server) -> None:
    cookies = await login(server)
    url = f"{server.url}/workbench/call"
    async with aiohttp.ClientSession(cookies=cookies) as http:
        for kind in ("application/json", "text/plain"):
            async with http.post(url, data=json.dumps(CALL), headers={"Content-Type": kind}) as response:
                assert response.status == 403
        async with http.post(url, json=CALL, headers={"X-XSRFToken": cookies["_xsrf"]}) as response:
            assert response.status == 200


async def test_no_get_changes_anything(tab: Tab) -> None:
    for path in ("call", "call?id=1&call=agents.shutdown"):
        async with tab.http.get(f"{tab.server.url}/workbench/{path}") as response:
            assert response.status == 405


async def test_jupyter_finds_no_handler_of_ours_without_its_checks(server: Server) -> None:
    warned = [line for line in server.log.splitlines() if "registered for /workbench" in line]
    assert warned == []
    assert "workbench | extension was successfully loaded" in server.log


@pytest.mark.slow
async def test_an_authorizer_can_let_a_user_watch_and_not_call(tmp_path: Path) -> None:
    (tmp_path / "watcher.py").write_text(
        "from jupyter_server.auth import Authorizer\n"
        "class Watcher(Authorizer):\n"
        "    async def is_authorized(self, handler, user, action, resource):\n"
        "        return resource != 'workbench' or action == 'read'\n"
    )
    server = Server(tmp_path, options=("--ServerApp.authorizer_class=watcher.Watcher",), paths=(tmp_path,))
    server.start()
    try:
        async with aiohttp.ClientSession(headers=server.auth) as http:
            async with http.post(f"{server.url}/workbench/call", json=CALL) as response:
                assert response.status == 403
            async with await Tab(server, http).events() as socket:
                await socket.send_json({"sub": "a", "subscribe": "sessions"})
                assert (await heard(socket))["events"] == []
    finally:
        server.stop()


async def login(server: Server) -> dict[str, str]:
    """The cookies of a person who has logged in with the token."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{server.url}/login") as response:
            xsrf = response.cookies["_xsrf"].value
        form = {"password": server.token, "_xsrf": xsrf}
        async with http.post(f"{server.url}/login", data=form) as response:
            await response.read()
        return {cookie.key: cookie.value for cookie in http.cookie_jar}


# -- events


async def test_a_session_streams_to_its_end_each_word_once(tab: Tab) -> None:
    started = await tab.call("agents.start", **flood(2000, 4000))
    async with await tab.events() as socket:
        await socket.send_json({"sub": "a", "subscribe": f"session:{started['session']}"})
        assert words(await until_end(socket, "a")) == numbered(2000)


async def test_batches_of_a_live_session_are_apart_and_hold_what_came_meanwhile(tab: Tab) -> None:
    started = await tab.call("agents.start", **flood(1000, 1000))
    count = 0
    async with await tab.events() as socket:
        begun = time.monotonic()
        await socket.send_json({"sub": "a", "subscribe": f"session:{started['session']}"})
        async for batch in batches(socket, "a"):
            count += 1
            if any(record["f"].get("type") == "end" for record in batch["events"]):
                break
    assert count <= (time.monotonic() - begun) / 0.05 + 2


async def test_a_page_that_comes_again_goes_on_from_its_last_number(tab: Tab) -> None:
    started = await tab.call("agents.start", **flood(600, 400))
    topic = f"session:{started['session']}"
    async with await tab.events() as socket:
        await socket.send_json({"sub": "a", "subscribe": topic})
        records = []
        async for batch in batches(socket, "a"):
            records += batch["events"]
            if len(words(records)) > 50:
                break
    async with await tab.events() as socket:
        await socket.send_json({"sub": "b", "subscribe": topic, "since": records[-1]["seq"]})
        records += await until_end(socket, "b")
    assert words(records) == numbered(600)


async def test_what_has_ended_is_read_again_from_the_beginning(tab: Tab) -> None:
    started = await tab.call("agents.start", **flood(3000))
    topic = f"session:{started['session']}"
    async with await tab.events() as socket:
        for sub in ("a", "b"):
            await socket.send_json({"sub": sub, "subscribe": topic})
            assert words(await until_end(socket, sub)) == numbered(3000)


async def test_one_socket_carries_many_topics_and_each_can_be_left(tab: Tab) -> None:
    started = [await tab.call("agents.start", **flood(200, 400)) for _ in range(3)]
    async with await tab.events() as socket:
        for number, each in enumerate(started):
            await socket.send_json({"sub": str(number), "subscribe": f"session:{each['session']}"})
        await socket.send_json({"sub": "all", "subscribe": "sessions"})
        await socket.send_json({"unsubscribe": "1"})
        said: dict[str, list[dict[str, Any]]] = {"0": [], "2": []}
        while not all("end" in [r["f"].get("type") for r in records] for records in said.values()):
            batch = await heard(socket)
            if batch["sub"] in said:
                said[batch["sub"]] += batch["events"]
    assert [words(records) for records in said.values()] == [numbered(200)] * 2


async def test_a_page_that_does_not_read_holds_up_nobody(tab: Tab) -> None:
    started = await tab.call("agents.start", **flood(30_000))
    topic = f"session:{started['session']}"
    async with aiohttp.ClientSession(headers=tab.server.auth) as http, await Tab(tab.server, http).events() as deaf:
        for number in range(20):
            await deaf.send_json({"sub": str(number), "subscribe": topic})
        async with await tab.events() as socket:
            await socket.send_json({"sub": "a", "subscribe": topic})
            assert words(await until_end(socket, "a")) == numbered(30_000)
        assert await tab.call("settings.data_path")


async def test_an_unknown_topic_or_session_fails_once_with_a_remedy(tab: Tab) -> None:
    async with await tab.events() as socket:
        for topic, kind in (
            ("weather", "invalid_request"),
            ("session:nobody", "not_found"),
            ("session:../x", "not_found"),
        ):
            await socket.send_json({"sub": topic, "subscribe": topic})
            batch = await heard(socket)
            assert (batch["sub"], batch["failure"]["kind"]) == (topic, kind)
            assert batch["failure"]["remedy"]


@pytest.mark.parametrize(
    "message", ["", "not json", "[]", '{"sub": "a"}', '{"sub": "a", "subscribe": "sessions", "x": 1}']
)
async def test_a_message_that_is_no_subscription_closes_the_socket(tab: Tab, message: str) -> None:
    async with await tab.events() as socket:
        await socket.send_str(message)
        assert (await socket.receive(timeout=60)).type == aiohttp.WSMsgType.CLOSE
    assert await tab.call("settings.data_path")


@pytest.mark.slow
async def test_what_a_page_locked_goes_with_its_socket_when_it_does_not_come_again(tab: Tab) -> None:
    crashed, other = await tab.events("crashed"), await tab.events("other")
    for skill, page in (("shared", "crashed"), ("kept", "other")):
        await tab.call("skills.create", name=skill, description="Does it. Use when it is wanted.")
        assert (await tab.call("skills.lock", name=skill, instance=page))["locked"]
    assert (await tab.call("skills.lock", name="shared", instance="other"))["facts"]["reason"] == "locked"
    await crashed.close()
    async with asyncio.timeout(60):
        while (await tab.call("skills.check_lock", name="shared"))["locked"]:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.1)
    assert (await tab.call("skills.check_lock", name="kept"))["instance"] == "other"
    await other.close()


async def test_the_list_of_sessions_follows_what_happens(tab: Tab) -> None:
    async with await tab.events() as socket:
        await socket.send_json({"sub": "all", "subscribe": "sessions"})
        stream = batches(socket, "all")
        known = {row["id"] for row in (await anext(stream))["events"]}
        started = await tab.call("agents.start", **flood(100_000, 100))
        states: list[str] = []
        async for batch in stream:
            assert batch["reset"]
            was_busy = "busy" in states
            states += [row["state"] for row in batch["events"] if row["id"] == started["session"]]
            if was_busy and states[-1] != "busy":  # it is live before it is busy, too
                break
            if "busy" in states and not was_busy:
                await tab.call("agents.stop", session=started["session"])
        assert started["session"] not in known
        # A process that stands still for longer than a stop waits is ended with its turn.
        assert states[-1] in {"live", "ended"}


async def test_the_status_counts_running_agents_and_what_today_has_cost_without_what_was_replayed(tab: Tab) -> None:
    await tab.call("agents.start", **flood(5))
    async with asyncio.timeout(60):
        while (await tab.call("usage.summary"))["replayed_cost"] in (None, "0"):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.05)
    async with await tab.events() as socket:
        await socket.send_json({"sub": "s", "subscribe": "status"})
        stream = batches(socket, "s")
        async for batch in stream:
            before = batch["events"][0]
            assert before["currency"] == "USD"
            if before["running"] == 0:  # its cost is known a moment before it has ended
                break
        started = await tab.call("agents.start", **flood(100_000, 100))
        seen = []
        async for batch in stream:
            was_running = any(each["running"] for each in seen)
            seen.append(batch["events"][0])
            if was_running and seen[-1]["running"] == 0:
                break
            if seen[-1]["running"] and not was_running:
                await tab.call("agents.stop", session=started["session"])
    assert [float(each["cost_today"] or 0) for each in (before, seen[-1])] == [0, 0]


# -- beside cells and after death


@pytest.fixture
def served_kernel(server: Server) -> Iterator[Kernel]:
    """A kernel on the server's home."""
    running = Kernel(server.root, WORKBENCH_SERVER="1")
    running.start()
    running.ok(SETUP)
    yield running
    running.stop()


async def test_stop_reaches_an_agent_while_its_cell_is_busy(tab: Tab, served_kernel: Kernel) -> None:
    options = flood(100_000, 100)["options"]
    asked = served_kernel.submit(
        f"run = bench.agents.start('Go', provider='replay', options={options})\nprint(run.session)\n"
        "print(run.result().status)"
    )
    seen = await asyncio.to_thread(served_kernel.until, lambda m: m["msg_type"] == "stream")
    session = seen[-1]["content"]["text"].split()[0]
    assert (await tab.call("agents.stop", session=session))["session"] == session
    seen = await asyncio.to_thread(served_kernel.until_idle, asked)
    assert "aborted" in "".join(m["content"]["text"] for m in seen if m["msg_type"] == "stream")


async def test_a_kernel_of_the_server_knows_that_its_pages_have_our_front_end(tab: Tab) -> None:
    async with tab.http.post(f"{tab.server.url}/api/kernels", json={"name": "python3"}) as response:
        kernel = (await response.json())["id"]
    client = BlockingKernelClient(connection_file=str(tab.server.root / "runtime" / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.hb_channel.time_to_dead = 60  # the second that it has by itself passes while a kernel loads
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        asked = client.execute_interactive(
            "import workbench.hosts.display as d; assert d.has_front_end()", timeout=60, output_hook=print
        )
        assert asked["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        await tab.http.delete(f"{tab.server.url}/api/kernels/{kernel}")


@pytest.mark.slow
async def test_a_killed_server_loses_nothing_and_the_next_one_goes_on(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        async with aiohttp.ClientSession(headers=server.auth) as http:
            tab = Tab(server, http)
            started = await tab.call("agents.start", **flood(2000, 250))
            topic = f"session:{started['session']}"
            records: list[dict[str, Any]] = []
            async with await tab.events() as socket:
                await socket.send_json({"sub": "a", "subscribe": topic})
                async for batch in batches(socket, "a"):
                    records += batch["events"]
                    if len(words(records)) > 50:
                        break
                server.stop(kill=True)
        server.start()
        async with aiohttp.ClientSession(headers=server.auth) as http:
            tab = Tab(server, http)
            async with await tab.events() as socket:
                await socket.send_json({"sub": "b", "subscribe": topic, "since": records[-1]["seq"]})
                records += await until_end(socket, "b")
            assert (await tab.call("usage.summary"))["runs"] == 1
        assert words(records) == numbered(2000)
    finally:
        server.stop()
        end_agents(tmp_path)


@pytest.mark.slow
async def test_agents_outlive_a_server_that_is_shut_down(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        async with aiohttp.ClientSession(headers=server.auth) as http:
            tab = Tab(server, http)
            started = await tab.call("agents.start", **flood(100_000, 100))
            async with await tab.events() as socket:
                for topic in (f"session:{started['session']}", "sessions", "status"):
                    await socket.send_json({"sub": topic, "subscribe": topic})
                    await heard(socket)
                await asyncio.to_thread(server.stop)
        server.start()
        async with aiohttp.ClientSession(headers=server.auth) as http:
            assert (await Tab(server, http).call("agents.any_running"))["running"]
        for complaint in ("Traceback", "never retrieved", "was destroyed", "never awaited"):
            assert complaint not in server.log
    finally:
        server.stop()
        end_agents(tmp_path)
