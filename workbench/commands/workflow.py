"""Workflows: a skill is built step by step. State, answers, decisions; what runs and what goes back is beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.commands import workflow_shapes as shapes
from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.commands.workflow_pages import definition_row, how_it_stands, run_state
from workbench.workflows.definition import definitions
from workbench.workflows.definition.prompting import filled
from workbench.workflows.documents import questions
from workbench.workflows.documents.answering import Edit
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.intake import intake
from workbench.workflows.recording import recordings

if TYPE_CHECKING:
    from workbench.app import Workbench


Filling = Callable[[Clarifications], tuple[Clarifications, list[str]]]


@command("workflow.definitions", Nothing, shapes.Definitions)
async def list_definitions(bench: Workbench, request: Nothing) -> shapes.Definitions:
    """Lists the workflows that skills can be built by; a broken one with what is wrong and where."""
    del request
    found = await asyncio.to_thread(definitions.listing, bench.home)
    return shapes.Definitions(definitions=[definition_row(each) for each in found])


@command("workflow.examples", Nothing, shapes.Examples)
async def list_examples(bench: Workbench, request: Nothing) -> shapes.Examples:
    """Lists the examples that can be built offline, without a key."""
    del bench, request
    found = await asyncio.to_thread(recordings.examples)
    return shapes.Examples(
        examples=[
            shapes.ExampleRow(
                name=each.name,
                title=each.words.title,
                summary=each.words.summary,
                workflows=list(each.workflows),
                refine=list(each.messages),
                tests=list(each.prompts),
            )
            for each in found
        ]
    )


@command("workflow.create", shapes.CreateRun, shapes.RunState)
async def create(bench: Workbench, request: shapes.CreateRun) -> shapes.RunState:
    """Makes a skill that is to be built: a folder with what you have said, and no SKILL.md before a step writes it."""

    def make() -> shapes.RunState:
        said = intake.Intake(
            purpose=request.purpose,
            description=request.description,
            context=request.context,
            tags=request.tags,
            interview=request.interview,
            evidence=request.evidence,
            variables=request.variables,
        )
        if request.example is not None:
            said = _words_of(request.example, request.variables)
        filled(definitions.find(bench.home, request.workflow).workflow, request.variables)
        kept = intake.masked(intake.tidied(said), bench.masked)
        bench.engine.create(request.skill, kept, request.workflow, request.example)
        return run_state(bench, bench.engine.look(request.skill))

    return await asyncio.to_thread(make)


def _words_of(example: str, variables: dict[str, str]) -> intake.Intake:
    """What was said of a shipped example."""
    words = recordings.find(example).words
    return intake.Intake(
        purpose=words.purpose,
        description=words.description,
        context=words.context,
        tags=list(words.tags),
        interview=intake.Interview.model_validate(words.interview.model_dump(mode="json")),
        variables=variables,
    )


@command("workflow.state", shapes.OfRun, shapes.RunState)
async def state(bench: Workbench, request: shapes.OfRun) -> shapes.RunState:
    """How a skill stands in its workflow: steps, questions, decisions, gate, costs, and what comes next."""
    return await asyncio.to_thread(lambda: run_state(bench, bench.engine.look(request.skill, request.instance)))


@command("workflow.standing", shapes.OfRun, shapes.RunStanding)
async def stands(bench: Workbench, request: shapes.OfRun) -> shapes.RunStanding:
    """How a skill stands, without its questions and decisions: `documents` says whether these are to be read again."""
    return await _standing(bench, request.skill, request.instance)


async def _standing(bench: Workbench, skill: str, instance: str | None) -> shapes.RunStanding:
    return await asyncio.to_thread(lambda: how_it_stands(bench, bench.engine.look(skill, instance)))


@command("workflow.save_intake", shapes.SaveIntake, shapes.RunState)
async def save_intake(bench: Workbench, request: shapes.SaveIntake) -> shapes.RunState:
    """Adds to what you have said of the skill, also while the research runs."""
    named = {
        "description": request.description,
        "context": request.context,
        "interview": request.interview,
        "evidence": request.evidence,
        "variables": request.variables,
    }

    def change(data: bytes) -> bytes:
        after = intake.changed(intake.read_anew(data), **named)
        return intake.text_of(intake.masked(after, bench.masked)).encode()

    def save() -> shapes.RunState:
        if request.variables is not None:
            filled(bench.engine.look(request.skill, request.instance).workflow, request.variables)
        bench.engine.save_intake(request.skill, change, request.instance)
        return run_state(bench, bench.engine.look(request.skill, request.instance))

    return await asyncio.to_thread(save)


# -- answers ----------------------------------------------------------------------------------------------------------


@command("workflow.answer", shapes.AnswerOne, shapes.Saved)
async def answer(bench: Workbench, request: shapes.AnswerOne) -> shapes.Saved:
    """Saves the answer to one question; refused, with both texts, when somebody else has saved another since."""
    edit = Edit(request.question_id, request.base_rev, request.edit_id)
    kept = await asyncio.to_thread(
        bench.engine.answers.answer, request.skill, edit, request.choice, request.text, request.instance
    )
    if not isinstance(kept.document, Clarifications):
        raise TypeError(kept.document)
    found = questions.find(kept.document, request.question_id)
    now = await _standing(bench, request.skill, request.instance)
    return shapes.Saved(rev=kept.rev, choice=found.answer_choice, text=found.answer_text, now=now)


@command("workflow.decide", shapes.DecideOne, shapes.DecisionSaved)
async def decide(bench: Workbench, request: shapes.DecideOne) -> shapes.DecisionSaved:
    """Edits one decision, or confirms it as it is."""
    edit = Edit(request.decision_id, request.base_rev, request.edit_id)
    kept = await asyncio.to_thread(
        bench.engine.answers.decide, request.skill, edit, request.decision, request.implication, request.instance
    )
    if not isinstance(kept.document, Decisions):
        raise TypeError(kept.document)
    now = await _standing(bench, request.skill, request.instance)
    return shapes.DecisionSaved(rev=kept.rev, decisions=kept.document, now=now)


@command("workflow.autofill_clarifications", shapes.ChangeRun, shapes.Filled)
async def autofill_clarifications(bench: Workbench, request: shapes.ChangeRun) -> shapes.Filled:
    """Answers every question that has no answer with what was recommended; refinements stay as they are."""
    return await _fill(bench, request, questions.autofill_clarifications)


@command("workflow.autofill_refinements", shapes.ChangeRun, shapes.Filled)
async def autofill_refinements(bench: Workbench, request: shapes.ChangeRun) -> shapes.Filled:
    """Answers every refinement that has no answer with what was recommended; questions stay as they are."""
    return await _fill(bench, request, questions.autofill_refinements)


async def _fill(bench: Workbench, request: shapes.ChangeRun, how: Filling) -> shapes.Filled:
    filled = await asyncio.to_thread(
        bench.engine.answers.fill, request.skill, how, bench.clock.new_id(), request.instance
    )
    return shapes.Filled(filled=len(filled), question_ids=filled)
