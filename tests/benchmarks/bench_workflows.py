"""Building a skill: what the engine adds to the turns of an agent, and what a document of very many questions costs.

The engine is given agents that keep the time it waits for them. What is left of a step is its own work, and the commit of
what the step made; the commit is also measured alone, and taken off. The same turns without the engine are played by the
same agents, one session each, with nothing kept but the transcript and the ledger.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from bench_library import git, library
from row import ROUNDS, Goal, Row, interleaved, timed

from workbench.agents.session import SessionSpec, ids
from workbench.app import Workbench
from workbench.skills.tree.folder import Blob
from workbench.workflows.documents import checking, questions
from workbench.workflows.documents.clarifications import FILE, Clarifications
from workbench.workflows.engine import Engine
from workbench.workflows.intake.intake import Intake
from workbench.workflows.recording import fitting, recordings
from workbench.workflows.running import Runner, Wish
from workbench.workflows.state import upcoming
from workbench.workflows.steps.turning import Driving

SKILLS = 200
MANY = 500
FEW = 5
DECISIONS = 100
STEPS = 4
TURNS = ("research.main", "research.gate", "detail.main", "detail.gate", "decisions.main", "generate.main")


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    size = max(10, int(SKILLS * scale))
    with tempfile.TemporaryDirectory() as place, library(Path(place), size) as bench:
        try:
            numbers = count()
            works = [partial(built, bench, numbers), partial(played, bench)]
            works += [partial(versioned, bench, numbers, by_git=by_git) for by_git in (False, True)]
            whole, alone, commits, plain = interleaved(rounds, *works)
            goal = Goal("value", "at most", 150)
            own = [1e3 * (each.own - commit) for each, commit in zip(whole, commits, strict=True)]
            yield Row("workflows, around a step", "ms", [max(each, 1e-3) for each in own], goals=(goal,))
            mine, theirs = ([1e3 * each for each in side] for side in (commits, plain))
            what = f"workflows, commit a step, {size} skills"
            yield Row(what, "ms", mine, "git add, git commit", theirs, (Goal("value", "at most", 100),))
            journeys = [each.whole for each in whole]
            yield Row(
                "workflows, a whole journey", "s", journeys, "the same six sessions", [each.whole for each in alone]
            )
            yield from documents(bench, rounds, scale)
        finally:
            asyncio.run(ended(bench))


def documents(bench: Workbench, rounds: int, scale: float) -> Iterator[Row]:
    """What a page asks for: all that it shows, and one answer saved; and what is done within each of both."""
    many = max(2 * FEW, int(MANY * scale))
    texts = {size: asked(bench, f"asks-{size}", size) for size in (many, FEW)}
    numbers = count()
    works = [partial(timed, partial(bench.call, "workflow.state", skill=f"asks-{size}")) for size in texts]
    works += [partial(answered, bench, f"asks-{size}", numbers) for size in texts]
    opened, opened_few, saved, saved_few = ([1e3 * each for each in side] for side in interleaved(rounds, *works))
    goals = (Goal("value", "at most", 100),)
    yield Row(f"workflows, open {many} questions", "ms", opened, f"{FEW} questions", opened_few, goals)
    yield Row(f"workflows, save one answer of {many}", "ms", saved, f"of {FEW}", saved_few, goals)
    raw = json.loads(texts[many])
    document = checking.validate(raw)
    works = [partial(json.loads, texts[many]), partial(checking.validate, raw)]
    works += [partial(questions.answers_digest, document), partial(json.dumps, raw)]
    read, checked, digested, written = (
        [1e3 * each for each in side] for side in interleaved(rounds, *(partial(timed, work) for work in works))
    )
    goals = (Goal("value", "at most", 50),)
    yield Row(f"workflows, validate {many} questions", "ms", checked, "json.loads", read, goals)
    yield Row(f"workflows, digest of {many} answers", "ms", digested, "json.dumps", written, goals)


async def ended(bench: Workbench) -> None:
    """The processes of its sessions, which would wait for more."""
    await asyncio.gather(*(bench.pool.close(session) for session in ids(bench.home)))


# -- a journey


@dataclass(frozen=True)
class Took:
    """Seconds of a whole journey, and of what the engine itself does around one of its steps."""

    whole: float
    own: float = 0.0


class Watched:
    """The agents, and how many seconds were spent waiting for them."""

    def __init__(self, bench: Workbench) -> None:
        self._pool = bench.pool
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def create(self, spec: SessionSpec) -> Any:
        return await self._timed(self._pool.create(spec))

    async def send(self, session: str, prompt: str, **params: Any) -> Any:
        return await self._timed(self._pool.send(session, prompt, **params))

    async def wait(self, session: str, run: str) -> Any:
        return await self._timed(self._pool.wait(session, run))

    async def _timed(self, work: Awaitable[Any]) -> Any:
        begin = time.perf_counter()
        try:
            return await work
        finally:
            self.seconds += time.perf_counter() - begin


def built(bench: Workbench, numbers: Iterator[int]) -> Took:
    """A new skill, from its first step to its last; answers are what was recommended."""
    pool = Watched(bench)
    engine = Engine(bench.library, bench.recorder, lambda: pool, lambda: bench.settings)
    name, driving = f"built-{next(numbers)}", Driving("replay", speed=0)
    said = recordings.examples()[0]
    engine.create(name, Intake(description=said.words.description), "skill-builder", said.name)

    async def go() -> Took:
        begun, own = time.perf_counter(), 0.0
        for step in range(STEPS):
            await to_next_step(engine, name, driving)
            before = time.perf_counter() - pool.seconds
            await engine.start(name, step, driving=driving)
            await engine.seen_through(name)
            own += time.perf_counter() - pool.seconds - before
        return Took(time.perf_counter() - begun, own / STEPS)

    return asyncio.run(go())


async def to_next_step(engine: Engine, name: str, driving: Driving) -> None:
    """Says yes to all that lies before the next step: answers, their judge, decisions."""
    while (word := upcoming((await asyncio.to_thread(engine.look, name)).now)[0]) != "run":
        if word == "answer":
            for how in (questions.autofill_clarifications, questions.autofill_refinements):
                engine.answers.fill(name, how, word)
        elif word == "gate":
            await engine.judge(name, driving=driving)
            if upcoming(engine.look(name).now)[0] == "gate":
                engine.choose(name, "continue")
        else:
            engine.answers.confirm(name, word)


def played(bench: Workbench) -> Took:
    """The turns of that journey, one behind the other, each in a session of its own."""
    shown = recordings.examples()[0]
    turns = [
        shown.turn(recordings.Key(workflow="skill-builder", step=step, turn=turn))
        for step, _, turn in (each.partition(".") for each in TURNS)
    ]

    async def go() -> Took:
        begun = time.perf_counter()
        for turn in turns:
            with tempfile.TemporaryDirectory() as cwd:
                session = (await bench.pool.create(SessionSpec(provider="replay", cwd=cwd))).id
                options = fitting.options(shown, turn, cwd=Path(cwd), skill="demo", session=session, today="2026-01-01")
                writes = [cwd] if turn.key.step == "generate" else []
                options["speed"] = 0
                run = await bench.pool.send(session, "Go on.", options=options, writes=writes)
                assert (await bench.pool.wait(session, run))["type"] == "end"
        return Took(time.perf_counter() - begun)

    return asyncio.run(go())


def versioned(bench: Workbench, numbers: Iterator[int], *, by_git: bool) -> float:
    """Seconds of a commit of what a step makes, among all the skills of a library."""
    with bench.library.alone() as site:
        folder = site.root / "skill-00003" / "context"
        folder.mkdir(exist_ok=True)
        data = {f"skill-00003/context/{name}.json": f"{next(numbers)}\n".encode() * 2_000 for name in ("one", "two")}
        for path, content in data.items():
            (site.root / path).write_bytes(content)
        begin = time.perf_counter()
        if by_git:
            git(site.root, "add", "skill-00003")
            git(site.root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "one", "--", "skill-00003")
        else:
            site.repository.commit("A step", {path: Blob("100644", content) for path, content in data.items()})
        return time.perf_counter() - begin


# -- a document of many questions


def asked(bench: Workbench, name: str, size: int) -> str:
    """The text of the document of a skill whose agent has asked so much, when all is decided and nothing generated."""
    with tempfile.TemporaryDirectory() as place:
        turns = {
            "research.main": researched(size),
            "research.gate": {"reasoning": "Clear.", "per_question": []},
            "detail.main": {"refinements": [], "notes": []},
            "detail.gate": {"reasoning": "Clear.", "per_question": []},
            "decisions.main": decided(min(size, DECISIONS)),
        }
        played = {}
        for turn, value in turns.items():
            path = Path(place) / f"{turn}.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in transcript(value)))
            played[turn] = {"recording": str(path), "speed": 0}
        engine = bench.engine
        engine.create(name, Intake(description="Many things."), "skill-builder")
        asyncio.run(Runner(engine, name, Driving("replay", turns=played), Wish(autofill=True, until=2)).run())
    assert len(bench.call("workflow.state", skill=name)["decisions"]["decisions"]) == min(size, DECISIONS)
    return (bench.library.root / name / FILE).read_text()


def answered(bench: Workbench, name: str, numbers: Iterator[int]) -> float:
    """Seconds until one answer is saved, in the middle of the document."""
    document: Clarifications = bench.engine.look(name).clarifications
    items = [each.id for each in questions.asked(document)]
    chosen, edit = items[len(items) // 2], f"edit-{next(numbers)}"
    rev = bench.call("workflow.state", skill=name)["revs"].get(chosen, 0)
    params = {"skill": name, "question_id": chosen, "base_rev": rev, "text": f"As {edit} says.", "edit_id": edit}
    return timed(partial(bench.call, "workflow.answer", params))


def researched(size: int) -> dict[str, Any]:
    """What a research agent returns that has very much to ask."""
    scores = [{"name": name, "score": 4, "reason": "r", "focus": "f", "companion_skill": None} for name in "abc"]
    plan = {"domain": "d", "topic_relevance": "relevant", "dimension_scores": scores, "selected": ["a"]}
    made = [
        {
            "title": f"Matter {number}",
            "text": f"How is matter {number} of part {number % 7} to be settled when the sum of case {number % 11} differs?",
            "must_answer": number % 3 == 0,
            "choices": [f"By rule {number} of the first kind", f"By rule {number} of the second kind", "By asking"],
            "recommended": number % 3,
            "why": f"It is what most teams with {number} cases do.",
            "consolidated_from": [],
        }
        for number in range(size)
    ]
    sections = [
        {"title": f"Part {at}", "description": "What belongs together.", "questions": made[at : at + 10]}
        for at in range(0, size, 10)
    ]
    told = {"title": "Many", "warning": None, "error": None, "notes": [], "research_plan": plan}
    return {**told, "sections": sections}


def decided(size: int) -> dict[str, Any]:
    made = [
        {
            "role": {0: "purpose", 1: "trigger"}.get(number, "topic"),
            "title": f"Matter {number}",
            "question": f"What of matter {number} of part {number % 7} when sums differ?",
            "decision": f"It is settled by rule {number}.",
            "implication": "The skill says so.",
            "conflict_resolved": False,
        }
        for number in range(size)
    ]
    return {"contradiction": None, "decisions": made}


def transcript(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A turn that returns a value, as a recording."""
    yield {"seq": 1, "t": 0, "d": "in", "f": {"id": "r", "method": "sendMessage", "params": {"prompt": "x"}}}
    used = {"inputTokens": 10, "outputTokens": 5, "costUSD": 0.01}
    yield {"seq": 2, "t": 1, "d": "out", "f": {"type": "usage_update", "id": "r", "modelUsage": {"made-up": used}}}
    end = {"type": "end", "id": "r", "stopReason": "end_turn", "turns": 1, "structured": value}
    yield {"seq": 3, "t": 2, "d": "out", "f": end}
