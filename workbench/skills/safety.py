"""What a document itself asks for or hides, as diagnostics of level security; the whole folder is `scan`'s to judge.

Invariant: only the rules that are quick and nearly always right are asked here, since they run on every keystroke.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.skills.finding import Finding
from workbench.skills.rules import frontmatter, hidden
from workbench.skills.rules.rule import lowered

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

_SEVERITIES: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "info", "info": "info"}


def findings(document: SkillDocument) -> Iterator[Finding]:
    """The document's own security findings."""
    if document.utf16 is not None:
        return
    text = document.text
    counts: Counter[str] = Counter()
    for hit in (*frontmatter.find(document), *hidden.find(text, lowered(text), "skill")):
        counts[hit.rule.id] += 1
        if counts[hit.rule.id] > hit.rule.limit:
            continue
        message = f"{hit.rule.reason} {hit.note}".strip()
        yield Finding(hit.rule.id, hit.at, message, _SEVERITIES[hit.severity or hit.rule.severity], "security")
