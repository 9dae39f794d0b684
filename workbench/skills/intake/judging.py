"""What can become of one SKILL.md: come in as it is, be mended, be asked about, or stay out.

Idea: it is read leniently and reported strictly; what can be written better is a repair, what only a person can know is a
question, and what would make a reader guess at its bytes is refused. Invariant: a folder's name is proposed, never taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from workbench.errors import InvalidRequest
from workbench.skills.document.lint import spec, suggested
from workbench.skills.intake.mending import REPAIRS, mended
from workbench.skills.intake.plan import STATUSES, Status
from workbench.skills.naming import checked_name
from workbench.skills.skill import SkillDocument

_REFUSED: Final = {
    "encoding": "It is not UTF-8.",
    "yaml-alias": "Its front matter refers to parts of itself (YAML aliases), which can be made to grow without end.",
    "yaml-depth": "Its front matter is nested deeper than any that is sound.",
    "yaml-too-large": "Its front matter is larger than any that is sound.",
}
_TOLD: Final = frozenset(["name-folder", "description-too-long", "compatibility-too-long", "not-a-mapping"])
_OPENED: Final = re.compile(r"(?:[{\[]\s*){20}")


@dataclass
class Judged:
    """What was found about one file."""

    status: Status = "ready"
    name: str | None = None
    description: str | None = None
    version: str | None = None
    reasons: list[str] = field(default_factory=list)
    rules: tuple[str, ...] = ()
    proposed: str | None = None

    def worse(self, status: Status, reason: str) -> None:
        """Puts the status no better than this one, for a reason."""
        self.status = max(self.status, status, key=STATUSES.index)
        self.reasons.append(reason)

    @property
    def repairs(self) -> list[str]:
        return list(dict.fromkeys(REPAIRS[rule] for rule in self.rules))


def judged(document: SkillDocument, folder: str) -> Judged:
    """What can become of a document; `folder` is the name to propose where it says none."""
    found = Judged(name=_text(document.name), description=_text(document.description), version=_text(document.version))
    findings = {finding.rule: finding for finding in spec(document)}
    for rule, reason in _REFUSED.items():
        if rule in findings:
            found.worse("refuse", reason)
    block = document.parsed.block
    if "not-a-mapping" in findings and block and _OPENED.search(document.text, block.begin, block.end):
        found.worse("refuse", _REFUSED["yaml-depth"])
    if found.status == "refuse":
        return found
    if "merge-conflict" in findings:
        found.worse("ask", "A merge conflict was left in its front matter: which side is meant is a guess.")
    _ask(found, folder, unclosed="unclosed" in findings, front=block is not None)
    found.reasons += (finding.message for rule, finding in findings.items() if rule in _TOLD)
    if (findings.keys() & REPAIRS.keys()) or "\r" in document.text:
        _, found.rules = mended(document)
    if found.rules and found.status == "ready":
        found.status = "repair"
    return found


def _ask(found: Judged, folder: str, *, unclosed: bool, front: bool) -> None:
    if not front:
        found.worse("ask", "It has no front matter, so it says neither its name nor what it is for.")
    elif unclosed:
        found.worse("ask", "Its front matter has no end: what belongs to it is a guess.")
    if found.name is None:
        found.proposed = slug(folder)
        if front:
            found.worse("ask", "It does not say its name.")
    elif problem := _problem(found.name):
        found.proposed = slug(found.name) or slug(folder)
        found.worse("ask", f"Its name cannot be one here: {problem}.")
    if found.description is None and front:
        found.worse("ask", "It does not say what it is for: it has no description.")


def slug(text: str) -> str | None:
    """A name that looks like this and can be one; None when there is none."""
    made = suggested(text.encode("ascii", "ignore").decode())
    return made if made and _problem(made) is None else None


def _problem(name: str) -> str | None:
    try:
        checked_name(name)
    except InvalidRequest as error:
        return str(error.facts["problems"][0]["message"])
    return None


def _text(value: str | None) -> str | None:
    """As it can be sent: bytes that are no text are question marks."""
    return value.strip().encode("utf-8", "replace").decode() or None if value is not None else None
