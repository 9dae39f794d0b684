"""One process at a time hands skills out; the system takes the lock from one that dies."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from workbench.paths import Home
from workbench.skills.turns import turn

PATIENCE_S: Final = 30.0


def alone(home: Home, patience_s: float = PATIENCE_S) -> AbstractContextManager[None]:
    """Raises Refused when another process is still at it after some time."""
    return turn(home.root / "installs.lock", patience_s, doing="handing out skills")
