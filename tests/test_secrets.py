"""Secrets never come out, but to the child that needs them."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from workbench.app import Workbench
from workbench.errors import HomeUnusable, InvalidRequest, WorkbenchError
from workbench.paths import Home
from workbench.secrets import SECRETS

KEY = "sk-ant-a-key-that-nobody-else-has-1234"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)


def test_a_saved_secret_is_shown_by_its_end_alone(bench: Workbench) -> None:
    reply = bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": f" {KEY}\n"}})
    shown = next(each for each in reply["secrets"] if each["name"] == "ANTHROPIC_API_KEY")
    assert shown == {"name": "ANTHROPIC_API_KEY", "source": "file", "value": "[REDACTED]", "last4": "1234"}
    assert KEY not in json.dumps(reply)
    assert bench.secrets.values(("ANTHROPIC_API_KEY",)) == {"ANTHROPIC_API_KEY": KEY}


def test_a_secret_lies_in_one_file_that_only_its_owner_reads(bench: Workbench, home: Home) -> None:
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    holding = [path for path in home.root.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert holding == [bench.secrets.path]
    assert bench.secrets.path.stat().st_mode & 0o777 == 0o600


def test_secrets_are_not_saved_when_the_settings_beside_them_could_not_be(bench: Workbench) -> None:
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    kept = bench.secrets.path.read_bytes()
    spoil = """
        create table parent (id integer primary key);
        create table child (parent references parent deferrable initially deferred);
        create trigger spoil after update on settings begin insert into child values (1); end;
    """
    bench.database.write(lambda connection: connection.execute(spoil).fetchall())
    other = {"ANTHROPIC_API_KEY": "another-key-entirely", "ANTHROPIC_AUTH_TOKEN": "a-token-of-some-length"}
    with pytest.raises((WorkbenchError, apsw.Error)):  # at the commit, when the file has been written
        bench.call("settings.save", {"changes": {"max_turns": 7}, "secrets": other})
    assert bench.secrets.path.read_bytes() == kept


def test_a_secret_of_null_is_forgotten(bench: Workbench) -> None:
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": None}})
    assert bench.secrets.values(SECRETS) == {}
    assert not bench.secrets.path.exists()


def test_the_environment_comes_first(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-from-the-environment-9999")
    shown = bench.call("settings.get")["secrets"][0]
    assert (shown["source"], shown["last4"]) == ("environment", "9999")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_KEY", KEY),
        ("ANTHROPIC_API_KEY", "tiny-1"),
        ("ANTHROPIC_API_KEY", f"{KEY}\nmore"),
        ("ANTHROPIC_API_KEY", "x\0" * 20),
    ],
)
def test_a_secret_that_could_not_be_kept_safe_is_refused_without_repeating_it(
    bench: Workbench, name: str, value: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        bench.call("settings.save", {"changes": {"max_turns": 7}, "secrets": {name: value}})
    assert value not in json.dumps(caught.value.to_dict())
    assert bench.settings.max_turns is None


def test_the_wrong_type_for_a_secret_is_refused_without_repeating_it(bench: Workbench) -> None:
    with pytest.raises(InvalidRequest) as caught:
        bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": [KEY]}})
    assert KEY not in json.dumps(caught.value.to_dict())


@pytest.mark.parametrize("content", ["not JSON", "[]"])
def test_a_damaged_secrets_file_is_a_sentence_and_stays_as_it_is(bench: Workbench, content: str) -> None:
    bench.secrets.path.write_text(content)
    with pytest.raises(HomeUnusable, match="secrets"):
        bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    assert bench.secrets.path.read_text() == content


def test_a_secrets_file_that_others_could_read_is_closed_to_them(bench: Workbench) -> None:
    bench.secrets.path.write_text(json.dumps({"ANTHROPIC_API_KEY": KEY}))
    bench.secrets.path.chmod(0o644)
    assert bench.call("settings.get")["secrets"][0]["last4"] == "1234"
    assert bench.secrets.path.stat().st_mode & 0o777 == 0o600


def test_the_log_level_changes_at_once_and_secrets_are_masked_in_the_log(bench: Workbench) -> None:
    from workbench.logs import LOGGER

    bench.call("settings.save", {"secrets": {"ANTHROPIC_API_KEY": KEY}})
    path = Path(bench.call("settings.log_path")["path"])
    LOGGER.debug("too early")
    bench.call("settings.set_log_level", level="debug")
    LOGGER.debug("the key is %s", KEY)
    text = path.read_text()
    assert "the key is [REDACTED]" in text
    assert "too early" not in text
