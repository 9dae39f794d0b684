"""A key is tried against the provider's own address, and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from workbench import keys
from workbench.app import Workbench
from workbench.errors import Refused
from workbench.keys import try_key
from workbench.sidecar.provider import Listing

KEY = "sk-ant-a-key-that-nobody-else-has"


class Provider(BaseHTTPRequestHandler):
    """Answers with a status; keeps what it was asked."""

    status = 200
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        type(self).seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
        self.send_response(type(self).status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    class Mine(Provider):
        seen: list[dict[str, str]] = []  # noqa: RUF012 - one list a test is the point

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keys, "TIMEOUT_S", 60)
    with ThreadingHTTPServer(("127.0.0.1", 0), Mine) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{server.server_port}")
        yield Mine
        server.shutdown()
        thread.join()


def tried(bench: Workbench) -> dict[str, Any]:
    return bench.call("settings.test_key", provider="claude")


def test_replay_needs_no_key(bench: Workbench) -> None:
    assert bench.call("settings.test_key")["ok"] is True


def test_a_missing_key_is_said_without_asking_anybody(bench: Workbench, provider: type[Provider]) -> None:
    reply = tried(bench)
    assert reply["failure"]["facts"]["reason"] == "key_missing"
    assert "ANTHROPIC_API_KEY" in reply["failure"]["remedy"]
    assert provider.seen == []


def test_a_good_key_is_good(bench: Workbench, provider: type[Provider]) -> None:
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    assert tried(bench)["ok"] is True
    assert provider.seen[0]["x-api-key"] == KEY


def test_a_token_goes_as_a_bearer(bench: Workbench, provider: type[Provider]) -> None:
    bench.call("settings.save", {"secrets": {"ANTHROPIC_AUTH_TOKEN": KEY}})
    assert tried(bench)["ok"] is True
    assert provider.seen[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(("status", "reason"), [(401, "key_refused"), (403, "key_refused"), (500, "unreachable")])
def test_a_refusal_is_told_from_a_fault_and_never_repeats_the_key(
    bench: Workbench, provider: type[Provider], status: int, reason: str
) -> None:
    provider.status = status
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    reply = tried(bench)
    assert reply["failure"]["facts"]["reason"] == reason
    assert KEY not in str(reply)


def test_a_redirect_does_not_take_the_key_along(bench: Workbench, provider: type[Provider]) -> None:
    provider.status = 302
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    assert tried(bench)["ok"] is False
    assert [each["path"] for each in provider.seen] == ["/v1/models?limit=1"]


def test_a_key_of_a_provider_that_knows_no_question_is_shown_to_nobody(provider: type[Provider]) -> None:
    other = Listing("other", "Other", "workbench.sidecar.replay", "other", None, ("OTHER_KEY",))
    with pytest.raises(Refused) as caught:
        try_key(other, {"OTHER_KEY": KEY})
    assert caught.value.reason == "untested"
    assert provider.seen == []


def test_an_address_that_cannot_be_reached_is_a_sentence(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    assert tried(bench)["failure"]["facts"]["reason"] == "unreachable"
