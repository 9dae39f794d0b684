"""The replay provider: plays recorded runs through the real sidecar, so that everything works without a key.

The n-th run of a session plays the n-th run of its recording (`options.recording`, by default the tour), at
`options.speed` times the recorded pace (0: as fast as it is read). `flood` is made up instead: `options.events` words at
`options.rate` a second. The same requests and answers give the same events; nothing but the ids of runs and questions
differs.

An absolute path may name a recording of one run, another at each turn of the session: it is played whenever it is named.
`options.substitutions` fill its places (`{"${CWD}": "/here"}`). Where the request has `writes`, what the recorded agent
did to files is done again, under the same guard as an agent's own edits; `options.effects` adds what no diff tells, and
`options.branches` (`{"deny": path}`) how it went on where an edit was denied. Without, such a denial ends the run.

A recording cannot change course. A permission and a question are really asked; where the answer differs from the recorded
one, the play goes on as recorded and says so in a notice. A denied tool fails, and what the recording says of its
doings is left out. A stop ends the run where it is; a steer is acknowledged in a notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workbench.errors import InvalidRequest, NoRecording
from workbench.protocol import wire
from workbench.sidecar.effects import Effects, late_effects
from workbench.sidecar.guard import Guard
from workbench.sidecar.performance import Performance
from workbench.sidecar.provider import Capabilities, Outcome, Turn
from workbench.sidecar.recording import DEFAULT, RecordedRun, Recording, filled, find, flood

FLOOD: Final = "flood"
FLOOD_EVENTS: Final = 1000

_PREFIX: Final = "replay:"
_TITLE_LENGTH: Final = 60


def create() -> Replay:
    """The provider, as `provider.load` makes it."""
    return Replay()


class Replay:
    """One session that is played; implements `provider.Provider`."""

    name = "replay"
    capabilities = Capabilities(
        thinking=True,
        tools=True,
        permissions=True,
        questions=True,
        steer=True,
        resume=True,
        skills=True,
        structured_output=True,
        cost=True,
        offline=True,
    )

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._name = DEFAULT
        self._played = 0
        self._performance: Performance | None = None
        self._permission_mode: str | None = None
        self._context: dict[str, Any] = {}

    async def run(self, turn: Turn) -> Outcome:
        """Plays the next recorded run."""
        options = turn.request.get("options") or {}
        places = _strings(options, "substitutions")
        effects = Effects(Guard.of(turn.request), late_effects(options))
        denied = _strings(options, "branches").get("deny")
        self._go_to(turn.request.get("resume"), options.get("recording"))
        recorded = self._next(options)
        self._played += 1
        performance = Performance(
            turn,
            filled(recorded, places),
            effects,
            denied=filled(find(denied).runs[0], places) if denied else None,
            speed=_number(options, "speed", 1.0),
            provider_session=f"{_PREFIX}{self._name}:{self._played}",
            permission_mode=turn.request.get("permissionMode") or self._permission_mode,
        )
        self._performance = performance
        try:
            return await performance.play()
        finally:
            self._performance = None
            self._context = performance.context

    async def interrupt(self) -> None:
        """The run ends where it is."""
        if self._performance:
            self._performance.stop.set()

    async def steer(self, prompt: str) -> bool:
        """Acknowledged with a notice."""
        if self._performance:
            self._performance.note(f"Heard: “{prompt}”. This is a recording, so the agent goes on as it did then.")
        return self._performance is not None

    async def update(self, config: wire.UpdateConfig) -> None:
        """The permission mode holds from the next question on; the model stays the recorded one."""
        if "permissionMode" in config:
            self._permission_mode = config["permissionMode"]
            if self._performance:
                self._performance.permission_mode = self._permission_mode

    async def models(self) -> list[dict[str, Any]]:
        """One: whatever was recorded."""
        return [{"id": "recorded", "label": "As recorded", "description": "Plays a recorded run.", "default": True}]

    async def commands(self) -> list[dict[str, Any]]:
        """None."""
        return []

    async def title(self, text: str) -> str:
        """The beginning of the text, cut at a word."""
        line = " ".join(text.split())
        return line if len(line) <= _TITLE_LENGTH else line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"

    async def context_usage(self) -> dict[str, Any]:
        """As the recording said last."""
        return self._context

    async def close(self) -> None:
        """Nothing is held."""

    def _go_to(self, resume: str | None, named: object) -> None:
        """Where the session stands: where `resume` says, in the recording that the options name, else at the beginning."""
        if resume and self._recording is None and not self._played:
            self._name, self._played = _place(resume)
        if named is not None and named != self._name:
            self._name, self._played, self._recording = str(named), 0, None

    def _next(self, options: dict[str, Any]) -> RecordedRun:
        if self._name == FLOOD:
            return flood(int(_number(options, "events", FLOOD_EVENTS)), _number(options, "rate", 0.0))
        if self._recording is None:
            self._recording = find(self._name)
        runs = self._recording.runs
        if len(runs) == 1 and options.get("recording") and Path(self._name).is_absolute():
            self._played = 0
        if self._played >= len(runs):
            raise NoRecording(
                f"The recording {self._name!r} has {len(runs)} {'run' if len(runs) == 1 else 'runs'}, and all have been played.",
                remedy="Start a new session to see it again, or choose another provider.",
                recording=self._name,
                runs=len(runs),
            )
        return runs[self._played]


def _place(resume: str) -> tuple[str, int]:
    """The recording and the number of runs played, of what `session_info_update` gave as `providerSessionId`."""
    name, _, played = resume.removeprefix(_PREFIX).rpartition(":")
    if not resume.startswith(_PREFIX) or not name or not played.isdecimal():
        raise InvalidRequest(
            f"{resume!r} is not a session that replay can go on with.",
            remedy="Start a new session, or choose the provider that made this one.",
        )
    return name, int(played)


def _number(options: dict[str, Any], key: str, default: float) -> float:
    value = options.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InvalidRequest(
            f"options.{key} is {value!r}.", remedy=f"Give options.{key} as a number that is zero or more."
        )
    return value


def _strings(options: Mapping[str, Any], key: str) -> dict[str, str]:
    value = options.get(key) or {}
    if not isinstance(value, dict) or not all(
        k and isinstance(k, str) and isinstance(v, str) for k, v in value.items()
    ):
        raise InvalidRequest(f"options.{key} is {value!r}.", remedy=f"Give options.{key} as an object of texts.")
    return value
