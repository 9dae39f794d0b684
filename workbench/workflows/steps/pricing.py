"""What is about to be paid for a skill: a step, its gate or repair, a whole run, a refinement or a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from workbench.settings import Settings
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.skills.tree import beneath
from workbench.usage.prices import Prices
from workbench.workflows import costs_table
from workbench.workflows.looking import Look
from workbench.workflows.steps.estimating import FREE, SHAPES, Range, of_history, of_prompt
from workbench.workflows.steps.preparing import REPLAY, Preparing
from workbench.workflows.steps.turning import Driving, model_of
from workbench.workflows.workflow import Step

What = Literal["step", "gate", "repair", "refine", "test", "run"]

_DAY_MS: Final = 24 * 3600 * 1000
_ARMS: Final = 3
"""Turns of a test: without the skill, with it, and the judge's."""


class Pricing:
    """Prices of turns that are not made yet."""

    def __init__(self, library: Library, preparing: Preparing, settings: Callable[[], Settings]) -> None:
        self._library = library
        self._preparing = preparing
        self._settings = settings

    def of(self, look: Look, what: What, number: int | None, driving: Driving) -> Range:
        """What it would cost now."""
        settings = self._settings()
        if driving.provider_of(settings) == REPLAY:
            return FREE
        if what == "run":
            return self._run(look, driving, settings)
        if what in ("refine", "test"):
            one = self._of_skill(look, what, driving, settings)
            return one * _ARMS if what == "test" and one.basis == "prompt" else one
        due = look.now.due
        return self._turn(look, what, number if number is not None else due or 0, driving, settings)

    def _run(self, look: Look, driving: Driving, settings: Settings) -> Range:
        """All steps that are left, with their gates."""
        total = FREE
        for row in look.now.steps:
            if row.status != "completed":
                total += self._turn(look, "step", row.number, driving, settings)
                if look.workflow.steps[row.number].gate_after is not None:
                    total += self._turn(look, "gate", row.number, driving, settings)
        return total

    def _turn(self, look: Look, what: str, number: int, driving: Driving, settings: Settings) -> Range:
        step = look.workflow.steps[number]
        past = self._past(look.workflow.name, step.key, what)
        if past is not None:
            return past
        word = step.gate_after.model if what == "gate" and step.gate_after is not None else step.model
        return self._by_length(what, self._length(look, number, step, settings), word, driving, settings)

    def _of_skill(self, look: Look, what: str, driving: Driving, settings: Settings) -> Range:
        past = self._past(None, None, what)
        if past is not None:
            return past
        root = self._library.root
        found = beneath.blob(root, root / look.skill.name / FILE)
        return self._by_length(what, len(found.data) if found is not None else 0, "default", driving, settings)

    def _past(self, workflow: str | None, step: str | None, purpose: str) -> Range | None:
        read = self._library.database.read
        return of_history(read(lambda connection: costs_table.past_costs(connection, workflow, step, purpose)))

    def _by_length(self, what: str, length: int, word: str, driving: Driving, settings: Settings) -> Range:
        provider = driving.provider_of(settings)
        model = model_of(word, provider, driving, settings)
        day = self._library.clock.now_ms() // _DAY_MS
        prices = Prices.load({name: each.model_dump() for name, each in settings.price_overrides.items()})
        return of_prompt(prices, provider, model, day, length=length, shape=SHAPES[what])

    def _length(self, look: Look, number: int, step: Step, settings: Settings) -> int:
        """Of the prompt with its data as they are now."""
        data = self._preparing.data(look, number, settings)
        return len(look.pinned.instructions(step.prompt)) + sum(len(text) for text in data.values())
