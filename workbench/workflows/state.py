"""How a skill's way through its workflow stands, derived from what is stored; no disk and no database here.

Idea: of a step three states are stored, with an error and with what a person is waited for. The five that are shown, what
may be started and the one reason why not, what comes next and the sentence that says so follow from these facts alone.
Invariant: what `may_start` allows never contradicts `upcoming`, and every change of a shown state is in `LEGAL`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from workbench.errors import FailureDict, Refused
from workbench.workflows.workflow import Step, Workflow

Stored = Literal["pending", "in_progress", "completed"]
Shown = Literal["pending", "in_progress", "waiting_for_user", "completed", "error"]
Waiting = Literal["permission", "question", "answers", "gate", "decisions"]
Next = Literal["run", "answer", "gate", "decide", "wait", "done", "mend"]
GateStanding = Literal["none", "unanswered", "due", "waiting", "passed"]
"""none: nothing to judge; unanswered: must-answer questions are open and nobody judged; due: to be judged; waiting: judged,
and a person is to choose; passed: a person has chosen to go on with these answers.
"""

CUT: Final = ("interrupted", "timeout", "budget", "max_turns")
"""Reasons for which a turn did not come to its end, and can go on in its session."""

NO_FOLDER: Final = "no_folder"
"""The reason where the skills folder itself is away."""
WAITS: Final = "waits"
"""A fact of an error that keeps a turn that is over from completing its step: whoever looks once it is mended completes it."""

LEGAL: Final[Mapping[Shown, frozenset[Shown]]] = {
    "pending": frozenset({"in_progress", "completed"}),
    "in_progress": frozenset({"waiting_for_user", "completed", "error", "pending"}),
    "waiting_for_user": frozenset({"in_progress", "error", "pending"}),
    "error": frozenset({"in_progress", "pending"}),
    "completed": frozenset({"pending", "error"}),
}


@dataclass(frozen=True)
class StepRow:
    """A step as it is stored; times are milliseconds since 1970."""

    number: int
    status: Stored = "pending"
    skipped: bool = False
    session: str | None = None
    run: str | None = None
    attempt: int = 0
    error: FailureDict | None = None
    waiting: Waiting | None = None
    inputs_digest: str | None = None
    started: int | None = None
    ended: int | None = None
    notice: str = ""
    """What is said above its turn: how a recording differs from what it is played for."""
    notes: tuple[str, ...] = ()
    """What was trimmed of its output, or left out."""

    @property
    def shown(self) -> Shown:
        if self.error is not None:
            return "error"
        if self.status == "in_progress" and self.waiting is not None:
            return "waiting_for_user"
        return self.status


@dataclass(frozen=True)
class RunRow:
    """A skill's run as it is stored. Without a `definition` it was never started."""

    skill: int
    workflow: str
    definition: str | None
    definition_digest: str | None
    example: str | None
    current_step: int
    status: str
    rev: int
    steps: Mapping[int, StepRow] = field(default_factory=dict)

    def step(self, number: int) -> StepRow:
        return self.steps.get(number) or StepRow(number)


@dataclass(frozen=True)
class Situation:
    """All that decides what may be done. `gates` is by the number of the step behind which a gate stands."""

    workflow: Workflow
    steps: tuple[StepRow, ...]
    disabled: frozenset[int] = frozenset()
    disabled_why: str = ""
    gates: Mapping[int, GateStanding] = field(default_factory=dict)
    undecided: int = 0
    """Decisions that a person has not looked at."""
    contradictory: bool = False
    """Answers contradict each other, and nobody has settled it."""
    held_by: str | None = None
    left: Refused | None = None
    """Why steps that were being taken away could not be: until they are, none is started."""
    spent: Decimal = Decimal(0)
    budget: Decimal | None = None

    @property
    def running(self) -> int | None:
        """The step that an agent is at work on."""
        return next((row.number for row in self.steps if row.status == "in_progress" and row.error is None), None)

    @property
    def due(self) -> int | None:
        """The first step that is not completed."""
        return next((row.number for row in self.steps if row.status != "completed"), None)


def number_of(workflow: Workflow, step: str | int) -> int:
    """A step's number, by its key or number. Raises Refused."""
    keys = [each.key for each in workflow.steps]
    if isinstance(step, str) and step in keys:
        return keys.index(step)
    number = int(step) if isinstance(step, int) or step.isdecimal() else -1
    if not 0 <= number < len(keys):
        message = f"The workflow {workflow.name!r} has no step {step!r}."
        raise Refused("not_found", message, remedy=f"Its steps are {', '.join(keys)}.", step=step, steps=keys)
    return number


def check_legal(step: Step, before: Shown, after: Shown) -> None:
    """Raises Refused for a change of a step's state that cannot be."""
    if after != before and after not in LEGAL[before]:
        allowed = ", ".join(sorted(LEGAL[before]))
        raise Refused(
            "illegal",
            f"{step.title} is {before}, and cannot become {after}.",
            remedy=f"It can become {allowed}.",
            step=step.key,
        )


# -- what may be started ----------------------------------------------------------------------------------------------


def may_start(now: Situation, number: int) -> Refused | None:  # noqa: C901, PLR0911 - one reason a line, the first that holds
    """Why a step cannot be started now, or None if it can."""
    step, row = now.workflow.steps[number], now.steps[number]

    def no(reason: str, message: str, remedy: str, **facts: Any) -> Refused:
        return Refused(reason, message, remedy=remedy, step=step.key, **facts)

    if now.held_by is not None:
        return no("locked", "The skill is being edited in another instance.", "Close it there.", instance=now.held_by)
    if now.running is not None:
        title = now.workflow.steps[now.running].title
        return no("busy", f"An agent is at work on {title}.", "Wait for it, or stop it.")
    if now.left is not None:
        return now.left
    if number in now.disabled:
        return no("disabled", now.disabled_why or f"{step.title} would be pointless.", _way_out(now))
    if row.status == "completed":
        return no("completed", f"{step.title} is completed.", "Reset it to run it again.")
    for before in range(number):
        title = now.workflow.steps[before].title
        if now.steps[before].status != "completed":
            return no("too_early", f"{title} comes first.", f"Complete it, then {step.title}.")
        if now.steps[before].error is not None:
            return no("mend", f"{title} has stopped.", f"Bring back what is missing there, or reset {title}.")
    if number and (standing := now.gates.get(number - 1, "none")) not in ("none", "passed"):
        return _gate_first(step, standing)
    return used_up(now, step)


def used_up(now: Situation, step: Step) -> Refused | None:
    """That nothing is left of a run's budget: no turn of it is begun or gone on with."""
    if now.budget is None or now.spent < now.budget:
        return None
    return Refused(
        "budget",
        f"{_usd(now.spent)} of {_usd(now.budget)} have been spent.",
        remedy="Raise the budget in the workflow's definition, and reset the first step to take it over.",
        step=step.key,
        spent=str(now.spent),
        budget=str(now.budget),
    )


def _gate_first(step: Step, standing: GateStanding) -> Refused:
    told = {
        "unanswered": ("Questions wait for your answers.", "Answer them, or accept what is recommended."),
        "due": ("The answers have not been judged as they are now.", "Have them judged."),
        "waiting": ("The answers were judged, and you are to choose.", "Answer, or choose to continue."),
    }[standing]
    return Refused("gate", told[0], remedy=told[1], step=step.key, standing=standing)


def _way_out(now: Situation) -> str:
    if now.contradictory:
        return "Settle the decisions that need your review."
    return "Say more closely what the skill is for, and reset the first step."


def _usd(amount: Decimal) -> str:
    """An amount in words; one that cents cannot say, in full."""
    return f"${amount:.2f}" if not amount or amount >= Decimal("0.01") else f"${amount.normalize():f}"


# -- what comes next --------------------------------------------------------------------------------------------------


def upcoming(now: Situation) -> tuple[Next, int | None]:  # noqa: PLR0911 - one case a line, the first that holds
    """What comes next, and with which step."""
    broken = next((row.number for row in now.steps if row.error is not None), None)
    if broken is not None:
        return "mend", broken
    if now.running is not None:
        return ("wait", now.running)
    due = now.due
    if due is None:
        return "done", None
    if due and (standing := now.gates.get(due - 1, "none")) not in ("none", "passed"):
        return ("answer" if standing == "unanswered" else "gate"), due - 1
    if due in now.disabled:
        return ("decide", due - 1) if now.contradictory else ("mend", due)
    if now.undecided and any(out.format == "decisions" for out in now.workflow.steps[due - 1].outputs):
        return "decide", due - 1
    return "run", due


def status_of(now: Situation) -> Shown:
    """The state of the whole run: completed when all steps are, whatever a page has sent."""
    word, _ = upcoming(now)
    if any(row.error is not None for row in now.steps):
        return "error"
    if word == "wait":
        running = now.running
        return now.steps[running].shown if running is not None else "in_progress"
    if word == "done":
        return "completed"
    return "waiting_for_user" if word in ("answer", "gate", "decide") else "pending"


def standing(now: Situation) -> str:
    """How it stands and what comes next, in a sentence."""
    word, number = upcoming(now)
    title = now.workflow.steps[number].title if number is not None else ""
    row = now.steps[number] if number is not None else None
    if word == "mend" and row is not None and row.error is not None:
        return f"{title} has stopped: {row.error['message']}"
    if word == "mend":
        return f"{now.disabled_why} {_way_out(now)}".strip()
    if word == "wait" and row is not None:
        asked = {"permission": "asks for your permission", "question": "asks you something"}
        return f"{title} {asked.get(row.waiting or '', 'is running')}."
    sentences: dict[Next, str] = {
        "run": f"{title} can be started.",
        "answer": "Questions wait for your answers.",
        "gate": "Your answers were judged: choose how it goes on."
        if number is not None and now.gates.get(number) == "waiting"
        else "The answers are to be judged before it goes on.",
        "decide": f"{now.undecided} decisions wait for your review." if now.undecided else "Decisions need you.",
        "done": "The skill is built.",
    }
    return sentences.get(word, "")


def reason_of(error: FailureDict | None) -> str:
    """What kind of trouble a step is in. A provider's own words for it are in the facts of its failure, and no reason."""
    if error is None:
        return ""
    return str(error["facts"].get("reason", "")) if error["kind"] == Refused.kind else error["kind"]


def actions_of(now: Situation, number: int) -> list[str]:
    """What a person can do with a step now."""
    row = now.steps[number]
    if row.error is not None:
        return _mending(row, row.error)
    if row.status == "in_progress":
        return ["reset"]
    if row.status == "completed":
        last = max((each.number for each in now.steps if each.status == "completed"), default=number)
        return ["reset", "back"] if number < last else ["reset"]
    return ["start"] if may_start(now, number) is None else []


def _mending(row: StepRow, error: FailureDict) -> list[str]:
    reason = reason_of(error)
    if reason == NO_FOLDER:
        return []
    if row.status == "completed" or error["facts"].get(WAITS):
        return ["reset"]
    if reason in CUT:
        return ["resume", "reset"]
    return ["ask_again", "edit_output", "reset"] if reason == "invalid_output" else ["start", "reset"]
