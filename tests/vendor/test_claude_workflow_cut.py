"""Steps of the real Claude Code that do not come to their end: killed, with and without their host, or too dear; and the
command line that goes on with them, or says that a person is needed.

Everything goes through Workbench's commands and real processes. The model keeps a bill; the ledger must come to it.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from building import (
    SKILL,
    WHOLE,
    WRITTEN,
    Json,
    Person,
    decided,
    sigkill,
)
from scripted import asks, endless, returned, slow
from shell import WORKBENCH, workbench
from shell import environment as environment_of

from workbench.app import Workbench
from workbench.errors import Refused

pytestmark = [pytest.mark.vendor, pytest.mark.slow]


def test_a_step_that_was_killed_is_shown_as_interrupted_and_resumed_on_request(person: Person) -> None:
    person.model.turns["demo.files"] = [
        WRITTEN[0],
        {**endless("I write the rules next, slowly."), **WRITTEN[1]},
        *WRITTEN[2:],
    ]
    person.make("quick-skill")
    begun = person.begin("draft")
    person.speaks("draft", "I write")
    sigkill(person.bench, begun["session"])
    person.until(lambda: person.step("draft")["status"] == "error", "the kill is not seen")
    row = person.step("draft")
    assert (row["error"]["kind"], row["error"]["facts"]["reason"]) == ("refused", "interrupted")
    assert row["actions"] == ["resume", "reset"]
    assert not (person.bench.library.root / "demo" / "SKILL.md").exists()
    asked = len(person.model.bill)
    with Workbench.open(person.bench.home) as other:
        assert Person(other, person.model).step("draft") == row
    assert len(person.model.bill) == asked
    row = person.run("draft", resume=True)
    assert (row["status"], row["attempt"], row["session"]) == ("completed", 2, begun["session"])
    assert (person.bench.library.root / "demo" / "SKILL.md").read_text() == SKILL
    rows = person.ledger()
    assert [(each["purpose"], each["status"]) for each in rows] == [("step", "interrupted"), ("step", "completed")]
    own = sum(item.cost for item in person.model.bill[asked:])
    assert [each["cost"] for each in rows] == [person.model.bill[0].cost, own]


TINY = """version = "1"
name = "tiny"
title = "Tiny"
summary = "Asks, for next to nothing."
{whole}

[[steps]]
key = "research"
title = "Research"
prompt = "research.md"
tools = ["Read"]
max_turns = 5
{step}

[[steps.outputs]]
path = "context/clarifications.json"
schema = "clarifications"
evidence = true
"""


@pytest.mark.parametrize(("of", "said"), [("whole", "of $0.001 have been spent."), ("step", "What Research may cost")])
def test_a_step_stops_at_its_budget_and_no_more_is_spent_on_it(person: Person, of: str, said: str) -> None:
    read = {"tool": "Read", "input": {"file_path": "/nowhere"}}
    person.model.turns["demo.research"] = [read, read, read, returned(WHOLE)]
    folder = person.bench.home.root / "workflows" / "tiny"
    folder.mkdir(parents=True)
    (folder / "workflow.toml").write_text(TINY.format(**{"whole": "", "step": "", of: "budget_usd = 0.001"}))
    (folder / "research.md").write_text("Ask what has to be known.\n")
    person.make("tiny")
    row = person.run("research")
    assert (row["status"], row["error"]["kind"], row["actions"]) == ("error", "budget", ["resume", "reset"])
    assert len(person.model.bill) < 4
    person.check_bill()
    asked = len(person.model.bill)
    for again in (False, True):
        with pytest.raises(Refused, match=re.escape(said)) as refused:
            person.begin("research", resume=again)
        assert refused.value.reason == "budget"
    assert len(person.model.bill) == asked


def test_a_step_whose_host_is_killed_goes_on_and_whoever_looks_completes_it_once(
    person: Person, tmp_path: Path
) -> None:
    person.model.turns["demo.files"] = [{**slow("I write it, slowly as it is."), **WRITTEN[0]}, *WRITTEN[1:]]
    person.make("quick-skill")
    words = ("workflow", "run", "quick-skill", "--skill", "demo", "--json")
    host = subprocess.Popen([*WORKBENCH, *words], env=environment_of(person.bench.home.root), cwd=tmp_path)
    with host:
        person.until(lambda: person.step("draft")["status"] == "in_progress", "it is not begun")
        person.speaks("draft", "I write")
        host.kill()
    person.model.go_on.set()
    row = person.over("draft")
    assert (row["status"], row["attempt"], row["error"]) == ("completed", 1, None)
    assert [each["purpose"] for each in person.ledger()] == ["step"]
    assert len(person.model.bill) == len(WRITTEN)
    person.check_bill()


def test_a_run_from_the_command_line_goes_on_with_what_was_interrupted_and_ends_with_a_package(
    person: Person, tmp_path: Path
) -> None:
    person.model.turns["demo.files"] = [
        WRITTEN[0],
        {**endless("I write it, slowly as it is."), **WRITTEN[1]},
        *WRITTEN[2:],
    ]
    person.make("quick-skill")
    words = ("workflow", "run", "quick-skill", "--skill", "demo", "--json")
    begun = person.begin("draft")
    person.speaks("draft", "I write")
    sigkill(person.bench, begun["session"])
    person.until(lambda: person.step("draft")["status"] == "error", "the kill is not seen")
    done = workbench(person.bench.home.root, *words)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["started", "step", "completed"]
    row = person.step("draft")
    assert (row["status"], row["attempt"], row["session"]) == ("completed", 2, begun["session"])


def test_the_command_line_ends_with_exit_1_where_a_person_is_needed(person: Person) -> None:
    person.make()
    words = ("workflow", "run", "skill-builder", "--skill", "demo", "--json")
    done = workbench(person.bench.home.root, *words)
    assert done.returncode == 1, done.stdout
    failure = json.loads(done.stderr)
    assert (failure["kind"], failure["facts"]["what"], failure["facts"]["step"]) == (
        "needs_person",
        "answer",
        "research",
    )
    assert [item.turn for item in person.model.bill] == ["research"]
    person.model.turns["demo.decisions"] = [returned(decided("One answer excludes another."))]
    done = workbench(person.bench.home.root, *words, "--autofill")
    assert done.returncode == 1, done.stdout
    failure = json.loads(done.stderr)
    assert (failure["kind"], failure["facts"]["what"], failure["facts"]["step"]) == (
        "needs_person",
        "decide",
        "decisions",
    )
    assert [item.turn for item in person.model.bill] == ["research", "gate", "detail", "gate", "decisions"]
    person.check_bill()


def test_what_a_run_from_the_command_line_may_cost_holds_for_all_its_steps(person: Person) -> None:
    person.model.turns["demo.decisions"] = [returned(decided()), returned(decided("They exclude each other."))]
    person.make()
    words = ("workflow", "run", "skill-builder", "--skill", "demo", "--json", "--autofill", "--budget", "0.006")
    done = workbench(person.bench.home.root, *words)
    assert done.returncode == 1, done.stdout
    failure = json.loads(done.stderr)["facts"]
    assert (failure["step"], failure["failure"]["kind"]) == ("decisions", "budget")
    assert person.model.cost("research", "gate", "detail") < 6 * 10**9 < person.model.cost()
    person.check_bill()
    done = workbench(person.bench.home.root, *words[:-2])
    row = person.step("decisions")
    assert (row["status"], row["session"], row["attempt"]) == ("completed", row["session"], 2)
    assert done.returncode == 1, done.stdout
    assert json.loads(done.stderr)["facts"]["what"] == "decide"


def test_a_step_and_its_host_killed_at_once_wait_for_a_person_in_the_next_host(person: Person, tmp_path: Path) -> None:
    person.model.turns["demo.research"] = [{**endless("I look around."), **returned(WHOLE)}]
    person.make()
    words = ("workflow", "run", "skill-builder", "--skill", "demo", "--json")
    host = subprocess.Popen([*WORKBENCH, *words], env=environment_of(person.bench.home.root), cwd=tmp_path)
    with host:
        person.until(lambda: person.step("research")["session"] is not None, "it is not begun")
        person.speaks("research", "I look")
        host.kill()
        sigkill(person.bench, person.step("research")["session"])
    with Workbench.open(person.bench.home) as other:
        late = Person(other, person.model)
        late.until(lambda: late.step("research")["status"] == "error", "the kill is not seen")
        for _ in range(3):
            row = late.step("research")
            assert (row["status"], row["error"]["facts"]["reason"], row["attempt"]) == ("error", "interrupted", 1)
        assert len(person.model.bill) == 1
        assert late.run("research", resume=True)["status"] == "completed"
        other.call("agents.shutdown")
    assert [(each["purpose"], each["status"]) for each in person.ledger()] == [
        ("step", "interrupted"),
        ("step", "completed"),
    ]
    assert [each["cost"] for each in person.ledger()] == [None, person.model.bill[1].cost]


QUESTION = asks("How many?", "One", "Two")


def killed_while_it_asks(person: Person, begun: Json) -> None:
    """All responses are over then: the ledger has to come to the whole bill."""
    person.asked("research")
    person.counted(begun["session"], len(person.model.bill))
    sigkill(person.bench, begun["session"])
    person.until(lambda: person.step("research")["status"] == "error", "the kill is not seen")
    person.check_bill()


def answered(person: Person, begun: Json) -> None:
    """Answers what is asked until the step is over."""
    done: set[str] = set()

    def asks_again() -> bool:
        row = person.step("research")
        return row["status"] == "completed" or (row["waiting"] == "question" and person.asked("research") not in done)

    while True:
        person.until(asks_again, "it does not go on")
        if person.step("research")["status"] == "completed":
            return
        asked = person.asked("research")
        answer = {"session": begun["session"], "input": asked, "content": {"How many?": "One"}}
        person.bench.call("agents.respond_input", answer)
        done.add(asked)


@pytest.mark.parametrize("times", [1, 2])
def test_what_a_killed_step_has_cost_is_in_the_ledger_and_nothing_of_it_is_counted_again(
    person: Person, times: int
) -> None:
    person.model.turns["demo.research"] = [*[QUESTION] * (times + 1), returned(WHOLE)]
    person.make()
    begun = person.begin("research")
    for _ in range(times):
        killed_while_it_asks(person, begun)
        begun = person.begin("research", resume=True)
    answered(person, begun)
    assert [each["status"] for each in person.ledger()] == ["interrupted"] * times + ["completed"]
    person.check_bill()


def test_what_a_killed_step_has_cost_is_off_its_budget(person: Person) -> None:
    person.model.turns["demo.research"] = [QUESTION] * 9
    folder = person.bench.home.root / "workflows" / "tiny"
    folder.mkdir(parents=True)
    (folder / "workflow.toml").write_text(TINY.format(whole="budget_usd = 0.001", step=""))
    (folder / "research.md").write_text("Ask what has to be known.\n")
    person.make("tiny")
    killed_while_it_asks(person, person.begin("research"))
    row = person.run("research", resume=True)
    assert (row["status"], row["error"]["kind"], len(person.model.bill)) == ("error", "budget", 2)
    assert person.model.bill[0].cost < 10**9 < person.model.cost()
    person.check_bill()
