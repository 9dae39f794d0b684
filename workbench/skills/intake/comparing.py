"""What the rows of a plan are to each other and to the library: doubles, namesakes, skills that are here already.

Invariant: of rows with the same content one counts; of rows with one name none comes in unasked, and nothing that is in the
library is overwritten because of a name.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from workbench.skills.document.lint import MAX_NAME
from workbench.skills.intake.judging import slug
from workbench.skills.intake.origin import joined
from workbench.skills.intake.plan import Held, Holder, Row, State

_TAKEN: Final = "The library has another skill of this name."
_MANY: Final = 100_000


def compared(rows: list[Row], origin: str, holder: Holder) -> list[Row]:
    """The rows, each with what it doubles, what the library has of it, and a name for it where one is needed."""
    rows = list(_doubled(rows))
    held = holdings(rows, origin, holder)
    clashing = _clashing([row for row in rows if held.get(row.path) is None])
    names = _Names((row.name for row in rows if row.name is not None), holder.taken)
    return [_known(row, held.get(row.path), clashing, names) for row in rows]


def holdings(rows: Iterable[Row], origin: str, holder: Holder) -> dict[str, Held]:
    """What the library has of the rows, by their paths: the skill that came from there, or from another row with the same
    content, which is as good as from there.
    """
    here = [row for row in rows if row.place != "remote"]
    own = {row.path: found for row in here if (found := holder.imported(joined(origin, row.path))) is not None}
    twins = {row.digest: own[row.path] for row in reversed(here) if row.path in own and row.digest is not None}
    alike = {row.path: twins[row.digest] for row in here if row.digest in twins and row.status != "refuse"}
    return alike | own


def _doubled(rows: list[Row]) -> Iterator[Row]:
    """Of rows with one digest the first counts, one that is offered before one that is not."""
    first: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (row.place != "offered", row.place == "alias", row.path)):
        if row.digest is not None and row.status != "refuse":
            first.setdefault(row.digest, row.path)
    for row in rows:
        same = first.get(row.digest) if row.digest is not None else None
        yield replace(row, duplicate_of=same) if same not in (None, row.path) else row


def _clashing(rows: list[Row]) -> dict[str, int]:
    """How many others with other content have a row's name, by its path: for one that is offered its like, else any."""
    counting = [row for row in rows if row.status != "refuse" and row.duplicate_of is None and row.name is not None]
    offered = Counter(row.name for row in counting if row.place == "offered")
    every = Counter(row.name for row in counting)
    others = ((row.path, (offered if row.place == "offered" else every)[row.name] - 1) for row in counting)
    return {path: number for path, number in others if number > 0}


def _known(row: Row, held: Held | None, clashing: dict[str, int], names: _Names) -> Row:
    """The row with what the library has of it, and a name that it could take if it needs one."""
    if held is not None:
        return _again(row, held)
    if row.status == "refuse" or row.place == "remote":
        return row
    wanted = row.proposed or row.name or ""
    needed = row.proposed is not None or row.name is None
    if number := clashing.get(row.path, 0):
        needed = True
        row = _asked(row, f"The source has this name {number + 1:,} times, with other content.")
    if row.name is not None and names.taken(row.name):
        needed = True
        row = replace(_asked(row, _TAKEN), state="taken")
    return replace(row, proposed=names.free(row, wanted) if needed else None)


def current(row: Row, held: Held | None) -> Row:
    """A row of a plan as the library is now: what came from there may have been changed, renamed or deleted since."""
    if held is not None:
        return _again(row, held)
    if row.state not in ("same", "update", "customised"):
        return row
    return replace(row, state="new", proposed=row.proposed if row.status == "ask" else None)


def free_name(row: Row, taken: Callable[[str], bool]) -> str | None:
    """A name for a row that nothing has: the one that was proposed, or one like it."""
    return _Names(iter(()), taken).free(row, row.proposed or row.name or "")


def _again(row: Row, held: Held) -> Row:
    same = held.digest == row.digest and not held.gone
    state: State = "customised" if held.changed else "same" if same else "update"
    return replace(row, state=state, proposed=held.name if row.status == "ask" or row.name != held.name else None)


def _asked(row: Row, reason: str) -> Row:
    return replace(row, status="ask", reasons=(*row.reasons, reason))


class _Names:
    """Names that are free, in the library and in the plan; each is proposed once."""

    def __init__(self, used: Iterator[str], taken: Callable[[str], bool]) -> None:
        self.taken = taken
        self._used: set[str] = set(used)
        self._next: dict[str, int] = {}

    def free(self, row: Row, wanted: str) -> str | None:
        """A name like the wanted one: the folder's, one with the name of the folder above it, or one with a number."""
        parts = posixpath.dirname(row.path).split("/")
        likely = (wanted, parts[-1], "-".join([*parts[-2:-1], wanted]), "-".join([*parts[-3:-1], wanted]))
        return next(filter(None, map(self._take, likely)), None) or self._numbered(slug(wanted) or "skill")

    def _numbered(self, base: str) -> str | None:
        short = base[: MAX_NAME - len(str(_MANY))]
        for number in range(self._next.get(short, 2), _MANY):
            if name := self._take(f"{short}-{number}"):
                self._next[short] = number + 1
                return name
        return None

    def _take(self, like: str) -> str | None:
        name = slug(like)
        if name is None or name in self._used or self.taken(name):
            return None
        self._used.add(name)
        return name
