"""Feedback on Workbench itself: put in order, then, once the person has looked it over, filed as an issue."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench.commands import skill_test_shapes as shapes
from workbench.commands.github_sign_in import asker as asker_of
from workbench.commands.registry import command
from workbench.skills.github import issues
from workbench.skills.github.api import Api
from workbench.skills.sources.watch import Watch
from workbench.workflows.intake import feedback
from workbench.workflows.intake.asking_once import Asker
from workbench.workflows.steps.turning import Driving

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.skills.github.issues import Created


@command("feedback.draft", shapes.FeedbackText, shapes.FeedbackDraft)
async def draft(bench: Workbench, request: shapes.FeedbackText) -> shapes.FeedbackDraft:
    """Puts a person's words in order as an issue, by a cheap model or as they are. Nothing is sent to anybody else."""
    driving = Driving(
        provider=request.provider, model=request.model, budget_usd=request.budget_usd, speed=request.speed
    )
    settings = await asyncio.to_thread(lambda: bench.settings)
    asker = None if request.rules_only else Asker(bench.pool, bench.home, settings, driving)
    found = await feedback.draft(asker, await asyncio.to_thread(bench.masked, request.text), request.kind)
    return shapes.FeedbackDraft.model_validate(found, from_attributes=True)


@command("feedback.by_hand", shapes.ReviewedFeedback, shapes.FeedbackByHand)
async def by_hand(bench: Workbench, request: shapes.ReviewedFeedback) -> shapes.FeedbackByHand:
    """An issue as a person may take it along: masked, with the page that makes it. Nobody is asked, nothing is sent."""
    return await asyncio.to_thread(_taken_along, bench, request)


def _taken_along(bench: Workbench, request: shapes.ReviewedFeedback) -> shapes.FeedbackByHand:
    settings = bench.settings
    title, body = bench.masked(request.title.strip()), bench.masked(request.body)
    if not settings.feedback_repository:
        return shapes.FeedbackByHand(title=title, body=body)
    page, cut = issues.page(settings.github_url, settings.feedback_repository, title, body)
    return shapes.FeedbackByHand(title=title, body=body, page=page, cut=cut)


@command("feedback.create_issue", shapes.SubmitFeedback, shapes.FeedbackSubmitted)
async def create_issue(bench: Workbench, request: shapes.SubmitFeedback) -> shapes.FeedbackSubmitted:
    """Files an issue as it was reviewed, in the name of who is signed in to GitHub; labels as far as they may be set."""
    made = await asyncio.to_thread(_create, bench, request)
    return shapes.FeedbackSubmitted(url=made.url, number=made.number, missing_labels=list(made.missing))


def _create(bench: Workbench, request: shapes.SubmitFeedback) -> Created:
    settings = bench.settings
    api = Api.of(bench.network(), asker_of(bench), Watch())
    issue = feedback.Issue(request.kind, bench.masked(request.title), bench.masked(request.body), tuple(request.labels))
    return feedback.submit(api, settings.github_url, settings.feedback_repository, issue)
