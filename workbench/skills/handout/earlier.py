"""What earlier exports have put into a catalogue's folder, so that a skill that is given away no more can leave it.

Idea: the home keeps, by target, a mark of each piece as it was laid there. A plugin that this client's catalogue lists no
more goes when all of it is as it was laid; where another client's catalogue has it still, only what was for this one goes.
Invariant: what somebody has changed or added, or another has put there, stays and is said.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.paths import Home, write_atomic
from workbench.skills.handout import catalogues_out
from workbench.skills.handout.catalogues_out import DIALECTS, Dialect
from workbench.skills.handout.moving_in import below, mark
from workbench.skills.tree.digest import counts

LOGGER: Final = logging.getLogger("workbench")


@dataclass(frozen=True)
class Leaving:
    """What goes from a target, and what is listed no more and stays: files and folders by path below it."""

    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Earlier:
    """One target as earlier exports from this home have left it."""

    home: Home
    target: Path

    def leaving(self, names: Collection[str], dialect: Dialect) -> Leaving:
        """What becomes of the plugins of a dialect that lie there, when these skills are all that it lists."""
        known, listed = self._marks(), {name.casefold() for name in names}
        gone: list[str] = []
        kept: list[str] = []
        for name in self._plugins():
            plugin = catalogues_out.plugin_folder(name)
            manifest = f"{plugin}/{dialect.manifest}"
            if name.casefold() in listed or not os.path.lexists(self.target / manifest):
                continue
            shared = any(self._lies(f"{plugin}/{each.manifest}") for each in DIALECTS.values() if each != dialect)
            parts = [manifest] if shared else [manifest, catalogues_out.folder_of(name)]
            whole = manifest if shared else plugin
            as_laid = all(known.get(part) == laid_mark(self.target / part) for part in parts)
            (gone if as_laid and self._is_all(whole, parts) else kept).append(whole)
        return Leaving(tuple(gone), tuple(kept))

    def keep(self, laid: Mapping[str, str]) -> None:
        """Notes the marks of what has been laid now, beside what was before and lies there still."""
        told = {piece: each for piece, each in self._marks().items() if self._lies(piece)} | dict(laid)
        try:
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            write_atomic(self._file, json.dumps({"target": str(self.target), "pieces": told}).encode())
        except OSError as error:
            LOGGER.warning("What was exported to %s could not be noted: %s", self.target, error)

    @property
    def _file(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.target)).hexdigest()[:32]
        return self.home.root / "exported" / f"{name}.json"

    def _marks(self) -> dict[str, str]:
        try:
            told = json.loads(self._file.read_bytes())
            return dict(told["pieces"])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, LookupError, TypeError) as error:
            LOGGER.warning("What was exported to %s is not known any more: %s", self.target, error)
            return {}

    def _plugins(self) -> list[str]:
        """The folders in which plugins lie; no link is followed."""
        place = self.target / catalogues_out.PLUGINS
        if place.is_symlink() or not place.is_dir():
            return []
        with os.scandir(place) as found:
            return sorted(each.name for each in found if each.is_dir(follow_symlinks=False))

    def _lies(self, piece: str) -> bool:
        return os.path.lexists(self.target / piece)

    def _is_all(self, whole: str, parts: Collection[str]) -> bool:
        """Whether nothing else lies there."""
        inside = (f"{whole}/{path}" if path else whole for path in below(self.target / whole) if counts(path))
        return all(path in parts or any(path.startswith(f"{part}/") for part in parts) for path in inside)


def laid_mark(path: Path) -> str:
    """What tells whether a piece was changed; what tools leave behind by themselves is no change."""
    return mark(path, litter=False)
