"""A step's turn as its agent is asked for it: the prompt with its data, what it may do, and what it may cost.

Invariant: a turn may write below its staging folder and nowhere else, a document's turn nowhere at all; that is in the
request, so it holds for sub-agents and whatever the permission mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from workbench.settings import Settings
from workbench.workflows.definition.prompting import Prompt
from workbench.workflows.definition.rules import writes
from workbench.workflows.looking import Look
from workbench.workflows.workflow import Step

MODELS: Final[Mapping[str, Mapping[str, str]]] = {"claude": {"cheap": "haiku", "best": "opus"}}
"""What a definition's words for models mean, by provider; a word that a provider does not know leaves the choice to it."""
ASKING: Final = "AskUserQuestion"
SHELL: Final = "Bash"
REPAIR_TURNS: Final = 3
GO_ON: Final = (
    "You were interrupted. Go on where you stopped and finish the task; what you have written so far is still there."
)


@dataclass(frozen=True)
class Driving:
    """By whom and how a turn is made, where it is not as the settings say."""

    provider: str | None = None
    model: str | None = None
    budget_usd: float | None = None
    speed: float | None = None
    permission_timeout_s: float | None = None
    instance: str | None = None
    """Which instance asks: it may hold the skill's lock."""
    options: Mapping[str, Any] = field(default_factory=dict)
    turns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options of single turns, by step and turn: `research.main`, `detail.gate`."""

    def options_of(self, step: str, turn: str) -> dict[str, Any]:
        """What only the provider of a turn knows."""
        return {**self.options, **self.turns.get(f"{step}.{turn}", {})}

    def provider_of(self, settings: Settings) -> str:
        return self.provider or settings.provider


def model_of(word: str, provider: str, driving: Driving, settings: Settings) -> str | None:
    """The model that a definition's word means; None leaves it to the provider."""
    if driving.model is not None:
        return driving.model
    if word == "default":
        return settings.model if provider == settings.provider else None
    if word in ("cheap", "best"):
        return MODELS.get(provider, {}).get(word)
    return word


def params_of(step: Step, prompt: Prompt, staging: Path | None, driving: Driving, settings: Settings) -> dict[str, Any]:
    """A step's turn in the sidecar's words."""
    denied = [SHELL] if SHELL not in step.tools else []
    allowed = [tool for tool in step.tools if tool not in (SHELL, ASKING)]
    return _given(
        {
            "purpose": "step",
            "outputSchema": prompt.schema,
            "writes": [str(staging)] if staging is not None and writes(step) else [],
            "permissionMode": "ask",
            "allowedTools": allowed,
            "disallowedTools": denied if step.questions else [*denied, ASKING],
            "maxTurns": step.max_turns,
            "thinking": step.thinking or False,
            "effort": settings.effort,
            "permissionTimeoutS": patience(driving, settings),
        }
    )


def repair_params(
    step: Step, prompt: Prompt, staging: Path | None, driving: Driving, settings: Settings
) -> dict[str, Any]:
    """Another try at the same output in the same session: without tools, unless the output is files."""
    params = params_of(step, prompt, staging, driving, settings)
    params |= {"purpose": "repair", "maxTurns": REPAIR_TURNS, "thinking": False}
    if not writes(step):
        params |= {"allowedTools": [], "disallowedTools": [*step.tools, SHELL, ASKING]}
    return params


def gate_params(prompt: Prompt, settings: Settings) -> dict[str, Any]:
    """A judge's turn: it reads what it is given, and nothing else."""
    return _given(
        {
            "purpose": "gate",
            "outputSchema": prompt.schema,
            "writes": [],
            "permissionMode": "ask",
            "allowedTools": [],
            "maxTurns": REPAIR_TURNS,
            "thinking": False,
            "permissionTimeoutS": 0,
            "effort": settings.effort,
        }
    )


def patience(driving: Driving, settings: Settings) -> float:
    """How long a question waits for a person."""
    given = driving.permission_timeout_s
    return settings.permission_minutes * 60 if given is None else given


def left(look: Look, step: Step | None, driving: Driving) -> float | None:
    """What the next turn may cost: the least of what the step, the run and the caller allow."""
    used = look.spent.get(step.key) if step is not None else None
    of_step = None
    if step is not None and step.budget_usd is not None:
        paid = Decimal(used.cost - used.replayed).scaleb(-12) if used is not None else Decimal(0)
        of_step = float(max(Decimal(0), Decimal(str(step.budget_usd)) - paid))
    of_run = float(max(Decimal(0), look.now.budget - look.now.spent)) if look.now.budget is not None else None
    limits = [each for each in (of_step, of_run, driving.budget_usd) if each is not None]
    return min(limits) if limits else None


def _given(params: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in params.items() if value is not None}
