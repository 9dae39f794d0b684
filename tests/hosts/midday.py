"""A day that does not end while a test runs."""

from __future__ import annotations

import time


def midday_zone(at: float | None = None) -> str:
    """A zone in which it is between noon and one o'clock, now or at a moment in seconds."""
    hour = time.gmtime(at).tm_hour
    return f"Etc/GMT{hour - 12:+d}" if hour != 12 else "UTC"
