"""Imports: looking into a source, keeping what was fetched while somebody decides, and bringing in what was chosen.

Idea: a look fetches a source into a parcel of this process and plans it; bringing in takes the same parcel, so nothing is
fetched twice and nothing can change in between. Whoever has no such parcel (another process, an hour later) fetches again,
and the digests of the rows say whether it is still what was seen. Invariant: looking changes nothing in the library, and
what was fetched is gone when it was brought in, given up, forgotten for an hour, or when its process is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from workbench.errors import Refused, WorkbenchError
from workbench.skills import origins_table, table
from workbench.skills.arriving import Arrival, bring_in
from workbench.skills.choosing import Choice, Chooser, Namesake, reason
from workbench.skills.digest import digest
from workbench.skills.incoming import Incoming, Parcel
from workbench.skills.library import Library
from workbench.skills.plan import Held, Plan
from workbench.skills.planning import SCANNED_AT_ONCE, plan
from workbench.skills.sources import address
from workbench.skills.sources.fetch import Fetched, fetch
from workbench.skills.sources.hosts import Network
from workbench.skills.sources.watch import Progress, Watch
from workbench.skills.uploads import Upload, kept_no_more

KEPT_MS: Final = 60 * 60 * 1000
KEPT_MOST: Final = 8
AT_ONCE: Final = 200
AT_ONCE_BYTES: Final = 64 * 1024 * 1024
"""So many skills, of so many bytes, come in as one version."""

Status = Literal["imported", "updated", "unchanged", "refused"]


@dataclass(frozen=True)
class Look:
    """A source that was fetched and planned; `id` is its name for bringing in."""

    id: str
    source: str
    fetched: Fetched
    plan: Plan
    parcel: Parcel = field(repr=False)
    at: int


@dataclass(frozen=True)
class Result:
    """What became of a choice."""

    path: str
    status: Status
    name: str | None = None
    reason: str | None = None
    digest: str | None = None


class Known:
    """What the library knows, as a plan asks it; read once a plan."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._rows = {row.name: row for row in library.database.read(table.rows)}
        self._from = {each.origin: (name, each) for name, each in library.database.read(origins_table.everywhere)}
        self._folded = {name.casefold() for name in self._rows}

    def taken(self, name: str) -> bool:
        return name.casefold() in self._folded or (self.library.root / name).exists()

    def imported(self, origin: str) -> Held | None:
        found = self._from.get(origin)
        if found is None:
            return None
        name, kept = found
        try:
            changed = digest(self.library.root / name) != kept.digest
        except OSError:
            changed = False  # its folder is gone: what comes puts it back
        return Held(name, kept.source_digest, changed)

    def namesake(self, name: str) -> Namesake | None:
        """What has this name, and whether it may be replaced: only what came from elsewhere itself."""
        row = self._rows.get(name)
        if row is None:
            return Namesake(f"There is a folder named {name!r} among the skills.") if self.taken(name) else None
        built = row.source == "skill-builder"
        return Namesake(f"{name!r} was made here, and is not written over." if built else None)


class Imports:
    """The looks and imports of one process."""

    def __init__(self, library: Library, network: Callable[[], Network]) -> None:
        self.library = library
        self.incoming = Incoming(library.home, library.clock)
        self._network = network
        self._lock = threading.Lock()
        self._looks: dict[str, Look] = {}
        self._watches: dict[str, tuple[Watch, Progress]] = {}

    # -- looking

    def look(
        self, source: str | Upload, *, work: str | None = None, scans: bool = True, network: Network | None = None
    ) -> Look:
        """Fetches a source and plans it; a person who chooses wants to see it scanned. `work` names it for `progress` and
        `cancel`, `network` is another way to reach it than that of the settings. Blocks.
        """
        with self._watched(work) as watch:
            return self._look(source, watch, scan_first=SCANNED_AT_ONCE if scans else 0, network=network)

    def _look(
        self, source: str | Upload, watch: Watch, *, scan_first: int = SCANNED_AT_ONCE, network: Network | None = None
    ) -> Look:
        self.incoming.sweep()
        network = network or self._network()
        wanted = source if isinstance(source, Upload) else address.parse(source, bases=network.bases)
        parcel = self.incoming.open()
        try:
            if isinstance(wanted, Upload):
                fetched = wanted.fetched(parcel.folder, network=network, watch=watch)
            else:
                fetched = fetch(wanted, parcel.folder, network=network, watch=watch)
            found = plan(
                fetched.root,
                origin=fetched.origin,
                subpath=fetched.path,
                holder=Known(self.library),
                watch=watch,
                wrapped=fetched.kind == "archive",
                scan_first=scan_first,
            )
        except BaseException:
            parcel.close()
            raise
        if fetched.kind == "folder":
            parcel.close()  # it is read where it lies
        look = Look(parcel.id, str(source), fetched, found, parcel, self.library.clock.now_ms())
        with self._lock:
            self._looks[look.id] = look
            forgotten = self._forgotten(look.at)
        for each in forgotten:
            each.parcel.close()
        return look

    def _forgotten(self, now: int) -> list[Look]:
        """The looks that are too old, or too many; the caller holds the lock and closes them."""
        looks = sorted(self._looks.values(), key=lambda each: each.at, reverse=True)
        old = [each for n, each in enumerate(looks) if n >= KEPT_MOST or now - each.at > KEPT_MS]
        for each in old:
            del self._looks[each.id]
        return old

    def seen(self, look: str, source: str) -> Look | None:
        """A look at this source that is kept still."""
        with self._lock:
            found = self._looks.get(look)
        return found if found is not None and found.source == source else None

    def forget(self, look: str) -> None:
        """Gives up what was fetched for a look. Harmless twice."""
        with self._lock:
            found = self._looks.pop(look, None)
        if found is not None:
            found.parcel.close()

    # -- bringing in

    def bring(
        self,
        source: str,
        choices: Sequence[Choice],
        *,
        look: str | None = None,
        work: str | None = None,
        kind: Literal["imported", "marketplace"] = "imported",
    ) -> tuple[list[Result], str | None]:
        """Brings the chosen rows in; what became of each, and the last commit. One that cannot come keeps no other out."""
        with self._watched(work) as watch:
            seen = self.seen(look, source) if look is not None else None
            if seen is None:
                seen = self._look(kept_no_more(source), watch, scan_first=0)
            try:
                return self._bring(seen, choices, watch, kind)
            finally:
                self.forget(seen.id)

    def _bring(
        self, seen: Look, choices: Sequence[Choice], watch: Watch, kind: Literal["imported", "marketplace"]
    ) -> tuple[list[Result], str | None]:
        known = Known(self.library)
        chooser = Chooser(seen.fetched.root, seen.plan, seen.fetched.commit, known.namesake)
        results: dict[int, Result] = {}
        arrivals: list[tuple[int, Arrival]] = []
        names: set[str] = set()
        for number, choice in enumerate(choices):
            watch.step("reading", number, len(choices), "skills")
            try:
                arrival = chooser.arrival(choice)
                if arrival is not None and arrival.name.casefold() in names:
                    raise Refused("left_out", f"Another of the chosen is named {arrival.name!r}.", remedy="Rename it.")
            except WorkbenchError as error:
                results[number] = Result(choice.path, "refused", reason=reason(error))
                continue
            if arrival is None:
                row = seen.plan.row(choice.path)
                results[number] = Result(choice.path, "unchanged", row.name if row else None)
                continue
            names.add(arrival.name.casefold())
            arrivals.append((number, arrival))
        commit = None
        sizes = {row.path: row.bytes for row in seen.plan.rows}
        for some in _batches(arrivals, lambda number: sizes[choices[number].path]):
            watch.step("writing", len(results), len(choices), "skills")
            made = self._write(seen, choices, some, kind)
            results |= made[0]
            commit = made[1] or commit
        return [results[number] for number in range(len(choices))], commit

    def _write(
        self, seen: Look, choices: Sequence[Choice], some: list[tuple[int, Arrival]], kind: str
    ) -> tuple[dict[int, Result], str | None]:
        """One version of the library; skills that hold it up are left out, and it is tried without them."""
        origin = seen.fetched.origin
        first = some[0][1].name
        message = f"{first if len(some) == 1 else f'{len(some)} skills'}: imported from {origin}"
        try:
            outcome = bring_in(self.library, [each for _, each in some], source=kind, message=message)
        except WorkbenchError as error:
            if len(some) == 1:
                number, arrival = some[0]
                refused = Result(choices[number].path, "refused", arrival.name, reason(error))
                return {number: refused}, None
            middle = len(some) // 2
            left, commit = self._write(seen, choices, some[:middle], kind)
            right, later = self._write(seen, choices, some[middle:], kind)
            return left | right, later or commit
        return {number: self._done(choices[number], arrival) for number, arrival in some}, outcome.commit

    def _done(self, choice: Choice, arrival: Arrival) -> Result:
        kept = self.library.database.read(lambda connection: origins_table.of(connection, arrival.name))
        status: Status = "updated" if arrival.replaces else "imported"
        return Result(choice.path, status, arrival.name, digest=kept.digest if kept else None)

    # -- watching

    def progress(self) -> list[tuple[str, Progress]]:
        """How far each named work is."""
        with self._lock:
            return [(work, progress) for work, (_, progress) in self._watches.items()]

    def cancel(self, work: str) -> bool:
        """Ends a named work at its next step; whether there was one."""
        with self._lock:
            found = self._watches.get(work)
        if found is None:
            return False
        found[0].cancel()
        return True

    @contextmanager
    def _watched(self, work: str | None) -> Iterator[Watch]:
        if work is None:
            yield Watch()
            return

        def tell(progress: Progress) -> None:
            with self._lock:
                self._watches[work] = (watch, progress)

        watch = Watch(tell)
        with self._lock:
            if work in self._watches:
                raise Refused("busy", f"{work!r} is under way already.", remedy="Wait for it, or use another id.")
            self._watches[work] = (watch, Progress("resolving", 0, None, "bytes"))
        try:
            yield watch
        finally:
            with self._lock:
                del self._watches[work]

    def close(self) -> None:
        """Ends what is under way and gives up what was fetched."""
        with self._lock:
            watches, looks = list(self._watches.values()), list(self._looks.values())
            self._looks.clear()
        for watch, _ in watches:
            watch.cancel()
        for look in looks:
            look.parcel.close()


def _batches(arrivals: list[tuple[int, Arrival]], size_of: Callable[[int], int]) -> Iterator[list[tuple[int, Arrival]]]:
    """The arrivals in groups that come in together; `size_of` tells the bytes of one by its number."""
    some: list[tuple[int, Arrival]] = []
    size = 0
    for each in arrivals:
        weight = size_of(each[0])
        if some and (len(some) >= AT_ONCE or size + weight > AT_ONCE_BYTES):
            yield some
            some, size = [], 0
        some.append(each)
        size += weight
    if some:
        yield some
