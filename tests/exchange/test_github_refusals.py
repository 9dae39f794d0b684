"""What GitHub says when it says no, and what a person reads."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from bringing import Bringing
from sites import OddSite

from workbench.app import Workbench
from workbench.errors import Refused, WorkbenchError
from workbench.secrets import GITHUB_TOKEN
from workbench.settings import Settings
from workbench.skills.github.api import TOTAL_S, Api, hasty
from workbench.skills.github.refusals import Asker, refusal
from workbench.skills.sources.hosts import Bases, Network
from workbench.skills.sources.watch import Watch

NOW_MS = 1_795_000_000_000
NOBODY = Asker(None, NOW_MS)
ADA = Asker("file", NOW_MS)
URL = "https://api.github.com/repos/octo/shop/contents/a?ref=main"
RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "60", "x-ratelimit-reset": str(NOW_MS // 1000 + 600)}


@pytest.mark.parametrize(
    ("asker", "answer", "expected"),
    [
        (NOBODY, (403, RESET, ""), ("rate_limited", "resets in 10 minutes, at ", "sign in to GitHub")),
        (NOBODY, (429, RESET, ""), ("rate_limited", "It allows 60 an hour.", "5,000 an hour")),
        (ADA, (403, RESET, ""), ("rate_limited", "from you for now", "Try again then.")),
        (ADA, (403, {"x-ratelimit-remaining": "0"}, ""), ("rate_limited", "in 60 minutes", "Try again then.")),
        (ADA, (403, {**RESET, "x-ratelimit-reset": "1"}, ""), ("rate_limited", "in 1 second,", "Try again then.")),
        (ADA, (403, {**RESET, "x-ratelimit-reset": "9" * 40}, ""), ("rate_limited", "in 60 minutes", "Try again")),
        (ADA, (429, {"retry-after": "90"}, ""), ("rate_limited", "a pause of 90 seconds", "after that")),
        (ADA, (403, {}, "You have exceeded a secondary rate limit."), ("rate_limited", "60 seconds", "after that")),
        (ADA, (403, {}, "Resource not accessible"), ("forbidden", "this: Resource not accessible", "more permissions")),
        (NOBODY, (403, {}, ""), ("forbidden", "does not allow this.", "Sign in")),
        (ADA, (403, {}, "\x1b[31mred"), ("forbidden", "does not allow this.", "permissions")),
        (
            ADA,
            (403, {"x-github-sso": "required; url=https://github.com/orgs/octo/sso?a=1"}, ""),
            ("sso", "single sign-on", "https://github.com/orgs/octo/sso"),
        ),
        (ADA, (401, {}, "Bad credentials"), ("token", "no longer accepts", "workbench settings secret GITHUB_TOKEN")),
        (Asker("environment", NOW_MS), (401, {}, ""), ("token", "no longer accepts", "into the environment")),
        (NOBODY, (401, {}, ""), ("sign_in", "to who is signed in", "Sign in")),
        (NOBODY, (404, {}, "Not Found"), (None, "no octo/shop, or it is private", "sign in to GitHub first")),
        (ADA, (404, {}, "Not Found"), (None, "no octo/shop, or it is private", "whether your token may read it")),
        (ADA, (451, {}, ""), ("closed", "legal reasons", "another source")),
        (ADA, (502, {}, ""), ("server", "(502)", "Try again in a few minutes.")),
    ],
)
def test_each_refusal_is_a_sentence_with_a_remedy(
    asker: Asker, answer: tuple[int, dict[str, str], str], expected: tuple[str | None, str, str]
) -> None:
    status, headers, message = answer
    reason, said, remedy = expected
    error = refusal(asker, URL, status, headers, json.dumps({"message": message}).encode())
    assert said in error.message
    assert remedy in error.remedy
    assert error.facts.get("reason") == reason
    assert "?" not in error.message


@pytest.mark.parametrize("said", [b"", b"<html>", b"[" * 20_000, b'{"message": 5}', b"\xff", b'["a"]'])
def test_a_refusal_without_a_sentence_is_one_all_the_same(said: bytes) -> None:
    error = refusal(ADA, URL, 403, {}, said)
    assert error.message == "GitHub does not allow this."


# -- a GitHub that is none --------------------------------------------------------------------------------------------


@pytest.fixture
def signed(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    for name in ("GITHUB_TOKEN", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    bench.save_settings(Settings(github_client_id="Iv1.a"), {GITHUB_TOKEN: "ghp_0123456789abcdefghij0"})
    return bench


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_machine_that_is_not_online_is_told_so(signed: Workbench) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens, so that nobody else does meanwhile
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
        signed.save_settings(Settings(github_url=closed, github_api_url=closed))
        for name, params in (
            ("github.user", {}),
            ("github.check_marketplace", {"source": "octo/shop"}),
            ("github.login_start", {}),
        ):
            with pytest.raises(Refused, match="cannot be reached") as refused:
                signed.call(name, params)
            assert "online" in refused.value.remedy


def test_a_server_that_says_nothing_is_left(here: Bringing, silent: str) -> None:
    network = replace(here.bounded(stalled_s=1).network, bases=Bases(silent, silent))
    begun = time.monotonic()
    with pytest.raises(Refused, match="said nothing for 1 seconds") as refused:
        Api.of(network, ADA, Watch()).repository("octo", "shop")
    assert refused.value.reason == "stalled"
    assert time.monotonic() - begun < 15


def test_an_answer_that_trickles_is_left_in_time(here: Bringing, site: OddSite) -> None:
    base = site.trickle(10_000).rsplit("/trickle", 1)[0]
    network = replace(here.network, bases=Bases(base, base), bounds=replace(here.network.bounds, total_s=1))
    with pytest.raises(WorkbenchError, match="not done within 1 seconds"):
        Api(f"{base}/trickle/10000?a=", network, ADA, Watch()).signed_in()
    assert hasty(Network()).bounds.total_s == TOTAL_S == 30


@pytest.mark.parametrize("name", ["../..", "octo/..", "octo/shop?x=1", "octo/shop/../../user", "octo", "octo/sh\nop"])
def test_a_repository_whose_name_leads_elsewhere_is_none(signed: Workbench, site: OddSite, name: str) -> None:
    about = {"full_name": name, "default_branch": "main", "private": False}
    site.files["/repos/octo/shop"] = json.dumps(about).encode()
    signed.save_settings(Settings(github_url=site.url, github_api_url=site.url))
    with pytest.raises(Refused, match="does not answer as GitHub does"):
        signed.call("github.check_marketplace", source="octo/shop")
    assert site.paths() == ["/repos/octo/shop"]


@pytest.mark.parametrize("said", [b"<html>Welcome</html>", b"[]", b'{"login": 5}', b"{", b""])
def test_a_server_that_is_no_github_is_told_from_one(signed: Workbench, site: OddSite, said: bytes) -> None:
    site.files["/user"] = said
    signed.save_settings(Settings(github_url=site.url, github_api_url=site.url))
    with pytest.raises(Refused, match="does not answer as GitHub does") as refused:
        signed.call("github.user")
    assert "github_api_url" in refused.value.remedy
