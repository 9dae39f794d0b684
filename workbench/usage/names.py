"""The names of a model: what a transcript calls it, and what a price list may call the same.

Invariant: every spelling names the same model. A date is taken off only for an id that the list marks as taking one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_REGION: Final = re.compile(r"^(us|eu|apac|au|jp|in|us-gov)\.(?=[a-z]+\.)")
_RELEASE: Final = re.compile(r"-v\d+(:\d+)?(:\d+k)?$")
_DATE: Final = re.compile(r"[-@](20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])$")


def spellings(model: str) -> Iterator[str]:
    """The names that a model id may be listed under, as it stands first; all name the same model."""
    path = model.strip().lower().removesuffix("[1m]")
    yield path
    name = path.rpartition("/")[2]
    if name != path:
        yield name
    released = _RELEASE.sub("", name).removesuffix("@default")
    if released != name:
        yield released
    local = _REGION.sub("", released)
    if local != released:
        yield local
    maker, _, rest = local.partition(".")
    if maker == "anthropic":
        yield rest


def undated(name: str) -> str:
    """The name without the date that it may end in."""
    return _DATE.sub("", name)


def plain(model: str) -> str:
    """What all spellings of a model have in common: neither maker, region nor date."""
    *_, shortest = spellings(model)
    return undated(shortest)


def keys(name: str) -> Iterator[str]:
    """The keys of the price list that price this name: itself, or without its date an id that takes one."""
    yield from (name, name + "*", name + "@")
    bare = undated(name)
    if bare != name:
        yield bare + "*"
        if name[len(bare)] == "@":
            yield bare + "@"
