"""What the catalogues of a source offer: which folders of its tree, and what lies elsewhere or nowhere.

Idea: every catalogue is led to the folders that it means, links in the tree followed; then they are put together by folder, so
two that say the same say it once. Invariant: each entry of each catalogue has led to a folder, a remote, something that is
missing, or to a plugin without skills; what they disagree about is said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from workbench.errors import WorkbenchError
from workbench.skills.intake.catalog import Elsewhere, Entry, Manifest, plugin_skills
from workbench.skills.intake.survey import Survey
from workbench.skills.skill import FILE
from workbench.skills.tree import beneath
from workbench.skills.tree.links import climbs

_SUBMODULE: Final = re.compile(r"^\s*path\s*=\s*(\S.*?)\s*$", re.MULTILINE)
_LARGEST: Final = 256 * 1024


@dataclass
class Offer:
    """Who offers something."""

    found_by: list[str] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)
    reason: str = ""
    reachable: bool = True

    def add(self, manifest: Manifest, entry: Entry) -> None:
        if manifest.path not in self.found_by:
            self.found_by.append(manifest.path)
        if entry.name not in self.plugins:
            self.plugins.append(entry.name)


@dataclass
class Offers:
    """Everything that the catalogues list."""

    folders: dict[str, Offer] = field(default_factory=dict)
    """Skills that are here, by their folder."""
    missing: dict[str, Offer] = field(default_factory=dict)
    """SKILL.md files that should be here, by their path."""
    remote: dict[str, Offer] = field(default_factory=dict)
    """Plugins that lie elsewhere, by their address; of several at one address, all but the first with their name behind."""
    led_to: dict[str, int] = field(default_factory=dict)
    """How many skills each catalogue has led to."""
    notes: list[str] = field(default_factory=list)

    def remote_of(self, source: Elsewhere, plugin: str) -> Offer:
        """The offer of a plugin that lies elsewhere: the same one for every catalogue that names it."""
        first = self.remote.get(source.address)
        own = first is None or plugin in first.plugins
        path = source.address if own else f"{source.address} ({plugin})"
        return self.remote.setdefault(path, Offer(reachable=source.reachable))


def gathered(manifests: list[Manifest], survey: Survey, below: str) -> Offers:
    """What these catalogues offer of a source, or of a folder below its root."""
    offers = Offers()
    tree = _Tree(survey, below)
    for manifest in manifests:
        offers.notes += (f"{manifest.path}: {problem}" for problem in manifest.problems)
        for entry in manifest.entries:
            _take(offers, tree, manifest, entry)
        offers.led_to[manifest.path] = sum(manifest.path in offer.found_by for offer in offers.folders.values())
    offers.notes += _disagreements(manifests, offers)
    return offers


def _take(offers: Offers, tree: _Tree, manifest: Manifest, entry: Entry) -> None:
    if isinstance(entry.source, Elsewhere):
        offers.remote_of(entry.source, entry.name).add(manifest, entry)
        return
    folder = tree.plugin(entry)
    if folder is None:
        path, reason = tree.gone(tree.at(entry.source), "There is no such folder.")
        offers.missing.setdefault(path, Offer(reason=reason)).add(manifest, entry)
        return
    found, missing = tree.skills(entry, folder)
    for skill in found:
        offers.folders.setdefault(skill, Offer()).add(manifest, entry)
    for path, reason in missing:
        offers.missing.setdefault(path, Offer(reason=reason)).add(manifest, entry)


def _disagreements(manifests: list[Manifest], offers: Offers) -> Iterator[str]:
    """Of catalogues that list something at all: what another one lists and they do not."""
    speaking = [manifest for manifest in manifests if manifest.entries]
    if len(speaking) > 1:
        for manifest in speaking:
            if lacking := len(offers.folders) - offers.led_to[manifest.path]:
                yield f"The catalogues disagree: {manifest.path} does not lead to {lacking:,} of the skills that they name."
        if len({len(manifest.entries) for manifest in speaking}) > 1:
            told = ", ".join(f"{manifest.path} {len(manifest.entries):,}" for manifest in speaking)
            yield f"The catalogues list different numbers of plugins: {told}."


class _Tree:
    """The tree of a source, as a catalogue at `below` sees it."""

    def __init__(self, survey: Survey, below: str) -> None:
        self._survey, self._below = survey, below
        self._holders: dict[str, str | None] = {}
        for seen in survey.skills:
            if seen.kind != "below-link":
                self._holders.setdefault(seen.folder, seen.target if seen.kind == "link" else None)
        self._submodules = _submodules(survey, below)

    def at(self, path: str, above: str | None = None) -> str:
        """A path as written, from a folder of the tree (by default the catalogue's)."""
        joined = posixpath.normpath(posixpath.join(self._below if above is None else above, path.replace("\\", "/")))
        return "" if joined == "." else joined

    def plugin(self, entry: Entry) -> str | None:
        """A plugin's folder; its root is put before only where the path does not exist as it is written."""
        source = str(entry.source)
        folder = self._survey.resolved(self.at(source))
        if folder is None and entry.root:
            folder = self._survey.resolved(self.at(posixpath.join(entry.root, source)))
        if folder is None and source.rpartition("/")[2].lower() == FILE.lower():
            folder = self._survey.resolved(posixpath.dirname(self.at(source)))
        return folder

    def skills(self, entry: Entry, folder: str) -> tuple[list[str], list[tuple[str, str]]]:
        """The folders of a plugin's skills, and the paths of those that should be there and are not."""
        found: list[str] = []
        missing: list[tuple[str, str]] = []
        named = entry.skills
        if not entry.exhaustive:
            named += plugin_skills(self._survey.root, folder)
        for path in dict.fromkeys(named):
            there = self._named(path, folder)
            if there is None:
                missing.append(self.gone(self.at(path, folder), "It is listed, and there is no such folder."))
            else:
                found += there
        if not entry.exhaustive:
            found += [*self._children(self._survey.resolved(posixpath.join(folder, "skills"))), *self._own(folder)]
        if not found and not missing and (submodule := self._submodule(folder)):
            missing.append(self.gone(folder, submodule))
        return found, missing

    def gone(self, path: str, reason: str) -> tuple[str, str]:
        """Where a SKILL.md should be, and why it is not."""
        if climbs(path):
            reason = "The path leads out of the source."
        file = path if path.rpartition("/")[2].lower() == FILE.lower() else posixpath.join(path, FILE)
        return file, self._submodule(path) or reason

    def _named(self, path: str, plugin: str) -> list[str] | None:
        """What a listed path means: a skill, its SKILL.md, or a folder of skills; None when there is no such thing."""
        at = self.at(path, plugin)
        folder = self._survey.resolved(at)
        if folder is None and at.rpartition("/")[2].lower() == FILE.lower():
            folder = self._survey.resolved(posixpath.dirname(at))
        if folder is None:
            return None
        return self._own(folder) or self._children(folder)

    def _children(self, folder: str | None) -> list[str]:
        if folder is None:
            return []
        inner = (self._survey.resolved(posixpath.join(folder, name)) for name in self._survey.folders[folder])
        return [own for child in inner if child is not None for own in self._own(child)]

    def _own(self, folder: str) -> list[str]:
        """The folder itself, if it is a skill's; one whose SKILL.md is a link stands for the skill that it leads to."""
        if folder not in self._holders:
            return []
        target = self._holders[folder]
        real = posixpath.dirname(target) if target is not None else folder
        return [real if real in self._holders else folder]

    def _submodule(self, path: str) -> str:
        for module in self._submodules:
            if path == module or path.startswith(f"{module}/"):
                return "It lies in another repository (a submodule), which is not fetched."
        return ""


def _submodules(survey: Survey, below: str) -> list[str]:
    for folder in dict.fromkeys((below, "")):
        try:
            data = beneath.read(survey.root, survey.root / folder / ".gitmodules", limit=_LARGEST).data
        except WorkbenchError:
            continue
        return [posixpath.join(folder, path) for path in _SUBMODULE.findall(data.decode("utf-8", "replace"))]
    return []
