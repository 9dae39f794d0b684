"""A running Claude Code, and the one reader of what it says.

It is read all the time, in a turn or not: the SDK stops reading, and with it answering, when its buffer is full. Each
message goes to the listener in order; the end of the process, whatever its cause, is told once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import warnings
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol

from claude_agent_sdk import (
    CanUseToolShadowedWarning,
    ClaudeSDKClient,
    ClaudeSDKError,
    CLIConnectionError,
    CLIJSONDecodeError,
    CLINotFoundError,
    Message,
    PermissionResult,
    ProcessError,
    ResultError,
    ToolPermissionContext,
)

from workbench.errors import NotFound, SidecarFailed, SidecarMissing, WorkbenchError
from workbench.sidecar.claude import INSTALL
from workbench.sidecar.claude_calls import Hooks
from workbench.sidecar.claude_options import MODES, SkillPlugin, options_of, scrub

log = logging.getLogger("workbench.sidecar")

STDERR_LINES: Final = 20

# What is allowed without asking is allowed on purpose; the SDK's advice is for those who do not know it.
warnings.filterwarnings("ignore", category=CanUseToolShadowedWarning)


class Listener(Protocol):
    """Who is told what the process says."""

    async def hear(self, message: Message) -> None:
        """One message, in order."""
        ...

    async def decide(self, tool: str, tool_input: dict[str, Any], context: ToolPermissionContext) -> PermissionResult:
        """Whether a tool may be used, where Claude Code's own rules say neither yes nor no."""
        ...

    @property
    def hooks(self) -> Hooks:
        """What is to be called around each call of a tool."""
        ...

    def lost(self, error: Exception) -> None:
        """The process has ended, or its reader failed; there will be no more messages."""
        ...


class ClaudeProcess:
    """Started by `start`, ended by `close`. `model` and `mode` are what it was last told."""

    def __init__(self, settings: Mapping[str, Any], *, program: str, resume: str | None, listener: Listener) -> None:
        self.model: str | None = settings.get("model")
        self.mode: str = settings.get("permissionMode") or "ask"
        self.ended = False
        self._resume = resume
        self._listener = listener
        self._plugin = SkillPlugin()
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._reader: asyncio.Task[None] | None = None
        self._client = ClaudeSDKClient(
            options_of(
                settings,
                program=program,
                resume=resume,
                plugin=self._plugin,
                can_use_tool=listener.decide,
                hooks=listener.hooks,
                stderr=self._note,
            )
        )

    async def start(self) -> None:
        """Starts the program and waits until it is ready; raises SidecarFailed, or NotFound for an unknown session."""
        scrub(os.environ)  # this process is ours alone, and the SDK hands all of its environment down
        try:
            await self._client.connect()
        except Exception as error:  # of any type: the SDK raises bare ones for what the program refuses
            self._plugin.remove()
            raise self._not_started(error) from error
        except asyncio.CancelledError:
            self._plugin.remove()
            raise
        self._reader = asyncio.create_task(self._read(), name="claude-reader")

    async def close(self) -> None:
        """Ends the program: its input is closed, and it is given time to write its own records."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        self.ended = True
        await self._client.disconnect()
        self._plugin.remove()

    async def say(self, prompt: str, name: str) -> None:
        """Sends a person's words under a uuid by which the results will name them."""

        async def words() -> AsyncIterator[dict[str, Any]]:
            message = {"role": "user", "content": prompt}
            yield {"type": "user", "message": message, "parent_tool_use_id": None, "uuid": name}

        try:
            await self._client.query(words())
        except CLIConnectionError as cause:
            raise self._broken(cause) from cause

    async def interrupt(self) -> None:
        await self._client.interrupt()

    async def use(self, model: str | None, mode: str) -> None:
        """Switches the model and the permission mode, where they differ from what was last asked for."""
        if model != self.model:
            await self._client.set_model(model)
            self.model = model
        if mode != self.mode:
            await self._client.set_permission_mode(MODES[mode])
            self.mode = mode

    async def about(self) -> dict[str, Any]:
        """What the program said of itself at its start: models, commands, agents."""
        return await self._client.get_server_info() or {}

    async def context_usage(self) -> dict[str, Any]:
        return dict(await self._client.get_context_usage())

    async def _read(self) -> None:
        while not self.ended:
            try:
                async for message in self._client.receive_messages():
                    await self._listener.hear(message)
                error: Exception = SidecarFailed("Claude Code has ended.", remedy=GO_ON, stderr=self._last_words())
            except (CLIConnectionError, CLIJSONDecodeError, ProcessError) as cause:
                error = self._broken(cause)
            except ClaudeSDKError as cause:
                log.warning("Claude Code said something that its SDK cannot read: %s", cause)
                continue
            except Exception as cause:  # noqa: BLE001 - supervision: a fault in reading ends the turn, not the session
                error = cause
            self.ended = True
            self._listener.lost(error)

    def _note(self, line: str) -> None:
        self._stderr.append(line)
        with contextlib.suppress(OSError):  # whoever collects our log is gone; that is no reason to fail
            print(line, file=sys.stderr, flush=True)

    def _last_words(self) -> str:
        return "\n".join(self._stderr)

    def _not_started(self, error: Exception) -> WorkbenchError:
        if isinstance(error, CLINotFoundError):
            return SidecarMissing("The Claude Code program is gone.", remedy=f"Run: {INSTALL}")
        if self._resume and isinstance(error, ResultError):
            return NotFound(
                f"Claude Code cannot go on with the conversation {self._resume}: {'; '.join(error.errors)}.",
                remedy="Start a new session; what was said is kept in this one.",
                providerSession=self._resume,
            )
        return SidecarFailed(
            f"Claude Code did not start: {error}",
            remedy="Look at its last words in facts.stderr, and at the session's settings.",
            stderr=self._last_words(),
        )

    def _broken(self, error: Exception) -> SidecarFailed:
        code = getattr(error, "exit_code", None)
        said = f" with code {code}" if code is not None else f": {error}"
        return SidecarFailed(f"Claude Code ended in the middle{said}.", remedy=GO_ON, stderr=self._last_words())


GO_ON: Final = "Send the message again: the conversation goes on where it stopped."
