"""A question in between, asked of the real Claude Code: a proposal in its own form or in plain text, and a model too slow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fakes.model_server import ModelServer, script, serving
from sidecar_host import PATIENCE

from workbench.app import Workbench
from workbench.settings import Settings
from workbench.workflows.intake import asking_once
from workbench.workflows.intake.asking_once import Asker
from workbench.workflows.intake.suggesting import suggest
from workbench.workflows.steps.turning import Driving

pytestmark = [pytest.mark.vendor, pytest.mark.slow]

SAID: dict[str, Any] = {
    "name": "match-invoices", "purpose": "domain", "description": "Matches invoices. Use when one arrives.",
    "tags": ["finance"], "context": None,
}  # fmt: skip


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with serving() as running:
        yield running


@pytest.fixture
def claude(bench: Workbench, model: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A Workbench whose Claude Code speaks to that model."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", model.url)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("HOME", str(tmp_path))
    bench.save_settings(Settings(provider="claude"), {"ANTHROPIC_API_KEY": "sk-ant-dummy-0123456789"})
    # Its start alone may take longer than a person would wait.
    monkeypatch.setattr(asking_once, "Asker", partial(Asker, seconds=PATIENCE))
    return bench


def test_it_proposes_in_one_turn_with_the_cheap_model_and_no_tools(claude: Workbench, model: ModelServer) -> None:
    text = f"Match invoices. {script({'tool': 'StructuredOutput', 'input': SAID})}"
    found = claude.call("skills.suggest", text=text, ask=True)
    assert (found["by"], found["name"], found["tags"], found["notice"]) == ("model", "match-invoices", ["finance"], "")
    asked = model.answered[0]
    assert set(asked.tools) <= {"StructuredOutput", "DeferredToolPlaceholder"}  # the program's own ways to answer
    assert "haiku" in asked.body["model"]
    rows = claude.database.read(lambda connection: list(connection.execute("select purpose, cost from agent_runs")))
    assert [purpose for purpose, _ in rows] == ["suggest"]
    assert rows[0][1] > 0


def test_right_json_that_was_sent_as_plain_text_is_taken(claude: Workbench) -> None:
    fenced = "Here:\n```json\n" + str(SAID).replace("'", '"').replace("None", "null") + "\n```"
    found = claude.call("skills.suggest", text=f"Match invoices. {script({'text': fenced})}", ask=True)
    assert (found["by"], found["name"]) == ("model", "match-invoices")


async def test_a_model_that_takes_its_time_is_not_waited_for(claude: Workbench) -> None:
    slow = script({"text": "x" * 4000, "chunk": 10, "delay": 0.2})
    asker = Asker(claude.pool, claude.home, claude.settings, Driving(), seconds=15)  # by then it has been started
    found = await suggest(asker, f"Match invoices. {slow}", ())
    assert found.notice == "Proposed without a model: claude has not answered within 15 seconds."
    session = claude.call("sessions.list")["sessions"][0]["id"]
    async with asyncio.timeout(PATIENCE):
        async for _ in claude.pool.follow(session):
            pass  # it ends when the process has ended
