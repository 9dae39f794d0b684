"""Which recording answers a message to the refining agent, or plays a part of a test, where the provider is replay.

A skill that was made from a shipped example has recordings of some messages and test prompts; no other skill has any.
Invariant: what is played was recorded of the same instructions, and where the skill's text is another one that is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workbench.clock import Clock, iso
from workbench.errors import NotFound
from workbench.skills.skill import FILE, parse
from workbench.workflows.recording.fitting import digest, fit, options, playable
from workbench.workflows.recording.recordings import REFINE, SKILL, TEST, Example, Key, find
from workbench.workflows.refining import validation
from workbench.workflows.refining.message import Asked, prompt_of, rules

REPLAY: Final = "replay"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Played:
    """The options of a turn that is played, and what is said above it."""

    options: Mapping[str, Any] = field(default_factory=dict)
    notice: str = ""


@dataclass(frozen=True)
class Player:
    """What the recordings of one example have for one skill; of a skill that is none, nothing."""

    shown: Example | None
    skill: str
    clock: Clock

    @classmethod
    def of(cls, name: str | None, skill: str, clock: Clock) -> Player:
        """The one of an example by its name; one that ships no more has no recordings."""
        try:
            return cls(find(name) if name is not None else None, skill, clock)
        except NotFound:
            return cls(None, skill, clock)

    @property
    def messages(self) -> list[str]:
        """What can be said to the refining agent."""
        return list(self.shown.messages) if self.shown is not None else []

    @property
    def prompts(self) -> list[str]:
        """What can be tested."""
        return list(self.shown.prompts) if self.shown is not None else []

    def said(self, message: str, asked: Asked, files: Mapping[str, str], *, cwd: Path, session: str) -> Played:
        """The answer to a message, which is understood as `asked`. Raises NoRecording."""
        turn = self.shown.said(message) if self.shown is not None else None
        key = Key(workflow="", step=REFINE, turn=turn or "say")
        return self._played(key, template_of(asked), files, tuple(self.messages), cwd=cwd, session=session)

    def tested(self, part: str, prompt: str, text: str, files: Mapping[str, str], *, cwd: Path, session: str) -> Played:
        """A part of the test of a prompt: baseline, with or judge. `text` is what the agent is told. Raises NoRecording."""
        number = self.shown.tested(prompt) if self.shown is not None else None
        key = Key(workflow="", step=TEST, turn=f"{part}-{number}" if number else part)
        return self._played(key, {"prompt": digest(text)}, files, tuple(self.prompts), cwd=cwd, session=session)

    def _played(
        self,
        key: Key,
        template: Mapping[str, str],
        files: Mapping[str, str],
        known: tuple[str, ...],
        *,
        cwd: Path,
        session: str,
    ) -> Played:
        found = playable(fit(self.shown, key, template, inputs_of(files), known=known))
        assert self.shown is not None  # noqa: S101 - what is playable was recorded of an example
        today = _made_on(files) or iso(self.clock.now_ms())[:10]
        said = options(self.shown, found.turn, cwd=cwd, skill=self.skill, session=session, today=today)
        return Played(said, found.notice)


def _made_on(files: Mapping[str, str]) -> str | None:
    """The day that stands in a skill as that of its making: what was recorded of it was recorded on that same day."""
    metadata = parse(files.get(FILE, "").encode("utf-8", "replace")).fields.get("metadata")
    day = metadata.get("created") if isinstance(metadata, dict) else None
    return day if isinstance(day, str) and _DAY.fullmatch(day) else None


def template_of(asked: Asked) -> dict[str, str]:
    """What a turn of refining is asked, but for the skill and what a linter finds in it. A recording is made with it."""
    told = {"rules": digest(rules(SKILL)), "prompt": digest(prompt_of(asked))}
    if asked.command != "edit":
        told["report"] = digest(validation.prompt_of("", []))
    return told


def inputs_of(files: Mapping[str, str]) -> dict[str, str]:
    """The texts that a turn works from: the skill as it lies there."""
    return {path: text for path, text in files.items() if path == FILE or path.startswith("references/")}
