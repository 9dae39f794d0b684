"""The digests of many skills of one tree, each file read once however many skills it is part of.

Invariant: a folder's digest here is the one that `digest` gives it; and of a folder that holds too much, no more is read than
may be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.skills.sources.watch import Watch
from workbench.skills.tree.copying import unfit
from workbench.skills.tree.digest import Line, counts, manifest, of_lines
from workbench.skills.tree.walk import Found, walk

ARCHIVES: Final = (".zip", ".skill", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar", ".whl")
SHOWN: Final = 5
MOST_FILES: Final = 10_000
MOST_BYTES: Final = 200 * 1024 * 1024
"""A folder that holds more is no skill, whatever lies in it."""


@dataclass(frozen=True)
class Weight:
    """What a folder holds; `why` says why it cannot come in."""

    digest: str | None
    files: int = 0
    bytes: int = 0
    why: str = ""
    archives: tuple[str, ...] = ()
    """Files of it that are archives by their names: they are kept as they are, and not opened."""

    @property
    def told(self) -> str:
        """Its archives, in a sentence; empty where there is none."""
        if not self.archives:
            return ""
        more = f" and {len(self.archives) - SHOWN} more" if len(self.archives) > SHOWN else ""
        return f"Archives in it are kept unopened: {', '.join(map(repr, self.archives[:SHOWN]))}{more}."


def weighed(root: Path, folders: Iterable[str], watch: Watch) -> dict[str, Weight]:
    """Digest, number of files and size of each of these folders below a root."""
    wanted = sorted(set(folders), key=lambda folder: folder.split("/") if folder else [])
    found: dict[str, Weight] = {}
    top = ""
    lines: list[Line] | None = None
    odd: list[Found] = []
    paths: list[str] = []
    for done, folder in enumerate(wanted):
        watch.step("reading", done, len(wanted), "skills")
        inner = _below(folder, top) if lines is not None else None
        if lines is not None and inner is not None and counts(inner) and ".git" not in inner.lower().split("/"):
            first, after = bisect_left(paths, f"{inner}/"), bisect_left(paths, f"{inner}0")
            weight = _weight([replace(line, path=line.path[len(inner) + 1 :]) for line in lines[first:after]])
            found[folder] = replace(weight, why=_unfit(odd, inner))
            continue
        mine, why = _lines(root / folder, watch)
        own = _odd(root / folder) if mine is not None else []
        found[folder] = Weight(None, why=why) if mine is None else replace(_weight(mine), why=_unfit(own, ""))
        if mine is not None and inner is None:
            top, lines, odd = folder, sorted(mine, key=lambda line: line.path), own
            paths = [line.path for line in lines]
    return found


def _odd(folder: Path) -> list[Found]:
    """What below a folder is not simply a file."""
    return [found for found in walk(folder) if found.kind not in ("file", "folder-skipped")]


def _unfit(odd: list[Found], inner: str) -> str:
    """What keeps the skill in `inner` from being copied, of what is odd in a folder above it."""
    start = f"{inner}/" if inner else ""
    below = (replace(each, path=each.path[len(start) :]) for each in odd if each.path.startswith(start))
    return next((f"{each.path!r} {why}." for each in below if (why := unfit(each)) is not None), "")


class _TooMuch(Exception):
    """A folder holds more than a skill does."""


def _lines(folder: Path, watch: Watch) -> tuple[list[Line] | None, str]:
    lines: list[Line] = []
    before = 0

    def reading(size: int) -> None:
        watch.check()
        if len(lines) == MOST_FILES or before + size > MOST_BYTES:
            raise _TooMuch

    try:
        for line in manifest(folder, reading):
            lines.append(line)
            before += line.size
    except _TooMuch:
        return None, f"It has over {MOST_FILES:,} files or {MOST_BYTES // 1024 // 1024} MB."
    except OSError as error:
        return None, f"It cannot be read whole: {error.strerror or error}."
    return lines, ""


def _weight(lines: list[Line]) -> Weight:
    archives = tuple(sorted(line.path for line in lines if line.path.lower().endswith(ARCHIVES)))
    return Weight(of_lines(lines), len(lines), sum(line.size for line in lines), archives=archives)


def _below(folder: str, top: str) -> str | None:
    """A folder as it is called from one above it; None if that is not above it."""
    if not top:
        return folder or None
    return folder[len(top) + 1 :] if folder.startswith(f"{top}/") else None
