"""What the build's scripts derive, and that the derived files are what their sources say."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "extension" / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- requirements -----------------------------------------------------------------------------------------------------

PYPROJECT: dict[str, Any] = {
    "build-system": {"requires": ["hatchling", "shared"]},
    "project": {
        "name": "mine",
        "dependencies": ["base", "shared"],
        "optional-dependencies": {
            "a": ["one==1"], "b": ["two"], "all": ["mine[a,b]"], "dev": ["mine[all]", "tool"],
            "round": ["mine[trip]", "x"], "trip": ["mine[round]", "y"],
        },
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("extras", "expected"),
    [
        ([], ["base", "shared", "hatchling"]),
        (["a"], ["base", "shared", "hatchling", "one==1"]),
        (["dev"], ["base", "shared", "hatchling", "one==1", "two", "tool"]),
        (["a", "all"], ["base", "shared", "hatchling", "one==1", "two"]),
        (["round"], ["base", "shared", "hatchling", "y", "x"]),
    ],
)
def test_an_extra_that_names_the_project_stands_for_what_it_holds(extras: list[str], expected: list[str]) -> None:
    assert script("requirements").requirements(PYPROJECT, extras) == expected


def test_an_unknown_extra_is_named_with_the_known_ones() -> None:
    with pytest.raises(SystemExit, match="all"):
        script("requirements").requirements(PYPROJECT, ["c"])


def test_the_real_pyproject_gives_lines_that_pip_can_take_in_an_empty_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPTS / "requirements.py"), "claude", "dev"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["dependencies"]) <= set(lines)
    assert set(project["optional-dependencies"]["claude"]) <= set(lines)
    assert not any(line.startswith("jupyter-workbench") for line in lines)


# -- generated files --------------------------------------------------------------------------------------------------


def test_the_schema_of_the_protocol_holds_every_command_and_no_title_of_pydantic_s() -> None:
    generate = script("generate")
    schema = generate.protocol_schema()
    from workbench.commands import registry

    assert list(schema["properties"]) == [each.name for each in registry.every()]
    assert schema.pop("title") == "Commands"
    assert not list(_titles(schema))
    assert json.dumps(generate.protocol_schema()) == json.dumps(generate.protocol_schema())


def test_a_property_that_is_called_title_stays() -> None:
    generate = script("generate")
    model = {"title": "Gone", "properties": {"title": {"title": "Gone", "type": "string"}}}
    assert generate.untitled(model) == {"properties": {"title": {"type": "string"}}}


def test_every_reference_of_the_protocol_leads_somewhere() -> None:
    schema = script("generate").protocol_schema()
    names = {f"#/definitions/{name}" for name in schema["definitions"]}
    assert set(_references(schema)) <= names


def test_the_generated_files_are_what_their_sources_say() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "generate.py"), "--check"], capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr


def _titles(value: Any, *, names: bool = False) -> Any:
    """Titles that are annotations, not names of properties."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "title" and not names:
            yield each
        yield from _titles(each, names=key in {"properties", "definitions"} and not names)


def _references(value: Any) -> Any:
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "$ref":
            yield each
        yield from _references(each)
