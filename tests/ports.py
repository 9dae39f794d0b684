"""Ports for the programs that bind one themselves some time after they are told its number.

What the system hands out it may hand to somebody else in between. So these lie below its range, and each worker of a run has
some hundreds of its own.
"""

from __future__ import annotations

import os
import socket
from itertools import count
from typing import Final

from traitlets.config import Config

FIRST: Final = 20_000
EACH: Final = 1_000

_CHANNELS: Final = ("shell_port", "iopub_port", "stdin_port", "hb_port", "control_port")
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
_TURNS: Final = count(os.getpid())


def port() -> int:
    """A port of 127.0.0.1 that nobody listens on and nobody else is given soon."""
    while True:
        number = FIRST + _WORKER * EACH + next(_TURNS) % EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
        return number


def for_a_kernel() -> Config:
    """What tells a kernel's manager to give it such ports."""
    return Config({"KernelManager": {"cache_ports": False, **{channel: port() for channel in _CHANNELS}}})
