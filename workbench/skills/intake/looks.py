"""Looks that are kept while somebody decides: what was fetched from a source, and its plan.

Invariant: a look is kept here or in the hands of whoever took it, never both; what is kept is gone when it is given up,
after an hour, or when there are too many.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

from workbench.skills.intake.incoming import Parcel
from workbench.skills.intake.plan import Plan
from workbench.skills.sources.fetch import Fetched

KEPT_MS: Final = 60 * 60 * 1000
KEPT_MOST: Final = 8


@dataclass(frozen=True)
class Look:
    """A source that was fetched and planned; `id` is its name for bringing in."""

    id: str
    source: str
    fetched: Fetched
    plan: Plan
    parcel: Parcel = field(repr=False)
    at: int


class Looks:
    """The looks that one process keeps. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Look] = {}

    def keep(self, look: Look) -> None:
        """Keeps one more, and gives up those that are too old, or too many."""
        with self._lock:
            self._kept[look.id] = look
            newest = sorted(self._kept.values(), key=lambda each: each.at, reverse=True)
            old = [each for n, each in enumerate(newest) if n >= KEPT_MOST or look.at - each.at > KEPT_MS]
            for each in old:
                del self._kept[each.id]
        for each in old:
            each.parcel.close()

    def renew(self, look: Look) -> None:
        """Keeps more that is known of a look, if it is kept still."""
        with self._lock:
            if look.id in self._kept:
                self._kept[look.id] = look

    def seen(self, look: str, source: str) -> Look | None:
        """The look of this name, if it is kept still and was at this source."""
        with self._lock:
            found = self._kept.get(look)
        return found if found is not None and found.source == source else None

    def take(self, look: str, source: str) -> Look | None:
        """The same, for who closes its parcel from now on."""
        with self._lock:
            found = self._kept.get(look)
            return self._kept.pop(look) if found is not None and found.source == source else None

    def forget(self, look: str) -> None:
        """Gives up what was fetched. Harmless twice."""
        with self._lock:
            found = self._kept.pop(look, None)
        if found is not None:
            found.parcel.close()

    def close(self) -> None:
        """Gives up all of them."""
        with self._lock:
            looks = list(self._kept)
        for look in looks:
            self.forget(look)
