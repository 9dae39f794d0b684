"""The doctor's findings, each with its remedy, whatever is broken."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from workbench import doctor
from workbench.app import Workbench
from workbench.paths import Home


def finding(home: Home, code: str) -> doctor.Check:
    return next(each for each in doctor.checks(home) if each.code == code)


def test_every_finding_that_is_not_fine_has_a_kind_and_a_remedy(bench: Workbench) -> None:
    reply = bench.call("dependencies.check")
    codes = {each["code"] for each in reply["checks"]}
    assert {
        "python",
        "sqlite",
        "jupyterlab",
        "git",
        "node",
        "home",
        "disk",
        "database",
        "labextension",
        "claude",
    } <= codes
    for each in reply["checks"]:
        assert each["detail"]
        assert each["ok"] == (each["failure_kind"] is None)
        assert each["ok"] or each["remediation"]


def test_the_runtime_names_the_versions(bench: Workbench, home: Home) -> None:
    reply = bench.call("dependencies.runtime")
    assert reply["home"] == str(home.root)
    assert {"python", "sqlite", "jupyterlab"} <= set(reply["versions"])


def test_a_program_that_is_missing_is_required_only_if_work_needs_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    git, node = finding(home, "git"), finding(home, "node")
    assert (git.ok, git.failure_kind, git.required) == (False, "missing", True)
    assert (node.ok, node.failure_kind, node.required) == (False, "missing", False)


def test_a_program_that_does_not_run_is_unusable(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert finding(home, "git").failure_kind == "unusable"


def test_a_home_that_is_a_file_is_a_finding_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    home = Home(tmp_path / "home")
    assert finding(home, "home").failure_kind == "unusable"
    assert finding(home, "home").remediation


def test_a_damaged_database_is_a_finding_and_stays_as_it_is(home: Home) -> None:
    home.database.write_bytes(b"not a database")
    assert finding(home, "database").failure_kind == "unusable"
    assert home.database.read_bytes() == b"not a database"


def test_a_labextension_that_is_disabled_is_named_with_the_command_that_enables_it(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "share" / "labextensions" / "@jupyter-workbench" / "lab"
    installed.mkdir(parents=True)
    (installed / "package.json").write_text("{}")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    assert finding(home, "labextension").ok
    (tmp_path / "config" / "labconfig").mkdir(parents=True)
    page = tmp_path / "config" / "labconfig" / "page_config.json"
    page.write_text('{"disabledExtensions": {"@jupyter-workbench/lab": true}}')
    found = finding(home, "labextension")
    assert found.failure_kind == "disabled"
    assert "jupyter labextension enable" in found.remediation


def test_a_provider_without_its_package_is_absent_with_the_pip_line(
    home: Home, bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path])
    monkeypatch.delitem(sys.modules, "claude_agent_sdk", raising=False)
    importlib.invalidate_caches()
    found = finding(home, "claude")
    assert (found.ok, found.failure_kind, found.required) == (False, "missing", False)
    assert "pip install 'jupyter-workbench[claude]'" in found.remediation
    row = next(each for each in bench.call("agents.providers")["providers"] if each["name"] == "claude")
    assert (row["installed"], row["remedy"]) == (False, found.remediation)


def test_asking_makes_no_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home")
    assert finding(home, "home").ok
    assert list(tmp_path.iterdir()) == []
