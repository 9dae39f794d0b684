"""The way through an example that is recorded: every turn of both workflows, of refining and of testing, one by one.

Idea: each turn has an address of its own at the model server, so it is started by itself and awaited; which turns there
were is read from the ledger, as anybody would. The person in it accepts what is recommended and confirms the decisions.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import apsw

from recordings.cutting import cut
from recordings.leaving import kept, told, untold
from recordings.scripts import Script
from workbench.agents.said import said
from workbench.app import Workbench
from workbench.sidecar.recording import RecordedRun, parse
from workbench.skills.tree.beneath import blobs
from workbench.workflows.recording import fitting, playing, proving
from workbench.workflows.recording.recordings import (
    CWD,
    MANIFEST,
    REFINE,
    SESSION,
    SHIPPED,
    SKILL,
    TEST,
    TODAY,
    Key,
    MadeWith,
    Manifest,
    Recorded,
    words_of,
)
from workbench.workflows.refining import message as refine_message
from workbench.workflows.steps.turning import Driving
from workbench.workflows.testing import comparing
from workbench.workflows.testing.driving import PURPOSES, request_of
from workbench.workflows.workflow import Gate, Step

PATIENCE_S: Final = 180.0
OWN: Final = ("SKILL.md", "references/*.md")
"""The texts that a skill is refined and tested by."""
NAMED: Final = {"step": "main", "repair": "repair", "gate": "gate"}
"""Turns of a workflow, by the purpose that the ledger has of them."""

Facts = tuple[dict[str, str], dict[str, str]]
"""Of a turn: its template's digests, and the texts that it worked from."""


class Journey:
    """One example on its way."""

    def __init__(
        self, bench: Workbench, example: str, script: Script, into: Path, *, url: str, skill: str, today: str
    ) -> None:
        self.bench = bench
        self.script = script
        self.into = into
        self.skill = skill
        self.words = words_of(SHIPPED / example)
        self._url = url
        self._today = today
        self._seen: set[str] = set()
        self._answered: set[str] = set()
        self._turns: list[Recorded] = []

    def record(self) -> None:
        """All of it, and the manifest."""
        self._build("quick-skill")
        self.bench.call("skills.delete", {"name": self.skill})
        self._build("skill-builder")
        for number, trial in enumerate(self.words.tests, start=1):
            self._test(number, trial.prompt)
        self._refine()
        made = MadeWith(provider="claude", sdk=importlib.metadata.version("claude-agent-sdk"), cli=_cli())
        manifest = Manifest(made_with=made, turns=tuple(self._turns))
        told = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False, sort_keys=True)
        (self.into / MANIFEST).write_text(f"{told}\n")

    # -- workflows

    def _build(self, workflow: str) -> None:
        said = self.words.model_dump(mode="json", include={"purpose", "description", "context", "tags", "interview"})
        self._call("create", workflow=workflow, **said)
        for step in self.bench.engine.look(self.skill).workflow.steps:
            self._step(workflow, step)

    def _step(self, workflow: str, step: Step) -> None:
        facts = self._facts(step, step)
        self._at(f"{step.key}.main")
        self._call("run_step", step=step.key, provider="claude")
        self._settled(step.key)
        self._take(workflow, step, facts)
        if step.gate_after is not None:
            self._gate(workflow, step, step.gate_after)
        state = self._call("state")
        for decision in (state["decisions"] or {"decisions": []})["decisions"]:
            if decision["status"] == "needs-review":
                self._call("decide", decision_id=decision["id"], base_rev=0, edit_id=f"edit-{decision['id']}")

    def _gate(self, workflow: str, step: Step, gate: Gate) -> None:
        for filling in ("autofill_clarifications", "autofill_refinements"):
            self._call(filling)
        facts = self._facts(step, gate)
        self._at(f"{step.key}.gate")
        self._call("evaluate_answers", step=step.key, provider="claude")
        self._take(workflow, step, facts)
        self._call("log_gate_decision", step=step.key, decision="continue")

    def _settled(self, step: str) -> None:
        """Waits until the step is over, its repair included."""

        def over() -> bool:
            shown = next(each for each in self._call("state")["steps"] if each["key"] == step)
            if shown["waiting"] == "question":
                self._answer(shown)
            if shown["status"] == "error" and not self._repairing(shown):
                raise SystemExit(f"{step} has stopped: {shown['error']}")
            return bool(shown["status"] == "completed")

        self._until(step, over)

    def _answer(self, shown: Mapping[str, Any]) -> None:
        """The person answers what the agent waits with, once: it may be seen again before the agent goes on."""
        answers = self.script.answers(f"{shown['key']}.main")
        for each in said(self.bench.home, shown["session"], shown["run"]).asked:
            asked = each.content["userInputId"]
            if asked not in self._answered:
                self._answered.add(asked)
                content = {one["question"]: answers[one["question"]] for one in each.content["questions"]}
                self.bench.call("agents.respond_input", session=shown["session"], input=asked, content=content)

    def _until(self, what: str, over: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not over():
            if time.monotonic() > until:
                raise SystemExit(f"{what} has not come to its end.")
            time.sleep(0.05)

    def _repairing(self, shown: Mapping[str, Any]) -> bool:
        """Whether the output was wrong as it should be, and is asked for again."""
        return f"{shown['key']}.repair" in self.script.turns and shown["attempt"] == 1

    def _facts(self, step: Step, part: Step | Gate) -> Facts:
        look = self.bench.engine.look(self.skill)
        number = look.workflow.steps.index(step)
        data = self.bench.engine.preparing.step(look, number, Driving()).data
        return fitting.template_of(look.pinned, part), {
            path: text for path, text in data.items() if path.startswith("context/")
        }

    # -- refining

    def _refine(self) -> None:
        self._at(f"{REFINE}.say-1")
        self.bench.call("refine.start", {"skill": self.skill, "provider": "claude"})
        for number, message in enumerate(self.words.refine.messages, start=1):
            files, before = self._files(), self._tree()
            asked = refine_message.understood(message, files)
            facts = playing.template_of(asked), playing.inputs_of(files)
            sent = self.bench.call("refine.send", {"skill": self.skill, "message": message, "provider": "claude"})
            self.bench.call("refine.settle", {"skill": self.skill, "run": sent["run"]})
            key = Key(workflow="", step=REFINE, turn=f"say-{number}")
            self._cut(key, *self._new()[0][:2], facts, self._tree(OWN), before=before, after=self._tree())

    # -- testing

    def _test(self, number: int, prompt: str) -> None:
        self._at(f"{TEST}.{number}")
        asked = {"skill": self.skill, "prompt": prompt, "provider": "claude", "vote_first": False}
        test = self.bench.call("skill_test.run", asked)["id"]
        self._until("The test", lambda: self._tested(test))
        (shown,) = self.bench.call("skill_test.show", {"id": test})["rounds"]
        arms = {side["run"]: side["arm"] for side in shown["sides"]}
        # Which one was begun first is drawn by lot.
        found = {arms.get(run, "judge"): (session, run) for session, run, _ in self._new()}
        for part in PURPOSES:
            session, run = found[part]
            asked_of = comparing.instructions() if part == "judge" else request_of("")
            files = playing.inputs_of(self._files()) if part == "with" else {}
            key = Key(workflow="", step=TEST, turn=f"{part}-{number}")
            self._cut(key, session, run, ({"prompt": fitting.digest(asked_of)}, files), {})

    def _tested(self, test: str) -> bool:
        found = self.bench.call("skill_test.show", {"id": test})
        if found["status"] == "error":
            raise SystemExit(f"The test has failed: {found['rounds']}")
        return bool(found["status"] == "completed")

    # -- taking down

    def _take(self, workflow: str, step: Step, facts: Facts) -> None:
        """Cuts the turns that have come to the ledger."""
        for session, run, purpose in self._new():
            key = Key(workflow=workflow, step=step.key, turn=NAMED[purpose])
            # It began with an empty folder.
            files = self._tree([output.path for output in step.outputs if output.files]) if purpose != "gate" else {}
            self._cut(key, session, run, facts, files, after=files)

    def _cut(
        self,
        key: Key,
        session: str,
        run: str,
        facts: Facts,
        left: Mapping[str, bytes],
        *,
        before: Mapping[str, bytes] | None = None,
        after: Mapping[str, bytes] | None = None,
    ) -> None:
        cwd, recorded = self._cwd(session), self._run(session, run)
        stands_for = {cwd: CWD, self.skill: SKILL, self._today: TODAY, session: SESSION}
        data = cut(recorded, run, stands_for)
        (self.into / key.file).write_bytes(data)
        said = told((step.event for step in recorded.steps), cwd) if after else {}
        template, inputs = facts
        self._turns.append(
            Recorded(
                key=key,
                template=template,
                inputs={path: fitting.parts_of(path, text) for path, text in inputs.items()},
                tree=self._digest(left) if left else None,
                blobs=kept(untold(before or {}, after or {}, said), self.into),
            )
        )

    def _digest(self, left: Mapping[str, bytes]) -> str:
        return fitting.tree_digest(proving.texts_of(left), skill=self.skill, today=self._today)

    def _cwd(self, session: str) -> str:
        return str(self.bench.call("sessions.get", {"session": session})["cwd"])

    def _run(self, session: str, run: str) -> RecordedRun:
        lines = (self.bench.home.session(session) / "transcript.jsonl").read_bytes().splitlines()
        frames = [record["f"] for record in map(json.loads, lines) if record["d"] == "in"]
        begun = list(dict.fromkeys(frame["id"] for frame in frames if frame.get("method") == "sendMessage"))
        return parse(lines)[begun.index(run)]

    def _new(self) -> list[tuple[str, str, str]]:
        """The turns that the ledger has and we have not: session, run and purpose."""

        def read(connection: apsw.Connection) -> list[tuple[Any, ...]]:
            return list(
                connection.execute("select distinct session, run, purpose, started from agent_runs order by started")
            )

        found = [(row[0], row[1], row[2]) for row in self.bench.database.read(read) if row[1] not in self._seen]
        self._seen.update(run for _, run, _ in found)
        if not found:
            raise SystemExit("A turn has not come to the ledger.")
        return found

    def _files(self) -> dict[str, str]:
        """The texts of the skill as it lies there."""
        return {path: data.decode() for path, data in self._tree(OWN).items()}

    def _tree(self, patterns: Iterable[str] | None = None) -> dict[str, bytes]:
        """Its files, or those that one of the patterns means."""
        folder = self.bench.library.folder(self.skill)
        found = {path: blob.data for path, blob in blobs(folder).items()}
        if patterns is None:
            return found
        wanted = {path.relative_to(folder).as_posix() for pattern in patterns for path in folder.glob(pattern)}
        return {path: data for path, data in found.items() if path in wanted}

    def _at(self, turn: str) -> None:
        """The model says this turn's script to whoever is started from now on."""
        os.environ["ANTHROPIC_BASE_URL"] = f"{self._url}/{turn}"

    def _call(self, verb: str, **params: Any) -> Any:
        return self.bench.call(f"workflow.{verb}", {"skill": self.skill, **params})


def _cli() -> str:
    import claude_agent_sdk._cli_version as told

    return str(told.__cli_version__)
