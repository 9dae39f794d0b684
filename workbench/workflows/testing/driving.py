"""How the runs of a test are made, in the sidecar's words: both arms alike to the letter, but for the folder and its skills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workbench.workflows.testing import comparing
from workbench.workflows.testing.comparing import PROMPTS
from workbench.workflows.testing.folders import SKILLS
from workbench.workflows.testing.table import Arm

ARM_TURNS: Final = 30
JUDGE_TURNS: Final = 3
_ASKING: Final = ("AskUserQuestion", "Bash")
_LOOKING: Final = ("Read", "Glob", "Grep", "LS", "Task", "Agent", "Skill", "WebFetch", "WebSearch", "NotebookRead")
"""What the comparison could find the skill with."""
LEAST_USD: Final = 0.01
ARMS: Final[dict[Arm, str]] = {
    "baseline": "The agent without the skill",
    "with": "The agent with the skill",
    "judge": "The comparison",
}
PURPOSES: Final[dict[Arm, str]] = {"baseline": "test", "with": "test", "judge": "judge"}
STEP: Final = "test"
"""What a session of a test is a part of, in every list."""
TITLES: Final[dict[Arm, str]] = {
    "baseline": "Test {skill}: an answer",
    "with": "Test {skill}: an answer",
    "judge": "Test {skill}: comparison",
}
"""Until the vote they tell nobody which answer is which."""


@dataclass(frozen=True)
class Driving:
    """By whom the runs are made, and what they are told beside the request, in the words of `wire.SendMessage`."""

    provider: str
    model: str | None = None
    budget_usd: float | None = None
    """Of the whole test."""
    params: Mapping[str, Any] = field(default_factory=dict)
    played: Callable[[Arm, int], Mapping[str, Any]] | None = None
    """What is played for an arm of a round, instead of what an example has."""


def params_of(arm: Arm, cwd: Path, driving: Driving, played: Mapping[str, Any]) -> dict[str, Any]:
    """A run as the sidecar is asked for it. It may change nothing and ask nobody; the comparison cannot look around either."""
    judging = arm == "judge"
    params: dict[str, Any] = {
        "permissionMode": "ask",
        **driving.params,
        "cwd": str(cwd),
        "purpose": PURPOSES[arm],
        "permissionTimeoutS": 0,
        "writes": [],
        "disallowedTools": [*_ASKING, *(_LOOKING if judging else ())],
        "maxTurns": JUDGE_TURNS if judging else ARM_TURNS,
        "skills": [] if judging else sorted(str(path) for path in (cwd / SKILLS).iterdir()),
        "options": {**(driving.params.get("options") or {}), **played},
    }
    if judging:
        params["outputSchema"] = comparing.schema()
    return params


def request_of(prompt: str) -> str:
    """What both agents are told, to the letter."""
    return f"{(PROMPTS / 'test-request.md').read_text(encoding='utf-8').strip()}\n\n{prompt}".rstrip()
