"""What a person has to say about Workbench, as an issue: put in order first, looked over by the person, then sent.

Invariant: the two phases know nothing of each other, so what is sent is what the person saw; and without a model there is an
issue as well, in the person's own words.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from workbench import __version__
from workbench.errors import InvalidRequest, Refused, WorkbenchError
from workbench.skills.github import issues
from workbench.skills.github.api import Api
from workbench.skills.github.issues import Created
from workbench.workflows.documents.drafts import Draft
from workbench.workflows.documents.wording import plain
from workbench.workflows.intake.asking_once import Asker, Question

Kind = Literal["bug", "feature"]
LABELS: Final[dict[Kind, str]] = {"bug": "bug", "feature": "enhancement"}
_TITLE, _BODY = 120, 60_000
_UNSURE: Final = frozenset({"broken", "stalled", "server"})
"""Refusals after which nobody knows whether the issue has been made."""
_WISH: Final = re.compile(
    r"\b(would (be|like|love)|could you|can you add|please add|i wish|it would|feature|support for|missing|should be able)\b",
    re.IGNORECASE,
)
_FAULT: Final = re.compile(
    r"\b(error|crash\w*|broken|bug|fail\w*|exception|traceback|does ?n[o']t work|not working|wrong|stuck|hangs?|freez\w+)\b",
    re.IGNORECASE,
)


class FeedbackDraft(Draft):
    """What a model is asked for."""

    kind: Literal["bug", "feature"]
    title: str
    summary: str
    steps: list[str]
    expected: str | None
    actual: str | None


@dataclass(frozen=True)
class Issue:
    """An issue to look over."""

    kind: Kind
    title: str
    body: str
    labels: tuple[str, ...]
    by: Literal["model", "rules"] = "rules"
    notice: str = ""


async def draft(asker: Asker | None, text: str, kind: Kind | None = None) -> Issue:
    """An issue of a person's words: put in order by a model, or as they are, said in its notice where one was asked."""
    if not plain(text):
        raise InvalidRequest(
            "There is nothing to say yet.",
            remedy="Write what is wrong or what you wish for.",
            problems=[{"path": "text", "message": "is blank"}],
        )
    if asker is None:
        return by_rules(text, kind)
    data = {"words": text, "kind": f"The person says that it is a {kind}." if kind else ""}
    try:
        said = await asker.ask(FeedbackDraft, Question("feedback.md", data, title="Feedback"))
    except WorkbenchError as error:
        return replace(by_rules(text, kind), notice=f"Put in order without a model: {error.message}")
    return of_draft(said, kind)


def by_rules(text: str, kind: Kind | None = None) -> Issue:
    """The words as they are, with a title from their first sentence."""
    words = plain(text)
    found: Kind = kind or ("feature" if _WISH.search(words) and not _FAULT.search(words) else "bug")
    first = re.split(r"(?<=[.!?])\s|\n", words, maxsplit=1)[0].rstrip(".")
    return Issue(found, plain(first, _TITLE), _body([words]), (LABELS[found],))


def of_draft(said: FeedbackDraft, kind: Kind | None = None) -> Issue:
    """A model's draft as an issue; what the person said of its kind holds."""
    found: Kind = kind or said.kind
    steps = [plain(each) for each in said.steps]
    parts = [
        plain(said.summary),
        _part("Steps", "\n".join(f"{number}. {each}" for number, each in enumerate(filter(None, steps), 1))),
        _part("Expected" if found == "bug" else "Wished for", plain(said.expected or "")),
        _part("What happens" if found == "bug" else "As it is now", plain(said.actual or "")),
    ]
    title = plain(" ".join(said.title.split()), _TITLE) or plain(said.summary, _TITLE)
    return Issue(found, title, _body(parts), (LABELS[found],), by="model")


def submit(api: Api, github: str, repository: str, issue: Issue) -> Created:
    """Sends an issue as the person has reviewed it. Raises WorkbenchError; `facts["page"]` is where it can be made by hand."""
    if not repository:
        raise Refused(
            "no_repository",
            "Nobody has said where feedback goes.",
            remedy="Set feedback_repository in the settings to owner/repo.",
        )
    try:
        return issues.create(api, repository, issue.title, issue.body, issue.labels)
    except WorkbenchError as error:
        place = f"{github.rstrip('/')}/{repository}/issues"
        error.facts["page"], _ = issues.page(github, repository, issue.title, issue.body)
        if isinstance(error, Refused) and error.reason in _UNSURE:
            error.remedy = f"It may be there all the same: look at {place} before you send it again."
        else:
            error.remedy = f"{error.remedy} Or file it by hand at {place}/new.".strip()
        raise


def _part(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _body(parts: Sequence[str]) -> str:
    """The parts that say something, and what maintainers always ask for."""
    about = f"Workbench {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    text = "\n\n".join(part for part in parts if part)
    return f"{plain(text, _BODY - 200)}\n\n---\n{about}\n"
