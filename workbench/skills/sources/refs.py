"""Which ref of a repository a text means, once it is known which there are.

Idea: where a ref ends and a path or a skill begins, only the repository can tell: refs have slashes and @ in them too. The
longest one counts, of a branch and a tag of one name the branch. Invariant: what is chosen is a ref that the repository
lists, its HEAD, or a whole commit id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from workbench.skills.sources.spelling import fit_ref

_SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Wanted:
    """A repository, and what of it. `tail` is a ref and a path in one, `named` a ref and a skill parted by `@`. `ref` and
    `skill` count where the repository knows none of what `named` could mean.
    """

    url: str
    ref: str | None = None
    tail: tuple[str, ...] = ()
    skill: str | None = None
    named: str | None = None

    @property
    def unnamed(self) -> bool:
        """Whether no ref can be meant."""
        return self.ref is None and not self.tail and self.named is None

    @property
    def said(self) -> str:
        return self.named or "/".join(self.tail) or self.ref or ""


@dataclass(frozen=True)
class Chosen:
    """A ref by its full name and in short (None for what HEAD names), and what stood behind it."""

    full: str
    ref: str | None = None
    path: tuple[str, ...] = ()
    skill: str | None = None


def chosen(wanted: Wanted, known: frozenset[str], head: str | None) -> Chosen | None:
    """Which of the known refs is meant; `head` is the one that HEAD names, which may be named itself. None: there is none."""
    for ref, skill in _readings(wanted.named or ""):
        if (full := _full(ref, known)) is not None:
            return Chosen(full, _short(ref, full, head), skill=skill)
    asked = wanted.tail or (fit_ref(wanted.ref or "HEAD"),)
    for cut in range(len(asked), 0, -1):
        name, rest = "/".join(asked[:cut]), asked[cut:]
        if (full := _full(name, known)) is not None:
            return Chosen(full, _short(name, full, head), rest, wanted.skill)
        if _SHA.fullmatch(name) or name == "HEAD":
            return Chosen(name, None if name == "HEAD" else name, rest, wanted.skill)
    return None


def _readings(named: str) -> Iterator[tuple[str, str | None]]:
    """What a text could mean as a ref and a skill behind its @, the longest ref first."""
    if named:
        yield named, None
    at = named.rfind("@")
    while at > 0:
        yield named[:at], named[at + 1 :]
        at = named.rfind("@", 0, at)


def _full(name: str, known: frozenset[str]) -> str | None:
    return next((each for each in (f"refs/heads/{name}", f"refs/tags/{name}", name) if each in known), None)


def _short(name: str, full: str, head: str | None) -> str | None:
    return None if full == head else name.removeprefix("refs/heads/")
