"""What a document itself asks for or hides, as diagnostics of level security; the whole folder is `scan`'s to judge.

Idea: this runs on every keystroke, and nearly no document hides anything. So one look says whether one could, and only then
are the rules asked, over the first megabyte. Invariant: what the rules would find there, the look does not pass over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from workbench.skills.document.block import BOM
from workbench.skills.document.finding import Finding
from workbench.skills.review.rules import frontmatter, hidden
from workbench.skills.review.rules.rule import Hit, lowered

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

MOST: Final = 1024 * 1024
_HITS: Final = 10_000
"""So many are counted; each rule shows far fewer."""
_SEVERITIES: Final = {"critical": "error", "high": "error", "medium": "warning", "low": "info", "info": "info"}

_COMMON: Final = bytes([*b"\t\n\f\r", *range(0x20, 0x7F)])
_RARE: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e00ff]"
    "|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}"
)
"""What has no width, turns or hides text: told without the plain letters between."""
_SPACES: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_LOOKALIKE: Final = re.compile("://[\\w.-]{0,101}[\u0370-\u04ff]")
_WIDE: Final = re.compile(r"[^\S\n\r]{100}")
_REFERENCE: Final = re.compile(r"\]:[ \t]{0,4}(?:#|<>)")
_STYLED: Final = re.compile(r"<\w{1,10}\s[^>\n]{0,200}(?:display|visibility|font-size|opacity|hidden)", re.IGNORECASE)
_COMMENTS: Final = 50
"""So many comments are asked about one by one."""
_LINES: Final = 1000
_LONG: Final = 20_000


def findings(document: SkillDocument) -> Iterator[Finding]:
    """The document's own security findings."""
    if document.utf16 is not None:
        return
    counts: Counter[str] = Counter()
    asked = islice(((hit, 0) for hit in frontmatter.find(document)), _HITS)
    for hit, begin in chain(asked, islice(_hidden(document.text[:MOST]), _HITS)):
        counts[hit.rule.id] += 1
        if counts[hit.rule.id] > hit.rule.limit:
            continue
        message = f"{hit.rule.reason} {hit.note}".strip()
        severity = _SEVERITIES[hit.severity or hit.rule.severity]
        yield Finding(hit.rule.id, begin + hit.at, message, severity, "security")


def _hidden(text: str) -> Iterator[tuple[Hit, int]]:
    """What a text hides, each with where the part of it that was asked about begins."""
    for begin, end in _parts(text):
        part = text[begin:end]
        yield from ((hit, begin) for hit in hidden.find(part, lowered(part), "skill"))


def _parts(text: str) -> list[tuple[int, int]]:
    """Where something could be hidden: somewhere, in a few comments, or nowhere."""
    if may_hide(text):
        return [(0, len(text))]
    parts: list[tuple[int, int]] = []
    end = 0
    while (begin := text.find("<!--", end)) >= 0:
        end = text.find("-->", begin)
        end = len(text) if end < 0 else end + 3
        parts.append((begin, end))
        if len(parts) > _COMMENTS:
            return [(0, len(text))]
    return parts


def may_hide(text: str) -> bool:
    """Whether a text could hide something otherwise than in a comment: seldom wrongly yes, and never wrongly no."""
    if " " * 100 in text:
        return True
    if ("]:" in text and _REFERENCE.search(text)) or ("<" in text and _STYLED.search(text)):
        return True
    if len(text) > _LINES and _is_stretched(text):
        return True
    # What is neither plain ASCII nor blank, in a few passes in C; a byte order mark at the beginning is none of it.
    data = text.encode("utf-8", "surrogatepass").translate(None, _COMMON)
    rare = data.decode("utf-8", "surrogatepass")[text.startswith(BOM) :]
    return (
        _RARE.search(rare) is not None
        or _LOOKALIKE.search(text) is not None
        or (("\t" in text or _SPACES.search(rare) is not None) and _WIDE.search(text) is not None)
    )


def _is_stretched(text: str) -> bool:
    """Whether it has so many empty lines, or so long a one, that what stands behind is out of sight."""
    if len(text) > _LONG and max(map(len, text.split("\n"))) > _LONG:
        return True
    lines = text.count("\n") + text.count("\r")
    return lines > _LINES and sum(not line.strip() for line in text.splitlines()) > _LINES
