"""Going through a gate: the answers are judged, a person chooses, and the choice is kept.

Idea: what can be counted costs nothing, so a model is asked only for what counting leaves open, and never twice for the same
answers. A judge that fails leaves what was counted, and says so. Invariant: a choice is logged for the answers that it was
made of; with other answers the gate is closed again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from workbench.agents.pool import Pool
from workbench.errors import Refused
from workbench.paths import write_atomic
from workbench.skills.library import Library
from workbench.workflows.documents import clarifications
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.drafts import GateDraft
from workbench.workflows.documents.questions import asked
from workbench.workflows.documents.saving import Documents
from workbench.workflows.gate import evaluation, gate, table
from workbench.workflows.gate.asking import Judge
from workbench.workflows.gate.evaluation import Evaluation, GateChoice
from workbench.workflows.gate.judging import GateLook
from workbench.workflows.gate.table import GateRow
from workbench.workflows.looking import Look, Looker
from workbench.workflows.state import number_of
from workbench.workflows.steps.awaiting import Awaiting
from workbench.workflows.steps.gathering import Stand
from workbench.workflows.steps.preparing import Prepared, Preparing
from workbench.workflows.steps.turning import Driving


class Gates:
    """The gates of a library's skills."""

    def __init__(
        self,
        library: Library,
        *,
        looker: Looker,
        awaiting: Awaiting,
        documents: Documents,
        preparing: Preparing,
        pool: Callable[[], Pool],
    ) -> None:
        self._library = library
        self._looker = looker
        self._awaiting = awaiting
        self._documents = documents
        self._preparing = preparing
        self._judge = Judge(library, preparing, pool)

    # -- judging

    async def judge(
        self, look: Look, step: str | int | None, driving: Driving, *, rules_only: bool = False
    ) -> Evaluation:
        """What is to be said of the answers as they are now. Raises Refused where no gate is due."""
        at = due(look, step)
        if at.standing == "passed":
            raise Refused(
                "passed", "You have chosen to go on with these answers.", remedy="Go on, or change an answer."
            )
        questions = look.clarifications
        if questions is None:
            raise Refused(
                "broken_document", "The questions cannot be read.", remedy="Mend the file, or reset the step."
            )
        if at.evaluation is not None and not at.stale and (rules_only or at.evaluation.judged_by == "model"):
            return at.evaluation
        draft = None
        if not rules_only and gate.for_model(questions, at.gate, first=at.first):
            draft = await self._asked(look, at, questions, driving)
        before = at.evaluation if at.evaluation is not None and at.evaluation.judged_by == "model" else None
        found = gate.evaluate(questions, at.gate, draft, first=at.first, before=before)
        await asyncio.to_thread(self._keep, look, at, found)
        return found

    async def _asked(self, look: Look, at: GateLook, questions: Clarifications, driving: Driving) -> GateDraft | None:
        """What a model says of the answers that counting leaves open. Raises NoRecording."""
        prepared = await asyncio.to_thread(self._prepared, look, at, questions, driving)
        return await self._judge.ask(look, at, prepared)

    def _prepared(self, look: Look, at: GateLook, questions: Clarifications, driving: Driving) -> Prepared:
        wanted = set(gate.for_model(questions, at.gate, first=at.first))
        answers = [
            {"question_id": each.id, "question": each.question, "answer": each.text}
            for each in asked(questions, open_refinements=not at.first)
            if each.id in wanted
        ]
        return self._preparing.gate(look, at.step, json.dumps(answers, ensure_ascii=False, indent=1), driving)

    def _keep(self, look: Look, at: GateLook, found: Evaluation) -> None:
        """The row, the notes beside the questions, and the file that the next step's agent may read."""
        step, now = look.workflow.steps[at.step].key, self._library.clock.now_ms()
        with self._library.alone() as site:
            self._library.database.write(lambda c: table.put_evaluation(c, look.skill.id, step, found, now))
            skill = self._library.row(self._awaiting.name_of(look.skill.id))  # as it is called by now, if it is there
            seen = self._documents.opened(site, skill, clarifications.FILE)
            document = seen.document() if seen is not None and seen.standing != "gone" else None
            if seen is not None and isinstance(document, Clarifications):
                noted = gate.noted(document, found)
                if noted != document:
                    self._documents.save(site, skill, seen, noted, items=(), edit="")
        try:
            path = self._preparing.folder(skill.name) / evaluation.FILE
            write_atomic(path, (found.model_dump_json(indent=1) + "\n").encode())
        except OSError:
            pass  # the row has it, and the prompt will

    # -- choosing

    def choose(self, look: Look, step: str | int | None, decision: GateChoice) -> GateRow:
        """Keeps what a person has chosen, and completes the steps that are skipped by it. Raises Refused for what the
        dialog does not offer.
        """
        at = due(look, step)
        if at.evaluation is None or at.stale or at.dialog is None:
            raise Refused(
                "unjudged",
                "The answers have not been judged as they are now.",
                remedy=f"Have them judged: workbench workflow gate {look.skill.name}.",
            )
        if decision not in at.choices:
            raise Refused(
                "not_offered",
                f"{decision!r} is not possible here: {at.evaluation.reasoning}",
                remedy=f"Choose one of: {', '.join(at.choices)}.",
                choices=list(at.choices),
            )
        if decision == "skip" and at.gate.skip_to is not None:
            for number in range(at.step + 1, number_of(look.workflow, at.gate.skip_to)):
                self._skip(look, number)
        verdict = "unavailable" if at.dialog == "unavailable" else at.evaluation.verdict
        key, now = look.workflow.steps[at.step].key, self._library.clock.now_ms()
        row = GateRow(key, at.digest, verdict, at.dialog, decision, now)
        self._library.database.write(lambda connection: table.log_gate(connection, look.skill.id, row))
        return row

    def _skip(self, look: Look, number: int) -> None:
        with self._library.alone() as site:
            run = self._looker.run_of(look.skill)
            if run.step(number).status != "completed":
                name = self._awaiting.name_of(look.skill.id)
                self._awaiting.skip(site, Stand(name, run, look.pinned, run.step(number)))


def due(look: Look, step: str | int | None) -> GateLook:
    """The gate that is to be gone through. Raises Refused."""
    at = look.gate
    if look.held_by is not None:
        raise Refused("locked", "The skill is being edited in another instance.", remedy="Close it there.")
    if at is None or (step is not None and number_of(look.workflow, step) != at.step):
        raise Refused(
            "no_gate",
            "There are no answers to judge now.",
            remedy=f"See what comes next: workbench workflow status {look.skill.name}.",
        )
    return at
