"""Bringing in what was chosen of a source: many at a time, each batch one version of the library.

Idea: what is chosen is held against the library as it is now, not as it was when somebody looked; and what is expected to be
replaced is looked at once more by `bring_in`, where nobody else writes. Invariant: one skill that cannot come keeps no other
out; what keeps all of them out is tried once; and what has come in is told of, whatever ends the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from workbench.errors import Refused, WorkbenchError
from workbench.skills.intake import origins_table
from workbench.skills.intake.arriving import Arrival, bring_in
from workbench.skills.intake.choosing import Choice, Chooser, reason
from workbench.skills.intake.comparing import current, holdings
from workbench.skills.intake.known import Known
from workbench.skills.intake.looks import Look
from workbench.skills.intake.plan import Plan
from workbench.skills.library import Library
from workbench.skills.sources.watch import Cancelled, Watch

AT_ONCE: Final = 200
AT_ONCE_BYTES: Final = 64 * 1024 * 1024
"""So many skills, of so many bytes, come in as one version."""

Status = Literal["imported", "updated", "unchanged", "refused"]
Kind = Literal["imported", "marketplace"]
Numbered = tuple[int, Arrival]


@dataclass(frozen=True)
class Result:
    """What became of a choice."""

    path: str
    status: Status
    name: str | None = None
    reason: str | None = None
    digest: str | None = None


@dataclass
class Bringing:
    """One import of chosen rows; whoever holds the look sees to it that what was fetched stays."""

    library: Library
    look: Look
    choices: Sequence[Choice]
    watch: Watch
    kind: Kind = "imported"
    commit: str | None = None
    """Of the last version that was made."""
    _results: dict[int, Result] = field(default_factory=dict)

    def run(self) -> list[Result]:
        """What became of each, in their order. Raises WorkbenchError where nothing came in, and nothing could."""
        known = Known(self.library)
        plan = _as_it_is_now(self.look.plan, {choice.path for choice in self.choices}, known)
        arrivals = list(self._arrivals(Chooser(self.look.fetched.root, plan, self.look.fetched.commit, known.namesake)))
        sizes = {row.path: row.bytes for row in plan.rows}
        try:
            for some in _batches(arrivals, lambda number: sizes[self.choices[number].path]):
                self.watch.step("writing", len(self._results), len(self.choices), "skills")
                self._write(some)
        except WorkbenchError as error:
            if not any(result.status in ("imported", "updated") for result in self._results.values()):
                raise
            why = "It was cancelled before this one came in." if isinstance(error, Cancelled) else reason(error)
            for number, arrival in arrivals:
                self._results.setdefault(number, Result(self.choices[number].path, "refused", arrival.name, why))
        return [self._results[number] for number in range(len(self.choices))]

    def _arrivals(self, chooser: Chooser) -> Iterator[Numbered]:
        """What comes in; of the others, the results."""
        names: set[str] = set()
        for number, choice in enumerate(self.choices):
            self.watch.step("reading", number, len(self.choices), "skills")
            try:
                arrival = chooser.arrival(choice)
                if arrival is not None and arrival.name.casefold() in names:
                    raise Refused("left_out", f"Another of the chosen is named {arrival.name!r}.", remedy="Rename it.")
            except WorkbenchError as error:
                self._results[number] = Result(choice.path, "refused", reason=reason(error))
                continue
            if arrival is None:
                row = chooser.plan.row(choice.path)
                self._results[number] = Result(choice.path, "unchanged", (row.proposed or row.name) if row else None)
                continue
            names.add(arrival.name.casefold())
            yield number, arrival

    def _write(self, some: Sequence[Numbered]) -> None:
        """One version of the library; a skill that holds it up is left out, and it is tried without it."""
        self.watch.check()
        first = some[0][1].name
        origin = self.look.fetched.origin
        message = f"{first if len(some) == 1 else f'{len(some)} skills'}: imported from {origin}"
        try:
            outcome = bring_in(self.library, [each for _, each in some], source=self.kind, message=message)
        except WorkbenchError as error:
            if not _is_of_one(error):
                raise
            if len(some) == 1:
                self._refuse(some[0], reason(error))
                return
            middle = len(some) // 2
            self._write(some[:middle])
            self._write(some[middle:])
            return
        self.commit = outcome.commit or self.commit
        for each in some:
            if outcome.happened:
                self._results[each[0]] = self._done(self.choices[each[0]], each[1])
            else:
                self._refuse(each, "It could not be put in its place. Look at the source again.")

    def _refuse(self, each: Numbered, why: str) -> None:
        number, arrival = each
        self._results[number] = Result(self.choices[number].path, "refused", arrival.name, why)

    def _done(self, choice: Choice, arrival: Arrival) -> Result:
        kept = self.library.database.read(lambda connection: origins_table.of(connection, arrival.name))
        status: Status = "updated" if arrival.replaces else "imported"
        return Result(choice.path, status, arrival.name, digest=kept.digest if kept else None)


def _as_it_is_now(plan: Plan, paths: set[str], known: Known) -> Plan:
    contents = {row.digest for row in plan.rows if row.path in paths}
    held = holdings((row for row in plan.rows if row.digest in contents), plan.origin, known)
    rows = (current(row, held.get(row.path)) if row.path in paths else row for row in plan.rows)
    return replace(plan, rows=tuple(rows))


def _is_of_one(error: WorkbenchError) -> bool:
    """Whether it is about one skill, so that others may come without it."""
    return "skill" in error.facts or (isinstance(error, Refused) and error.reason == "unfit")


def _batches(arrivals: Sequence[Numbered], size_of: Callable[[int], int]) -> Iterator[list[Numbered]]:
    """The arrivals in groups that come in together; `size_of` tells the bytes of one by its number."""
    some: list[Numbered] = []
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
