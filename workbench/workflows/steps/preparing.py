"""What a turn is made of before it is sent: its prompt with the data of this moment, its limits, its folder, its recording.

Invariant: preparing changes nothing but that the working folders are there, and user-context.md in them is of today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from workbench.agents import session as sessions
from workbench.errors import NoRecording, Refused
from workbench.settings import Settings
from workbench.sidecar.provider import listing
from workbench.skills.changes import scratch_of
from workbench.skills.library import Library
from workbench.skills.skill import FILE, parse
from workbench.skills.tree import beneath
from workbench.usage.ledger import dollars
from workbench.workflows import costs_table
from workbench.workflows.definition.prompting import Prompt, prompt_of
from workbench.workflows.definition.rules import writes
from workbench.workflows.gate import evaluation
from workbench.workflows.intake import intake, usercontext
from workbench.workflows.looking import Look, Looker
from workbench.workflows.recording import fitting, recordings
from workbench.workflows.recording.recordings import Key
from workbench.workflows.steps.failing import gone
from workbench.workflows.steps.gathering import staging_of, workplace_of
from workbench.workflows.steps.seeing import Limits
from workbench.workflows.steps.turning import Driving, gate_params, left, model_of, params_of, repair_params
from workbench.workflows.workflow import Gate, Step

REPLAY: Final = "replay"


@dataclass(frozen=True)
class Prepared:
    """A turn that can be sent."""

    number: int
    step: Step
    prompt: Prompt
    data: Mapping[str, str]
    provider: str
    model: str | None
    cwd: Path
    staging: Path | None
    params: Mapping[str, Any]
    driving: Driving
    settings: Settings
    turn: str = "main"
    """Which turn of the step it is, for a recording."""

    @property
    def inputs_digest(self) -> str:
        """Of all data that the agent is given."""
        told = "\0".join(f"{name}\0{text}" for name, text in self.data.items())
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()

    def session(self, look: Look, title: str) -> sessions.SessionSpec:
        """The session that it is to be made in."""
        return sessions.SessionSpec(
            provider=self.provider,
            model=self.model,
            cwd=str(self.cwd),
            title=f"{look.skill.name}: {title}",
            skill=look.skill.name,
            step=self.step.key,
            workflow=look.workflow.name,
        )

    def check_budget(self) -> None:
        """Raises Refused where the turn may cost nothing any more."""
        if self.params.get("maxBudgetUsd") == 0:
            raise Refused(
                "budget",
                f"What {self.step.title} may cost has been spent.",
                remedy="Raise the budget in the workflow's definition, and reset the first step to take it over.",
                step=self.step.key,
            )

    def again(self, how: str | None) -> Prepared:
        """The same turn once more in its session: to go on, or to mend the output."""
        if how != "repair":
            return self
        params = repair_params(self.step, self.prompt, self.staging, self.driving, self.settings)
        limit = self.params.get("maxBudgetUsd")
        return replace(self, params={**params, **({"maxBudgetUsd": limit} if limit else {})}, turn="repair")


class Preparing:
    """Makes turns of a library's skills ready."""

    def __init__(self, library: Library, looker: Looker, settings: Callable[[], Settings]) -> None:
        self._library = library
        self._looker = looker
        self._settings = settings

    def step(self, look: Look, number: int, driving: Driving, *, again: bool = False) -> Prepared:
        """A step's turn; `again`: in the session and the folder that it has. Raises Refused where it would be paid in vain."""
        if not (self._library.root / look.skill.name).is_dir():
            raise gone(look.skill.name)
        settings = self._settings()
        step, provider = look.workflow.steps[number], driving.provider_of(settings)
        folder = self.workplace(look.skill.id)
        data = self.data(look, number, settings)
        prompt = prompt_of(look.pinned, step, data=data, variables=self.intake(look).variables)
        staging = self._staging(look, number, again=again) if writes(step) else None
        params = params_of(step, prompt, staging, driving, settings)
        limit = left(look, step, driving)
        if limit is not None:
            params["maxBudgetUsd"] = limit
        return Prepared(
            number,
            step,
            prompt,
            data,
            provider,
            model_of(step.model, provider, driving, settings),
            staging or folder,
            staging,
            params,
            driving,
            settings,
        )

    def gate(self, look: Look, number: int, answers: str, driving: Driving) -> Prepared:
        """The turn of the judge behind a step, who is given these answers."""
        settings = self._settings()
        step, provider = look.workflow.steps[number], driving.provider_of(settings)
        if step.gate_after is None:
            raise ValueError(step.key)
        data = {usercontext.FILE: self.context(look, settings), "answers": answers}
        prompt = prompt_of(look.pinned, step.gate_after, data=data, variables=self.intake(look).variables)
        params = gate_params(prompt, settings)
        limit = left(look, step, driving)
        if limit is not None:
            params["maxBudgetUsd"] = limit
        model = model_of(step.gate_after.model, provider, driving, settings)
        folder = self.workplace(look.skill.id)
        inputs = {path: seen.text for path, seen in look.seen.items() if path == step.gate_after.reads}
        return Prepared(
            number, step, prompt, data | inputs, provider, model, folder, None, params, driving, settings, "gate"
        )

    def play(self, look: Look, prepared: Prepared, session: str) -> tuple[dict[str, Any], str]:
        """The options of a turn, and what is said above it: a replayed one needs a recording. Raises NoRecording, and
        UnknownProvider.
        """
        listing(prepared.provider)
        options = prepared.driving.options_of(prepared.step.key, prepared.turn)
        if prepared.provider != REPLAY:
            return options, ""
        if "recording" in options:
            stands_for = {recordings.CWD: str(prepared.cwd), recordings.SKILL: look.skill.name}
            return {"substitutions": stands_for, **options}, ""
        key = Key(workflow=look.workflow.name, step=prepared.step.key, turn=prepared.turn)
        part: Step | Gate = prepared.step
        if prepared.turn == "gate" and prepared.step.gate_after is not None:
            part = prepared.step.gate_after
        return self._recorded(look, key, part, prepared, session)

    def _recorded(
        self, look: Look, key: Key, part: Step | Gate, prepared: Prepared, session: str
    ) -> tuple[dict[str, Any], str]:
        shown = recordings.find(look.run.example) if look.run.example is not None else None
        template = fitting.template_of(look.pinned, part)
        inputs = {path: text for path, text in prepared.data.items() if path.startswith("context/")}
        found = fitting.playable(fitting.fit(shown, key, template, inputs))
        if shown is None:
            raise NoRecording("Nothing was recorded.", remedy="Choose another provider.")
        options = fitting.options(
            shown, found.turn, cwd=prepared.cwd, skill=look.skill.name, session=session, today=self.today()
        )
        speed = prepared.driving.speed
        return {**options, **({"speed": speed} if speed is not None else {})}, found.notice

    def limits(self, prepared: Prepared, session: str) -> Limits:
        """How long a turn may take, and what it may cost; a played one costs nothing."""
        limit = prepared.params.get("maxBudgetUsd") if prepared.provider != REPLAY else None
        cost = self._library.database.read(lambda connection: costs_table.cost_of(connection, session))
        usd = Decimal(str(limit)) if limit is not None else None
        return Limits(prepared.step.timeout_min, usd, dollars(cost) or Decimal(0))

    # -- what it is given

    def intake(self, look: Look) -> intake.Intake:
        """What a person has said of the skill."""
        root = self._library.root
        found = beneath.blob(root, root / look.skill.name / intake.FILE) if root.is_dir() else None
        return intake.read(found.data if found is not None else None)

    def data(self, look: Look, number: int, settings: Settings) -> dict[str, str]:
        """The texts that a step works from, by the names by which its prompt speaks of them."""
        step = look.workflow.steps[number]
        data = {usercontext.FILE: self.context(look, settings)}
        if writes(step):
            data[usercontext.ABOUT] = usercontext.about(look.skill.name, today=self.today())
        for path in step.inputs:
            data[path] = intake.shown(self.intake(look)) if path == intake.FILE else self._text(look, path)
        if any(out.format == "refinements" for out in step.outputs) and look.gate is not None:
            found = look.gate.evaluation
            if found is not None and not look.gate.stale:
                data[evaluation.FILE] = found.model_dump_json(indent=1)
        return data

    def context(self, look: Look, settings: Settings) -> str:
        """user-context.md as it is now; it is also put where the agent can read it, as far as that is possible."""
        written = self._text(look, FILE)
        document = parse(written.encode()) if written else None
        text = usercontext.text(look.skill, self.intake(look), settings, document)
        if text:
            try:
                (self.folder(look.skill.name) / usercontext.FILE).write_text(text)
            except OSError:
                pass  # the agent is told all of it in its prompt
        return text

    def today(self) -> str:
        """The day, as a skill's front matter has it."""
        return datetime.fromtimestamp(self._library.clock.now_ms() / 1000, UTC).date().isoformat()

    def _text(self, look: Look, path: str) -> str:
        seen = look.seen.get(path)
        if seen is not None:
            return seen.text
        root = self._library.root
        found = beneath.blob(root, root / look.skill.name / path) if root.is_dir() else None
        return found.data.decode("utf-8", "replace") if found is not None else ""

    # -- where it works

    @property
    def scratch(self) -> Path:
        """Where skills have their working folders."""
        return scratch_of(self._library.home)

    def folder(self, skill: str) -> Path:
        """The working folder of a skill."""
        made = self.scratch / skill
        made.mkdir(parents=True, exist_ok=True)
        return made

    def workplace(self, skill: int) -> Path:
        """Where the agents of a skill's steps work."""
        made = workplace_of(self._library.home, skill)
        made.mkdir(parents=True, exist_ok=True)
        return made

    def _staging(self, look: Look, number: int, *, again: bool) -> Path:
        """The folder in which a step's agent writes: a new one for each start, the same when it goes on."""
        session = look.now.steps[number].session
        if again and session is not None:
            made = Path(sessions.load(self._library.home, session).cwd or "")
        else:
            made = staging_of(self._library.home, look.skill.id) / self._library.clock.new_id()
        made.mkdir(parents=True, exist_ok=True)
        return made
