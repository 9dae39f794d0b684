"""The shapes of `skill_test.*` and `feedback.*`, apart from the commands."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.commands.shapes import Id, Money
from workbench.commands.skills_shapes import InstanceId, SkillName
from workbench.commands.workflow_runs_shapes import Driving
from workbench.protocol.screen import Model

Arm = Literal["baseline", "with"]
Vote = Literal["a", "b", "tie"]


class PrepareTest(Model):
    """A prompt for an agent with the skill and one without it."""

    skill: SkillName


class PreparedTest(Model):
    """The two folders; only the second one holds the skill."""

    id: str
    baseline: str
    with_skill: str


class CleanupTest(Model):
    """Which test's folders go."""

    id: Id


class CleanedUp(Model):
    """Whether they were there."""

    removed: bool


class RunTest(Driving):
    """A test: both arms in parallel on one prompt, N times, then a comparison that never sees the skill."""

    skill: SkillName
    prompt: str = Field(min_length=1, max_length=100_000)
    repeats: int = Field(default=1, ge=1, le=20)
    vote_first: bool = Field(default=True, description="Show the answers as A and B until a person has voted.")
    instance: InstanceId = None


class ArmRun(Model):
    """One arm of one repeat. `label` is what a person sees before the vote; `arm` is null until then."""

    label: Literal["a", "b"]
    arm: Arm | None
    session: str = Field(description="Empty until then: its name would tell.")
    run: str
    status: Literal["running", "completed", "aborted", "error", "interrupted"]
    text: str
    cost: Money
    duration_ms: int | None
    tokens: int | None


class Judgement(Model):
    """The comparison: for each dimension whether the skill was better (up), worse or the same."""

    dimension: str
    direction: Literal["up", "down", "same"] | None = Field(description="null where no model was measured.")
    text: str


class Round(Model):
    """One repeat."""

    number: int
    sides: list[ArmRun] = Field(description="A, then B.")
    vote: Vote | None
    judgements: list[Judgement]
    recommendations: list[str]
    failure: str | None = None


class Spread(Model):
    """A difference, with the skill less without: its mean, and the interval that 95 % of such tests would hold."""

    mean: str
    low: str | None
    high: str | None
    n: int


class SkillTest(Model):
    """A test as it stands. `replayed`: its texts are an illustration, no model was measured, and nothing is compared."""

    id: str
    skill: str
    digest: str = Field(description="Of the skill as it was tested.")
    prompt: str
    created_at: str
    status: Literal["running", "voting", "judging", "completed", "error"]
    replayed: bool
    left: bool = Field(description="Its host has ended before it was over: skill_test.settle goes on with it.")
    session: str = Field(
        description="The usage session that all its runs are counted in; empty until it would tell nothing."
    )
    rounds: list[Round] = Field(description="By number.")
    wins: int = Field(description="Rounds in which the skill was better, by vote else by judgement.")
    losses: int
    ties: int
    score: Spread | None
    cost: Spread | None
    duration_s: Spread | None
    total_cost: Money
    notice: str = ""


class VoteTest(Model):
    """A person's vote, before it is told which is which."""

    id: Id
    round: int = Field(ge=1)
    vote: Vote


class OfTest(Model):
    """Which test."""

    id: Id


class SkillTests(Model):
    """Tests of a skill, the last first."""

    tests: list[SkillTest] = Field(description="The last one first.")


class HistoryOf(Model):
    """Whose tests."""

    skill: SkillName
    limit: int = Field(default=20, ge=1, le=200)


class RefineFrom(Model):
    """What "refine" opens with: prompt, answers and remark."""

    skill: str
    message: str


# -- feedback ---------------------------------------------------------------------------------------------------------


class FeedbackText(Driving):
    """What a person says, in any words."""

    text: str = Field(min_length=1, max_length=50_000)
    kind: Literal["bug", "feature"] | None = None
    rules_only: bool = Field(
        default=False, description="Leave the words as they are: no model is asked, nothing is paid."
    )


class FeedbackDraft(Model):
    """An issue to look over. `by`: a model has put it in order, or nothing but rules have; `notice` says why."""

    kind: Literal["bug", "feature"]
    title: str
    body: str
    labels: list[str]
    by: Literal["model", "rules"]
    notice: str = ""


class ReviewedFeedback(Model):
    """The text of an issue as the person has left it."""

    title: str = Field(max_length=256)
    body: str = Field(max_length=60_000)


class FeedbackByHand(Model):
    """The same with the secrets of this home taken out. `page` makes an issue of it, where it is known where feedback goes;
    `cut`: its address has no room for the whole text.
    """

    title: str
    body: str
    page: str | None = None
    cut: bool = False


class SubmitFeedback(Model):
    """An issue as the person has reviewed it."""

    kind: Literal["bug", "feature"]
    title: str = Field(min_length=1, max_length=256)
    body: str = Field(max_length=60_000)
    labels: list[str] = Field(default_factory=list, max_length=10)


class FeedbackSubmitted(Model):
    """The issue that was made; labels that could not be set are named."""

    url: str
    number: int
    missing_labels: list[str]
