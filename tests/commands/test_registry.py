"""One name, one function, one reply; everything else is a sentence."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from workbench.app import Workbench
from workbench.commands import registry
from workbench.errors import InvalidRequest, UnknownCommand


def test_a_command_answers_with_plain_json(bench: Workbench) -> None:
    assert bench.call("settings.data_path") == {"path": str(bench.home.root)}


async def test_a_command_is_reached_from_a_running_loop_in_both_ways(bench: Workbench) -> None:
    assert await bench.acall("settings.data_path") == bench.call("settings.data_path")


@pytest.mark.parametrize(("name", "near"), [("sessions.lst", "sessions.list"), ("settings.gets", "settings.get")])
def test_a_mistyped_name_is_answered_with_the_near_ones(bench: Workbench, name: str, near: str) -> None:
    with pytest.raises(UnknownCommand) as caught:
        bench.call(name)
    assert near in caught.value.facts["near"]
    assert near in caught.value.remedy


@pytest.mark.parametrize("name", ["", "registry.find", "../settings.get", "settings", "os.system"])
def test_a_name_that_is_nothing_like_a_command_imports_nothing(bench: Workbench, name: str) -> None:
    with pytest.raises(UnknownCommand):
        bench.call(name)


def test_every_problem_of_a_request_is_listed_by_its_path(bench: Workbench) -> None:
    with pytest.raises(InvalidRequest) as caught:
        bench.call("settings.save", {"changes": {"max_turns": "x"}, "extra": 1})
    assert {each["path"] for each in caught.value.facts["problems"]} == {"changes.max_turns", "extra"}


@pytest.mark.parametrize("params", [[], "x", 3, True])
def test_parameters_that_are_no_object_are_refused(bench: Workbench, params: object) -> None:
    with pytest.raises(InvalidRequest, match="takes a JSON object"):
        bench.call("settings.get", params)  # type: ignore[arg-type]


def test_every_command_says_what_it_does_and_has_both_schemas() -> None:
    commands = registry.every()
    assert len({each.name for each in commands}) == len(commands)
    for each in commands:
        assert each.summary.endswith("."), each.name
        schemas = each.schemas()
        assert schemas["request"]["type"] == "object", each.name
        assert schemas["request"].get("additionalProperties") is False, each.name


def test_commands_are_listed_by_subject() -> None:
    subjects = [each.name.partition(".")[0] for each in registry.every()]
    assert list(dict.fromkeys(subjects)) == list(registry.SUBJECTS)


@pytest.mark.parametrize("name", [each.name for each in registry.every()])
def test_every_command_is_found_where_its_subject_says_that_it_is(name: str) -> None:
    """Those that no module of the subject holds would be found only by who has loaded another module before."""
    function = registry.find(name).function
    assert function.__module__.removeprefix("workbench.commands.") in registry.SUBJECTS[name.partition(".")[0]]


def test_every_list_in_a_reply_says_its_order() -> None:
    """Of rows, that is: a list of names within a row may speak for itself."""
    for each in registry.every():
        for name, field in each.reply.model_fields.items():
            inner = getattr(field.annotation, "__args__", ())
            if (
                getattr(field.annotation, "__origin__", None) is list
                and isinstance(inner[0], type)
                and issubclass(inner[0], BaseModel)
            ):
                assert field.description, f"{each.name}: {name}"


def test_a_second_function_for_a_name_is_refused() -> None:
    registry.every()
    with pytest.raises(ValueError, match="two functions"):
        registry.command("settings.get", BaseModel, BaseModel)(lambda _bench, _request: None)  # type: ignore[arg-type, return-value]
