"""Imports: looking into a source, keeping what was fetched while somebody decides, and bringing in what was chosen.

Idea: a look fetches a source into a parcel of this process and plans it; bringing in takes the same parcel, so nothing is
fetched twice and nothing can change in between. Whoever has no such parcel (another process, an hour later) fetches again,
and the digests of the rows say whether it is still what was seen. Invariant: looking changes nothing in the library, and
what was fetched is gone when it was brought in, given up, forgotten for an hour, or when its process is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from workbench.errors import NotFound
from workbench.skills.intake.bringing import Bringing, Kind, Result
from workbench.skills.intake.choosing import Choice
from workbench.skills.intake.incoming import Incoming
from workbench.skills.intake.known import Known
from workbench.skills.intake.looks import Look, Looks
from workbench.skills.intake.planning import SCANNED_AT_ONCE, plan, scanned
from workbench.skills.intake.uploads import Upload, kept_no_more
from workbench.skills.intake.works import Works
from workbench.skills.library import Library
from workbench.skills.sources import address
from workbench.skills.sources.fetch import fetch
from workbench.skills.sources.hosts import Network
from workbench.skills.sources.watch import Progress, Watch

__all__ = ["Imports", "Look", "Result"]


class Imports:
    """The looks and imports of one process."""

    def __init__(self, library: Library, network: Callable[[], Network]) -> None:
        self.library = library
        self.incoming = Incoming(library.home, library.clock)
        self._network = network
        self._looks = Looks()
        self._works = Works()

    def look(
        self, source: str | Upload, *, work: str | None = None, scans: bool = True, network: Network | None = None
    ) -> Look:
        """Fetches a source and plans it; a person who chooses wants to see it scanned. `work` names it for `progress` and
        `cancel`, `network` is another way to reach it than that of the settings. Blocks.
        """
        with self._works.watched(work) as watch:
            look = self._looked(source, watch, scan_first=SCANNED_AT_ONCE if scans else 0, network=network)
        self._looks.keep(look)
        return look

    def _looked(
        self, source: str | Upload, watch: Watch, *, scan_first: int = 0, network: Network | None = None
    ) -> Look:
        """A look that nobody keeps yet."""
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
                skill=fetched.skill,
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
        return Look(parcel.id, str(source), fetched, found, parcel, self.library.clock.now_ms())

    def scan(self, look: str, source: str, paths: Collection[str], *, work: str | None = None) -> Look:
        """A look with these of its rows scanned. Raises NotFound when it is not kept any more."""
        seen = self._looks.seen(look, source)
        if seen is None:
            raise _kept_no_more(source)
        with self._works.watched(work) as watch:
            try:
                made = scanned(seen.fetched.root, seen.plan, paths, watch=watch)
            except OSError as error:
                raise _kept_no_more(source) from error
        seen = replace(seen, plan=made)
        self._looks.renew(seen)
        return seen

    def seen(self, look: str, source: str) -> Look | None:
        """A look at this source that is kept still."""
        return self._looks.seen(look, source)

    def forget(self, look: str) -> None:
        """Gives up what was fetched for a look. Harmless twice."""
        self._looks.forget(look)

    def bring(
        self,
        source: str,
        choices: Sequence[Choice],
        *,
        look: str | None = None,
        work: str | None = None,
        kind: Kind = "imported",
    ) -> tuple[list[Result], str | None]:
        """Brings the chosen rows in; what became of each, and the last commit. One that cannot come keeps no other out."""
        with self._works.watched(work) as watch:
            seen = self._looks.take(look, source) if look is not None else None
            if seen is None:
                seen = self._looked(kept_no_more(source), watch)
            try:
                bringing = Bringing(self.library, seen, choices, watch, kind)
                return bringing.run(), bringing.commit
            finally:
                seen.parcel.close()

    def progress(self) -> list[tuple[str, Progress]]:
        """How far each named work is."""
        return self._works.progress()

    def cancel(self, work: str) -> bool:
        """Ends a look or an import; whether there was one."""
        return self._works.cancel(work)

    def close(self) -> None:
        """Ends what is under way and gives up what was fetched."""
        self._works.close()
        self._looks.close()


def _kept_no_more(source: str) -> NotFound:
    return NotFound("What was fetched is not kept any more.", remedy="Look at the source again.", source=source)
