"""What an agent is told of the skill and its person before it begins: `user-context.md`, written anew for each run.

Invariant: a heading stands there only with something below it; where there is nothing to say there is no text at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from workbench.settings import Settings
from workbench.skills.skill import SkillDocument
from workbench.skills.table import SkillRow
from workbench.workflows.intake.intake import Intake

FILE: Final = "user-context.md"
"""In the skill's working folder."""
ABOUT: Final = "skill"
"""The name of the block of data with what the front matter of a new skill needs."""

PURPOSES: Final = {
    "domain": "Business process (domain)",
    "source": "Source system (source)",
    "data-engineering": "Data engineering (data-engineering)",
    "platform": "Platform (platform)",
}
_LEGACY: Final = {
    "unique_setup": "What is unusual about the set-up",
    "claude_mistakes": "What agents get wrong",
    "scope": "Scope",
    "challenges": "Challenges",
    "audience": "Audience",
}
"""Words of a person's that older forms asked for one by one; they are kept among the variables."""
_CONFIGURED: Final = {
    "version": "Version",
    "model": "Preferred model",
    "argument-hint": "Argument hint",
    "user-invocable": "User-invocable",
    "disable-model-invocation": "Disable model invocation",
}
_NO_MODEL: Final = "inherit"


def text(row: SkillRow, intake: Intake, settings: Settings, document: SkillDocument | None = None) -> str:
    """The whole text. `document` is the SKILL.md where there is one already."""
    parts = [
        _section("Skill", _pairs(_of_skill(row, intake))),
        _section("About You", _pairs([("Industry", settings.industry), ("Function", settings.function)])),
        _section("What Claude Needs to Know", "\n\n".join(_known(intake))),
        _section("Configuration", _pairs(_configured(document)) if document is not None else ""),
    ]
    kept = [part for part in parts if part]
    return "\n\n".join(["# User Context", *kept]) + "\n" if kept else ""


def about(name: str, *, today: str, author: str = "") -> str:
    """What goes into a new skill's front matter, as a block of data."""
    return json.dumps({"name": name, "author": author or None, "today": today}, ensure_ascii=False)


def _of_skill(row: SkillRow, intake: Intake) -> Iterator[tuple[str, str]]:
    yield "Name", row.name
    purpose = row.purpose or intake.purpose or ""
    yield "Purpose", PURPOSES.get(purpose, purpose)
    yield "Description", intake.description
    yield "Tags", ", ".join(intake.tags)


def _known(intake: Intake) -> Iterator[str]:
    if intake.context.strip():
        yield intake.context.strip()
    for key, label in _LEGACY.items():
        if said := intake.variables.get(key, "").strip():
            yield f"### {label}\n\n{said}"


def _configured(document: SkillDocument) -> Iterator[tuple[str, str]]:
    for key, label in _CONFIGURED.items():
        value = document.version if key == "version" else document.fields.get(key)
        if isinstance(value, str) and not (key == "model" and value.strip().lower() == _NO_MODEL):
            yield label, value


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- **{label}**: {said.strip()}" for label, said in pairs if said.strip())


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""
