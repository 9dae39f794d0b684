"""What a skill and a tag may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from workbench.errors import InvalidRequest
from workbench.skills.document.lint import MAX_NAME, suggested

MAX_TAG: Final = 50

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
_RESERVED: Final = frozenset({"anthropic", "claude"})
"""Refused by the API for uploaded skills."""


def checked_name(name: str) -> str:
    """The name, if a new skill may have it. Raises InvalidRequest with a name that would do."""
    problem = _problem(name)
    if problem is None:
        return name
    better = suggested(name.encode("ascii", "ignore").decode())
    better = better if better and _problem(better) is None else ""
    raise InvalidRequest(
        f"{name[:80]!r} cannot be a skill's name: {problem}.",
        remedy=f"Use {better!r}, for example." if better else "Use words of a-z and 0-9 with hyphens between them.",
        name=name[:200],
        suggested=better,
        problems=[{"path": "name", "message": problem}],
    )


def _problem(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME:
        return f"it has more than {MAX_NAME} characters"
    if not _NAME.fullmatch(name):
        return "it may hold a-z, 0-9 and single hyphens between them"
    if name in _DEVICES:
        return "Windows keeps it for a device"
    if name in _RESERVED:
        return "it is reserved"
    return None


def plain_tag(tag: str) -> str:
    """A tag as it is kept, however somebody has written it."""
    return " ".join(tag.lower().split())


def checked_tags(tags: Iterable[Any]) -> list[str]:
    """In lower case, each once, by name; raises InvalidRequest for what is none."""
    clean = sorted({plain_tag(str(tag)) for tag in tags} - {""})
    for tag in clean:
        if len(tag) > MAX_TAG or not tag.isprintable():
            raise InvalidRequest(
                f"{tag[:MAX_TAG]!r} cannot be a tag.",
                remedy=f"Use up to {MAX_TAG} printable characters.",
                problems=[{"path": "tags", "message": "is too long, or holds characters that cannot be seen"}],
            )
    return clean
