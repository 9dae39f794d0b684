"""The shapes of `workflow.*` that several of its commands share, of its making, its state and its answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.commands.shapes import Id, Money
from workbench.commands.skills_shapes import InstanceId, Purpose, SkillName, Tags
from workbench.protocol.screen import Failure, Model
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.gate.evaluation import Dialog, Evaluation, GateChoice
from workbench.workflows.intake.intake import Evidence, Intake, Interview

StepState = Literal["pending", "in_progress", "waiting_for_user", "completed", "error"]
StoredState = Literal["pending", "in_progress", "completed"]
WaitingFor = Literal["permission", "question", "answers", "gate", "decisions"]


class OfSkill(Model):
    """The workflow of one skill."""

    skill: SkillName


class OfRun(OfSkill):
    """The same, for an instance: what another one holds, it may only look at."""

    instance: InstanceId = None


class ChangeRun(OfSkill):
    """A change of a skill's workflow; refused while another instance holds the skill's lock."""

    instance: InstanceId = None


# -- definitions, examples, making ------------------------------------------------------------------------------------


class StepOutline(Model):
    """A step as a definition has it."""

    number: int
    key: str
    title: str
    outputs: list[str]
    gate: bool = Field(description="A gate stands behind it.")


class VariableField(Model):
    """A word that a person fills in."""

    key: str
    label: str
    default: str
    required: bool
    choices: list[str]


class DefinitionRow(Model):
    """A workflow. With a `failure` it cannot be run; that says where its file is wrong."""

    name: str
    title: str
    summary: str
    shipped: bool
    path: str
    digest: str | None
    steps: list[StepOutline]
    variables: list[VariableField]
    failure: Failure | None = None


class Definitions(Model):
    """The workflows: the shipped ones first, then the person's own by name."""

    definitions: list[DefinitionRow] = Field(description="In the order in which they are offered.")


class ExampleRow(Model):
    """An example with recordings of all its turns."""

    name: str
    title: str
    summary: str
    workflows: list[str] = Field(description="Those that it was recorded for.")
    refine: list[str] = Field(description="Messages to the refining agent that were recorded.")
    tests: list[str] = Field(description="Prompts of tests that were recorded.")


class Examples(Model):
    """The shipped examples, the first one is taken when none is named."""

    examples: list[ExampleRow] = Field(description="In the order in which they are offered.")


class CreateRun(Model):
    """A new skill that is to be built. Nothing is written as a SKILL.md until a step does."""

    skill: SkillName
    workflow: str = Field(default="skill-builder", max_length=40)
    purpose: Purpose | None = "domain"
    description: str = Field(default="", max_length=10_000, description="What an agent should know how to do.")
    context: str = Field(
        default="", max_length=100_000, description="What the agent needs to know of you and your work."
    )
    tags: Tags = Field(default_factory=list)
    interview: Interview = Field(default_factory=Interview)
    evidence: list[Evidence] = Field(default_factory=list, max_length=50)
    variables: dict[str, str] = Field(default_factory=dict)
    example: str | None = Field(
        default=None, description="Take a shipped example's words, and remember that it is one."
    )


class SaveIntake(ChangeRun):
    """What is named is replaced."""

    description: str | None = Field(default=None, max_length=10_000)
    context: str | None = Field(default=None, max_length=100_000)
    interview: Interview | None = None
    evidence: list[Evidence] | None = Field(default=None, max_length=50)
    variables: dict[str, str] | None = None


# -- the state --------------------------------------------------------------------------------------------------------


class ArtifactRow(Model):
    """A file that a step made."""

    path: str
    size: int
    present: bool
    note: str = Field(default="", description="For example that it was recorded with other answers.")


class StepView(Model):
    """A step as it stands."""

    number: int
    key: str
    title: str
    status: StepState
    waiting: WaitingFor | None = None
    skipped: bool = False
    disabled: bool = Field(description="What was found makes it pointless; `refusal` says why.")
    error: Failure | None = None
    session: str | None = None
    run: str | None = None
    attempt: int = 0
    started_at: str | None = None
    ended_at: str | None = None
    cost: Money = None
    tokens: int = 0
    duration_ms: int | None = None
    replayed: bool = False
    notice: str = Field(default="", description="How a recording differs from what it was played for.")
    notes: list[str] = Field(default_factory=list, description="What was trimmed of its output, or left out.")
    may_start: bool
    refusal: str | None = Field(default=None, description="Why it cannot be started now, in a sentence.")
    artifacts: list[ArtifactRow]
    actions: list[Literal["start", "resume", "ask_again", "edit_output", "reset", "back"]] = Field(
        description="What a person can do with it now."
    )


class GateState(Model):
    """A gate that waits for a person's choice."""

    step: str
    number: int = Field(description="1 or 2.")
    dialog: Dialog
    choices: list[GateChoice]
    evaluation: Evaluation
    stale: bool = Field(description="Answers were changed since: judge again.")


class RunStanding(Model):
    """How a skill stands in its workflow, without what it is about: small, and read as often as that changes."""

    status: StepState
    current_step: int
    steps: list[StepView] = Field(description="In their order.")
    disabled: list[int]
    next: Literal["run", "answer", "gate", "decide", "wait", "done", "mend"]
    next_step: str | None
    standing: str = Field(description="A sentence: how it stands, and what comes next.")
    gate: GateState | None
    rev: int = Field(description="Grows by one with every change.")
    documents: str = Field(description="Another one once questions, answers, decisions or what was said have changed.")
    held_by: str | None = Field(description="Another instance holds the skill: this one may only look.")
    package: str | None = Field(description="The `.skill` file's path.")
    cost: Money
    replayed_cost: Money
    tokens: int


class RunState(RunStanding):
    """A skill's workflow with all that a stepper shows."""

    skill: str
    folder: str = Field(description="Where the skill lies, also before it has a SKILL.md.")
    workflow: str
    title: str
    definition_digest: str
    adoptable: bool = Field(
        description="The definition was changed since; a reset to the first step takes the new one."
    )
    example: str | None
    intake: Intake
    intake_failure: Failure | None = Field(default=None, description="Why it cannot be read; `intake` is empty then.")
    clarifications: Clarifications | None
    decisions: Decisions | None
    sources: dict[str, str] = Field(description="By a decision's id, the question that it came from, where one did.")
    revs: dict[str, int] = Field(description="How often each question's answer, or decision, was saved; 0 is left out.")


# -- answers ----------------------------------------------------------------------------------------------------------


class AnswerOne(ChangeRun):
    """One question's answer. `base_rev` is what the page saw; `edit_id` makes a repeated save harmless."""

    question_id: Id
    base_rev: int = Field(ge=0)
    choice: str | None = Field(default=None, description="The id of a choice; its text becomes the answer's text.")
    text: str | None = Field(default=None, max_length=50_000)
    edit_id: Id


class Saved(Model):
    """The new revision, and what is stored."""

    rev: int
    choice: str | None
    text: str | None
    now: RunStanding


class DecideOne(ChangeRun):
    """Edits a decision, or with nothing named confirms it."""

    decision_id: Id
    base_rev: int = Field(ge=0)
    decision: str | None = Field(default=None, max_length=50_000)
    implication: str | None = Field(default=None, max_length=50_000)
    edit_id: Id


class DecisionSaved(Model):
    """The new revision, and whether a contradiction is now settled."""

    rev: int
    decisions: Decisions
    now: RunStanding


class Filled(Model):
    """How many empty answers were filled with the recommendation."""

    filled: int
    question_ids: list[str]
