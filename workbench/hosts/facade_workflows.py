"""`bench.workflows`: skills built step by step, made better by talking, and tested; in a notebook.

>>> bench.workflows.create("invoices", example="invoice-matching")
>>> await bench.workflows.run("invoices", provider="replay", autofill=True)
>>> bench.workflows.open("invoices")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.clock import SystemClock
from workbench.commands import sessions
from workbench.commands import skill_test_shapes as tests
from workbench.commands import workflow_shapes as shapes
from workbench.commands.workflow_back_shapes import KeptImported, ResetPlan, WasReset
from workbench.commands.workflow_out_shapes import Estimate, Packaged
from workbench.commands.workflow_runs_shapes import GateLogged, StepStarted
from workbench.hosts.facade import Room, table
from workbench.hosts.handles import Run
from workbench.hosts.refining import Refining
from workbench.hosts.shown import Shown
from workbench.hosts.works import Building, Test
from workbench.workflows.documents.clarifications import Clarifications, Refinement, SkillQuestion
from workbench.workflows.gate.evaluation import GateChoice

if TYPE_CHECKING:
    import pandas as pd

    from workbench.hosts.frames import Kind, Money

Step = str | int

_DEFINITIONS: Final[dict[str, Kind]] = {
    "name": "text",
    "title": "text",
    "summary": "text",
    "steps": "any",
    "shipped": "flag",
    "failure": "text",
    "path": "text",
}
_EXAMPLES: Final[dict[str, Kind]] = {
    "name": "text",
    "title": "text",
    "summary": "text",
    "workflows": "any",
    "refine": "any",
    "tests": "any",
}
_STEPS: Final[dict[str, Kind]] = {
    "number": "count",
    "key": "text",
    "title": "text",
    "status": "text",
    "waiting": "text",
    "cost": "money",
    "tokens": "count",
    "duration_ms": "count",
    "replayed": "flag",
    "artifacts": "any",
    "refusal": "text",
    "session": "text",
    "run": "text",
}
_QUESTIONS: Final[dict[str, Kind]] = {
    "id": "text",
    "title": "text",
    "text": "text",
    "must_answer": "flag",
    "choices": "any",
    "recommendation": "text",
    "answer_choice": "text",
    "answer_text": "text",
}
_DECISIONS: Final[dict[str, Kind]] = {
    "id": "text",
    "title": "text",
    "original_question": "text",
    "decision": "text",
    "implication": "text",
    "status": "text",
    "source": "text",
}
_FILES: Final[dict[str, Kind]] = {"step": "text", "path": "text", "size": "count", "changed": "flag"}
_TESTS: Final[dict[str, Kind]] = {
    "id": "text",
    "created_at": "time",
    "digest": "text",
    "prompt": "text",
    "status": "text",
    "replayed": "flag",
    "wins": "count",
    "losses": "count",
    "ties": "count",
    "total_cost": "money",
}


class Workflows(Room):
    """Skills that are built: begun, answered, decided, run, looked at, refined and tested."""

    # -- what there is

    def definitions(self) -> pd.DataFrame:
        """The workflows that skills can be built by; a broken one with what is wrong and where."""
        found = self._ask("workflow.definitions", shapes.Definitions).definitions
        rows = (
            {
                **vars(each),
                "steps": [step.key for step in each.steps],
                "failure": each.failure.message if each.failure else None,
            }
            for each in found
        )
        return table(rows, _DEFINITIONS)

    def examples(self) -> pd.DataFrame:
        """The examples that can be built offline, without a key; with what can be said and asked of each."""
        return table(map(vars, self._ask("workflow.examples", shapes.Examples).examples), _EXAMPLES)

    # -- making

    def create(
        self,
        skill: str,
        description: str = "",
        *,
        workflow: str = "skill-builder",
        example: str | None = None,
        serves: Iterable[str] = (),
        refuses: Iterable[str] = (),
        good: str = "",
        **more: Any,
    ) -> shapes.RunState:
        """Begins a skill: `description` is what an agent should know how to do; `serves` and `refuses` are requests in
        your words, `good` is what a good answer looks like. `more`: `purpose`, `context`, `tags`, `evidence`, `variables`.
        """
        interview = {"serves": [*serves], "refuses": [*refuses], "good": good}
        said = {"description": description, "interview": interview, "workflow": workflow, "example": example}
        return self._ask("workflow.create", shapes.RunState, skill=skill, **said, **more)

    def say(self, skill: str, **more: Any) -> shapes.RunState:
        """Replaces what was said of it: `description`, `context`, `interview`, `evidence`; also while it is researched."""
        return self._ask("workflow.save_intake", shapes.RunState, skill=skill, **more)

    # -- how it stands

    def state(self, skill: str) -> shapes.RunState:
        """How a skill stands: steps, questions, decisions, gate, costs, and in `standing` what comes next."""
        return self._ask("workflow.state", shapes.RunState, skill=skill)

    def steps(self, skill: str, *, money: Money = "float") -> pd.DataFrame:
        """Its steps with state, cost and time; `money="decimal"` gives exact costs."""
        rows = ({**vars(each), "artifacts": [file.path for file in each.artifacts]} for each in self.state(skill).steps)
        return table(rows, _STEPS, money=money)

    def questions(self, skill: str) -> pd.DataFrame:
        """All questions and refinements with their answers; a row's index is the id."""
        found = self.state(skill).clarifications
        rows = (
            {
                **vars(each),
                "must_answer": getattr(each, "must_answer", False),
                "choices": {choice.id: choice.text for choice in each.choices},
            }
            for each in (_every(found) if found else ())
        )
        return table(rows, _QUESTIONS).set_index("id")

    def decisions(self, skill: str) -> pd.DataFrame:
        """What was decided, each with the question that it came from; a row's index is the id."""
        state = self.state(skill)
        found = state.decisions.decisions if state.decisions else []
        rows = ({**vars(each), "source": state.sources.get(each.id)} for each in found)
        return table(rows, _DECISIONS).set_index("id")

    def open(self, skill: str, *, step: str | None = None) -> Shown:
        """The workflow as a view, to be the last line of a cell."""
        return Shown(self._bench, "workflow", {"skill": skill, **({"step": step} if step else {})})

    # -- running

    def run(
        self, skill: str, *, autofill: bool = False, until: Step | None = None, provider: str | None = None, **turn: Any
    ) -> Building:
        """Runs steps and gates until a person is needed or all is done; returns at once, with a handle to wait for.

        `autofill` answers with what was recommended, and no agent waits for you in mid-step. `turn`: `model`, `budget_usd`, `speed` (of a replay), ...
        """
        asked = {"skill": skill, "autofill": autofill, "until": until, "provider": provider, **turn}
        self.state(skill)  # what is not there is said by this cell, not by the handle
        return Building(self._bench, skill, asked)

    def run_step(self, skill: str, step: Step | None = None, **turn: Any) -> Run | None:
        """Starts one step (by default the next) and returns its agent's run; None where it needed no agent.

        `turn` as in `run`, and `resume=True` or `repair=True` for one that was interrupted or whose output is wrong.
        """
        started = self._ask("workflow.run_step", StepStarted, skill=skill, step=step, **turn)
        if started.session is None or started.run is None:
            return None
        provider = self._ask("sessions.get", sessions.Session, session=started.session).provider
        return Run(self._bench, started.session, started.run, provider=provider)

    def estimate(self, skill: str, step: Step | None = None, **of: Any) -> Estimate:
        """What it would cost: a step, or `what="gate"`, `"refine"`, `"test"` (with `repeats`), `"run"` for all that is left."""
        return self._ask("workflow.estimate", Estimate, skill=skill, step=step, **of)

    # -- answering

    def answer(self, skill: str, question: str, text: str | None = None, *, choice: str | None = None) -> shapes.Saved:
        """Answers a question with a choice's letter, with your own words, or with both."""
        rev = self.state(skill).revs.get(question, 0)
        said = {"question_id": question, "base_rev": rev, "choice": choice, "text": text, "edit_id": _edit()}
        return self._ask("workflow.answer", shapes.Saved, skill=skill, **said)

    def answer_rest(self, skill: str) -> list[str]:
        """Answers what has no answer with its recommendation; which those were. Refinements too."""
        filled = [
            self._ask(f"workflow.autofill_{which}", shapes.Filled, skill=skill)
            for which in ("clarifications", "refinements")
        ]
        return [question for each in filled for question in each.question_ids]

    def evaluate(self, skill: str, **how: Any) -> shapes.GateState:
        """Has the answers judged; `rules_only=True` only counts."""
        return self._ask("workflow.evaluate_answers", shapes.GateState, skill=skill, **how)

    def choose(self, skill: str, decision: GateChoice) -> GateLogged:
        """What you choose at a gate: to `answer`, to `continue`, or to `skip`."""
        return self._ask("workflow.log_gate_decision", GateLogged, skill=skill, decision=decision)

    def decide(
        self, skill: str, decision: str, text: str | None = None, *, implication: str | None = None
    ) -> shapes.DecisionSaved:
        """Changes a decision (by its id), or with nothing else confirms it."""
        rev = self.state(skill).revs.get(decision, 0)
        said = {"decision": text, "implication": implication, "edit_id": _edit(), "base_rev": rev}
        return self._ask("workflow.decide", shapes.DecisionSaved, skill=skill, decision_id=decision, **said)

    # -- going back, and the end

    def preview_reset(self, skill: str, step: Step, *, keep: bool = False) -> pd.DataFrame:
        """The files that a reset to this step would move to the trash; nothing is moved."""
        plan = self._ask("workflow.preview_reset", ResetPlan, skill=skill, step=step, keep=keep)
        made = table(({"step": each.key, **vars(file)} for each in plan.steps for file in each.files), _FILES)
        made.attrs["running"] = plan.running
        return made

    def reset(self, skill: str, step: Step, **how: Any) -> WasReset:
        """Goes back to before a step; `keep=True` to behind it, `stop=True` ends a running agent first."""
        return self._ask("workflow.reset", WasReset, skill=skill, step=step, **how)

    def keep_imported(self, skill: str) -> KeptImported:
        """Takes a skill out of its workflow with its text as it is, where files that its steps need are gone."""
        return self._ask("workflow.keep_imported", KeptImported, skill=skill)

    def package(self, skill: str, *, anyway: bool = False) -> Packaged:
        """Packs the skill into a `.skill` file."""
        return self._ask("workflow.package", Packaged, skill=skill, anyway=anyway)

    # -- better, and whether it helps

    def refine(self, skill: str) -> Refining:
        """The conversation that makes a skill better: `.say(...)`, `.diff()`, `.accept()`, `.reject()`, `.undo()`."""
        return Refining(self._bench, skill)

    def test(self, skill: str, prompt: str, *, repeats: int = 1, vote_first: bool = False, **turn: Any) -> Test:
        """Asks an agent with the skill and one without; returns at once, with a handle to wait for.

        With `vote_first` you see A and B, and vote before you are told. `turn` as in `run`.
        """
        asked = {"skill": skill, "prompt": prompt, "repeats": repeats, "vote_first": vote_first, **turn}
        # On the pool's thread, where what goes on after the reply can go on.
        begun = self._bench.pool.submit(self._bench.acall("skill_test.run", asked)).result()
        return Test(self._bench, skill, tests.SkillTest.model_validate(begun).id)

    def tests(self, skill: str, *, limit: int = 20, money: Money = "float") -> pd.DataFrame:
        """The tests of a skill by the digest of what was tested, the last first."""
        found = self._ask("skill_test.history", tests.SkillTests, skill=skill, limit=limit).tests
        return table(map(vars, found), _TESTS, money=money)

    def find_test(self, test: str) -> Test:
        """A handle on a test, whoever began it and when."""
        found = self._ask("skill_test.show", tests.SkillTest, id=test)
        return Test(self._bench, found.skill, found.id)


def _every(found: Clarifications) -> Iterator[SkillQuestion | Refinement]:
    """Each question, and behind it its refinements."""
    for section in found.sections:
        for question in section.questions:
            yield question
            yield from question.refinements


def _edit() -> str:
    return SystemClock().new_id()
