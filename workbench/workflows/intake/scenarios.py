"""By what a skill is judged: `evals/evals.json`, made of the person's own requests and of `context/evaluations.md`.

The file is the one that evaluation tools of this field read: a prompt, what is expected, and checks, one by one. It is made
anew from its two sources, which stay the truth. Invariant: each of the person's requests is in it, in their words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from pydantic import Field

from workbench.protocol.screen import Model
from workbench.workflows.documents.wording import alike, plain
from workbench.workflows.intake.intake import Intake

FILE: Final = "evals/evals.json"

_HEADING: Final = re.compile(r"^#{2,3}[ \t]+scenario\b[ \t]*\d*[ \t]*[:.–-]*[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_NAMES: Final = "request|prompt|given|expected|checks"
_LABEL: Final = re.compile(
    rf"^[ \t]*(?:\*\*({_NAMES}):?\*\*:?|#{{3,6}}[ \t]+({_NAMES}):?|({_NAMES}):)[ \t]*(.*)$", re.IGNORECASE
)
_ITEM: Final = re.compile(r"^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?(.+)$")
_REFUSED: Final = "The skill is not what this asks for: it is not followed, and the answer says so or hands it on."


class Scenario(Model):
    """One request, and how its result is judged."""

    title: str
    request: str
    expected: str
    checks: list[str] = Field(default_factory=list)


class Eval(Model):
    """A scenario as the file has it."""

    id: int
    eval_name: str
    prompt: str
    expected_output: str
    files: list[str] = Field(default_factory=list)
    expectations: list[str] = Field(default_factory=list)


class Evals(Model):
    """The whole file."""

    skill_name: str
    evals: list[Eval]


def scenarios(text: str) -> list[Scenario]:
    """The scenarios of an `evaluations.md`, however its labels are set; one without a request is none."""
    heads = list(_HEADING.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = [_scenario(plain(head[1]), text[head.end() : end]) for head, end in zip(heads, ends, strict=False)]
    return [each for each in found if each.request]


def evals_of(skill: str, intake: Intake, evaluations: str = "") -> Evals:
    """The file: the person's own requests first, each with what a scenario of the same request adds; then the other
    scenarios; then what the skill should not serve.
    """
    written = scenarios(evaluations)
    made: list[Scenario] = []
    good, checks = _good(intake.interview.good)
    for request in intake.interview.serves:
        same = _taken(written, request)
        made.append(
            Scenario(
                title=same.title if same else request,
                request=request,
                expected=(same.expected if same else "") or good,
                checks=same.checks if same and same.checks else checks,
            )
        )
    refused = [_taken(written, request) or _refusal(request) for request in intake.interview.refuses]
    made += written
    made += [
        each.model_copy(update={"request": request})
        for each, request in zip(refused, intake.interview.refuses, strict=True)
    ]
    return Evals(
        skill_name=skill,
        evals=[
            Eval(
                id=number,
                eval_name=plain(each.title, 120),
                prompt=each.request,
                expected_output=each.expected,
                expectations=each.checks,
            )
            for number, each in enumerate(made, 1)
        ],
    )


def text_of(evals: Evals) -> str:
    """How the file is written."""
    return json.dumps(evals.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"


def _taken(written: list[Scenario], request: str) -> Scenario | None:
    """The scenario of the same request, which is taken out: it is told once."""
    found = next((each for each in written if alike(_unquoted(each.request), request)), None)
    if found is not None:
        written.remove(found)
    return found


def _refusal(request: str) -> Scenario:
    return Scenario(title=request, request=request, expected=_REFUSED, checks=[])


def _good(text: str) -> tuple[str, list[str]]:
    """What good looks like: as it was said, and where it is a list its points as checks."""
    points = [match[1] for line in text.splitlines() if (match := _ITEM.match(line))]
    return text, points


def _scenario(title: str, body: str) -> Scenario:
    parts: dict[str, list[str]] = {}
    for label, line in _labelled(body):
        parts.setdefault(label, []).append(line)
    request = _unquoted(_paragraph(parts, "request") or _paragraph(parts, "prompt"))
    given = _paragraph(parts, "given")
    expected, points = _good(_paragraph(parts, "expected"))
    checks = [match[1].strip() for line in parts.get("checks", []) if (match := _ITEM.match(line))]
    return Scenario(
        title=title or plain(request, 120),
        request=f"{request}\n\n{given}" if request and given else request,
        expected=expected,
        checks=checks or points,
    )


def _labelled(body: str) -> Iterator[tuple[str, str]]:
    """Each line under the label that it belongs to."""
    label = ""
    for line in body.splitlines():
        match = _LABEL.match(line)
        if match:
            label, line = (match[1] or match[2] or match[3]).lower(), match[4]  # noqa: PLW2901 - the rest of the line, behind its label
        if label:
            yield label, line


def _paragraph(parts: dict[str, list[str]], label: str) -> str:
    return "\n".join(parts.get(label, [])).strip()


def _unquoted(text: str) -> str:
    """A request without the quotation marks around all of it."""
    whole = len(text) > 1 and text[0] + text[-1] in {'""', "“”", "''", "„“", "«»"}
    return text[1:-1] if whole and text[0] not in text[1:-1] else text
