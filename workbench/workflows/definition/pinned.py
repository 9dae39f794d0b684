"""A definition as text: what a run started with, whatever becomes of the files afterwards.

A prompt's file holds instructions. A line `{{> name.md}}` puts another file of the folder there; `{{key}}` is a variable,
and reads as a pointer to its value, which stands among the data: what a person types is never an instruction.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from workbench.errors import WorkbenchError
from workbench.protocol.problems import said
from workbench.workflows.definition import rules
from workbench.workflows.definition.rules import Fault
from workbench.workflows.documents.checking import path_of
from workbench.workflows.workflow import Workflow

INCLUDE: Final = re.compile(r"^[ \t]*\{\{>[ \t]*([^{}\n]*?)[ \t]*\}\}[ \t]*$", re.MULTILINE)
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}")
_DEPTH: Final = 4


class BrokenDefinition(WorkbenchError):
    """A workflow that cannot be run; `facts["problems"]` lists `{path, message}`, a path being a key's or `file:line`."""

    kind = "broken_definition"

    @classmethod
    def of(cls, faults: list[Fault]) -> BrokenDefinition:
        """The first fault as the sentence, all of them as facts."""
        path, wrong = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return cls(
            f"{path}: {wrong}{more}.",
            remedy="Mend it in the workflow's folder.",
            problems=[{"path": path, "message": wrong} for path, wrong in faults],
        )

    def of_folder(self, folder: Path) -> BrokenDefinition:
        """The same, saying where the workflow lies."""
        return BrokenDefinition(self.message, remedy=f"Mend it in {folder}.", **{**self.facts, "folder": str(folder)})


@dataclass(frozen=True)
class Pinned:
    """The text of a definition: its TOML, and the prompt files that it names or includes."""

    toml: str
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_text(cls, text: str) -> Pinned:
        """What `text` gave."""
        held = json.loads(text)
        return cls(held["toml"], dict(held["files"]))

    @cached_property
    def text(self) -> str:
        """All of it as JSON, the same for the same files."""
        return json.dumps({"toml": self.toml, "files": dict(self.files)}, ensure_ascii=False, sort_keys=True)

    @cached_property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.text.encode()).hexdigest()}"

    @cached_property
    def workflow(self) -> Workflow:
        """The definition, checked. Raises BrokenDefinition."""
        return parse(self.toml)

    def check(self) -> None:
        """Raises BrokenDefinition with every fault of the definition and its prompts."""
        if found := [*rules.faults(self.workflow), *self._of_prompts()]:
            raise BrokenDefinition.of(found)

    def instructions(self, name: str) -> str:
        """A prompt's file with the files that it includes, its variables still as they are written."""
        return self._included(name, ())

    def _included(self, name: str, above: tuple[str, ...]) -> str:
        if name in above or len(above) > _DEPTH:
            raise BrokenDefinition.of([(above[-1], f"it includes {name!r} within itself, or deeper than {_DEPTH}")])
        if name not in self.files:
            raise BrokenDefinition.of([(above[-1] if above else "workflow.toml", f"{name[:200]!r} is not there")])
        return INCLUDE.sub(lambda found: self._included(found[1], (*above, name)).strip("\n"), self.files[name])

    def _of_prompts(self) -> Iterator[Fault]:
        for _, name in prompts_of(self.workflow):
            try:
                self.instructions(name)
            except BrokenDefinition as error:
                yield from ((each["path"], each["message"]) for each in error.facts["problems"])
        known = [variable.key for variable in self.workflow.variables]
        for name, text in sorted(self.files.items()):
            for number, line in enumerate(text.split("\n"), start=1):
                yield from ((f"{name}:{number}", wrong) for wrong in _unknown(line, known))
            if not text.strip():
                yield name, "it is empty"


def parse(toml: str) -> Workflow:
    """The shape of a definition. Raises BrokenDefinition that names the line, or the key's path."""
    try:
        return Workflow.model_validate(tomllib.loads(toml))
    except tomllib.TOMLDecodeError as error:
        told = str(error).replace("at end of document", f"at line {toml.count(chr(10)) + 1}, the end")
        raise BrokenDefinition.of([("workflow.toml", f"it is not TOML: {told}")]) from error
    except RecursionError as error:
        raise BrokenDefinition.of([("workflow.toml", "it has too many levels")]) from error
    except ValidationError as error:
        raise BrokenDefinition.of([(path_of(each["loc"]), _said(each)) for each in error.errors()]) from error


def prompts_of(workflow: Workflow) -> list[Fault]:
    """The path of each key that names a prompt's file, and the name."""
    return [
        (f"steps[{number}].{key}", name)
        for number, step in enumerate(workflow.steps)
        for key, name in (
            ("prompt", step.prompt),
            *([("gate_after.prompt", step.gate_after.prompt)] if step.gate_after else []),
        )
    ]


def _said(problem: Mapping[str, Any]) -> str:
    given = problem["input"]
    shown = "" if isinstance(given, Mapping | list | tuple) or problem["type"] == "extra_forbidden" else str(given)
    return f"{said(problem)}, not {shown[:80]!r}" if shown else said(problem)


def _unknown(line: str, known: list[str]) -> Iterator[str]:
    for found in _BRACES.finditer(line):
        if INCLUDE.fullmatch(line) or found[1].strip() in known:
            continue
        near = difflib.get_close_matches(found[1].strip(), known, n=1)
        instead = f"; there is {near[0]!r}" if near else ""
        yield f"{{{{{found[1].strip()[:80]}}}}} is no variable of the workflow{instead}"
