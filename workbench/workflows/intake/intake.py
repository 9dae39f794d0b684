"""What a person said of a skill that is to be: `context/intake.json`, in their own words.

Idea: it is asked for once, and may be added to while the research runs; research, scenarios and test prompts are all made
of it. Invariant: nothing in it is derived; what an agent is shown of it is cut to what can be read, what is kept is not. It lies in
git, so secrets are taken out before: those that are known by value, and in a cell's text what looks like one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import Field, ValidationError

from workbench.protocol.problems import not_json
from workbench.protocol.screen import Model
from workbench.redact import scrub
from workbench.workflows.documents.checking import lines
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.wording import plain

FILE: Final = "context/intake.json"

_SHOWN_CELL, _SHOWN_ALL = 20_000, 120_000
"""So many characters of a cell's output, and of all evidence, an agent is shown."""
_TERMINAL: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)")


class Interview(Model):
    """What a person says while the research runs. Kept in the skill's `context/intake.json`."""

    serves: list[str] = Field(default_factory=list, max_length=10, description="Requests that the skill should serve.")
    refuses: list[str] = Field(default_factory=list, max_length=10, description="Requests that it should not.")
    good: str = Field(default="", max_length=20_000, description="What a good answer looks like.")


class Evidence(Model):
    """A notebook cell that a person gives as evidence."""

    source: str = Field(max_length=100_000)
    outputs: str = Field(default="", max_length=200_000, description="As text.")
    origin: str = Field(default="", max_length=500, description="The notebook, and which cell.")


class Intake(Model):
    """What a person said of the skill."""

    purpose: str | None = None
    description: str = ""
    context: str = ""
    tags: list[str] = Field(default_factory=list)
    interview: Interview = Field(default_factory=Interview)
    evidence: list[Evidence] = Field(default_factory=list)
    variables: dict[str, str] = Field(default_factory=dict)


def read(raw: str | bytes | None) -> Intake:
    """What is stored; of a skill without it, nothing. Raises InvalidOutput with the path of what is wrong."""
    if raw is None:
        return Intake()
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _broken([f"the document: it is not JSON: {not_json(error)}"]) from error
    try:
        return Intake.model_validate(found)
    except ValidationError as error:
        raise _broken(lines(error)) from error


def read_anew(raw: bytes) -> Intake:
    """The same to add to; what cannot be read is said anew. Who replaces a file keeps a version of it."""
    try:
        return read(raw or None)
    except InvalidOutput:
        return Intake()


def text_of(intake: Intake) -> str:
    """How it is stored: equal intakes give equal bytes."""
    return json.dumps(intake.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"


def tidied(intake: Intake) -> Intake:
    """The same without what no file holds and nobody reads: blank requests, requests twice, colours of a terminal."""
    interview = intake.interview
    evidence = [
        Evidence(
            source=scrub(plain(each.source)),
            outputs=scrub(plain(_TERMINAL.sub("", each.outputs))),
            origin=plain(each.origin),
        )
        for each in intake.evidence
    ]
    return Intake(
        purpose=intake.purpose,
        description=plain(intake.description),
        context=plain(intake.context),
        tags=_once(intake.tags),
        interview=Interview(
            serves=_once(interview.serves), refuses=_once(interview.refuses), good=plain(interview.good)
        ),
        evidence=[each for each in evidence if each.source or each.outputs],
        variables={key: plain(value) for key, value in intake.variables.items()},
    )


def masked(intake: Intake, mask: Callable[[str], str]) -> Intake:
    """The same with every text masked."""
    return Intake.model_validate(_masked(intake.model_dump(mode="json"), mask))


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(each, mask) for each in value]
    return {key: _masked(each, mask) for key, each in value.items()} if isinstance(value, dict) else value


def changed(intake: Intake, **named: Any) -> Intake:
    """The intake with what is named in place of what was; None leaves it as it is."""
    return tidied(intake.model_copy(update={key: value for key, value in named.items() if value is not None}))


def shown(intake: Intake) -> str:
    """What an agent is shown of it, under the file's name: without empty parts, and long outputs cut in their middle."""
    told: dict[str, Any] = {
        "description": intake.description,
        "context": intake.context,
        "requests_to_serve": intake.interview.serves,
        "requests_to_refuse": intake.interview.refuses,
        "what_good_looks_like": intake.interview.good,
        "notebook_cells": _shown(intake.evidence),
    }
    kept: Mapping[str, Any] = {key: value for key, value in told.items() if value}
    return json.dumps(kept, ensure_ascii=False, indent=1) if kept else ""


def _shown(evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    left = _SHOWN_ALL
    for each in evidence:
        source = _middle_out(each.source, min(_SHOWN_CELL, left))
        left -= len(source)
        outputs = _middle_out(each.outputs, min(_SHOWN_CELL, left))
        left -= len(outputs)
        cell = {"from": each.origin, "source": source, "outputs": outputs}
        found.append({key: value for key, value in cell.items() if value})
    return [cell for cell in found if cell.keys() - {"from"}]


def _middle_out(text: str, limit: int) -> str:
    """A text whose middle is left out where it is too long: a table's head and a traceback's end both stay."""
    if len(text) <= limit:
        return text
    half = max(0, limit // 2 - 20)
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters …]\n{text[-half:]}" if half else ""


def _once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text for each in texts if (text := plain(each))))


def _broken(problems: list[str]) -> InvalidOutput:
    return InvalidOutput(
        f"{FILE} cannot be read: {problems[0].removeprefix('the document: ')}.",
        remedy="Mend the file, restore a version of it, or say it anew.",
        problems=problems,
    )
