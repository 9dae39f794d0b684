"""The examples that ship: what a person said, and a recording of each turn that was made of it.

A folder of `recordings/` is an example: `example.toml` (the person's words), `manifest.json` (which turns were recorded,
from what, and what they left), a transcript of one turn each (`<step>.<turn>.jsonl.gz`), and `blobs/` for what no
transcript can tell. Invariant: a turn is found by example, workflow, step and turn, never by a skill's name, so that
another skill's text is never written under a person's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import NotFound

SHIPPED: Final = Path(__file__).parents[1] / "recordings"
WORDS: Final = "example.toml"
MANIFEST: Final = "manifest.json"

SKILL: Final = "${SKILL}"
CWD: Final = "${CWD}"
TODAY: Final = "${TODAY}"
SESSION: Final = "${SESSION}"
"""What stands in a recording where the skill's name, the agent's folder, the day and the session's id were."""

REFINE: Final = "refine"
TEST: Final = "test"
"""The step of turns that belong to no workflow."""


class Part(BaseModel):
    """A part of an example."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interview(Part):
    """What the person said while the research ran."""

    serves: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    good: str = ""


class Prompts(Part):
    """Messages to the refining agent, in the order in which they were sent."""

    messages: tuple[str, ...] = ()


class Trial(Part):
    """What both arms of a test were asked."""

    prompt: str


class Words(Part):
    """What the person said; the questions were answered with what was recommended."""

    title: str
    summary: str
    purpose: Literal["domain", "source", "data-engineering", "platform"]
    description: str
    context: str = ""
    tags: tuple[str, ...] = ()
    interview: Interview = Interview()
    refine: Prompts = Prompts()
    tests: tuple[Trial, ...] = ()


class Key(Part):
    """Which turn of an example. `workflow` is empty for refining and testing, which are the same for all."""

    workflow: str
    step: str
    turn: str
    """main, gate, repair, say-N, baseline-N, with-N or judge-N."""

    @property
    def file(self) -> str:
        return f"{self.step}.{self.turn}.jsonl.gz"


class Recorded(Part):
    """A turn as it was recorded. Digests are by what they are of, so that a difference can be named."""

    key: Key
    template: Mapping[str, str]
    """Of the prompt's text, its schema and the tools."""
    inputs: Mapping[str, Mapping[str, str]]
    """Of each part of each document that it worked from."""
    tree: str | None = None
    """Of the files that the turn left, where it may write any."""
    blobs: Mapping[str, str | None] = Field(default_factory=dict)
    """Files that no diff tells of, by path below the agent's folder: a name in `blobs/`, or null for one that went."""


class MadeWith(Part):
    """What the recordings were made with."""

    provider: str
    sdk: str
    cli: str
    model: Literal["scripted"] = "scripted"


class Manifest(Part):
    """All turns of an example."""

    version: Literal["1"] = "1"
    made_with: MadeWith
    turns: tuple[Recorded, ...]


@dataclass(frozen=True)
class Example:
    """A shipped example."""

    name: str
    folder: Path
    words: Words
    manifest: Manifest

    @property
    def workflows(self) -> list[str]:
        """Those that it was recorded for."""
        return list(dict.fromkeys(turn.key.workflow for turn in self.manifest.turns if turn.key.workflow))

    @property
    def messages(self) -> Sequence[str]:
        """What can be said to the refining agent."""
        return self.words.refine.messages

    @property
    def prompts(self) -> Sequence[str]:
        """What can be tested."""
        return [test.prompt for test in self.words.tests]

    def turn(self, key: Key) -> Recorded | None:
        """That turn, if it was recorded."""
        return next((turn for turn in self.manifest.turns if turn.key == key), None)

    def path(self, turn: Recorded) -> Path:
        """Its transcript."""
        return self.folder / turn.key.file

    def said(self, message: str) -> str | None:
        """Which turn answers this message to the refining agent: `say-N`."""
        return _numbered("say", self.messages, message)

    def tested(self, prompt: str) -> int | None:
        """Which test had this prompt: N of `baseline-N`, `with-N` and `judge-N`."""
        found = _numbered("test", self.prompts, prompt)
        return int(found.partition("-")[2]) if found else None


def examples() -> tuple[Example, ...]:
    """The shipped examples by name; the first one is taken when none is named."""
    return _in(SHIPPED)


def find(name: str) -> Example:
    """The example called `name`. Raises NotFound."""
    for each in examples():
        if each.name == name:
            return each
    known = [each.name for each in examples()]
    raise NotFound(
        f"There is no example {name[:80]!r}.",
        remedy=f"There are: {', '.join(known)}.",
        example=name[:200],
        known=known,
    )


def words_of(folder: Path) -> Words:
    """The person's words in an example's folder."""
    return Words.model_validate(tomllib.loads((folder / WORDS).read_text("utf-8")))


@cache
def _in(root: Path) -> tuple[Example, ...]:
    return tuple(_load(path.parent) for path in sorted(root.glob(f"*/{MANIFEST}")))


def _load(folder: Path) -> Example:
    manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    return Example(folder.name, folder, words_of(folder), manifest)


def _numbered(kind: str, known: Sequence[str], text: str) -> str | None:
    wanted = _plain(text)
    return next((f"{kind}-{number}" for number, each in enumerate(known, start=1) if _plain(each) == wanted), None)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
