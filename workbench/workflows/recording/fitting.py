"""Whether a recording may be played for a turn, decided by three digests and answered in one of four ways.

The template (prompt, schema, tools) differs: `Stale`, and never played, for the answer would be to another question. The
documents that it worked from are the same: `Exact`. They differ: `Differs`, played and said so, because it is an example.
Nothing was recorded: `Missing`. The third digest, of the files that were left, is proof after the play (`tree_digest`).
Invariant: counts, dates and the order of keys change no digest; one changed answer changes that answer's part alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.errors import NoRecording
from workbench.workflows.definition.pinned import Pinned
from workbench.workflows.definition.prompting import schema_of
from workbench.workflows.documents import clarifications, decisions
from workbench.workflows.intake.intake import FILE as INTAKE
from workbench.workflows.recording.recordings import CWD, SESSION, SKILL, TODAY, Example, Key, Recorded, examples
from workbench.workflows.workflow import Gate, Step

Parts = Mapping[str, str]
"""Digests, by what each is of."""

_DATE: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b")
_NAME: Final = re.compile(r"\A(---\n(?:.*\n)*?)name:.*\n")
_LEFT_OUT: Final = frozenset({"version", "created", "modified", "updated", "round", "duplicates_removed"})


@dataclass(frozen=True)
class Exact:
    """Recorded from the same."""

    turn: Recorded
    notice: str = ""


@dataclass(frozen=True)
class Differs:
    """Recorded from other documents."""

    turn: Recorded
    parts: Mapping[str, tuple[str, ...]]
    """By document, what in it is not as it was."""

    @property
    def notice(self) -> str:
        """What is said above everything that it plays."""
        said = [_of_document(path, parts) for path, parts in self.parts.items()]
        alone = len(said) == 1 and all(_is_one(path, parts) for path, parts in self.parts.items())
        rest = "differs from the recorded one and has" if alone else "differ from the recorded ones and have"
        return f"Recorded example: {_listed(said)} {rest} no effect here."


@dataclass(frozen=True)
class Stale:
    """Recorded of another question."""

    turn: Recorded
    changed: tuple[str, ...]

    def failure(self) -> NoRecording:
        """Why it is not played."""
        return NoRecording(
            f"The recording of {self.turn.key.step}.{self.turn.key.turn} is out of date: {_listed(self.changed)} changed.",
            remedy="Choose another provider; from a checkout: make recordings.",
            stale=True,
            changed=list(self.changed),
            **self.turn.key.model_dump(),
        )


@dataclass(frozen=True)
class Missing:
    """Not recorded."""

    key: Key
    example: str | None
    known: tuple[str, ...] = ()
    """What could be said or asked instead."""

    def failure(self) -> NoRecording:
        """Why nothing is played."""
        names = [each.name for each in examples()]
        if self.example is None:
            message = f"Replay has recordings for {_listed(names)} only, and this skill is none of them."
            remedy = "Choose another provider in the settings, or try an example."
        elif self.known:
            message = f"Replay has no answer to this: of {self.example} these were recorded: {'; '.join(self.known)}"
            remedy = "Take one of those, or choose another provider."
        else:
            message = f"Nothing was recorded of {self.key.step}.{self.key.turn} of {self.example}."
            remedy = "Choose another provider in the settings."
        return NoRecording(
            message,
            remedy=remedy,
            example=self.example,
            examples=names,
            suggestions=list(self.known),
            **self.key.model_dump(),
        )


Fit = Exact | Differs | Stale | Missing


def fit(
    shown: Example | None, key: Key, template: Parts, inputs: Mapping[str, str], *, known: tuple[str, ...] = ()
) -> Fit:
    """What the recordings of an example have for a turn. `inputs` are the texts of the documents that it works from, by
    path; `known` is what a person could say or ask instead, where that is free.
    """
    turn = shown.turn(key) if shown is not None else None
    if turn is None:
        return Missing(key, shown.name if shown is not None else None, known)
    if changed := _changed(turn.template, template):
        return Stale(turn, tuple(changed))
    now = {path: parts_of(path, text) for path, text in inputs.items()}
    parts = {
        path: tuple(differing)
        for path in sorted(now.keys() | turn.inputs.keys())
        if (differing := _changed(turn.inputs.get(path, {}), now.get(path, {})))
    }
    return Differs(turn, parts) if parts else Exact(turn)


def playable(found: Fit) -> Exact | Differs:
    """What may be played. Raises NoRecording."""
    if isinstance(found, Stale | Missing):
        raise found.failure()
    return found


def options(shown: Example, turn: Recorded, *, cwd: Path, skill: str, session: str, today: str) -> dict[str, Any]:
    """The options of the turn's `sendMessage`: what is played, and for what its placeholders stand."""
    blobs = {
        str(cwd / path): None if blob is None else str(shown.folder / "blobs" / blob)
        for path, blob in turn.blobs.items()
    }
    stands_for = {CWD: str(cwd), SKILL: skill, SESSION: session, TODAY: today}
    return {"recording": str(shown.path(turn)), "substitutions": stands_for, "effects": blobs}


# -- digests ----------------------------------------------------------------------------------------------------------


def template_of(pinned: Pinned, part: Step | Gate) -> dict[str, str]:
    """What a turn of a workflow was asked: not the model, limits or prices."""
    found = {f"prompt {part.prompt}": digest(pinned.instructions(part.prompt)), "schema": digest(schema_of(part))}
    if isinstance(part, Step):
        found["tools"] = digest(sorted(part.tools))
        found["outputs"] = digest([[each.path, each.format] for each in part.outputs])
    return found


def parts_of(path: str, text: str) -> dict[str, str]:
    """The parts of a document with the digests of what they say. One that cannot be read is one part."""
    try:
        said = json.loads(text) if path.endswith(".json") else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return {"": digest(_text(text))}
    reader = _READERS.get(path, _by_key)
    return {name: digest(_canonical(part)) for name, part in reader(said)}


def tree_digest(files: Mapping[str, str], *, skill: str, today: str) -> str:
    """Of the texts that a turn left, by path, whatever the skill is called and whenever it was played."""
    plain = {
        path: text.replace(today, TODAY).replace(f"name: {skill}\n", f"name: {SKILL}\n") for path, text in files.items()
    }
    return digest(plain)


def digest(value: object) -> str:
    """Of anything that JSON can tell, the same for the same."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()[
        :32
    ]


def _questions(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each question and refinement by its id with its answer, and the rest."""
    for section in _dicts(said.get("sections")):
        for question in _dicts(section.get("questions")):
            for each in (question, *_dicts(question.get("refinements"))):
                yield str(each.get("id")), {key: value for key, value in each.items() if key != "refinements"}
    rest = {key: value for key, value in said.items() if key not in ("sections", "answer_evaluator_notes")}
    yield "", [rest, [[section.get("id"), section.get("title")] for section in _dicts(said.get("sections"))]]


def _decisions(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for each in _dicts(said.get("decisions")):
        yield str(each.get("id")), each
    yield "", said.get("metadata")


def _by_key(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((key, value) for key, value in said.items() if key not in _LEFT_OUT)


_READERS: Final[Mapping[str, Callable[[dict[str, Any]], Iterator[tuple[str, Any]]]]] = {
    clarifications.FILE: _questions,
    decisions.FILE: _decisions,
}


def _dicts(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _canonical(value: Any) -> Any:
    """Without counts, dates and what is derived; blank is the same as absent."""
    if isinstance(value, dict):
        kept = {key: _canonical(each) for key, each in value.items() if key not in _LEFT_OUT and not _is_count(key)}
        return {key: each for key, each in kept.items() if each not in (None, "", [], {})}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    return _text(value) if isinstance(value, str) else value


def _is_count(key: str) -> bool:
    return key.endswith("_count")


def _text(text: str) -> str:
    lines = _NAME.sub(r"\1", _DATE.sub(TODAY, text)).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


# -- words ------------------------------------------------------------------------------------------------------------


def _changed(before: Parts, now: Parts) -> list[str]:
    return [name for name in dict.fromkeys([*before, *now]) if before.get(name) != now.get(name)]


_CALLED: Final = {
    clarifications.FILE: ("your answer to", "your answers to", "the questions"),
    decisions.FILE: ("your decision", "your decisions", "the decisions"),
    INTAKE: ("", "", "what you said"),
}
_SAID: Final = {
    "description": "your description",
    "context": "what you said of yourself and your work",
    "requests_to_serve": "your answer to “What should it serve?”",
    "requests_to_refuse": "your answer to “What should it not serve?”",
    "what_good_looks_like": "your answer to “What does good look like?”",
    "notebook_cells": "the evidence that you gave",
}
"""The parts of an intake, in the words in which the person was asked for them."""


def _of_document(path: str, parts: tuple[str, ...]) -> str:
    one, more, whole = _CALLED.get(path, ("", "", path))
    named = [part for part in parts if part]
    if not named:
        return whole
    if path == INTAKE:
        return _listed(_SAID.get(part, part) for part in named)
    return f"{one if len(named) == 1 else more} {_listed(named)}" if one else path


def _is_one(path: str, parts: tuple[str, ...]) -> bool:
    """Whether a single thing is spoken of: one of its parts, or a file as a whole."""
    named = [part for part in parts if part]
    if path not in _CALLED:
        return True
    return len(named) == 1 or (not named and not _CALLED[path][2].endswith("s"))


def _listed(names: Any) -> str:
    """`a, b and c`."""
    told = list(names)
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)
