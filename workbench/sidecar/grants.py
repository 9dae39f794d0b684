"""What a skill allows itself, and whether anybody has said that it may.

A SKILL.md can allow tools, which the vendor then uses without asking; whoever wrote it is not the person who would have
been asked. So a turn tells which of its skills are trusted. Invariant: what is not told to be trusted, is not; and a text
that might allow something is taken to do so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

WHY: Final = "A skill in this turn that nobody has said they trust would allow this by itself."
_GRANT: Final = re.compile(rb"allowed|\\", re.IGNORECASE)
"""The key, or an escape by which YAML could spell it otherwise."""


def untrusted(request: Mapping[str, Any]) -> list[Path]:
    """The folders of a turn's skills that nobody trusts."""
    trusted = {Path(each).resolve() for each in request.get("trustedSkills") or []}
    return [path for path in (Path(each).resolve() for each in request.get("skills") or []) if path not in trusted]


def held(request: Mapping[str, Any]) -> bool:
    """Whether a skill that nobody trusts may allow itself something in this turn."""
    return any(_grants(folder) for folder in untrusted(request))


def _grants(folder: Path) -> bool:
    try:
        text = (folder / "SKILL.md").read_bytes()
    except OSError:
        return True  # whatever it is, it could not be looked at
    head, _, _ = text.partition(b"\n---")
    return _GRANT.search(head) is not None or b"allowed-tools" in text.lower()
