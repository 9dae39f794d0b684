"""Time and ids, in a form that tests can hold still."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rest of the house knows of time. `SystemClock` is the real one; tests bring their own."""

    def now_ms(self) -> int:
        """Wall clock, milliseconds since 1970 (UTC): for display, never for durations."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back: for durations and time limits."""
        ...

    def new_id(self) -> str:
        """A new id, unguessable, sorting by time of birth."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def new_id(self) -> str:
        return uuid7(self.now_ms(), os.urandom(10))


def uuid7(now_ms: int, random: bytes) -> str:
    """A version 7 UUID (RFC 9562) of a time in milliseconds and ten random bytes."""
    value = (now_ms & (1 << 48) - 1) << 80 | int.from_bytes(random, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def iso(ms: int) -> str:
    """Milliseconds since 1970 as ISO 8601 in UTC, the form of every time that leaves the house."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
