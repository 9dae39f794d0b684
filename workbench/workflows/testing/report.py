"""A test as it stands, told from its rows, its runs and the ledger; what a person is not to know before their vote is left out.

Invariant: of a replayed test no difference is told, in no number: no model was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from workbench.usage.ledger import PICO
from workbench.workflows.steps.ended import NEVER
from workbench.workflows.testing.comparing import Comparison, Direction
from workbench.workflows.testing.spread import Spread, spread
from workbench.workflows.testing.table import RoundRow, Spent, TestRow, Vote
from workbench.workflows.testing.testing import Testing

Status = Literal["running", "voting", "judging", "completed", "error"]
ArmStatus = Literal["running", "completed", "aborted", "error", "interrupted"]
Which = Literal["baseline", "with"]

SCRIPTED: Final = "Scripted illustration, no model was measured: these answers were written with the example."
CUT_OFF: Final = "It was cut off: the Workbench that ran it has ended. What was measured stands."
UNPRICED: Final = "A part of it has no known price: it has cost more than is said."
_LABELS: Final[tuple[Literal["a", "b"], ...]] = ("a", "b")
_STATUS: Final[dict[str | None, ArmStatus]] = {
    None: "running",
    "completed": "completed",
    "aborted": "aborted",
    "error": "error",
    "interrupted": "interrupted",
    NEVER: "interrupted",
}


@dataclass(frozen=True)
class Side:
    """An answer. `arm`, session, run and what it cost are told once the vote is given."""

    label: Literal["a", "b"]
    arm: Which | None
    session: str
    run: str
    status: ArmStatus
    text: str
    spent: Spent | None


@dataclass(frozen=True)
class Round:
    """A repeat."""

    number: int
    sides: list[Side]
    vote: Vote | None
    judgements: list[tuple[str, Direction | None, str]]
    recommendations: list[str]
    failure: str | None


@dataclass(frozen=True)
class Report:
    """A test with its sums: in how many rounds the skill was better, and by how much."""

    test: TestRow
    status: Status
    left: bool
    """Its host is gone, and it is not over."""
    session: str
    """The one that all runs are counted in, which is that of an answer: empty until it is told which one."""
    rounds: list[Round]
    wins: int
    losses: int
    ties: int
    score: Spread | None
    cost: Spread | None
    duration_s: Spread | None
    total_cost: int | None
    notice: str


def report(testing: Testing, test: TestRow) -> Report:
    """How a test stands now."""
    # Who drives it is asked before how far it is: a test that ends in between is not one that nobody drives.
    driven = testing.driven(test)
    rows = testing.rounds(test.id)
    goes_on = any(not row.over for row in rows)
    driven, left = driven and goes_on, goes_on and not driven
    told = [_round(testing, test, row, driven=driven) for row in rows]
    counted = [] if test.replayed else [row for row in rows if row.judged is not None and _is_open(test, row)]
    scores = [_score(row) for row in counted]
    return Report(
        test=test,
        status=_status(test, rows, told, driven=driven),
        left=left,
        session=(test.session or "") if _is_open(test, rows[0]) else "",
        rounds=told,
        wins=sum(score > 0 for score in scores),
        losses=sum(score < 0 for score in scores),
        ties=sum(score == 0 for score in scores),
        score=spread(
            [Comparison.of_json(row.judged).score for row in counted if row.judged is not None], within=(-1, 1)
        ),
        cost=spread(_differences(testing, counted, _dollars)),
        duration_s=spread(_differences(testing, counted, _seconds)),
        total_cost=_total(testing, test, rows, told),
        notice=_notice(testing, test, left=left, unpriced=_is_unpriced(testing, rows)),
    )


def remark(told: Report) -> str:
    """What "refine" opens with: the request, both answers, and what was said of them. Raises nothing; may be long."""
    round_ = next((each for each in reversed(told.rounds) if all(side.text for side in each.sides)), None)
    parts = [f"A test of this skill asked: {_clipped(told.test.prompt)}"]
    if round_ is None:
        return parts[0]
    # In the order in which they were compared: what was found speaks of the first and the second one.
    for which, side in zip(("First", "Second"), round_.sides, strict=True):
        made = {"with": " (with the skill)", "baseline": " (without the skill)", None: ""}[side.arm]
        parts.append(f"{which} answer{made}:\n\n{_clipped(side.text)}")
    said = [f"- {_SAID[way]}{dimension}: {text}" for dimension, way, text in round_.judgements]
    if round_.vote is not None:
        parts.append(_voted(round_))
    if said:
        parts.append("The comparison found:\n" + "\n".join(said))
    if round_.recommendations:
        parts.append("It recommends:\n" + "\n".join(f"- {text}" for text in round_.recommendations))
    parts.append(
        "Change the skill so that its answer to such requests gets better, and keep what made it better already."
    )
    return "\n\n".join(part for part in parts if part)


_SAID: Final[dict[Direction | None, str]] = {"up": "better, ", "down": "worse, ", "same": "no difference, ", None: ""}
_LONGEST: Final = 4_000


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} ..."


def _voted(round_: Round) -> str:
    if round_.vote == "tie":
        return "A person found both answers equally good."
    arm = next(side.arm for side in round_.sides if side.label == round_.vote)
    return f"A person preferred the answer {'with' if arm == 'with' else 'without'} the skill."


def _is_open(test: TestRow, row: RoundRow) -> bool:
    """Whether it is told which answer is which."""
    return row.vote is not None or not test.vote_first or row.failure is not None


def _round(testing: Testing, test: TestRow, row: RoundRow, *, driven: bool) -> Round:
    open_ = _is_open(test, row)
    arms: list[Which] = ["with", "baseline"] if row.swapped else ["baseline", "with"]
    runs = [row.with_skill if arm == "with" else row.baseline for arm in arms]
    found = Comparison.of_json(row.judged) if row.judged is not None and open_ else None
    return Round(
        number=row.number,
        sides=[
            _side(testing, label, arm if open_ else None, run, driven=driven and not row.over)
            for label, arm, run in zip(_LABELS, arms, runs, strict=True)
            if any(runs)
        ],
        vote=row.vote,
        judgements=[(name, None if test.replayed else way, text) for name, way, text in found.judgements]
        if found
        else [],
        recommendations=list(found.recommendations) if found else [],
        failure=row.failure,
    )


def _side(
    testing: Testing, label: Literal["a", "b"], arm: Which | None, run: tuple[str, str] | None, *, driven: bool
) -> Side:
    """Both are told of as soon as one is there: which one is begun first says nothing."""
    standing = testing.standing(run) if run is not None else NEVER
    status: ArmStatus = "running" if driven and standing == NEVER else _STATUS[standing]
    if run is None:
        return Side(label, arm, "", "", status, "", None)
    session, id_ = run if arm is not None else ("", "")
    return Side(label, arm, session, id_, status, testing.text(run), testing.spent(run) if arm is not None else None)


def _status(test: TestRow, rows: Sequence[RoundRow], told: Sequence[Round], *, driven: bool) -> Status:
    if driven:
        current = next(each for row, each in zip(rows, told, strict=True) if not row.over)
        done = len(current.sides) == len(_LABELS) and all(side.status == "completed" for side in current.sides)
        return "judging" if done else "running"
    if not any(row.judged for row in rows):
        return "error"
    waits = test.vote_first and any(row.vote is None for row in rows if row.judged is not None)
    return "voting" if waits else "completed"


def _score(row: RoundRow) -> float:
    """Above 0: the skill was better, by the person's vote, else by the comparison."""
    if row.vote is not None:
        return 0.0 if row.vote == "tie" else 1.0 if (row.vote == "a") == row.swapped else -1.0
    return Comparison.of_json(row.judged).score if row.judged is not None else 0.0


def _differences(testing: Testing, rows: Sequence[RoundRow], measure: Callable[[Spent], float | None]) -> list[float]:
    """With the skill less without it, of the rounds in which both are known."""
    pairs = [(row.baseline, row.with_skill) for row in rows]
    both = [(measure(testing.spent(a)), measure(testing.spent(b))) for a, b in pairs if a is not None and b is not None]
    return [after - before for before, after in both if before is not None and after is not None]


def _dollars(spent: Spent) -> float | None:
    return None if spent.cost is None else spent.cost / PICO


def _seconds(spent: Spent) -> float | None:
    return None if spent.duration_ms is None else spent.duration_ms / 1000


def _total(testing: Testing, test: TestRow, rows: Sequence[RoundRow], told: Sequence[Round]) -> int | None:
    """What all has cost; not while it would be the cost of one of two answers that nobody is to tell apart yet."""
    for row, each in zip(rows, told, strict=True):
        if not _is_open(test, row) and any(side.status == "running" for side in each.sides):
            return None
    costs = [cost for row in rows for run in row.runs if (cost := testing.spent(run).cost) is not None]
    return sum(costs) if costs else None


def _is_unpriced(testing: Testing, rows: Sequence[RoundRow]) -> bool:
    """Whether something was used that has no price."""
    used = [testing.spent(run) for row in rows for run in row.runs]
    return any(each.cost is None and each.tokens for each in used)


def _notice(testing: Testing, test: TestRow, *, left: bool, unpriced: bool) -> str:
    cut = left and f"{CUT_OFF} Go on with it: workbench workflow test {testing.name(test)} --resume {test.id}."
    said = [test.replayed and SCRIPTED, test.notice, cut, unpriced and UNPRICED]
    return " ".join(each for each in said if each)
