"""A workflow as it is written down: steps, what each makes, and the gates between them. Frozen; unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.protocol.problems import form

Schema = Literal["clarifications", "refinements", "decisions", "file"]
Key = Annotated[str, Field(pattern=form(r"^[a-z][a-z0-9-]{0,39}$", "a word of small letters, digits and -"))]


class Part(BaseModel):
    """A part of a definition."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Variable(Part):
    """A word of a prompt that a person fills in: `{{key}}`. Its value goes into a data block, never into instructions."""

    key: Key
    label: str
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()


class Output(Part):
    """A file that a step makes, or with `changes` one of an earlier step that it changes."""

    path: str
    """From the skill's folder; may end in `/*.md`."""
    format: Schema = Field(default="file", alias="schema")
    files: bool = False
    """The agent writes it itself, in a staging folder."""
    evidence: bool = False
    """Its being there says that the step was done."""
    changes: bool = False
    at_least: int = Field(default=1, ge=0)


class Gate(Part):
    """What judges a person's answers behind a step."""

    prompt: str
    """The prompt's file."""
    reads: str
    """The document whose answers are judged."""
    model: str = "cheap"
    sufficient: float = Field(default=0.85, gt=0, le=1)
    mixed: float = Field(default=0.5, gt=0, le=1)
    min_words: int = Field(default=5, ge=1)
    skip_to: str | None = None
    """The step to which a person may go when all is clear."""


class Step(Part):
    """One turn of an agent, and what it leaves."""

    key: Key
    title: str
    prompt: str
    """The prompt's file, beside the definition."""
    model: str = "default"
    """default, cheap, best, or a model's id."""
    tools: tuple[str, ...] = ()
    max_turns: int = Field(default=50, ge=1, le=400)
    thinking: int = Field(default=16_000, ge=0)
    """Tokens, 0: off. A hint where the model decides itself."""
    timeout_min: int = Field(default=30, ge=1)
    budget_usd: float | None = Field(default=None, gt=0)
    inputs: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    questions: bool = True
    """The agent may ask the person."""
    disabled_when: tuple[Literal["scope", "contradiction"], ...] = ()
    gate_after: Gate | None = None


class Workflow(Part):
    """A whole workflow."""

    version: Literal["1"]
    name: Key
    title: str
    summary: str = ""
    budget_usd: float | None = Field(default=None, gt=0)
    package: bool = True
    variables: tuple[Variable, ...] = ()
    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)
