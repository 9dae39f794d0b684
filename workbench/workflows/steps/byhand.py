"""What a person does to a step without an agent: hand in its output, or set its state.

Invariant: an output that is handed in is held to the same rules as an agent's, and a state is taken only where it says how
things are: with the files there, behind completed steps, and while no agent is at work.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import apsw

from workbench.errors import Refused, error_of
from workbench.skills.library import Library
from workbench.skills.tree.beneath import blobs
from workbench.workflows import table
from workbench.workflows.looking import Look, Looker
from workbench.workflows.state import RunRow, Situation, StepRow, Stored, check_legal, may_start, status_of
from workbench.workflows.steps import failing
from workbench.workflows.steps.awaiting import Awaiting
from workbench.workflows.steps.completing import lacking
from workbench.workflows.steps.gathering import Stand
from workbench.workflows.workflow import Step, Workflow


class ByHand:
    """Steps of a library's skills in a person's hands."""

    def __init__(self, library: Library, looker: Looker, awaiting: Awaiting) -> None:
        self._library = library
        self._looker = looker
        self._awaiting = awaiting

    def submit(self, look: Look, number: int, text: str) -> None:
        """Completes a step with an output that a person has written. Raises InvalidOutput, or why it cannot be now."""
        if (refusal := may_start(own_error_aside(look, number), number)) is not None:
            raise refusal
        with self._library.alone() as site:
            run = self._looker.run_of(look.skill)
            if run.step(number).run != look.run.step(number).run or run.step(number).status == "completed":
                raise Refused("busy", "The step has gone on meanwhile.", remedy="Look at it again.")
            row = replace(run.step(number), error=None)
            self._awaiting.submit(site, Stand(look.skill.name, run, look.pinned, row), text)

    def set_states(self, look: Look, wanted: Mapping[int, Stored], current: int | None) -> None:
        """Sets states of steps, all or none. Raises Refused for a change that cannot be."""
        if look.held_by is not None:
            raise Refused("locked", "The skill is being edited in another instance.", remedy="Close it there.")
        now = self._library.clock.now_ms()
        files = blobs(self._library.root / look.skill.name)

        def save(connection: apsw.Connection) -> None:
            run = table.run_of(connection, look.skill.id)
            if run is None:
                raise failing.left(look.skill.name)
            rows = _changed(look.workflow, run, wanted, files)
            steps = tuple(rows.get(each.number, each) for each in look.now.steps)
            for row in rows.values():
                table.put_step(connection, look.skill.id, row, now)
            at = current if current is not None else run.current_step
            table.move(connection, look.skill.id, at, status_of(replace(look.now, steps=steps)), now)

        self._library.database.write(save)

    def check_idle(self, name: str) -> None:
        """Raises Refused while an agent is at work on a skill."""
        if self._awaiting.is_at_work(self._library.row(name)):
            raise Refused(
                "busy", f"An agent is at work on {name!r}.", remedy="Wait for it, or stop it first.", skill=name
            )


def _changed(
    workflow: Workflow, run: RunRow, wanted: Mapping[int, Stored], files: Collection[str]
) -> dict[int, StepRow]:
    """The steps that are to be in another state. Raises Refused where that is not how things are."""
    steps = [run.step(number) for number in range(len(workflow.steps))]
    if any(row.status == "in_progress" and row.error is None for row in steps):
        raise Refused("busy", "An agent is at work on the skill.", remedy="Wait for it, or stop it first.")
    rows = {
        number: replace(steps[number], status=status, error=None, waiting=None)
        for number, status in wanted.items()
        if status != steps[number].shown
    }
    for number, row in rows.items():
        _check(workflow.steps[number], steps[number], row.status, files)
    after = [rows.get(number, row).status == "completed" for number, row in enumerate(steps)]
    if sorted(after, reverse=True) != after:
        first = workflow.steps[after.index(False)]
        raise Refused("too_early", f"{first.title} comes first.", remedy="Complete it first.", step=first.key)
    return rows


def _check(step: Step, before: StepRow, after: Stored, files: Collection[str]) -> None:
    """Raises Refused for a state that a step does not come to by being told so."""
    check_legal(step, before.shown, after)
    if before.status == "completed":
        raise Refused("illegal", f"{step.title} is completed.", remedy="Reset it to run it again.", step=step.key)
    if after == "in_progress":
        raise Refused("illegal", f"{step.title} is not begun by saying so.", remedy="Start it.", step=step.key)
    missing = [output.path for output in lacking(step, files)] if after == "completed" else []
    if missing:
        raise Refused(
            "no_output",
            f"{step.title} is not completed: there is no {missing[0]}.",
            remedy="Start it, or hand its output in.",
            step=step.key,
            missing=missing,
        )


def own_error_aside(look: Look, number: int) -> Situation:
    """How a skill stands with a step's own error out of the way: it may be started anew. Raises what keeps a turn that
    is over from completing its step: that is paid for, and done as soon as it can be.
    """
    stored, shown = look.run.step(number), look.now.steps[number]
    if stored.status == "in_progress" and stored.error is None and shown.error is not None:
        raise error_of(shown.error)
    rows = tuple(
        replace(row, error=None, status="pending")
        if row.number == number and row.error is not None and row.status != "completed"
        else row
        for row in look.now.steps
    )
    return replace(look.now, steps=rows)
