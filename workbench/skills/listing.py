"""The list of skills: who is in it, what each SKILL.md says now, and how many there are of each kind.

Idea: the rows are in the database and the words in the files. What a file said is kept with its signature (inode, size,
time of change), so that a list costs one `stat` a skill and reads only what has changed. Invariant: no list shows what
a file does not say now.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.errors import NotFound, PathEscapes, Refused
from workbench.paths import contained
from workbench.skills.budget import Installed, entry_text, tokens
from workbench.skills.document.clients import badge, matrix
from workbench.skills.skill import FILE, parse
from workbench.skills.table import Indexed, Listed, WorkspaceRow
from workbench.skills.tree import beneath
from workbench.skills.tree.digest import digest, signature

MAX_READ: Final = 5 * 1024 * 1024
"""A larger SKILL.md is not read for a list; no client takes one."""

WORKSPACE: Final = "workspace"
"""Where the skills of the other registry come from, as the list of both says it."""
INACTIVE: Final = ".inactive"

_ABSENT: Final = Indexed("absent", None, valid=False, written=False)


@dataclass(frozen=True)
class Item:
    """A skill as a list shows it."""

    name: str
    source: str
    path: str
    description: str | None
    valid: bool
    written: bool
    present: bool
    trust: str
    tags: tuple[str, ...]
    status: str
    purpose: str | None
    locked: bool
    created: int
    updated: int
    indexed: Indexed
    verdict: str | None = None
    """What the last scan said, while the files are those that it saw."""


@dataclass(frozen=True)
class Which:
    """Which skills are wanted; of each kind any of those named, of tags all."""

    query: str = ""
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    trust: tuple[str, ...] = ()
    valid: bool | None = None


FACETS: Final[dict[str, Callable[[Item], Iterable[str]]]] = {
    "source": lambda item: (item.source,),
    "tag": lambda item: item.tags,
    "status": lambda item: (item.status,),
    "purpose": lambda item: (item.purpose,) if item.purpose else (),
    "trust": lambda item: (item.trust,),
    "valid": lambda item: ("yes" if item.valid else "no",),
}

_FREE: Final[dict[str, dict[str, Any]]] = {
    "source": {"sources": ()},
    "status": {"statuses": ()},
    "purpose": {"purposes": ()},
    "trust": {"trust": ()},
    "valid": {"valid": None},
}
"""What asks nothing of a kind."""

SORTS: Final[dict[str, Callable[[Item], tuple[Any, ...]]]] = {
    "name": lambda item: (item.name, item.source),
    "-updated": lambda item: (-item.updated, item.name, item.source),
    "-created": lambda item: (-item.created, item.name, item.source),
    "source": lambda item: (item.source, item.name),
    "status": lambda item: (item.status, item.name, item.source),
}
"""No two items are equal: a name is given once in each registry."""


def read(
    root: Path, listed: Iterable[Listed], locked: Container[str] = ()
) -> tuple[list[Item], list[tuple[int, Indexed]]]:
    """The items, and what had to be read anew for them."""
    items, fresh = [], []
    base = os.fspath(root)
    for each in listed:
        indexed, changed = _indexed(base, each)
        if indexed is not each.indexed and indexed is not _ABSENT:
            fresh.append((each.row.id, indexed))
        items.append(_item(base, each, indexed, changed, locked))
    return items, fresh


def of_workspace(base: Path, rows: Iterable[WorkspaceRow]) -> list[Item]:
    """The agents' own skills as a list shows them beside the library's. There are few, so that each file is read."""
    items = []
    for row in rows:
        folder = base / row.name if row.active else base / INACTIVE / row.name
        said = _said(base, folder)
        items.append(
            Item(
                name=row.name,
                source=WORKSPACE,
                path=os.fspath(folder),
                description=said.description if said is not _ABSENT else row.description,
                valid=said.valid,
                written=said.written,
                present=said is not _ABSENT,
                trust="own" if row.bundled else "untrusted",
                tags=(),
                status="completed",
                purpose=row.purpose,
                locked=False,
                created=row.created,
                updated=row.updated,
                indexed=said,
            )
        )
    return items


def chosen(items: Iterable[Item], which: Which) -> list[Item]:
    """Those that are wanted."""
    words = which.query.casefold().split()
    return [item for item in items if _fits(item, which) and (not words or _holds(item, words))]


def facets(items: Iterable[Item], which: Which) -> dict[str, dict[str, int]]:
    """How many there are of each kind among those that are wanted, the most frequent first. Of a kind of which any may be
    named, those are counted that naming one more would add.
    """
    every, counts = list(items), {}
    found: dict[Which, list[Item]] = {}
    for name, values in FACETS.items():
        wanted = replace(which, **_FREE.get(name, {}))
        if wanted not in found:
            found[wanted] = chosen(every, wanted)
        counts[name] = Counter(value for item in found[wanted] for value in values(item))
    return {name: dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))) for name, found in counts.items()}


def _fits(item: Item, which: Which) -> bool:
    return (
        (not which.sources or item.source in which.sources)
        and (not which.statuses or item.status in which.statuses)
        and (not which.purposes or item.purpose in which.purposes)
        and (not which.trust or item.trust in which.trust)
        and (which.valid is None or item.valid == which.valid)
        and all(tag in item.tags for tag in which.tags)
    )


def _holds(item: Item, words: list[str]) -> bool:
    text = f"{item.name} {item.description or ''} {item.purpose or ''} {' '.join(item.tags)}".casefold()
    return all(word in text for word in words)


def _indexed(base: str, each: Listed) -> tuple[Indexed, int]:
    """What the file says, and when it was changed (milliseconds; 0 when it is not there)."""
    folder = f"{base}/{each.row.name}"
    about = _about(base, folder)
    if about is None:
        return _ABSENT, 0
    changed = about.st_mtime_ns // 1_000_000
    signature = f"{about.st_ino}:{about.st_size}:{about.st_mtime_ns}:{about.st_ctime_ns}:{each.row.name}"
    if each.indexed is not None and each.indexed.signature == signature:
        return each.indexed, changed
    if not _is_readable(about):
        return Indexed(signature, None, valid=False, written=False), changed
    return replace(describe(Path(base), Path(folder)), signature=signature), changed


def _said(base: Path, folder: Path) -> Indexed:
    """What a skill's file says, however that was before."""
    about = _about(os.fspath(base), os.fspath(folder))
    if about is None:
        return _ABSENT
    return describe(base, folder) if _is_readable(about) else Indexed("", None, valid=False, written=False)


def _about(base: str, folder: str) -> os.stat_result | None:
    """A skill's SKILL.md. A folder that is a link is no skill's, and a file that is one has to lead to one below `base`."""
    try:
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            return None
        about = os.lstat(f"{folder}/{FILE}")
        return about if not stat.S_ISLNK(about.st_mode) else contained(Path(base), f"{folder}/{FILE}").stat()
    except (OSError, PathEscapes):
        return None


def _is_readable(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and about.st_size <= MAX_READ


def describe(base: Path, folder: Path) -> Indexed:
    """What the SKILL.md of a skill below `base` says, without its signature."""
    try:
        document = parse(beneath.read(base, folder / FILE).data, folder=folder.name)
    except (OSError, NotFound, PathEscapes, Refused):
        return _ABSENT
    lines = (line.strip() for line in document.body.splitlines())
    shown = Installed.of(document)
    return Indexed(
        "",
        _whole(document.description or "") or None,
        valid=document.is_valid,
        written=any(line and not line.startswith("#") for line in lines),
        badge=msgspec.json.encode(badge(matrix(document))).decode(),
        when_to_use=_whole(shown.when_to_use),
        hidden=shown.hidden,
        listing_tokens=tokens(entry_text(shown)),
        body_tokens=tokens(document.body),
    )


def _whole(text: str) -> str:
    """A text that a database can keep: what stands for a byte that is no UTF-8 becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _item(base: str, each: Listed, indexed: Indexed, changed: int, locked: Container[str]) -> Item:
    row = each.row
    return Item(
        name=row.name,
        source=row.source,
        path=f"{base}/{row.name}",
        description=indexed.description,
        valid=indexed.valid,
        written=indexed.written,
        present=indexed is not _ABSENT,
        trust=trust_of(each),
        tags=each.tags,
        status=each.status or "completed",
        purpose=row.purpose,
        locked=row.name in locked,
        created=row.created,
        updated=max(row.updated, changed),
        indexed=indexed,
        verdict=_verdict(f"{base}/{row.name}", each),
    )


def _verdict(folder: str, each: Listed) -> str | None:
    verdict, seen = each.scanned or (None, "")
    return verdict if verdict is not None and signature(Path(folder)) == seen else None


def trust_of(each: Listed) -> str:
    """Own (what was written here and never judged), untrusted, trusted, or changed since it was trusted."""
    if each.trust is None:
        return "own" if each.row.source == "skill-builder" else "untrusted"
    return "trusted" if each.trust.seen == each.trust.digest else "changed"


def looked_at(root: Path, each: Listed) -> Listed:
    """A trusted skill with the digest that it has now. Its files are read only where one of them has changed."""
    if each.trust is None:
        return each
    folder = root / each.row.name
    found = signature(folder, each.row.working)
    if found == each.trust.signature:
        return each
    try:
        seen = digest(folder, each.row.working)
    except OSError:
        seen = ""
    return replace(each, trust=replace(each.trust, signature=found, seen=seen))
