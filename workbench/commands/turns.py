"""What a turn may be told, and how that becomes the sidecar's words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, JsonValue

from workbench.commands.shapes import PermissionMode
from workbench.errors import NotFound
from workbench.protocol.screen import Model
from workbench.settings import Settings

if TYPE_CHECKING:
    from workbench.app import Workbench

TRUSTED: Final = ("own", "trusted")
"""A skill that was written here, or as it was when a person said that they trust it."""


class Turn(Model):
    """What a turn may be told beside its prompt. What is not named comes from the settings, then from the provider."""

    prompt: str = Field(min_length=1)
    system_prompt: str | None = Field(default=None, description="Appended to the provider's own.")
    permission_mode: PermissionMode | None = None
    permission_timeout_s: float | None = Field(default=None, ge=0, description="0: a question is denied at once.")
    allowed_tools: list[str] | None = Field(default=None, description="Tools that need no permission.")
    disallowed_tools: list[str] | None = None
    max_turns: int | None = Field(default=None, ge=1)
    max_budget_usd: float | None = Field(default=None, gt=0)
    thinking: bool | int | None = None
    effort: str | None = None
    skills: list[str] | None = Field(default=None, description="Paths of skill folders that the agent may use.")
    options: dict[str, JsonValue] | None = Field(default=None, description="What only one provider knows.")


def params_of(chosen: Settings, turn: Turn) -> dict[str, Any]:
    """A turn as the sidecar's words: what it names, else what the settings say."""
    params = {
        "systemPrompt": turn.system_prompt,
        "permissionMode": turn.permission_mode or chosen.permission_mode,
        "permissionTimeoutS": chosen.permission_minutes * 60
        if turn.permission_timeout_s is None
        else turn.permission_timeout_s,
        "allowedTools": turn.allowed_tools,
        "disallowedTools": turn.disallowed_tools,
        "maxTurns": turn.max_turns or chosen.max_turns,
        "maxBudgetUsd": turn.max_budget_usd or chosen.max_budget_usd,
        "thinking": chosen.thinking if turn.thinking is None else turn.thinking,
        "effort": turn.effort or chosen.effort,
        "skills": turn.skills,
        "options": turn.options,
    }
    return {key: value for key, value in params.items() if value is not None}


async def told(bench: Workbench, turn: Turn) -> dict[str, Any]:
    """The same, and which of its skills may run commands of their own."""
    params = params_of(bench.settings, turn)
    if turn.skills:
        params["trustedSkills"] = await asyncio.to_thread(_trusted, bench, turn.skills)
    return params


def _trusted(bench: Workbench, folders: Iterable[str]) -> list[str]:
    """Those of the folders that hold a skill of the library that is trusted as it lies there."""
    root = bench.library.root.resolve()
    found = []
    for folder in folders:
        path = Path(folder).resolve()
        try:
            if path.parent == root and bench.library.item(path.name).trust in TRUSTED:
                found.append(folder)
        except NotFound:
            continue  # it lies there, and nobody has taken it in
    return found
