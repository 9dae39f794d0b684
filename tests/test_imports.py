"""The doors stay light: what a process loads is what it needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import workbench
from workbench.paths import Home

HEAVY = (
    "pydantic",
    "duckdb",
    "pandas",
    "IPython",
    "jupyter_server",
    "ipywidgets",
    "anywidget",
    "altair",
    "git",
    "click",
)


def loaded(*words: str, home: Path) -> set[str]:
    """The top-level modules that a Python process imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=250,
        env={**os.environ, "WORKBENCH_HOME": str(home)},
    )  # fmt: skip
    names = re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", done.stderr, re.MULTILINE)
    assert names, done.stderr
    return set(names) | {name.partition(".")[0] for name in names}


def test_importing_workbench_loads_nothing_but_itself(home: Home) -> None:
    found = loaded("-c", "import workbench", home=home.root)
    assert {name for name in found if name.startswith("workbench")} == {"workbench"}
    assert not found & {*HEAVY, "apsw", "msgspec", "asyncio"}


def test_the_sidecar_loads_no_database_no_frame_and_no_notebook(home: Home) -> None:
    found = loaded("-m", "workbench.sidecar", "--provider", "replay", home=home.root)
    assert "workbench.sidecar" in found
    assert not found & {*HEAVY, "apsw", "sqlite3", "numpy"}


@pytest.mark.parametrize(
    "words",
    [
        ["summary"],
        ["recent-runs", "--json"],
        ["by-model"],
        ["by-step"],
        ["steps"],
        ["session-runs", "none"],
        ["reset", "--yes"],
    ],
)
def test_a_report_on_usage_loads_no_models_and_no_loop(home: Home, words: list[str]) -> None:
    found = loaded("-m", "workbench", "usage", *words, home=home.root)
    assert "workbench.usage.runs" in found
    assert not found & {*HEAVY, "asyncio", "workbench.agents", "importlib.metadata"}


@pytest.mark.parametrize(
    "words",
    [
        ["daily", "--json"], ["weekly", "--breakdown"], ["monthly"], ["session"], ["blocks"], ["models", "--json"],
        ["skills"], ["projects"], ["agents"], ["limits"], ["cache"], ["import"], ["import-report"],
    ],
)  # fmt: skip
def test_a_report_on_transcripts_with_nothing_new_loads_no_decoder_either(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    folder = tmp_path / "person" / ".claude" / "projects" / "-p"
    folder.mkdir(parents=True)
    usage = '"usage": {"input_tokens": 1, "output_tokens": 2}'
    row = (
        f'{{"type": "assistant", "timestamp": "2026-11-20T10:00:00Z", "message": {{"id": "m", "model": "x", {usage}}}}}'
    )
    (folder / "s.jsonl").write_text(f"{row}\n")
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "OPENCODE_DATA_DIR", "GEMINI_DATA_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert "msgspec" in loaded("-m", "workbench", "usage", "import", home=home.root)
    found = loaded("-m", "workbench", "usage", *words, home=home.root)
    assert "workbench.usage.importer" in found
    assert not found & {*HEAVY, "msgspec", "genai_prices", "asyncio", "subprocess", "shutil", "workbench.agents"}


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["nonsense"]])
def test_asking_for_help_loads_no_database(home: Home, words: list[str]) -> None:
    assert not loaded("-m", "workbench", *words, home=home.root) & {*HEAVY, "apsw", "asyncio"}


def test_a_command_loads_no_jupyter(home: Home) -> None:
    found = loaded("-m", "workbench", "call", "sessions.list", home=home.root)
    assert not found & {"IPython", "jupyter_server", "duckdb", "pandas", "ipywidgets", "anywidget", "git"}


def test_a_list_of_skills_loads_no_scan_no_network_and_no_workflow(home: Home) -> None:
    found = loaded("-m", "workbench", "skills", "list", home=home.root)
    assert "workbench.skills.library" in found
    assert not found & {"httpx", "workbench.skills.scan", "workbench.workflows", "workbench.skills.intake.imports"}


@pytest.mark.parametrize("name", workbench.__all__)
def test_every_name_of_the_door_is_behind_it(name: str) -> None:
    assert getattr(workbench, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = workbench.no_such_name


def test_the_names_of_the_door_are_sorted() -> None:
    assert sorted(workbench.__all__) == workbench.__all__
