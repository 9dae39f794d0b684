"""Signing in to GitHub: a code for a person to type, a token that nobody sees, and being forgotten again."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fake_github import FakeGitHub
from github_signed import signed_in

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.settings import Settings

LOGGER = logging.getLogger("workbench")


@pytest.fixture
def bench(bench: Workbench, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """A Workbench that knows an app to sign in with; nobody is signed in."""
    for name in ("GITHUB_TOKEN", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    github.limit()
    bench.save_settings(Settings(github_url=github.url, github_api_url=github.api, github_client_id=github.client_id))
    return bench


def poll(bench: Workbench, started: dict[str, Any]) -> dict[str, Any]:
    return bench.call("github.login_poll", device_code=started["device_code"])


def token_of(bench: Workbench) -> str | None:
    return bench.secrets.values(("GITHUB_TOKEN",)).get("GITHUB_TOKEN")


def test_a_person_types_the_code_and_is_signed_in(bench: Workbench, github: FakeGitHub) -> None:
    assert bench.call("github.user") == {"signed_in": False, "source": None, "user": None, "scopes": [], "rate": None}
    started = bench.call("github.login_start")
    assert started["verification_uri"] == f"{github.url}/login/device"
    assert (started["interval"], started["expires_in"]) == (5, 899)
    assert poll(bench, started) == {"status": "pending", "interval": None, "user": None}
    github.approve("ada")
    done = poll(bench, started)
    assert (done["status"], done["user"]["login"]) == ("success", "ada")
    known = bench.call("github.user")
    assert (known["signed_in"], known["source"], known["user"]["name"]) == (True, "file", "Ada")
    assert known["scopes"] == ["repo", "read:user"]
    assert known["rate"]["limit"] == 60


@pytest.mark.parametrize(
    ("error", "status", "interval"),
    [
        ("authorization_pending", "pending", None),
        ("slow_down", "slow_down", 10),
        ("expired_token", "expired", None),
        ("access_denied", "denied", None),
    ],
)
def test_each_answer_to_a_poll_has_its_word(
    bench: Workbench, github: FakeGitHub, error: str, status: str, interval: int | None
) -> None:
    started = bench.call("github.login_start")
    github.answer_polls(error)
    assert poll(bench, started) == {"status": status, "interval": interval, "user": None}
    assert token_of(bench) is None


def test_private_repositories_are_asked_for_only_when_they_are_wanted(bench: Workbench, github: FakeGitHub) -> None:
    first = bench.call("github.login_start")["device_code"]
    second = bench.call("github.login_start", private=True)["device_code"]
    assert (github.devices[first].scope, github.devices[second].scope) == ("read:user", "read:user repo")


def test_the_token_is_in_one_file_and_in_no_reply_and_no_log(bench: Workbench, github: FakeGitHub) -> None:
    started = bench.call("github.login_start")
    token = github.approve("ada")
    replies = [poll(bench, started), bench.call("github.user"), bench.call("settings.get")]
    LOGGER.warning("GitHub said %s", token)
    secret = next(each for each in replies[2]["secrets"] if each["name"] == "GITHUB_TOKEN")
    assert secret == {"name": "GITHUB_TOKEN", "source": "file", "value": "[REDACTED]", "last4": token[-4:]}
    assert token not in json.dumps(replies)
    held = [path for path in bench.home.root.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert held == [bench.secrets.path]
    assert bench.masked(f"my {token}") == "my [REDACTED]"


def test_a_sign_in_is_asked_for_without_the_token_that_there_was(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github, "old")
    poll(bench, bench.call("github.login_start"))
    sign_ins = [each for each in github.asked if each.path.startswith("/login")]
    assert len(sign_ins) == 2
    assert all("Authorization" not in each.headers for each in sign_ins)


def test_a_sign_in_that_nobody_began_is_not_found(bench: Workbench) -> None:
    with pytest.raises(NotFound, match="no such sign-in") as refused:
        bench.call("github.login_poll", device_code="made-up")
    assert refused.value.remedy == "Start again."


def test_without_an_app_it_is_said_how_a_token_serves_as_well(bench: Workbench, github: FakeGitHub) -> None:
    bench.save_settings(Settings(github_client_id=""))
    for name, params in (("github.login_start", {}), ("github.login_poll", {"device_code": "x"})):
        with pytest.raises(Refused, match="OAuth app") as refused:
            bench.call(name, params)
        assert refused.value.reason == "no_client_id"
        assert f"{github.url}/settings/tokens" in refused.value.remedy
        assert "workbench settings secret GITHUB_TOKEN" in refused.value.remedy
    assert github.asked == []


def test_an_app_that_github_does_not_know_is_said(bench: Workbench) -> None:
    bench.save_settings(Settings(github_client_id="Iv1.mistyped"))
    for name, params in (("github.login_start", {}), ("github.login_poll", {"device_code": "x"})):
        with pytest.raises(Refused, match="does not let this app sign anybody in") as refused:
            bench.call(name, params)
        assert "github_client_id" in refused.value.remedy


def test_a_client_id_that_could_not_be_one_is_refused(bench: Workbench) -> None:
    with pytest.raises(InvalidRequest):
        bench.call("settings.save", changes={"github_client_id": "two words&scope=repo"})


def test_a_token_of_the_environment_comes_first_and_is_said(
    bench: Workbench, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(bench, github, "file")
    monkeypatch.setenv("GITHUB_TOKEN", github.token("env", "ghp_from_the_environment_0123456789"))
    known = bench.call("github.user")
    assert (known["source"], known["user"]["login"]) == ("environment", "env")
    with pytest.raises(Refused, match="set in the environment"):
        bench.call("github.login_start")
    out = bench.call("github.logout")
    assert (out["forgotten"], out["source"]) == (True, "environment")
    assert "Take it out there" in out["note"]
    github.tokens.clear()
    with pytest.raises(Refused, match="no longer accepts") as refused:
        bench.call("github.user")
    assert "into the environment" in refused.value.remedy


def test_a_token_for_ones_own_github_does_not_go_to_github_com(bench: Workbench, github: FakeGitHub) -> None:
    bench.save_settings(Settings(github_url=f"{github.url}/", github_api_url="https://api.github.com"))
    signed_in(bench, github)
    assert bench.settings.github_api == github.api
    assert bench.call("github.user")["user"]["login"] == "ada"
    bench.save_settings(Settings(github_url="https://github.com"))
    assert bench.settings.github_api == "https://api.github.com"


def test_who_is_signed_out_is_nobody(bench: Workbench, github: FakeGitHub) -> None:
    signed_in(bench, github)
    out = bench.call("github.logout")
    assert (out["forgotten"], out["source"]) == (True, None)
    assert f"{github.url}/settings/applications" in out["note"]
    assert bench.call("github.user")["signed_in"] is False
    assert bench.call("github.logout") == {"forgotten": False, "source": None, "note": None}
    assert not bench.secrets.path.exists()


def test_other_secrets_stay_when_one_signs_out(bench: Workbench, github: FakeGitHub) -> None:
    bench.save_settings(Settings(), {"ANTHROPIC_API_KEY": "sk-ant-a-long-enough-key"})
    signed_in(bench, github)
    bench.call("github.logout")
    assert set(json.loads(bench.secrets.path.read_bytes())) == {"ANTHROPIC_API_KEY"}


def test_the_token_is_kept_even_if_github_does_not_say_whose_it_is(bench: Workbench, github: FakeGitHub) -> None:
    started = bench.call("github.login_start")
    token = github.approve("ada")
    github.fail("/user", 500)
    assert poll(bench, started) == {"status": "success", "interval": None, "user": None}
    assert token_of(bench) == token
