"""`skills-lock.json`, as the `skills` installer writes it into projects: which skills, from where, and what they were.

Idea: an entry is kept in the installer's own terms; here it is read into an address that an import takes, and made of an
origin that an import has noted. Invariant: what is written is read again as the same, and sorted, so that two people who
lock the same skills write the same file. Its hash sees no modes and no links: it tells what differs, and proves nothing.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from workbench.errors import InvalidRequest, WorkbenchError
from workbench.skills.intake.origin import split
from workbench.skills.skill import FILE
from workbench.skills.sources import address
from workbench.skills.sources.hosts import GITHUB, Bases

NAME: Final = "skills-lock.json"
VERSION: Final = 1
LARGEST: Final = 5 * 1024 * 1024

_KEYS: Final = (
    ("source", "source"),
    ("sourceUrl", "source_url"),
    ("ref", "ref"),
    ("sourceType", "source_type"),
    ("skillPath", "skill_path"),
    ("computedHash", "computed_hash"),
)
_HOSTS: Final = {"github": "github.com", "gitlab": "gitlab.com"}


@dataclass(frozen=True)
class Locked:
    """One skill of a lock file."""

    name: str
    source: str
    source_type: str
    source_url: str | None = None
    ref: str | None = None
    skill_path: str | None = None
    """Of its SKILL.md, in the source."""
    computed_hash: str | None = None

    @property
    def reachable(self) -> bool:
        """Whether it can be imported from here."""
        return self.source_type in ("github", "gitlab", "git", "local", "well-known", "archive")

    @property
    def address(self) -> str:
        """What to give to an import."""
        folder = quote(posixpath.dirname(self.skill_path or ""), safe="/")
        ref = quote(self.ref or "", safe="/")
        host = _HOSTS.get(self.source_type)
        if host is not None and "://" not in self.source:
            page = f"https://{host}/{self.source}"
            if folder:
                tree = "tree" if self.source_type == "github" else "-/tree"
                return f"{page}/{tree}/{ref or 'HEAD'}/{folder}"
            return f"{page}#{ref}" if ref else page
        where = self.source_url or self.source
        return f"{where}#{ref}" if ref and self.source_type != "local" else where


def read(data: bytes) -> list[Locked]:
    """What a lock file names, by name. Raises InvalidRequest for what is none, or of a version that nobody here knows."""
    return [_locked(name, entry) for name, entry in sorted(_loaded(data)["skills"].items())]


def _loaded(data: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _unfit("it is no JSON") from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("skills"), dict):
        raise _unfit("it lists no skills")
    if loaded.get("version") != VERSION:
        raise _unfit(f"it is of version {str(loaded.get('version'))[:20]}, and {VERSION} is read here")
    return loaded


def write(locked: Iterable[Locked], before: bytes | None = None) -> bytes:
    """A lock file of these skills. What a lock file that is there says of others, and beside them, is kept; one that cannot
    be read is made anew.
    """
    try:
        kept = _loaded(before) if before is not None else {}
    except InvalidRequest:
        kept = {}
    skills = dict(kept.get("skills", {}))
    for each in locked:
        told = ((key, getattr(each, field)) for key, field in _KEYS)
        skills[each.name] = {key: value for key, value in told if value is not None}
    whole = {**kept, "version": VERSION, "skills": dict(sorted(skills.items()))}
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def locked(name: str, origin: str | None, folder: str, computed_hash: str, *, bases: Bases) -> Locked:
    """A skill of the library. `origin` is where it came from; one that was made here, or came from where nobody can fetch it
    again, is locked by its folder.
    """
    source, path = split(origin or "")
    found = _fetched_from(source, bases)
    if found is None:
        local = folder if folder.startswith(("/", ".")) else f"./{folder}"
        return Locked(name, local, "local", skill_path=FILE, computed_hash=computed_hash)
    kind, place, url, ref = _terms(found)
    return Locked(name, place, kind, url, ref, path, computed_hash)


def _fetched_from(source: str, bases: Bases) -> address.Address | None:
    """What the source of an origin names; None for a file that was sent along, and for what the settings know no more."""
    if source.startswith("/"):
        return address.Folder(source)
    if urlsplit(source).scheme not in ("https", "http", "ssh"):
        return None
    try:
        return address.parse(source, bases=bases)
    except WorkbenchError:
        return None


def _terms(found: address.Address) -> tuple[str, str, str | None, str | None]:
    """An address as the installer has it: its kind, the source, its URL and the ref. An archive is nothing that it knows."""
    match found:
        case address.GitHub() if found.bases.github.rstrip("/") == GITHUB:
            return "github", f"{found.owner}/{found.repo}", None, "/".join(found.tail) or found.ref
        case address.GitHub():
            return "git", found.url, found.url, "/".join(found.tail) or found.ref
        case address.Git():
            return _terms_of_git(found)
        case address.ArchiveUrl():
            return "archive", found.origin, found.origin, None
        case address.Index():
            return "well-known", found.url, found.url, None
        case address.Folder() | address.Archive():
            return "local", found.path, None, None


def _terms_of_git(found: address.Git) -> tuple[str, str, str | None, str | None]:
    """A repository over https or ssh; of the forges that the installer knows, by its name there."""
    parts = urlsplit(found.url)
    ref = found.ref or "/".join(found.tail) or None
    kind = next((kind for kind, host in _HOSTS.items() if host == parts.hostname), None)
    if kind is None:
        return "git", found.url, found.url, ref
    return kind, unquote(parts.path).strip("/").removesuffix(".git"), None, ref


def _locked(name: str, entry: Any) -> Locked:
    if not isinstance(entry, Mapping):
        raise _unfit(f"its entry {name[:80]!r} says nothing")
    told = {field: entry[key] for key, field in _KEYS if isinstance(entry.get(key), str)}
    if "source" not in told or "source_type" not in told:
        raise _unfit(f"its entry {name[:80]!r} does not say where the skill lies")
    return Locked(name, **told)


def _unfit(why: str) -> InvalidRequest:
    return InvalidRequest(
        f"This is no {NAME} that can be read: {why}.",
        remedy="Name the file that the skills installer has written.",
        problems=[{"path": "path", "message": why}],
    )
