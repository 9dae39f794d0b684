"""Prints what Workbench needs, one requirement a line, before Workbench itself is built.

    python extension/scripts/requirements.py claude dev

reads pyproject.toml and prints the dependencies, those of the named extras (an extra that names the distribution itself,
`jupyter-workbench[test]`, stands for what that extra holds), and the build requirements. Only the standard library is used:
this runs in an empty environment.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def requirements(pyproject: dict[str, Any], extras: list[str]) -> list[str]:
    """The requirement lines of a parsed pyproject, each once, in the order in which they are met."""
    project = pyproject["project"]
    lines = [*project["dependencies"], *pyproject["build-system"]["requires"]]
    for extra in extras:
        lines.extend(_of_extra(project, extra, frozenset()))
    return list(dict.fromkeys(lines))


def _of_extra(project: dict[str, Any], extra: str, seen: frozenset[str]) -> Iterator[str]:
    """The lines of one extra; references to the project itself are followed, each once."""
    known = project["optional-dependencies"]
    if extra not in known:
        raise SystemExit(f"There is no extra named {extra!r}. Use one of: {', '.join(sorted(known))}.")
    itself = re.compile(rf"^{re.escape(project['name'])}\[([^\]]+)\]$")
    for line in known[extra]:
        match = itself.match(line)
        if match is None:
            yield line
            continue
        for name in match.group(1).split(","):
            if name.strip() not in seen | {extra}:
                yield from _of_extra(project, name.strip(), seen | {extra})


if __name__ == "__main__":
    print("\n".join(requirements(tomllib.loads(PYPROJECT.read_text("utf-8")), sys.argv[1:])))
