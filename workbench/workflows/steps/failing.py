"""What a step's row says when its turn did not lead to its files. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workbench.agents.said import Said
from workbench.errors import FailureDict, Refused
from workbench.workflows.state import StepRow

GONE: Final = "files_gone"


def ended(row: StepRow, told: Said, now: int) -> StepRow | None:
    """The step after a turn that did not come to its end; None when it did."""
    if told.status == "completed":
        return None
    if told.status == "error":
        return replace(row, error=_failure(told), ended=now)
    why = "It was stopped." if told.status == "aborted" else "Its agent was cut off."
    return replace(interrupted(row, why), ended=now)


def _failure(told: Said) -> FailureDict:
    found = told.failure or {}
    return {
        "kind": str(found.get("kind") or "agent_failed"),
        "message": str(found.get("message") or "The agent failed."),
        "remedy": str(found.get("remedy") or "Look at its session, and start the step again."),
        "facts": dict(found.get("facts") or {}),
    }


def interrupted(row: StepRow, why: str) -> StepRow:
    """The step where its turn was cut short, and can go on."""
    error = Refused(
        "interrupted", why, remedy="Resume it where it stopped, or reset the step.", session=row.session, run=row.run
    )
    return replace(row, error=error.to_dict())


def left(name: str) -> Refused:
    """That a skill was taken out of its workflow: it has no steps any more."""
    return Refused(
        "no_workflow",
        f"{name!r} is built by no workflow any more.",
        remedy="Refine it, or make a new skill.",
        skill=name,
    )


def gone(name: str) -> Refused:
    """That a skill's folder is not there any more, so that nothing can be laid into it."""
    return Refused(
        GONE,
        f"The folder of {name!r} is gone.",
        remedy="Restore a version of the skill, or reset the step.",
        skill=name,
    )
