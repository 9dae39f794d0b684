"""The keys of a front matter that anybody reads, and which of them a misspelt one was meant to be."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import Final

FIELDS: Final = frozenset(["name", "description", "license", "allowed-tools", "metadata", "compatibility"])
"""Those of the specification."""

CLAUDE_CODE: Final = frozenset(
    [
        "when_to_use", "argument-hint", "arguments", "disable-model-invocation", "user-invocable", "disallowed-tools",
        "model", "effort", "context", "agent", "background", "hooks", "paths", "shell", "display-name",
        "default-enabled", "fallback",
    ]
)  # fmt: skip
"""Those that Claude Code reads beside them."""

_SPELT: Final = frozenset(
    ["display_name", "displayName", "default_enabled", "defaultEnabled", "when-to-use", "whenToUse"]
)
"""Other spellings of them that it takes."""
_ALIASES: Final = {"tools": "allowed-tools", "desc": "description", "invocable": "user-invocable"}
_COMMON: Final = frozenset(
    [
        "version", "author", "authors", "tags", "tag", "category", "categories", "title", "summary", "slug", "homepage",
        "source", "repository", "requires", "dependencies", "triggers", "keywords", "risk", "type", "id", "url",
        "emoji", "icon", "language", "languages", "date", "created", "updated", "status", "examples",
    ]
)  # fmt: skip
"""Keys that people mean as they are, however near they come to one above."""
_SHORTEST: Final = 5
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_clients(key: str) -> bool:
    """Whether a client reads this key beside the specification's."""
    return key in CLAUDE_CODE or key in _SPELT


@lru_cache(maxsize=4096)
def near(key: str) -> str | None:
    """The key that this one looks like and is not; None if it is one, or like none."""
    if key in FIELDS or is_clients(key) or key.lower() in _COMMON or len(key) > max(map(len, CLAUDE_CODE)) + 4:
        return None
    plain = _HUMP.sub("-", key).lower().replace("_", "-").replace(" ", "-")
    known = {name.replace("_", "-"): name for name in FIELDS | CLAUDE_CODE}
    if plain in known:
        return known[plain]
    if plain in _ALIASES:
        return _ALIASES[plain]
    if len(plain) < _SHORTEST:
        return None
    found = difflib.get_close_matches(plain, known, n=1, cutoff=0.85)
    return known[found[0]] if found else None
