"""The words of `workbench workflow`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Final

Add = Callable[[str, str, str], argparse.ArgumentParser]

_WORDS: Final = {
    "run": "run a workflow until a person is needed or the skill is built",
    "new": "begin a skill that is to be built; nothing is run",
    "list": "the workflows that skills can be built by",
    "examples": "the examples that can be built without a key",
    "status": "how a skill stands: its steps, its questions, what it has cost, and what can be done",
    "answer": "answer a question, or confirm or reword a decision",
    "gate": "have the answers judged, or say how to go on when they have been",
    "start": "start one step, by default the next; also again after an error",
    "resume": "go on with a step that was interrupted, where it stopped",
    "ask-again": "ask once more for an output that was not right",
    "submit": "complete a step with an output that you have written or mended",
    "stop": "end the turn that is at work; it can be resumed",
    "reset": "move what a step and those behind it have made to the trash",
    "package": "make the skill's .skill file",
    "refine": "tell an agent what to change in a skill, and decide on what it changed",
    "test": "ask an agent with the skill and one without it, and compare the answers",
}
MOST_REPEATS: Final = 20
_ROOMS: Final = {
    "run": "cli_workflow_run",
    "refine": "cli_workflow_refine",
    "test": "cli_workflow_test",
    **dict.fromkeys(("new", "start", "resume", "ask-again", "submit", "stop"), "cli_workflow_step"),
}


def add(verb: Add) -> None:
    """Adds each verb; `verb` makes one of its name, its module and its help."""
    made = {name: verb(name, _ROOMS.get(name, "cli_workflow"), words) for name, words in _WORDS.items()}
    for name, each in made.items():
        each.set_defaults(what=name)
        if name not in {"run", "list", "examples"}:
            each.add_argument("skill", metavar="SKILL")
    _run(made["run"])
    _new(made["new"])
    made["answer"].add_argument("item", metavar="ID", help="a question or refinement (Q3, R3.1), or a decision (D1)")
    made["answer"].add_argument("choice", nargs="?", metavar="LETTER", help="one of the question's choices")
    made["answer"].add_argument("--text", metavar="TEXT", help="in your own words; with a letter, added to the choice")
    made["gate"].add_argument("choice", nargs="?", choices=["answer", "continue", "skip"])
    made["gate"].add_argument("--provider", metavar="NAME", help="which agent judges")
    made["gate"].add_argument("--rules-only", action="store_true", help="judge by counting, without a model")
    for name in ("start", "resume", "ask-again"):
        made[name].add_argument("step", nargs="?", metavar="STEP", help="its key or number; by default the next one")
        _driving(made[name])
    made["submit"].add_argument("step", metavar="STEP", help="its key or number")
    made["submit"].add_argument("file", metavar="FILE", help="what the step was to give, as JSON or text; - is stdin")
    made["reset"].add_argument("step", metavar="STEP", help="its key or number")
    made["reset"].add_argument("--plan", action="store_true", help="only say what would go")
    made["reset"].add_argument("--keep", action="store_true", help="keep that step itself, and go back to it")
    made["reset"].add_argument("--stop", action="store_true", help="stop an agent that is at work first")
    made["reset"].add_argument("--adopt", action="store_true", help="take the definition as it is now")
    made["package"].add_argument(
        "--anyway", action="store_true", help="although a part was recorded with other answers"
    )
    _refine(made["refine"])
    what = made["test"].add_mutually_exclusive_group(required=True)
    what.add_argument("--prompt", metavar="TEXT", help="what both are asked; - is stdin")
    what.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="ID",
        help="go on with a test that was left, by default the last; nothing is asked again",
    )
    made["test"].add_argument(
        "--repeats", type=_count, default=1, metavar="N", help="so many times, to tell the spread"
    )
    _driving(made["test"], quiet=False)


def _run(run: argparse.ArgumentParser) -> None:
    run.add_argument("name", metavar="WORKFLOW", help="for example skill-builder")
    run.add_argument("--skill", required=True, metavar="NAME", help="the skill to build; made if it is not there")
    run.add_argument("--example", metavar="NAME", help="take a shipped example's words for a new skill")
    run.add_argument("--about", metavar="TEXT", help="what an agent should know how to do, for a new skill")
    _variable(run)
    run.add_argument("--autofill", action="store_true", help="take what is recommended, and confirm decisions")
    run.add_argument("--until", metavar="STEP", help="stop behind this step")
    _driving(run)


def _new(new: argparse.ArgumentParser) -> None:
    new.add_argument("--about", required=True, metavar="TEXT", help="what an agent should know how to do")
    new.add_argument("--context", default="", metavar="TEXT", help="what it needs to know of you and your work")
    new.add_argument("--workflow", default="skill-builder", metavar="NAME", help="by default skill-builder")
    new.add_argument("--purpose", choices=["domain", "source", "data-engineering", "platform"])
    new.add_argument("--tag", action="append", default=[], metavar="TAG")
    _variable(new)


def _refine(refine: argparse.ArgumentParser) -> None:
    refine.add_argument(
        "message", nargs="?", metavar="MESSAGE", help="free words, @file, /rewrite or /validate; - is stdin"
    )
    what = refine.add_mutually_exclusive_group()
    what.add_argument("--diff", action="store_true", help="show what nobody has decided; so does no message")
    what.add_argument("--accept", action="store_true", help="take the changes, as a new version")
    what.add_argument("--reject", action="store_true", help="put back what was there before")
    what.add_argument("--undo", action="store_true", help="take back what the last turn changed")
    refine.add_argument("--file", metavar="PATH", help="with --diff, --accept and --reject: of this file alone")
    _driving(refine)


def _driving(words: argparse.ArgumentParser, *, quiet: bool = True) -> None:
    """By whom and how a turn is made."""
    words.add_argument("--provider", metavar="NAME", help="which agent (replay needs no key, and plays an example)")
    words.add_argument("--model", metavar="NAME", help="instead of each step's own")
    words.add_argument("--budget", type=_dollars, metavar="USD", help="stop when a turn would cost more")
    words.add_argument(
        "--speed", type=_speed, metavar="X", help="replay: times the recorded pace; 0, the default, is at once"
    )
    if quiet:
        words.add_argument("--quiet", action="store_true", help="do not show what the agent says")


def _variable(words: argparse.ArgumentParser) -> None:
    words.add_argument(
        "--variable", action="append", default=[], type=_named, metavar="KEY=VALUE", help="of the workflow's variables"
    )


def _named(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= MOST_REPEATS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_REPEATS}")
    return number


def _speed(text: str) -> float:
    speed = _number(text)
    if not speed >= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return speed


def _dollars(text: str) -> float:
    amount = _number(text)
    if not amount > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount above 0")
    return amount


def _number(text: str) -> float:
    """What is written there; NaN, which is neither more nor less than anything, where that is no finite number."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
