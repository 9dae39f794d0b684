"""How a turn of refining is made, in the sidecar's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workbench.workflows.refining import message as refine_message
from workbench.workflows.refining import validation
from workbench.workflows.refining.message import Asked

THINKING: Final = 16_000
PURPOSE: Final = "refine"
SHELL: Final = ("Bash",)


@dataclass(frozen=True)
class Driving:
    """By whom and how turns are made: the words of `wire.SendMessage` that a caller gives beside a message."""

    provider: str
    model: str | None = None
    shell: bool = False
    """The agent may ask to run commands."""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> Mapping[str, Any]:
        """What only one provider knows."""
        return self.params.get("options") or {}


def params_of(folder: Path, asked: Asked, driving: Driving, turns: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """A turn as the sidecar is asked for it, of at most so many turns of the agent. What it may write is the skill's
    folder, by policy and not by a list of tools; without a shell, what a shell could change is out of its reach.
    """
    params: dict[str, Any] = {
        "cwd": str(folder),
        "purpose": PURPOSE,
        "permissionMode": "ask",
        "systemPrompt": refine_message.rules(folder.name),
        "maxTurns": turns,
        "thinking": THINKING,
        "writes": _places(folder, asked),
        "spares": [str(folder / refine_message.CONTEXT)],
        **driving.params,
        "options": {**options, **driving.options},
    }
    if driving.shell and asked.writes:
        params["askedTools"] = list(SHELL)
    else:
        params["disallowedTools"] = list(SHELL)
    if asked.command != "edit":
        params["outputSchema"] = validation.schema()
    if driving.model is not None:
        params["model"] = driving.model
    return params


def _places(folder: Path, asked: Asked) -> list[str]:
    """What may be written: the files that were named, else all of the skill; what else changes is put back afterwards."""
    if not asked.writes:
        return []
    return [str(folder)] if asked.files is None else [str(folder / path) for path in asked.files]
