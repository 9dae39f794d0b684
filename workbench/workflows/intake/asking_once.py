"""One question to a cheap model in between: one turn without tools, within a time limit, its answer a draft.

Idea: it is a session like any other, so what it costs is in the ledger under its purpose. Invariant: whoever asks has an
answer or a failure within the limit, whatever the agent does; its process is ended either way, behind their back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from workbench.agents.pool import Pool
from workbench.agents.said import said
from workbench.agents.session import SessionSpec
from workbench.errors import NoRecording, Refused, WorkbenchError
from workbench.paths import Home
from workbench.settings import Settings
from workbench.workflows.definition.prompting import portable, written
from workbench.workflows.documents.drafting import drafted
from workbench.workflows.documents.drafts import Draft
from workbench.workflows.documents.extracting import extract
from workbench.workflows.steps.turning import Driving, model_of

SECONDS: Final = 15.0
TURNS: Final = 3
"""An answer in plain text is asked for once more in the provider's own form."""
_REPLAY: Final = "replay"
_PROMPTS: Final = Path(__file__).parents[1] / "prompts"
_LOGGER: Final = logging.getLogger("workbench")

Kind = TypeVar("Kind", bound=Draft)


@dataclass(frozen=True)
class Question:
    """What is asked: the prompt's name, the data it speaks of, and why, for the ledger."""

    prompt: str
    data: Mapping[str, str]
    title: str
    purpose: str = "suggest"


class Asker:
    """Asks one question at a time, as the settings and `driving` say."""

    def __init__(
        self, pool: Pool, home: Home, settings: Settings, driving: Driving | None = None, seconds: float = SECONDS
    ) -> None:
        self._pool = pool
        self._home = home
        self._settings = settings
        self._driving = driving or Driving()
        self._seconds = seconds

    async def ask(self, kind: type[Kind], question: Question) -> Kind:
        """The model's answer as a draft. Raises WorkbenchError: no provider, no recording, no time, no such answer."""
        provider = self._driving.provider_of(self._settings)
        if provider == _REPLAY and "recording" not in self._driving.options:
            raise NoRecording(
                "Replay has no recording for a question in between.",
                remedy="Choose a provider in the settings that has a model.",
            )
        session: list[str] = []
        try:
            async with asyncio.timeout(self._seconds):
                return await self._asked(kind, question, provider, session)
        except TimeoutError as error:
            raise Refused(
                "slow",
                f"{provider} has not answered within {self._seconds:g} seconds.",
                remedy="Try again, or go on without it.",
                provider=provider,
            ) from error
        finally:
            for each in session:
                self._end(each)

    async def _asked(self, kind: type[Kind], question: Question, provider: str, session: list[str]) -> Kind:
        model = model_of("cheap", provider, self._driving, self._settings)
        cwd = await asyncio.to_thread(self._folder)
        spec = SessionSpec(provider=provider, model=model, cwd=str(cwd), title=question.title)
        made = await self._pool.create(spec)
        session.append(made.id)
        instructions = (_PROMPTS / question.prompt).read_text(encoding="utf-8").strip()
        schema = portable(kind)
        text = written(instructions, schema, question.data)
        run = await self._pool.send(made.id, text, model=model, **self._params(question, schema))
        await self._pool.wait(made.id, run)
        told = await asyncio.to_thread(said, self._home, made.id, run)
        if told.status != "completed":
            failure = told.failure or {}
            raise Refused(
                "no_answer",
                str(failure.get("message") or f"{provider} has not answered."),
                remedy=str(failure.get("remedy") or "Try again, or go on without it."),
                provider=provider,
            )
        return drafted(kind, extract(told.structured, told.texts))[0]

    def _params(self, question: Question, schema: Mapping[str, Any]) -> dict[str, Any]:
        params: dict[str, Any] = {
            "purpose": question.purpose,
            "outputSchema": dict(schema),
            "writes": [],
            "permissionMode": "ask",
            "tools": [],
            "allowedTools": [],
            "maxTurns": TURNS,
            "thinking": False,
            "permissionTimeoutS": 0,
        }
        if self._driving.budget_usd is not None:
            params["maxBudgetUsd"] = self._driving.budget_usd
        options = dict(self._driving.options)
        if self._driving.speed is not None:
            options["speed"] = self._driving.speed
        return {**params, "options": options} if options else params

    def _folder(self) -> Path:
        """An empty folder: nothing that lies about is to find its way into the answer."""
        made = self._home.root / "workspaces" / "questions"
        made.mkdir(parents=True, exist_ok=True)
        return made

    def _end(self, session: str) -> None:
        """Ends the session's process; nobody waits for it."""

        def ended(future: Future[None]) -> None:
            error = None if future.cancelled() else future.exception()
            if error is not None:
                _LOGGER.info("Session %s could not be ended at once: %s", session, error)

        try:
            self._pool.submit(self._pool.close(session)).add_done_callback(ended)
        except WorkbenchError as error:
            _LOGGER.info("Session %s is left to its own end: %s", session, error)
