"""Settings always work."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.app import Workbench
from workbench.errors import InvalidRequest, UnknownProvider
from workbench.paths import Home
from workbench.settings import Settings


def store(bench: Workbench, key: str, value: str) -> None:
    bench.database.write(
        lambda connection: connection.execute("insert or replace into settings values (?, ?)", (key, value)).fetchall()
    )


def test_a_new_home_has_the_defaults(bench: Workbench) -> None:
    assert bench.settings == Settings()
    assert bench.settings.provider == "replay"


def test_a_change_names_only_what_changes(bench: Workbench) -> None:
    bench.call("settings.save", {"changes": {"max_turns": 7}})
    bench.call("settings.save", {"changes": {"thinking": 4000}})
    assert (bench.settings.max_turns, bench.settings.thinking) == (7, 4000)


def test_null_sets_a_setting_back_to_none(bench: Workbench) -> None:
    bench.call("settings.save", {"changes": {"model": "opus"}})
    bench.call("settings.save", {"changes": {"model": None}})
    assert bench.settings.model is None


def test_settings_are_still_there_for_the_next_host(bench: Workbench, home: Home) -> None:
    bench.call("settings.save", {"changes": {"prune_days": 3}})
    with Workbench.open(home) as other:
        assert other.settings.prune_days == 3


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"max_turns": 0}, "changes.max_turns"),
        ({"colour": "red"}, "changes.colour"),
        ({"log_level": "loud"}, "changes.log_level"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_path_and_nothing_is_saved(
    bench: Workbench, changes: dict[str, object], path: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        bench.call(
            "settings.save",
            {"changes": {"idle_minutes": 9, **changes}, "secrets": {"ANTHROPIC_API_KEY": "sk-ant-not-kept-1234"}},
        )
    assert [each["path"] for each in caught.value.facts["problems"]] == [path]
    assert bench.settings == Settings()
    assert not bench.secrets.path.exists()


def test_an_unknown_provider_is_refused_by_name(bench: Workbench) -> None:
    with pytest.raises(UnknownProvider, match="'claud'"):
        bench.call("settings.save", {"changes": {"provider": "claud"}})


@pytest.mark.parametrize("text", ["{", "[]", '{"max_turns": "many"}', '{"colour": "red"}', '{"provider": "gone"}'])
def test_stored_settings_that_do_not_fit_give_way_to_the_last_good_ones_with_a_notice(
    bench: Workbench, text: str
) -> None:
    bench.call("settings.save", {"changes": {"max_turns": 7}})
    store(bench, "settings", text)
    reply = bench.call("settings.get")
    assert reply["settings"]["max_turns"] == 7
    assert "last good ones" in reply["notice"]


def test_without_a_last_good_value_the_defaults_are_used_and_the_notice_says_so(bench: Workbench) -> None:
    store(bench, "settings", "{")
    reply = bench.call("settings.get")
    assert reply["settings"] == Settings().model_dump(mode="json")
    assert "defaults" in reply["notice"]


def test_saving_over_settings_that_did_not_fit_sets_them_aside(bench: Workbench) -> None:
    store(bench, "settings", '{"colour": "red"}')
    reply = bench.call("settings.save", {"changes": {"max_turns": 7}})
    assert reply["notice"] is None
    rejected = bench.database.read(
        lambda connection: connection.execute("select value from settings where key = 'settings.rejected'").get
    )
    assert rejected == '{"colour": "red"}'


def test_the_paths_are_absolute(bench: Workbench, home: Home) -> None:
    assert bench.call("settings.data_path") == {"path": str(home.root)}
    assert Path(bench.call("settings.default_skills_path")["path"]).is_absolute()


def test_own_prices_are_kept_as_the_text_that_was_written(bench: Workbench) -> None:
    price = {"input": "0.30", "output": "15", "web_search": "10.000001"}
    bench.call("settings.save", {"changes": {"price_overrides": {"acme-9": price}}})
    kept = bench.settings.model_dump(mode="json", exclude_none=True)["price_overrides"]
    assert kept == {"acme-9": price}
    bench.call("settings.save", {"changes": {"price_overrides": {}}})
    assert bench.settings.price_overrides == {}


@pytest.mark.parametrize("price", [{"input": "1"}, {"input": "1", "output": 2}, {"input": "1", "output": "1e400"}])
def test_an_own_price_that_is_none_is_refused_by_its_path(bench: Workbench, price: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match=r"price_overrides\.acme-9\.output"):
        bench.call("settings.save", {"changes": {"price_overrides": {"acme-9": price}}})
    assert bench.settings.price_overrides == {}
