"""The command line with the real Claude Code, whose model is ours: its key reaches it, and nothing else holds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.model_server import ModelServer, script, serving
from shell import reply, workbench

from workbench.paths import Home

pytestmark = [pytest.mark.vendor, pytest.mark.slow]

KEY = "sk-ant-a-key-that-nobody-else-has-1234"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with serving() as running:
        yield running


def test_a_run_with_a_key_from_the_home_is_answered_counted_and_leaves_the_key_nowhere_else(
    home: Home, model: ModelServer, tmp_path: Path
) -> None:
    done = workbench(home.root, "settings", "secret", "ANTHROPIC_API_KEY", stdin=KEY)
    assert done.returncode == 0, done.stderr
    env = {"ANTHROPIC_BASE_URL": model.url, "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"), "HOME": str(tmp_path)}
    prompt = f"Say it. {script({'text': f'The key is {KEY}, and that is all.'})}"
    words = ("run", prompt, "--provider", "claude", "--cwd", str(tmp_path), "--json")
    done = workbench(home.root, *words, env=env)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    said = "".join(event["content"]["text"] for event in events if event["type"] == "agent_message_chunk")
    assert said == "The key is [REDACTED], and that is all."
    assert model.answered[0].headers.get("x-api-key", model.answered[0].headers.get("X-Api-Key")) == KEY
    summary = reply(home.root, "usage", "summary", "--json")
    assert (summary["runs"], summary["unpriced"]) == (1, [])
    assert float(summary["total_cost"]) > 0
    holding = [path for path in home.root.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert holding == [home.root / "secrets.json"]
