"""What a step's turn amounts to: its files, made of what the agent said or wrote. Pure, and the same whoever does it.

Idea: a fold over the transcript, the definition and the documents of this moment; so any host may complete a step, at any
time after the turn, and a person who has typed an answer meanwhile finds it in the result. Invariant: what comes out can
be read by the steps behind it; whatever is wrong with it is said, a line each, in InvalidOutput.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from workbench.agents.said import Said
from workbench.skills.skill import FILE, parse
from workbench.workflows.definition.prompting import draft_type
from workbench.workflows.documents import clarifications, deciding, decisions, extracting, merging, questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.drafting import drafted
from workbench.workflows.documents.drafts import DecisionsDraft, RefinementsDraft, ResearchDraft
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.saving import text_of
from workbench.workflows.intake import scenarios
from workbench.workflows.intake.intake import Intake
from workbench.workflows.workflow import Output, Step

EVALUATIONS: Final = "context/evaluations.md"
DIMENSIONS: Final = 5
"""So many are researched at most, if nobody says otherwise."""
SCENARIOS: Final = 3
"""So many a skill is to be judged by."""
_SCENARIO: Final = re.compile(r"^#{2,3}[ \t]+scenario\b", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Given:
    """What a step is completed with, beside what its agent has said."""

    skill: str
    purpose: str = ""
    max_dimensions: int = DIMENSIONS
    questions: Clarifications | None = None
    """The document of this moment."""
    taken: Collection[str] = ()
    """Ids of questions that were given before."""
    staged: Mapping[str, bytes] = field(default_factory=dict)
    """What the agent has written in its staging folder."""
    intake: Intake = field(default_factory=Intake)
    """What a person has said of the skill by now."""


@dataclass(frozen=True)
class Folded:
    """The files of a completed step, by path from the skill's folder."""

    files: Mapping[str, bytes]
    artifacts: frozenset[str]
    """Those that are its own; the others it has changed."""
    items: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was trimmed or left out."""


def fold(step: Step, said: Said, given: Given) -> Folded:
    """The step's files. Raises InvalidOutput."""
    if draft_type(step) is None:
        return of_files(step, given)
    return of_value(step, extracting.extract(said.structured, said.texts), given)


def of_text(step: Step, text: str, given: Given) -> Folded:
    """The same of a text that a person has written or mended. It is theirs to mend again: no agent is asked."""
    try:
        if not text.strip():
            raise InvalidOutput.of(["it is empty"])
        return of_value(step, extracting.extract(None, [text]), given)
    except InvalidOutput as error:
        raise InvalidOutput(
            error.message.replace("The agent's output", "This output", 1),
            remedy="Mend it, and hand it in again. Nothing was changed.",
            problems=error.problems,
        ) from error


def of_value(step: Step, value: Mapping[str, Any], given: Given) -> Folded:
    """The same of the value that was returned."""
    kind = draft_type(step)
    if kind is None:
        raise InvalidOutput.of([f"{step.key}: its agent writes files, and returns no document"])
    draft, trimmed = drafted(kind, value)
    if isinstance(draft, ResearchDraft):
        made, notes = questions.derive(draft, purpose=given.purpose, max_dimensions=given.max_dimensions)
        return _document(clarifications.FILE, text_of(made), trimmed + notes, own=True)
    if isinstance(draft, RefinementsDraft):
        if given.questions is None:
            raise InvalidOutput.of([f"{clarifications.FILE}: is not there any more"])
        made, notes = merging.merge(given.questions, draft, used=given.taken)
        ids = tuple(merging.ids(made))
        return _document(clarifications.FILE, text_of(made), trimmed + notes, own=False, items=ids)
    if isinstance(draft, DecisionsDraft):
        decided, notes = deciding.derive(draft)
        return _document(decisions.FILE, text_of(decided), trimmed + notes, own=True)
    raise TypeError(kind)


def _document(path: str, text: str, notes: list[str], *, own: bool, items: tuple[str, ...] = ()) -> Folded:
    return Folded({path: text.encode()}, frozenset([path] if own else []), items, tuple(notes))


# -- files ------------------------------------------------------------------------------------------------------------


def of_files(step: Step, given: Given) -> Folded:
    """What the agent wrote, as far as the step is to make it; all else stays behind."""
    wanted = [output for output in step.outputs if output.files]
    files = {path: data for path, data in given.staged.items() if any(covers(output, path) for output in wanted)}
    problems = [
        f"{output.path}: {found} written, at least {output.at_least} needed"
        for output in wanted
        if (found := sum(covers(output, path) for path in files)) < output.at_least
    ]
    problems += against_spec(files, given.skill) + _of_evaluations(files, wanted)
    if problems:
        raise InvalidOutput.of(problems)
    strays = [f"{path}: not one of the step's files, left out" for path in given.staged if path not in files]
    return Folded({**files, **_evals(files, given)}, frozenset(files), notes=tuple(strays))


def _evals(files: Mapping[str, bytes], given: Given) -> dict[str, bytes]:
    """The scenarios once more, with the person's own requests, in the form that evaluation tools read."""
    if EVALUATIONS not in files:
        return {}
    made = scenarios.evals_of(given.skill, given.intake, files[EVALUATIONS].decode("utf-8", "replace"))
    return {scenarios.FILE: scenarios.text_of(made).encode()}


def lacking(step: Step, paths: Collection[str]) -> list[Output]:
    """What a step is to make and is not among these files."""
    own = [output for output in step.outputs if not output.changes]
    return [output for output in own if sum(covers(output, path) for path in paths) < output.at_least]


def covers(output: Output, path: str) -> bool:
    """Whether a file is one of an output's."""
    folder, _, name = output.path.rpartition("/")
    above, _, last = path.rpartition("/")
    return folder == above and fnmatch.fnmatchcase(last, name)


def against_spec(files: Mapping[str, bytes], name: str) -> list[str]:
    """What the specification says against the SKILL.md."""
    if FILE not in files:
        return []
    document = parse(files[FILE], folder=name, files=set(files))
    wrong = [each for each in document.diagnostics if each["level"] == "spec" and each["severity"] == "error"]
    return [f"{FILE}, line {each['line']}: {each['message']}" for each in wrong]


def _of_evaluations(files: Mapping[str, bytes], wanted: list[Output]) -> list[str]:
    if not any(output.path == EVALUATIONS for output in wanted) or EVALUATIONS not in files:
        return []
    found = len(_SCENARIO.findall(files[EVALUATIONS].decode("utf-8", "replace")))
    return [f"{EVALUATIONS}: {found} scenarios, at least {SCENARIOS} needed"] if found < SCENARIOS else []
