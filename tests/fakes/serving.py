"""A web application of the tests, on a thread and a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

from aiohttp import web

PATIENCE_S = 60


@contextlib.contextmanager
def served(
    application: web.Application, *, stop: asyncio.Event, shutdown_s: float, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """The address of the application, until the block ends.

    `stop` is set then, in the application's loop; an answer that is still under way may take `shutdown_s` to end.
    """
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    host, port = listening.getsockname()
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    async def turns() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def serve() -> None:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=shutdown_s)
        await runner.setup()
        await web.SockSite(runner, listening, ssl_context=tls).start()
        ready.set()
        await stop.wait()
        loop.remove_reader(listening)
        await turns()  # who was let in a moment before is met by a server that is still open; a closed one forgets them
        await runner.cleanup()
        await turns()  # what is closed lets its socket go a turn later
        late = asyncio.all_tasks() - {asyncio.current_task()}  # answers to who has gone without a word
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def run() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(serve())

    thread = threading.Thread(target=run, name="served")
    thread.start()
    try:
        if not ready.wait(PATIENCE_S):
            raise TimeoutError("The site did not start.")
        yield f"{'https' if tls else 'http'}://{host}:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(shutdown_s + PATIENCE_S)
        assert not thread.is_alive()
