"""One session with Claude Code: a process that outlives its turns, and the turn that is open.

The process is started by the first turn and kept; a turn that wants what a running process cannot change (skills,
limits, the system prompt) gets a new one that resumes the same conversation. A budget is for one turn, but Claude Code
counts it for its process, so a turn with a budget has a process of its own.

Every prompt carries a uuid, and a result names those that it took in. So guidance that came too late for a turn, and
that Claude Code answers in a further one, still belongs to the run that it was meant for: the run ends when all that
was said in it is answered.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from claude_agent_sdk import (
    ClaudeSDKError,
    Message,
    PermissionResult,
    PermissionResultAllow,
    PermissionResultDeny,
    ResultMessage,
    ToolPermissionContext,
    query,
)

from workbench.protocol import wire
from workbench.sidecar.claude_calls import Calls, Hooks
from workbench.sidecar.claude_events import Translator
from workbench.sidecar.claude_options import fixed_part, known_mode, scrub, title_options
from workbench.sidecar.claude_outcome import outcome_of
from workbench.sidecar.claude_process import ClaudeProcess
from workbench.sidecar.claude_tools import Checklist, question_of, spoken
from workbench.sidecar.provider import Capabilities, Outcome, Turn

log = logging.getLogger("workbench.sidecar")

TITLE_CHARACTERS: Final = 60
TITLE_PROMPT: Final = "Name this conversation in at most six words, without quotes or a full stop. It begins:\n\n"


@dataclass
class OpenRun:
    """The turn that is open, and what is still to be answered in it."""

    turn: Turn
    translator: Translator
    waiting: list[str] = field(default_factory=list)
    """The uuids of prompts that no result has named yet, in the order in which they were said."""
    results: list[ResultMessage] = field(default_factory=list)
    over: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def name_prompt(self) -> str:
        name = str(uuid.uuid4())
        self.waiting.append(name)
        return name

    def take(self, result: ResultMessage) -> None:
        """A result answers the prompts that it names; one that names none, the oldest."""
        self.results.append(result)
        named = set(result.user_message_uuids or self.waiting[:1])
        self.waiting = [name for name in self.waiting if name not in named]
        if not self.waiting and not self.over.done():
            self.over.set_result(None)


class ClaudeSession:
    """The provider, and the listener of its process."""

    name = "claude"
    capabilities = Capabilities(
        thinking=True,
        tools=True,
        permissions=True,
        questions=True,
        steer=True,
        interrupt=True,
        resume=True,
        model_switch=True,
        budgets=True,
        skills=True,
        structured_output=True,
        cost=True,
    )

    def __init__(self, program: str) -> None:
        self._program = program
        self._process: ClaudeProcess | None = None
        self._fixed = ""
        self._worn = False
        """The process must not serve another turn."""
        self._conversation: str | None = None
        self._api_ms: int | None = 0
        """How long the conversation has waited for the model, None where others began it."""
        self._model: str | None = None
        self._mode = "ask"
        self._checklist = Checklist()
        self._calls = Calls()
        self._run: OpenRun | None = None
        self._starting = asyncio.Lock()
        self._stopping = False
        self._stopper: asyncio.Task[None] | None = None

    # -- turns ---------------------------------------------------------------------------------------------------------

    async def run(self, turn: Turn) -> Outcome:
        self._stopping = False
        self._calls.begin(turn.request)
        run = OpenRun(turn, Translator(self._checklist))
        try:
            process = await self._process_for(turn.request)
            if self._stopping:
                return Outcome("aborted", {"reason": "stopped"})
            self._run = run
            await process.say(turn.request["prompt"], run.name_prompt())
            await run.over
        except asyncio.CancelledError:
            self._worn = True  # it is in the middle of something
            raise
        finally:
            self._run = None
            for kind, fields in run.translator.abandon():
                turn.emit(kind, **fields)
        translator, before = run.translator, self._api_ms
        self._api_ms = run.results[-1].duration_api_ms
        return outcome_of(run.results, translator.failure, spoke=translator.spoke, api_before=before)

    async def interrupt(self) -> None:
        self._stopping = True
        if self._run is not None and self._process is not None:
            await self._process.interrupt()

    async def steer(self, prompt: str) -> bool:
        run, process = self._run, self._process
        if run is None or process is None or self._stopping or run.over.done():
            return False
        await process.say(prompt, run.name_prompt())
        return True

    async def hear(self, message: Message) -> None:
        run = self._run
        if run is None:
            log.debug("Claude Code said something between turns: %s", type(message).__name__)
            return
        for kind, fields in run.translator.feed(message):
            if kind == "tool_call_update" and "content" in fields and (diff := self._calls.take(fields["toolCallId"])):
                fields["content"] = [*fields["content"], *diff]
            run.turn.emit(kind, **fields)
            if kind == "session_info_update":
                self._conversation = fields["providerSessionId"]
                self._stop_again(run)
        if isinstance(message, ResultMessage):
            run.take(message)
        for unknown in run.translator.unknown:
            log.info("Claude Code said something new: %s", unknown)
        run.translator.unknown.clear()
        await run.turn.drain()

    def _stop_again(self, run: OpenRun) -> None:
        """Guidance that waited when the turn was stopped starts a turn of its own, which is to be stopped as well."""
        if self._stopping and run.results and self._process is not None:
            # Not awaited here: its answer may come behind the messages that are read by who called us.
            self._stopper = asyncio.create_task(self._process.interrupt())

    def lost(self, error: Exception) -> None:
        run = self._run
        if run is not None and not run.over.done():
            run.over.set_exception(error)

    @property
    def hooks(self) -> Hooks:
        return self._calls.hooks

    # -- questions -----------------------------------------------------------------------------------------------------

    async def decide(self, tool: str, tool_input: dict[str, Any], context: ToolPermissionContext) -> PermissionResult:
        run = self._run
        if run is None:
            return PermissionResultDeny(message="No turn is open, so there is nobody to ask.")
        if tool == "AskUserQuestion":
            return await self._ask(run, tool_input, context)
        verdict = self._calls.guard.verdict(tool, tool_input)
        if verdict.behavior == "deny":
            return PermissionResultDeny(message=verdict.reason)
        if verdict.behavior == "allow" or (verdict.behavior == "mode" and self._mode == "bypass"):
            return PermissionResultAllow()
        call = context.tool_use_id or ""
        shown = tool_input or run.translator.input_of(call)  # a plan comes here without its text
        why = {"description": text} if (text := context.decision_reason or context.description) else {}
        title = run.translator.title(tool, shown)
        answer = await run.turn.ask_permission(uuid.uuid4().hex, tool, shown, toolCallId=call, title=title, **why)
        if answer.behavior == "allow":
            return PermissionResultAllow(updated_input=answer.content)
        return self._denial(answer.message or "The person does not want this tool to be used.")

    async def _ask(self, run: OpenRun, asked: dict[str, Any], context: ToolPermissionContext) -> PermissionResult:
        questions = [question_of(question) for question in asked.get("questions") or []]
        answer = await run.turn.ask_input(uuid.uuid4().hex, questions, toolCallId=context.tool_use_id or "")
        if answer.behavior == "allow":
            answers = {question: spoken(value) for question, value in (answer.content or {}).items()}
            return PermissionResultAllow(updated_input={**asked, "answers": answers})
        return self._denial("The person did not answer the questions.")

    def _denial(self, message: str) -> PermissionResultDeny:
        return PermissionResultDeny(message=message, interrupt=self._stopping)

    # -- settings ------------------------------------------------------------------------------------------------------

    async def update(self, config: wire.UpdateConfig) -> None:
        self._mode = known_mode(config.get("permissionMode") or self._mode)
        if "model" in config:
            self._model = config["model"]
        if self._process is not None and not self._process.ended:
            await self._process.use(self._model, self._mode)

    async def _process_for(self, request: Mapping[str, Any]) -> ClaudeProcess:
        """The process that can serve this turn: the running one if it fits, else a new one on the same conversation."""
        self._model = request.get("model") or self._model
        self._mode = known_mode(request.get("permissionMode") or self._mode)
        async with self._starting:
            return await self._fitting_process(request)

    async def _fitting_process(self, request: Mapping[str, Any]) -> ClaudeProcess:
        fixed, budget = fixed_part(request), request.get("maxBudgetUsd") is not None
        if self._process is not None:
            if not (self._worn or self._process.ended or budget or fixed != self._fixed):
                await self._process.use(self._model, self._mode)
                return self._process
            await self.close()
        settings = {**request, "model": self._model, "permissionMode": self._mode}
        resume = self._conversation or request.get("resume")
        if resume != self._conversation:
            self._api_ms = None
        process = ClaudeProcess(settings, program=self._program, resume=resume, listener=self)
        await process.start()
        self._process, self._fixed, self._worn = process, fixed, budget
        return process

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.close()

    # -- what Claude Code knows ----------------------------------------------------------------------------------------

    async def models(self) -> list[dict[str, Any]]:
        offered = [model_of(model) for model in (await self._about()).get("models") or []]
        return sorted(offered, key=lambda model: not model.get("default"))

    async def commands(self) -> list[dict[str, Any]]:
        return [command_of(command) for command in (await self._about()).get("commands") or []]

    async def context_usage(self) -> dict[str, Any]:
        if self._process is None or self._process.ended:
            return {}
        usage = await self._process.context_usage()
        parts = [{"name": part["name"], "tokens": part["tokens"]} for part in usage.get("categories") or []]
        return {"used": usage.get("totalTokens"), "size": usage.get("maxTokens"), "categories": parts}

    async def title(self, text: str) -> str:
        """A small model's words; where it cannot be asked, the text's own first ones."""
        said = ""
        scrub(os.environ)
        try:
            async for message in query(prompt=TITLE_PROMPT + text, options=title_options(self._program)):
                if isinstance(message, ResultMessage) and not message.is_error:
                    said = (message.result or "").strip()
        except ClaudeSDKError as error:
            log.warning("No title from Claude Code: %s", error)
        first = (said or text).strip().partition("\n")[0]
        return first if len(first) <= TITLE_CHARACTERS else first[: TITLE_CHARACTERS - 1].rstrip() + "…"

    async def _about(self) -> dict[str, Any]:
        process = self._process
        if process is None or process.ended:
            process = await self._process_for({})
        return await process.about()


def model_of(model: Mapping[str, Any]) -> dict[str, Any]:
    name = model["value"]
    known = {"id": name, "label": model.get("displayName") or name, "description": model.get("description") or ""}
    return {**known, "effortLevels": model.get("supportedEffortLevels") or [], "default": name == "default"}


def command_of(command: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": command["name"],
        "description": command.get("description") or "",
        "argumentHint": command.get("argumentHint") or "",
        "source": "builtin" if command.get("builtin") else "skill",
    }
