"""The folder that agents work in, and where in it each of their own skills lies: used, or kept and not used.

Idea: the rows say which skills there are and which are active; `follow` makes the folder so. What shall come in waits in
`.coming` until its row is written, what shall go waits in `.going` until its row is taken away, and what was replaced waits
in `.replaced` until all is done. So whoever is killed leaves rows and folders from which the next one sees what to do, and
does it; and who fails can go back. Invariant: following twice changes nothing; what no row names is not touched, and what
makes room goes to the trash.

Agents write here. A folder on the way that has become a link is refused, never followed.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import Refused
from workbench.paths import Home
from workbench.skills.changes import scratch_of
from workbench.skills.listing import INACTIVE
from workbench.skills.roles.role import Role
from workbench.skills.tree.digest import digest

_CLAUDE: Final = ".claude"
_PARTIAL: Final = ".partial."


@dataclass(frozen=True)
class Workspace:
    """One home's; `new_id` names entries of the trash."""

    home: Home
    new_id: Callable[[], str]

    @property
    def root(self) -> Path:
        return scratch_of(self.home)

    @property
    def skills(self) -> Path:
        """Where the active ones lie; the others are in a folder in it."""
        return self.root / _CLAUDE / "skills"

    @property
    def going(self) -> Path:
        return self.root / _CLAUDE / ".going"

    @property
    def coming(self) -> Path:
        return self.root / _CLAUDE / ".coming"

    @property
    def replaced(self) -> Path:
        return self.root / _CLAUDE / ".replaced"

    def place(self, name: str, *, active: bool) -> Path:
        """Where a skill lies when it is active, or is not."""
        return self.skills / name if active else self.skills / INACTIVE / name

    def make(self) -> None:
        """The folders, none of which may be a link. Raises Refused, and OSError."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = (self.coming, self.going, self.replaced)
        for folder in (self.skills.parent, self.skills, self.skills / INACTIVE, *own):
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                if not stat.S_ISDIR(folder.lstat().st_mode):
                    raise Refused(
                        "no_folder",
                        f"{folder} is a link or a file, where a folder of the agents' skills has to be.",
                        remedy="Move it away; the folder is made again.",
                        path=str(folder),
                    ) from None

    # -- what comes and goes

    def lay_out(self, name: str, write: Callable[[Path], object]) -> str:
        """Makes a skill that shall come in, whole; its digest. It comes when a row with that digest is there."""
        made = self.coming / f"{_PARTIAL}{name}"
        shutil.rmtree(made, ignore_errors=True)  # of one that was killed
        try:
            write(made)
            found = digest(made)
            os.sync()
            shutil.rmtree(self.coming / name, ignore_errors=True)
            made.rename(self.coming / name)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return found

    def leave(self, name: str) -> bool:
        """Takes a skill out of both places; it goes when its row does. Whether there was anything to take."""
        found = [place for place in self._places(name) if os.path.lexists(place)]
        for place in found:
            if os.path.lexists(self.going / name):
                self.discard(place)
            else:
                place.rename(self.going / name)
        return bool(found)

    def left(self) -> list[str]:
        """The skills that are on their way out, by name."""
        return sorted(path.name for path in self.going.iterdir())

    def end(self) -> None:
        """All is as the rows say: what made room goes to the trash."""
        for folder in (self.going, self.replaced):
            for path in sorted(folder.iterdir()):
                self.discard(path)

    def go_back(self, names: Collection[str], before: Sequence[Role]) -> None:
        """Undoes what was done for some names, whose rows are as before; what was not there before is gone."""
        known = {role.name: role for role in before}
        for name in names:
            shutil.rmtree(self.coming / name, ignore_errors=True)
            kept = next((each for each in (self.going / name, self.replaced / name) if os.path.lexists(each)), None)
            role = known.get(name)
            if role is None or kept is not None:
                for place in self._places(name):
                    shutil.rmtree(place, ignore_errors=True)  # a copy of what came
            if role is not None and kept is not None:
                kept.rename(self.folder(role))

    def discard(self, place: Path) -> Path:
        """Into the trash; where it lies there."""
        entry = self.home.root / "trash" / self.new_id()
        entry.mkdir(mode=0o700, parents=True)
        return place.rename(entry / place.name)

    # -- how it is

    def follow(self, roles: Sequence[Role]) -> None:
        """Puts each skill where its row says. Raises OSError where that cannot be done."""
        for role in roles:
            made = self.coming / role.name
            if made.is_dir() and digest(made) == role.digest:
                self._replace(made, role)
                continue
            right, wrong = (self.place(role.name, active=active) for active in (role.active, not role.active))
            if not os.path.lexists(wrong):
                continue
            if os.path.lexists(right):
                self.discard(wrong)  # a stale copy
            else:
                wrong.rename(right)
        for path in self.coming.iterdir():  # nobody has written its row
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()

    def _replace(self, made: Path, role: Role) -> None:
        for place in self._places(role.name):
            if os.path.lexists(place):
                place.rename(self.replaced / role.name)
        made.rename(self.folder(role))

    def folder(self, role: Role) -> Path:
        return self.place(role.name, active=role.active)

    def taken(self, name: str) -> bool:
        """Whether something has this name, whichever way a file system looks at capitals; a row or not."""
        return any(each.casefold() == name.casefold() for each in self._names())

    def _names(self) -> Iterator[str]:
        for folder in (self.skills, self.skills / INACTIVE):
            yield from (path.name for path in folder.iterdir() if path.name != INACTIVE)

    def _places(self, name: str) -> tuple[Path, Path]:
        return self.place(name, active=True), self.place(name, active=False)
