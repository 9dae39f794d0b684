"""A run's transcript as a file of its own."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from scribe import Scribe, written

from workbench.agents.export import export, write
from workbench.errors import NotFound
from workbench.paths import Home


def story() -> Scribe:
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r1", "One.", model="opus", apiKey="sk-ant-api03-verysecret")
    scribe.say("r1", "First.", raw={"type": "stream_event"})
    scribe.end("r1")
    scribe.prompt("r2", "Two.")
    scribe.say("r2", "Second, with sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789.")
    scribe.end("r2")
    return scribe


def test_a_run_is_its_configuration_and_then_its_events(home: Home) -> None:
    session = written(home, story(), step="draft/1", skill="poet")
    exported = export(home, session.id, "r1")
    config, *events = [json.loads(line) for line in exported.text.splitlines()]
    assert exported.name == "draft-1-1970-01-01T00-16-42.jsonl"
    assert (config["type"], config["run"], config["skill"], config["provider"]) == ("config", "r1", "poet", "claude")
    assert config["request"]["prompt"] == "One."
    assert [event["type"] for event in events] == ["agent_message_chunk", "end"]
    assert events[0]["raw"] == {"type": "stream_event"}


def test_what_looks_like_a_secret_is_in_no_line(home: Home) -> None:
    session = written(home, story())
    for run in ("r1", "r2", None):
        text = export(home, session.id, run).text
        assert "sk-ant" not in text
        assert "[REDACTED]" in text


def test_a_session_is_told_with_its_prompts(home: Home) -> None:
    session = written(home, story())
    exported = export(home, session.id)
    kinds = [json.loads(line)["type"] for line in exported.text.splitlines()]
    assert kinds == ["config", "request", "agent_message_chunk", "end", "request", "agent_message_chunk", "end"]
    assert exported.name.startswith("run-")


def test_an_unknown_run_is_not_found(home: Home) -> None:
    session = written(home, story())
    with pytest.raises(NotFound, match="has no run r9"):
        export(home, session.id, "r9")


def test_an_export_is_written_into_its_folder(home: Home, tmp_path: Path) -> None:
    session = written(home, story(), step="draft")
    exported = export(home, session.id, "r1")
    path = write(tmp_path / "poet" / "logs", exported)
    assert path is not None
    assert (path.name, path.read_text()) == (exported.name, exported.text)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_logged_and_harms_nothing(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = written(home, story())
    (tmp_path / "logs").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert write(tmp_path / "logs", export(home, session.id)) is None
    assert "could not be exported" in caplog.text
