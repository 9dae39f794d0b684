"""`python -m workbench.sidecar --provider NAME`: the process itself.

At its start it takes stdin and stdout for itself: descriptor 1 becomes stderr and 0 becomes empty, so neither a stray print
nor a vendor's child can speak or read on the wire. The first line out is `ready`, or one `error` and exit 78 when the
provider cannot be had. It leaves after `shutdown` or when stdin ends, and for no other reason: a broken stdout is
survived until then, because an agent may still be finishing its work.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final

from workbench.errors import SidecarMissing, WorkbenchError
from workbench.protocol import wire
from workbench.redact import needles, secrets_in
from workbench.sidecar import provider as providers
from workbench.sidecar.dispatch import Dispatcher
from workbench.sidecar.emitter import Emitter, Outbox, encode, event

log = logging.getLogger("workbench.sidecar")

EX_IOERR: Final = 74
EX_CONFIG: Final = 78
"""Exit codes of sysexits.h: the host stopped reading; the provider is unknown or not installed (no restart helps)."""

HEARTBEAT_S: Final = 15.0
_CHUNK: Final = 64 * 1024
_LAST_WORDS_S: Final = 60.0
"""How long a host may leave its pipe full. It holds up nobody: whoever wants us gone has a ladder, which is shorter."""
_LEFTOVERS_S: Final = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves one provider until it is told to leave; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m workbench.sidecar", description="One agent, spoken to in JSON lines."
    )
    parser.add_argument("--provider", required=True, help="one of: " + ", ".join(providers.PROVIDERS))
    name: str = parser.parse_args(arguments).provider
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    requests, events = _take_wire()
    try:
        provider = _load(name)
    except WorkbenchError as error:
        os.write(events, encode(event("error", None, {**error.to_dict()})) + b"\n")
        return EX_CONFIG
    return asyncio.run(_serve(provider, name, requests, events))


def _take_wire() -> tuple[int, int]:
    """Private copies of stdin and stdout, not inherited by children; 0 and 1 become /dev/null and stderr."""
    requests, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, events


def _load(name: str) -> providers.Provider:
    listing = providers.listing(name)
    if listing.package and importlib.util.find_spec(listing.package) is None:
        raise SidecarMissing(
            f"The {listing.label} provider needs the Python package {listing.package}, which is not installed.",
            remedy=f"Install it with: pip install 'jupyter-workbench[{listing.extra}]'",
            provider=name,
            package=listing.package,
            extra=listing.extra,
        )
    return providers.load(name)


async def _serve(provider: providers.Provider, name: str, requests: int, events: int) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_and_live)
    outbox = Outbox(events)
    emitter = Emitter(outbox, needles(secrets_in(os.environ, providers.listing(name).secrets)))
    heartbeat_s = float(os.environ.get("WORKBENCH_HEARTBEAT_S", HEARTBEAT_S))
    dispatcher = Dispatcher(provider, emitter, heartbeat_s=heartbeat_s)
    loop.add_signal_handler(signal.SIGTERM, dispatcher.eof)
    loop.add_signal_handler(signal.SIGINT, log.info, "Ctrl-C is the host's to answer; close stdin to end this process.")
    emitter.emit("ready", None, _ready(provider, name))
    threading.Thread(target=_read, args=(requests, loop, dispatcher), name="stdin", daemon=True).start()
    await dispatcher.finished.wait()
    await outbox.close(_LAST_WORDS_S)
    code = EX_IOERR if outbox.broken else 0
    _leave_by_force(code)
    return code


def _leave_by_force(code: int) -> None:
    """What a vendor leaves behind (a thread, a task that refuses to be cancelled) cannot keep the process for long."""
    force = threading.Timer(_LEFTOVERS_S, os._exit, [code])
    force.daemon = True
    force.start()


def _ready(provider: providers.Provider, name: str) -> dict[str, Any]:
    capabilities = provider.capabilities.to_dict()
    return {"version": wire.VERSION, "provider": name, "pid": os.getpid(), "capabilities": capabilities}


def _read(descriptor: int, loop: asyncio.AbstractEventLoop, dispatcher: Dispatcher) -> None:
    """Stdin, whatever it is (a pipe, a file, a terminal): the loop cannot watch all of these, a thread can."""
    try:
        while chunk := _chunk(descriptor):
            loop.call_soon_threadsafe(dispatcher.feed, chunk)
        loop.call_soon_threadsafe(dispatcher.eof)
    except RuntimeError:  # the loop is closed: the process is leaving
        pass


def _chunk(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:  # a terminal that went away; the same as its end
        log.warning("Stdin cannot be read any more: %s.", error)
        return b""


def _log_and_live(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The last net: an error in a callback or a forgotten task is written down, and the process goes on."""
    log.error("%s", context.get("message", "An error that nobody caught"), exc_info=context.get("exception"))


if __name__ == "__main__":
    sys.exit(main())
