"""What a message tells a person to do is something that they can type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import workbench
from workbench.commands import registry

SOURCE = Path(workbench.__file__).parent


def words(node: ast.expr) -> Iterator[str]:
    """The literal texts of an expression; what is put in is left out."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def remedies() -> Iterator[tuple[str, str]]:
    """Every text that is given as a remedy, with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "remedy":
                yield from ((f"{path.relative_to(SOURCE)}:{node.value.lineno}", each) for each in words(node.value))


def test_a_remedy_that_names_a_command_says_how_it_is_typed() -> None:
    found = list(remedies())
    assert len(found) > 100, "remedies are found at all"
    names = "|".join(re.escape(each.name) for each in registry.every())
    bare = re.compile(rf"(?<!workbench call )(?<![\w.])(?:{names})\b")
    assert [f"{place}: {text}" for place, text in found if bare.search(text)] == []
