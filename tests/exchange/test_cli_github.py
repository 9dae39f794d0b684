"""`workbench github`: signing in at a terminal."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_github import FakeGitHub
from shell import WORKBENCH, environment, workbench

from workbench.paths import Home


@pytest.fixture
def root(home: Home, github: FakeGitHub) -> Path:
    """A home whose GitHub is the one of the test, and answers at once."""
    github.limit()
    github.interval = 0
    said = (f"github_url={github.url}", f"github_api_url={github.api}", f"github_client_id={github.client_id}")
    assert workbench(home.root, "settings", "set", *said).returncode == 0
    return home.root


@contextmanager
def signing_in(root: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A sign-in that has shown its code, which is what it says first."""
    pipe = subprocess.PIPE
    command = [*WORKBENCH, "github", "login", *words]
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment(root)) as process:
        assert process.stderr is not None
        assert "type ABCD-0001" in process.stderr.readline()
        yield process


def test_a_person_signs_in_sees_who_it_is_and_signs_out(root: Path, github: FakeGitHub) -> None:
    assert workbench(root, "github", "user").stdout == "Nobody is signed in to GitHub.\n"
    with signing_in(root, "--private") as process:
        token = github.approve("ada")
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert out.startswith("ada (Ada), with the token from the file; ")
    assert token not in out + err
    assert github.devices["device-0001"].scope == "read:user repo"
    assert json.loads(workbench(root, "github", "user", "--json").stdout)["user"]["login"] == "ada"
    settings = workbench(root, "settings", "get").stdout
    assert f"GITHUB_TOKEN: [REDACTED] (ends in {token[-4:]}), from the file" in settings
    assert "revoke it at" in workbench(root, "github", "logout").stdout
    assert workbench(root, "github", "logout").stdout == "Nobody was signed in.\n"
    assert "GITHUB_TOKEN: not set" in workbench(root, "settings", "get").stdout


@pytest.mark.parametrize(
    ("error", "reason"), [("access_denied", "denied"), ("expired_token", "expired"), ("odd", "client_id")]
)
def test_a_sign_in_that_comes_to_nothing_says_why(root: Path, github: FakeGitHub, error: str, reason: str) -> None:
    with signing_in(root, "--json") as process:
        github.answer_polls(error)
        out, err = process.communicate(timeout=200)
    assert process.returncode == 1
    assert out == ""
    assert json.loads(err)["facts"]["reason"] == reason


def test_without_an_app_a_person_is_told_how_to_save_a_token(root: Path) -> None:
    assert workbench(root, "settings", "set", "github_client_id=").returncode == 0
    done = workbench(root, "github", "login")
    assert done.returncode == 1
    assert done.stderr.startswith("workbench: Signing in with a code needs an OAuth app")
    assert "workbench settings secret GITHUB_TOKEN" in done.stderr
