"""Skills that a site publishes below /.well-known: an index with an address and a digest of each.

Idea: what the index names is fetched and laid out as a repository would be, one folder a skill beside the index itself, so
that whoever reads folders can read it. An entry that does not come, or is not what its digest says, is left out and said so;
the others are none the worse for it. Invariant: no file of the layout has a digest other than the one that the index gives,
and all entries together are bounded as one download is, and as the files of one repository are.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.sources.archive import extract
from workbench.skills.sources.download import download, read, unwritable
from workbench.skills.sources.hosts import Network, on_the_web, site
from workbench.skills.sources.members import LIMITS, Member, Names, parts_of
from workbench.skills.sources.watch import Cancelled, Watch

PLACES: Final = ("/.well-known/agent-skills/index.json", "/.well-known/skills/index.json")
SCHEMAS: Final = "https://schemas.agentskills.io/discovery/0.2."
_LARGEST: Final = 1024 * 1024
_MOST: Final = 1_000
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")
_SUFFIXES: Final = (".zip", ".skill", ".tar.gz", ".tgz")

Json = Mapping[str, Any]


def fetch_index(url: str, root: Path, *, network: Network, watch: Watch) -> list[str]:
    """Lays out what a site publishes below `root`, which is made; returns notes on what was left out."""
    found, said = _index(url, network, watch)
    reading = _Reading(found, root, network, watch, time.monotonic() + network.bounds.total_s)
    root.mkdir(mode=0o700)
    place = root / PLACES[0].lstrip("/")
    place.parent.mkdir(parents=True)
    place.write_bytes(said)
    for entry in _entries(found, said):
        reading.take(entry)
    if not reading.names:
        raise Refused(
            "empty_index",
            f"Nothing of the index at {found} could be brought in.{' ' + reading.notes[0] if reading.notes else ''}",
            remedy="Tell whoever runs the site.",
            notes=reading.notes,
        )
    return reading.notes


def _index(url: str, network: Network, watch: Watch) -> tuple[str, bytes]:
    """Where the index lies, and its bytes."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    for base in dict.fromkeys((url.rstrip("/"), root)):
        for place in PLACES:
            try:
                landed, said = read(base + place, limit=_LARGEST, watch=watch, network=network)
            except NotFound as error:
                if "host" in error.facts:
                    raise
            else:
                return landed.url, said
    raise NotFound(
        f"{url} publishes no skills: it has no {PLACES[0]}.",
        remedy="Give a repository, an archive, or a site that has such an index.",
        url=url,
    )


def _entries(found: str, said: bytes) -> list[Json]:
    try:
        told = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise _unfit(found, "it is not JSON") from error
    entries = told.get("skills") if isinstance(told, dict) else None
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise _unfit(found, f"it holds no list of at most {_MOST:,} skills")
    older = "$schema" not in told and any(isinstance(each, dict) and "files" in each for each in entries)
    if not older and not str(told.get("$schema", "")).startswith(SCHEMAS):
        raise _unfit(found, f"its $schema is {str(told.get('$schema'))[:200]!r}, which is not known here")
    return [each if isinstance(each, dict) else {} for each in entries]


def _unfit(found: str, why: str) -> Refused:
    return Refused(
        "index", f"The index at {found} cannot be used: {why}.", remedy="Tell whoever runs the site.", url=found
    )


class _LeftOut(Exception):
    """Why an entry is not taken."""


@dataclass
class _Reading:
    """The entries of one index, one after the other."""

    found: str
    root: Path
    network: Network
    watch: Watch
    until: float
    notes: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    left: int = 0
    room: int = 0
    """So many bytes what is laid out may have still, unpacked."""

    def __post_init__(self) -> None:
        self.left, self.room = self.network.bounds.download, self.network.bounds.tree

    def take(self, entry: Json) -> None:
        """Lays one entry out, or notes why not."""
        name = str(entry.get("name", ""))
        try:
            self._judge(name)
            self._lay(entry, name)
            self.names.add(name)
        except Cancelled:
            raise
        except _LeftOut as why:
            self.notes.append(f"{name[:64]!r} was left out: {why}.")
        except WorkbenchError as error:
            self.notes.append(f"{name!r} was left out: {error.message}")
        except OSError as error:
            self.notes.append(f"{name!r} was left out: {unwritable(error).message}")

    def _judge(self, name: str) -> None:
        if not _NAME.fullmatch(name) or len(name) > 64:  # noqa: PLR2004 - the specification's limit
            raise _LeftOut("it has no name that a folder could have")
        if name in self.names:
            raise _LeftOut("the index names it twice")

    def _lay(self, entry: Json, name: str) -> None:
        kind, folder = entry.get("type"), self.root / name
        if "files" in entry and kind is None:
            self._files(entry, name)
            return
        if kind not in {"skill-md", "archive"}:
            raise _LeftOut(f"its type {str(kind)[:40]!r} is not known here")
        digest = _DIGEST.fullmatch(str(entry.get("digest", "")))
        if digest is None:
            raise _LeftOut("the index gives no sha256 digest of it")
        url = self._beside(str(entry.get("url", "")))
        file = self.root.with_name("entry" + next((each for each in _SUFFIXES if url.endswith(each)), ""))
        try:
            self._brought(url, file)
            if hashlib.sha256(file.read_bytes()).hexdigest() != digest[1]:
                raise _LeftOut("it is not what the digest in the index says")
            if kind == "archive":
                limits = replace(LIMITS, total=min(LIMITS.total, self.room))
                extract(file, folder, limits=limits, watch=self.watch)
                self.room -= sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
            else:
                folder.mkdir()
                self.room -= file.stat().st_size
                file.rename(folder / "SKILL.md")
        finally:
            file.unlink(missing_ok=True)

    def _files(self, entry: Json, name: str) -> None:
        """An entry of the older form: its files by their paths, beside the index."""
        paths = _paths(entry["files"])
        try:
            for path in paths:
                file = self.root / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                self._brought(self._beside(quote(f"{name}/{path}")), file)
                self.room -= file.stat().st_size
        except BaseException:
            shutil.rmtree(self.root / name, ignore_errors=True)
            raise

    def _beside(self, address: str) -> str:
        """An address as it is meant where the index lies."""
        try:
            return urljoin(self.found, address)
        except ValueError:
            return ""

    def _brought(self, url: str, file: Path) -> None:
        bounds, seconds = self.network.bounds, self.until - time.monotonic()
        if seconds <= 0:
            raise _LeftOut(f"there was no time left within {bounds.total_s:g} seconds")
        if self.left <= 0 or self.room <= 0:
            most, how = (bounds.download, "") if self.left <= 0 else (bounds.tree, " unpacked")
            raise _LeftOut(f"all together have more than {most:,} bytes{how}")
        if not on_the_web(url):
            raise _LeftOut("its address is no web address")
        sent = site(url) != site(self.found)
        network = replace(self.network, bounds=replace(bounds, total_s=seconds))
        download(url, file, watch=self.watch, network=network, sent=sent)
        self.left -= file.stat().st_size


def _paths(files: object) -> list[str]:
    """The files that an entry lists, if all can lie in one folder, as those of an archive have to."""
    names = Names()
    if not isinstance(files, list) or not 0 < len(files) <= LIMITS.entries:
        raise _LeftOut(f"it holds no list of at most {LIMITS.entries:,} files")
    try:
        for path in files:
            member = Member(*parts_of(path if isinstance(path, str) else ""))
            if member.folder or member.dropped or member.path != path:
                raise _LeftOut("it names files that cannot lie in its folder")
            names.take(member)
    except Refused as error:
        raise _LeftOut("it names files that cannot lie in its folder") from error
    return files
