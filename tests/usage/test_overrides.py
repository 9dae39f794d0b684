"""A person's own prices as reports read them: straight from the database, without the settings' models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from workbench.app import Workbench
from workbench.errors import Refused
from workbench.paths import Home
from workbench.usage import own_runs
from workbench.usage.overrides import stored
from workbench.usage.prices import Prices

PRICE = {"acme-9": {"input": "0.30", "output": "15"}}


def save(bench: Workbench) -> None:
    bench.call("settings.save", {"changes": {"price_overrides": PRICE}})


def test_without_settings_or_without_a_database_there_are_none(bench: Workbench, home: Home, tmp_path: Path) -> None:
    assert stored(home.database) == {}
    assert stored(tmp_path / "nowhere.db") == {}
    assert not (tmp_path / "nowhere.db").exists()


def test_the_saved_ones_are_those_of_the_settings(bench: Workbench, home: Home) -> None:
    save(bench)
    settings = bench.settings.model_dump(mode="json")["price_overrides"]
    assert Prices.load(stored(home.database)).version == Prices.load(settings).version == Prices.load(PRICE).version


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '{"price_overrides": 1}', '{"price_overrides": {"acme-9": {"input": "many"}}}']
)
def test_what_does_not_fit_gives_way_to_what_last_did(bench: Workbench, home: Home, text: str) -> None:
    save(bench)
    bench.database.write(
        lambda connection: connection.execute(
            "update settings set value = ? where key = 'settings'", (text,)
        ).fetchall()
    )
    assert Prices.load(stored(home.database)).version == Prices.load(PRICE).version


def test_a_damaged_database_has_none(home: Home) -> None:
    home.database.write_bytes(b"not a database, and longer than a header would be" * 9)
    assert stored(home.database) == {}


@pytest.fixture
def held(bench: Workbench, home: Home) -> Iterator[None]:
    """The database, of which nobody can read: as when the last process that had it open closes it, and its disk is slow."""
    save(bench)
    bench.close()
    with closing(apsw.Connection(str(home.database))) as connection:
        connection.pragma("journal_mode", "delete")  # in a write-ahead log, readers are not held up
        connection.execute("begin exclusive")
        yield


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("ask", [lambda path: stored(path, 1), own_runs.mark])
def test_what_cannot_be_asked_now_is_not_taken_for_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Path], object]
) -> None:
    monkeypatch.setattr(own_runs, "BUSY_MS", 1)
    with pytest.raises(Refused) as refused:
        ask(home.database)
    assert refused.value.reason == "busy"
    assert str(home.database) in str(refused.value)
