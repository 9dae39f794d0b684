"""Around each call of a tool: the guard before it, the files that it changed after it.

Claude Code asks its hooks about every call, a sub-agent's and one that needs no permission included; `can_use_tool` hears
only of some. So the guard stands in the hook. What an edit changed is read from the disk before and after, because
Claude Code tells it of its own edits only, and not of its sub-agents'.

Invariant: an answer that fails to come is a denial, and an edit's diff is known before its result is told.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from claude_agent_sdk import HookContext, HookInput, HookJSONOutput, HookMatcher
from claude_agent_sdk.types import HookEvent

from workbench.protocol import wire
from workbench.sidecar import grants
from workbench.sidecar.guard import READING, WRITING, Guard

Hooks = dict[HookEvent, list[HookMatcher]]

LARGEST: Final = 1 << 20
"""A file beyond this has no diff: nobody reads it, and every copy of the transcript would hold it twice."""


class Calls:
    """The calls of one session."""

    def __init__(self) -> None:
        self.guard = Guard(Path(), None)
        """Of the turn that is open, or was last."""
        self._held = False
        self._allowed: frozenset[str] = frozenset()
        self._before: dict[str, tuple[str, str | None]] = {}
        self._diffs: dict[str, wire.DiffContent] = {}

    @property
    def hooks(self) -> Hooks:
        """What Claude Code is to call."""
        edits = "|".join(WRITING)
        return {
            "PreToolUse": [HookMatcher(hooks=[self._judge], on_failure="block")],
            "PostToolUse": [HookMatcher(matcher=edits, hooks=[self._compare])],
        }

    def begin(self, request: Mapping[str, Any]) -> None:
        """A turn begins; raises InvalidRequest where its `writes` are no folders."""
        self.guard = Guard.of(request)
        self._held = grants.held(request)
        self._allowed = frozenset(request.get("allowedTools") or ())
        self._before.clear()
        self._diffs.clear()

    def take(self, call: str) -> list[wire.DiffContent]:
        """The diff of a call that is over, once."""
        self._before.pop(call, None)
        diff = self._diffs.pop(call, None)
        return [] if diff is None else [diff]

    async def _judge(self, event: HookInput, _call: str | None, _context: HookContext) -> HookJSONOutput:
        told = cast("Mapping[str, Any]", event)
        tool, tool_input = told["tool_name"], told["tool_input"]
        verdict = self.guard.verdict(tool, tool_input)
        if verdict.behavior != "deny" and isinstance(path := tool_input.get(WRITING.get(tool, "")), str):
            self._note(told["tool_use_id"], path)
        if verdict.behavior != "mode":
            return _said(verdict.behavior, verdict.reason)
        if self._held and tool not in READING and tool not in self._allowed:
            return _said("ask", grants.WHY)  # the mode decides then, and no rule of the skill's
        return {}

    def _note(self, call: str, path: str) -> None:
        try:
            self._before[call] = (path, self._text(path))
        except (OSError, ValueError):
            self._before.pop(call, None)  # no text, or too long: then there is no diff

    async def _compare(self, event: HookInput, _call: str | None, _context: HookContext) -> HookJSONOutput:
        call = cast("Mapping[str, Any]", event)["tool_use_id"]
        path, before = self._before.pop(call, ("", None))
        try:
            after = self._text(path) if path else None
        except (OSError, ValueError):
            after = None
        if after is not None:
            self._diffs[call] = {"type": "diff", "path": str(self._place(path)), "oldText": before, "newText": after}
        return {}

    def _text(self, path: str) -> str | None:
        """A file's text as it lies on the disk, None where there is none; raises ValueError for one that has no diff."""
        file = self._place(path)
        try:
            about = file.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            raise ValueError(path)
        return file.read_bytes().decode()

    def _place(self, path: str) -> Path:
        return self.guard.cwd / Path(path).expanduser()


def _said(decision: str, reason: str) -> HookJSONOutput:
    said = {"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": reason}
    return cast("HookJSONOutput", {"hookSpecificOutput": said})
