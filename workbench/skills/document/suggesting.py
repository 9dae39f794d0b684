"""A name, a purpose and tags for a new skill, from a person's own words: nothing but counting, so that it works at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from workbench.errors import InvalidRequest
from workbench.skills.document.lint import MAX_NAME, suggested
from workbench.skills.naming import checked_name

_PURPOSES: Final[Mapping[str, tuple[str, ...]]] = {
    "data-engineering": (
        "pipeline", "etl", "elt", "dbt", "warehouse", "spark", "airflow", "ingest", "transform", "sql",
    ),
    "platform": (
        "deploy", "kubernetes", "terraform", "cloud", "aws", "azure", "infrastructure", "ci", "docker", "monitoring",
    ),
    "source": ("api", "endpoint", "salesforce", "sap", "hubspot", "connector", "schema", "export", "crm", "erp"),
}  # fmt: skip
_SMALL: Final = frozenset(
    [
        "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "do", "for",
        "from", "get", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "make", "me", "my", "need",
        "new", "no", "not", "of", "on", "or", "our", "out", "should", "so", "some", "that", "the", "their", "them",
        "then", "this", "to", "up", "us", "use", "used", "using", "want", "we", "what", "when", "where", "which",
        "who", "will", "with", "without", "work", "write", "you", "your", "skill", "skills", "agent", "help", "helps",
    ]
)  # fmt: skip
"""Words that say nothing of what a skill is about."""


def suggest(text: str, taken: Collection[str]) -> tuple[str, str, list[str]]:
    """A name that is free, a purpose, and tags, from a person's own words."""
    words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _SMALL and len(word) > 1]
    base = suggested("-".join(dict.fromkeys(words[:12]))[: MAX_NAME // 2].rpartition("-")[0] or "-".join(words[:3]))
    base = "-".join((base or "my-skill").split("-")[:3])
    name, number = base, 1
    while name in taken or not is_name(name):
        number += 1
        name = f"{base}-{number}"
    counts = {purpose: sum(words.count(mark) for mark in marks) for purpose, marks in _PURPOSES.items()}
    purpose = max(counts, key=lambda each: counts[each])
    frequent = [word for word, _ in Counter(words).most_common(4)]
    return name, purpose if counts[purpose] else "domain", frequent


def is_name(name: str) -> bool:
    """Whether a skill can have this name."""
    try:
        checked_name(name)
    except InvalidRequest:
        return False
    return True
