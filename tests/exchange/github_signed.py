"""Being signed in to the GitHub of a test."""

from __future__ import annotations

from fake_github import FakeGitHub

from workbench.app import Workbench
from workbench.secrets import GITHUB_TOKEN
from workbench.settings import Settings


def signed_in(bench: Workbench, github: FakeGitHub, login: str = "ada") -> str:
    """Saves a token that GitHub takes, as a person would."""
    token = github.token(login)
    bench.save_settings(Settings(), {GITHUB_TOKEN: token})
    return token
