"""How a skill's row and its folder have drifted apart, and what is to be done: the twelve scenarios, without a disk.

Steps of the skill builder are told by what they leave: 0 the questions, 2 the decisions, 3 the SKILL.md; 1 leaves nothing of
its own, and is done when the row says so or what follows it stands. What the steps of another workflow leave is not known here:
of such a run nothing is judged but that nobody is at work on it. Invariant: `judge` depends on its facts alone, judging the
state that it asks for finds nothing more, and the steps that are done begin with the first, without a gap. A SKILL.md is never
taken away: what a person has written is worth more than a row that is right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from workbench.skills.runs_table import RunRow

Action = Literal["none", "run", "drop", "recreate", "remove", "choose"]
Choice = Literal["add", "remove", "skip"]

BUILDER: Final = "skill-builder"
"""The workflow of which it is known what its steps leave."""
LAST: Final = 3
_TELLING: Final = (0, 2, 3)
_FRESH: Final = RunRow(0, "pending", frozenset())


@dataclass(frozen=True)
class Evidence:
    """What lies on the disk for a skill."""

    folder: bool
    skill_md: bool
    questions: bool
    decisions: bool
    scratch: bool
    empty: bool = False
    deeper: bool = False
    """Skills lie in folders below it."""
    kept: bool = False
    """All that it holds is in a version in Workbench's own repository, and can be had again."""
    link: bool = False
    """A link lies in the folder's place."""

    @property
    def step(self) -> int:
        """The last step that has left what it should, with no gap before it; -1 for none."""
        if not self.questions:
            return -1
        if not self.decisions:
            return 0
        return LAST if self.skill_md else 2


@dataclass(frozen=True)
class Finding:
    """A drift, in a sentence, and what would be done. What is `silent` needs nobody's consent."""

    scenario: str
    skill: str
    message: str
    action: Action
    silent: bool = False
    run: RunRow | None = None
    choices: tuple[Choice, ...] = ()
    source: str | None = None
    """What it would be added as."""
    skipped: bool = False
    """It was left where it is once, and is not mentioned again."""
    stray: bool = False
    """Decisions lie there without the questions that they answer: they are set aside."""


def judge(skill: str, source: str, run: RunRow | None, seen: Evidence, *, live: bool) -> list[Finding]:
    """What is wrong with a skill of the library."""
    if seen.link:
        return [Finding("link", skill, f"The folder of {skill!r} is a link: it was left alone.", "none")]
    if source != "skill-builder":
        if seen.skill_md:
            return []
        where = "it goes to the trash" if seen.folder else "it is taken off the list"
        message = f"{skill!r} has no SKILL.md any more: {where}."
        return [Finding("12", skill, message, "drop")]
    found = []
    if live:
        return [Finding("7", skill, f"An agent is at work on {skill!r}: it was left alone.", "none")]
    if not seen.scratch:
        found.append(Finding("5", skill, "Its working folder was missing.", "recreate", silent=True))
    if run is None:
        found.append(Finding("10", skill, "It had no workflow.", "run", silent=True, run=_at(seen.step, _FRESH)))
    else:
        found += _of_run(skill, run, seen)
    return found


def _of_run(skill: str, run: RunRow, seen: Evidence) -> list[Finding]:
    step = seen.step
    if run.status == "in_progress":
        run = replace(run, status="pending")
        idle = [Finding("pending", skill, "Nobody is at work on it.", "run", silent=True, run=run)]
    else:
        idle = []
    if run.workflow != BUILDER:
        return idle
    if run.status == "completed" and seen.skill_md:
        return _silently("1", skill, run, completed()) or idle
    reached = LAST if run.status == "completed" else max((each for each in run.done if each in _TELLING), default=-1)
    stray = seen.decisions and not seen.questions
    if step > reached:
        message = f"The files of {skill!r} are ahead of its workflow, which goes on {_from(step)}."
        return [Finding("3", skill, message, "run", run=_at(step, run))]
    if step == reached and step >= 0:
        return _silently("1", skill, run, _at(step, run)) or idle
    if step < 0 and run.current_step == 0 and run.status != "completed":
        return _silently("8", skill, run, RunRow(0, run.status, frozenset())) or idle
    if run.status == "completed":
        scenario, why = "6", f"The SKILL.md of {skill!r} is gone"
    elif step < 0:
        scenario, why = "4", f"The files of {skill!r} are gone"
    else:
        scenario, why = "2", f"The workflow of {skill!r} is ahead of its files"
    return [Finding(scenario, skill, f"{why}: it goes back {_to(step)}.", "run", run=_at(step, run), stray=stray)]


def discovered(folder: str, seen: Evidence) -> Finding:
    """What is to be done with a folder that the library does not know."""
    if not seen.skill_md:
        if seen.deeper or not (seen.kept or seen.empty):
            what = "holds skills in folders of its own" if seen.deeper else "may hold work of yours"
            return Finding("9a", folder, f"{folder!r} is no skill, and {what}.", "choose", choices=("remove", "skip"))
        where = "it is empty and will be removed" if seen.empty else "it goes to the trash"
        return Finding("9a", folder, f"{folder!r} is no skill: {where}.", "remove")
    if seen.questions and seen.decisions:
        message = f"{folder!r} is a finished skill that is not in the library."
        return Finding("9b", folder, message, "choose", choices=("add", "remove", "skip"), source="skill-builder")
    message = f"{folder!r} is a skill that is not in the library."
    return Finding("9c", folder, message, "choose", choices=("add", "remove", "skip"), source="imported")


def unfinished(skill: str) -> Finding:
    """A skill that somebody is changing, or that waits until a change of it can be finished."""
    return Finding("unfinished", skill, f"A change of {skill!r} is not finished: it was left alone.", "none")


def unnamed(folder: str) -> Finding:
    """A folder whose name is no text."""
    return Finding("name", folder, f"{folder!r} has a name that is no text: it cannot be a skill.", "none")


def skipped(finding: Finding) -> Finding:
    """The same about a folder that was left where it is: what can be chosen may still be chosen."""
    return replace(finding, action="choose", choices=finding.choices or ("remove", "skip"), skipped=True)


def completed() -> RunRow:
    """The run of a skill that is found finished."""
    return RunRow(LAST, "completed", frozenset(range(LAST + 1)))


def _silently(scenario: str, skill: str, now: RunRow, then: RunRow) -> list[Finding]:
    if now == then:
        return []
    return [Finding(scenario, skill, "Its steps were marked as its files are.", "run", silent=True, run=then)]


def _at(step: int, run: RunRow) -> RunRow:
    """The run that ends with this step; the one that leaves nothing is done when it was and what it follows is there."""
    if step >= LAST:
        return completed()
    done = frozenset(range(step + 1))
    if step == 0 and 1 in run.done:
        done |= {1}
    after = 0 if step < 0 else max(done) + 1
    status = run.status if run.status in {"waiting_for_user", "error"} and after == run.current_step else "pending"
    return RunRow(after, status, done)


def _from(step: int) -> str:
    return "as completed" if step >= LAST else f"behind step {step}"


def _to(step: int) -> str:
    return "to the beginning" if step < 0 else f"behind step {step}"
