"""What is still missing in the form of a new skill: proposed by a cheap model, or by rules where there is none.

Invariant: there is always a proposal, its name is free and can be used, and it says who made it; a person asked for it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from workbench.errors import WorkbenchError
from workbench.skills.document import suggesting as rules
from workbench.skills.document.lint import suggested
from workbench.skills.naming import plain_tag
from workbench.workflows.documents.drafts import Draft
from workbench.workflows.documents.wording import plain
from workbench.workflows.intake.asking_once import Asker, Question

Field = Literal["name", "purpose", "description", "tags", "context"]
FIELDS: Final[tuple[Field, ...]] = ("name", "purpose", "description", "tags", "context")
_DESCRIPTION, _CONTEXT, _NAME, _TAGS = 1024, 4_000, 40, 5
_TAKEN: Final = 200
"""So many names that are taken a model is told; the backend knows them all."""


class SuggestionDraft(Draft):
    """What a model is asked for; null for what it was not."""

    name: str | None
    purpose: Literal["domain", "source", "data-engineering", "platform"] | None
    description: str | None
    tags: list[str] | None
    context: str | None


@dataclass(frozen=True)
class Suggestion:
    """A proposal. Name, purpose and tags are always there; the rest only a model can propose."""

    name: str
    purpose: str
    tags: tuple[str, ...]
    description: str | None = None
    context: str | None = None
    by: Literal["model", "rules"] = "rules"
    notice: str = ""


def by_rules(text: str, taken: Collection[str]) -> Suggestion:
    """A proposal from the words alone, at once."""
    name, purpose, tags = rules.suggest(text, taken)
    return Suggestion(name, purpose, tuple(tags))


async def suggest(
    asker: Asker,
    text: str,
    taken: Collection[str],
    fields: Collection[Field] = (),
    current: Mapping[str, Any] | None = None,
) -> Suggestion:
    """A model's proposal for these fields (by default all of them), or, said in its notice, that of the rules."""
    plainly = by_rules(text, taken)
    wanted = [field for field in FIELDS if field in (fields or FIELDS)]
    data = {
        "words": text,
        "form": json.dumps(current, ensure_ascii=False, indent=1, default=str) if current else "",
        "fields": ", ".join(wanted),
        "taken": "\n".join(sorted(taken)[:_TAKEN]),
    }
    question = Question("suggest.md", data, title="Suggestions for a new skill")
    try:
        draft = await asker.ask(SuggestionDraft, question)
    except WorkbenchError as error:
        return replace(plainly, notice=f"Proposed without a model: {error.message}")
    return merged(plainly, draft, wanted, taken)


def merged(
    plainly: Suggestion, draft: SuggestionDraft, wanted: Collection[Field], taken: Collection[str]
) -> Suggestion:
    """What the model proposed of what it was asked for, as far as it can be used, over what the rules propose."""
    made = plainly
    if "name" in wanted and (name := _name(draft.name or "", taken)):
        made = replace(made, name=name)
    if "purpose" in wanted and draft.purpose:
        made = replace(made, purpose=draft.purpose)
    if "tags" in wanted and (tags := _tags(draft.tags or [])):
        made = replace(made, tags=tags)
    if "description" in wanted:
        made = replace(made, description=_sentence(draft.description, _DESCRIPTION))
    if "context" in wanted:
        made = replace(made, context=_sentence(draft.context, _CONTEXT))
    return replace(made, by="model")


def _name(text: str, taken: Collection[str]) -> str | None:
    """A name that can be used and is free: as it was proposed, or the next one of that name."""
    base = (suggested(plain(text, _NAME).rstrip("…").encode("ascii", "ignore").decode()) or "").strip("-")
    candidates = [base, *(f"{base}-{number}" for number in range(2, 100))] if base else []
    return next((name for name in candidates if name not in taken and rules.is_name(name)), None)


def _tags(texts: Collection[str]) -> tuple[str, ...]:
    tags = (plain_tag(plain(text, _NAME)) for text in texts)
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:_TAGS]


def _sentence(text: str | None, limit: int) -> str | None:
    """Words for a form: no markup, which a skill's description may not hold."""
    return plain((text or "").replace("<", "‹").replace(">", "›"), limit) or None
