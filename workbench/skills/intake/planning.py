"""Looking at a source and saying what could be brought in from it; nothing is changed by looking.

Idea: one pass over the tree, every SKILL.md read once, every file hashed once; then the rows are held against each other
and against what the library has. Invariant: `plan` is a function of the source's bytes and of what the library knows, and
each skill costs the same however many there are.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.errors import Refused, WorkbenchError
from workbench.skills.document.trees import MAX_BYTES
from workbench.skills.intake import catalog
from workbench.skills.intake.beginning import beginning
from workbench.skills.intake.comparing import compared
from workbench.skills.intake.judging import Judged, judged
from workbench.skills.intake.offers import Offers, gathered
from workbench.skills.intake.placing import place_of
from workbench.skills.intake.plan import SEVERITIES, CatalogueSeen, Holder, Nobody, Place, Plan, Row, Scanned, Status
from workbench.skills.intake.survey import Seen, Survey, survey
from workbench.skills.intake.weighing import Weight, weighed
from workbench.skills.review.rules.rule import escaped
from workbench.skills.scan import scan
from workbench.skills.skill import FILE, parse
from workbench.skills.sources.watch import Watch
from workbench.skills.tree import beneath

SCANNED_AT_ONCE: Final = 300
"""So many skills are scanned while one waits for a plan; of a larger source, those that are looked at."""
_SHOWN: Final = 5


def plan(
    root: Path,
    *,
    origin: str,
    subpath: str = "",
    skill: str | None = None,
    holder: Holder | None = None,
    watch: Watch,
    wrapped: bool = False,
    scan_first: int = SCANNED_AT_ONCE,
) -> Plan:
    """What the source at `root` holds, or the folder `subpath` of it, or just the one `skill` that was asked for. `wrapped`
    says that it may lie in one folder of its own, as archives do; so many of the offered skills are scanned (`scan_first`),
    others by `scanned` when they are looked at. Raises NotFound for a subpath or a skill that is not there, Refused when
    there is no skill at all.
    """
    below = beginning(root, subpath, wrapped=wrapped)
    found = survey(root, below, watch=watch)
    manifests = catalog.read(found.root / below)
    offers = gathered(manifests, found, below)
    by_tree = not offers.folders
    looking = _Looking(found, offers, below, origin, by_tree=by_tree)
    weights = weighed(found.root, looking.folders(), watch)
    rows = list(looking.rows(weights, watch))
    rows += _absent(offers, {row.path for row in rows})
    if not rows:
        raise Refused(
            "no_skills",
            f"There is no {FILE} in {origin}.",
            remedy="Name a folder, an archive or a repository that holds one.",
            origin=origin,
        )
    rows = compared(sorted(_apart(rows), key=lambda row: row.path), origin, holder or Nobody())
    seen = tuple(
        CatalogueSeen(each.path, each.dialect, each.name, len(each.entries), offers.led_to[each.path])
        for each in manifests
    )
    notes = (*_notes(found, manifests, offers, below), *offers.notes)
    made = Plan(origin, "tree" if by_tree else "catalogue", tuple(rows), seen, notes)
    made = made if skill is None else made.only(skill)
    first = [row.path for row in made.rows if row.place == "offered" and row.status != "refuse"]
    return scanned(found.root, made, first[:scan_first], watch=watch)


def scanned(root: Path, made: Plan, paths: Iterable[str], *, watch: Watch) -> Plan:
    """The plan with these rows scanned; of rows with the same digest, one is."""
    wanted = set(paths)
    waiting = [
        row for row in made.rows if row.path in wanted and row.folder is not None and row.digest and row.scan is None
    ]
    results = {row.digest: row.scan for row in made.rows if row.scan is not None}
    for done, row in enumerate(waiting):
        watch.step("scanning", done, len(waiting), "skills")
        if row.digest not in results:
            results[row.digest] = _scan(root / (row.folder or ""))
    rows = tuple(
        replace(row, scan=results.get(row.digest)) if row.path in wanted and row.digest else row for row in made.rows
    )
    return replace(made, rows=rows)


def _scan(folder: Path) -> Scanned:
    report = scan(folder)
    counted = Counter(finding["severity"] for finding in report.findings)
    return Scanned(report.verdict, {severity: counted[severity] for severity in SEVERITIES})


# -- one row


@dataclass
class _Looking:
    """Making rows of what was seen."""

    survey: Survey
    offers: Offers
    below: str
    origin: str
    by_tree: bool

    def __post_init__(self) -> None:
        by_folder: dict[str, list[Seen]] = defaultdict(list)
        for seen in self.survey.skills:
            by_folder[seen.folder].append(seen)
        self._counting = {folder: min(every, key=_exactness) for folder, every in by_folder.items()}
        own = (seen.folder for seen in self.survey.skills if _holds(seen))
        self._holders = {parts for folder in own if (parts := self._parts(folder))}
        self._judged: dict[tuple[str, str], Judged] = {}

    def _parts(self, folder: str) -> tuple[str, ...]:
        """The folder's parts from where the source is looked at."""
        inner = folder if not self.below else folder[len(self.below) + 1 :]
        return tuple(inner.split("/")) if inner else ()

    def folders(self) -> Iterator[str]:
        """Every folder whose digest is asked for."""
        return (seen.folder for seen in self.survey.skills if seen.kind != "below-link")

    def rows(self, weights: dict[str, Weight], watch: Watch) -> Iterator[Row]:
        """A path that is written out as another one is comes after it."""
        for seen in sorted(self.survey.skills, key=lambda seen: _shown(seen.path) != seen.path):
            watch.check()
            yield self._row(seen, weights)

    def _row(self, seen: Seen, weights: dict[str, Weight]) -> Row:
        folder = posixpath.dirname(seen.target or "") if seen.kind == "below-link" else seen.folder
        document = seen.path if seen.kind == "file" else seen.target
        place, why = self._place(seen)
        found = self._judge(seen, document, place)
        weight = weights.get(folder, Weight(None))
        if weight.why and (place != "alias" or weight.digest is None):
            found.worse("refuse", weight.why)
        reasons = [each for each in (why, *found.reasons, weight.told) if each]
        offer = self.offers.folders.get(folder) if place == "offered" else None
        shown = _shown(seen.path)
        if shown != seen.path:
            found.worse("refuse", "Its path is no text that can be written down.")
            reasons = found.reasons
        return Row(
            path=shown, place=place, status=found.status, name=found.name, description=found.description,
            version=found.version,
            reasons=tuple(reasons), repairs=tuple(found.repairs), digest=weight.digest,
            found_by=tuple(offer.found_by) if offer else ("tree",), proposed=found.proposed,
            plugin=", ".join(offer.plugins) if offer else None, files=weight.files, bytes=weight.bytes,
            folder=folder, document=document, rules=found.rules,
            duplicate_of=_shown(seen.target) if seen.kind != "file" and self._is_row(seen.target) else None,
        )  # fmt: skip

    def _is_row(self, target: str | None) -> bool:
        return target is not None and posixpath.basename(target).lower() == FILE.lower()

    def _place(self, seen: Seen) -> tuple[Place, str]:
        if seen.kind in ("link", "below-link"):
            return "alias", f"It is a link, and leads to '{escaped(_shown(seen.target or seen.said))}'."
        if self._counting[seen.folder] is not seen:
            return "inside", f"{self._counting[seen.folder].name} beside it counts."
        listed = seen.folder in self.offers.folders
        return place_of(self._parts(seen.folder), self._holders, listed=listed, by_tree=self.by_tree)

    def _judge(self, seen: Seen, document: str | None, place: Place) -> Judged:
        if seen.kind == "other":
            return _refused("It is neither a file nor a link.")
        if document is None:
            return _refused("The link leads out of the source, or nowhere.")
        found = self._read(document, posixpath.basename(seen.folder) or _title(self.origin))
        if place == "inside" and self._counting[seen.folder] is not seen:
            found.worse("refuse", "A folder has one SKILL.md.")
        elif seen.name != FILE and found.status != "refuse":
            found.rules = ("file-name", *found.rules)
            found.status = "repair" if found.status == "ready" else found.status
        return found

    def _read(self, document: str, title: str) -> Judged:
        """What can become of a file, which is read once however many links lead to it."""
        if (document, title) not in self._judged:
            try:
                data = beneath.read(self.survey.root, self.survey.root / document, limit=MAX_BYTES).data
                self._judged[document, title] = judged(parse(data, folder=title), title)
            except WorkbenchError as error:
                self._judged[document, title] = _refused(error.message)
        found = self._judged[document, title]
        return replace(found, reasons=[*found.reasons])


def _refused(reason: str) -> Judged:
    found = Judged()
    found.worse("refuse", reason)
    return found


def _holds(seen: Seen) -> bool:
    """Whether its folder is a skill of its own, which what lies below is part of; a link stands for another one."""
    return seen.kind == "file" or (seen.target is not None and posixpath.dirname(seen.target) == seen.folder)


def _exactness(seen: Seen) -> tuple[bool, bool, str]:
    """Of several by that name in one folder: the exact one first, then a file before a link."""
    return seen.name != FILE, seen.kind == "other", seen.name


def _shown(path: str | None) -> str:
    """A path as it can be sent: bytes that are no text are written out."""
    return (path or "").encode("utf-8", "backslashreplace").decode()


def _title(origin: str) -> str:
    """What a source is called, as the name of its root folder."""
    name = origin.partition("#")[0].rstrip("/").rpartition("/")[2].rpartition(":")[2]
    for suffix in (".git", ".zip", ".skill", ".tar.gz", ".tgz", ".tar"):
        name = name.removesuffix(suffix)
    return name


def _absent(offers: Offers, known: set[str]) -> Iterator[Row]:
    """What the catalogues list and the source does not hold."""
    for address, offer in offers.remote.items():
        reason = "It lies elsewhere: look into that source by its own address."
        if not offer.reachable:
            reason = "It lies elsewhere, in a place that skills cannot be imported from."
        plugins = ", ".join(offer.plugins)
        status: Status = "ask" if offer.reachable else "refuse"
        yield Row(escaped(address), "remote", status, reasons=(reason,), found_by=tuple(offer.found_by), plugin=plugins)
    for path, offer in offers.missing.items():
        if (shown := _shown(path)) not in known and path not in offers.remote:
            plugins = ", ".join(offer.plugins)
            yield Row(
                shown, "remote", "refuse", reasons=(offer.reason,), found_by=tuple(offer.found_by), plugin=plugins
            )


def _apart(rows: Iterable[Row]) -> Iterator[Row]:
    """Each under a path of its own: what lies there counts over what is only called so."""
    known: set[str] = set()
    for row in rows:
        path = row.path
        while path in known:
            path += "?"
        known.add(path)
        yield row if path == row.path else replace(row, path=path)


# -- the source as a whole


def _notes(found: Survey, manifests: list[catalog.Manifest], offers: Offers, below: str) -> Iterator[str]:
    if manifests and not offers.folders:
        yield "The catalogue leads to no skill that is here, so the whole tree was looked at."
    own = {posixpath.join(below, location) for location in catalog.LOCATIONS}
    inner = [path for path in found.catalogues if path not in own]
    told = (
        (inner, "Catalogues below its root were not followed; import their folders to see them"),
        (found.archives, "Archives that lie in it were not opened"),
        (found.leaving, "Links that lead out of it, or nowhere, were not followed"),
        (found.unread, "Folders could not be read"),
    )
    yield from (f"{what} ({len(paths):,}): {_some(paths)}." for paths, what in told if paths)
    if found.left_out:
        yield f"Skills that are there once more below linked folders are not all listed: {found.left_out:,} are left out."


def _some(paths: list[str]) -> str:
    return ", ".join(escaped(_shown(path)) for path in paths[:_SHOWN]) + (", ..." if len(paths) > _SHOWN else "")
