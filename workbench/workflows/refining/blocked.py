"""Whether what was found about a skill makes it pointless to refine or test it, in the words that the workflow has for it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from workbench.errors import Refused
from workbench.skills.tree import beneath
from workbench.workflows.documents import clarifications, decisions
from workbench.workflows.gate.disabling import disabled_steps
from workbench.workflows.workflow import Step

Cause = Literal["scope", "contradiction"]


def why_not(folder: Path, *causes: Cause) -> str | None:
    """Why something that these causes forbid cannot be done with the skill in this folder; None: it can."""
    step = Step(key="this", title="", prompt="", disabled_when=causes)
    texts = [beneath.blob(folder, folder / path) for path in (clarifications.FILE, decisions.FILE)]
    found = disabled_steps([step], *(None if text is None else text.data for text in texts))
    return found.reason if found.steps else None


def check(folder: Path, what: str, *causes: Cause) -> None:
    """Raises Refused (`blocked`) when there is a reason against it."""
    if (reason := why_not(folder, *causes)) is not None:
        raise Refused(
            "blocked",
            f"{folder.name!r} cannot be {what} now: {reason}",
            remedy="Open its workflow: edit the description, settle the decisions, or reset the step.",
            skill=folder.name,
        )
