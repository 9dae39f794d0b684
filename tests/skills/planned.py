"""Plans of a source as tests ask for them: making one changes nothing, and all of it is accounted for."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hostile import Tree, lay, skill
from untouched import unchanged

from workbench.skills.intake.plan import Held, Plan, Row
from workbench.skills.intake.planning import plan
from workbench.skills.sources.watch import Watch

ORIGIN = "github.com/o/charts"
CLAUDE = ".claude-plugin/marketplace.json"
AGENTS = ".agents/plugins/marketplace.json"


class Library:
    """What a library knows."""

    def __init__(self, *names: str, **came: Held) -> None:
        self.names, self.came = names, came

    def taken(self, name: str) -> bool:
        return name in self.names

    def imported(self, origin: str) -> Held | None:
        source, _, path = origin.partition("#")
        assert source == ORIGIN
        return self.came.get(posixpath.dirname(path))


def planned(root: Path, tree: Tree | None = None, **options: Any) -> Plan:
    """The plan of a tree; making it changes nothing, and every SKILL.md is in one row."""
    if tree is not None:
        lay(root, tree)
    with unchanged(root):
        made = plan(root, origin=ORIGIN, watch=Watch(), **{"scan_first": 0, **options})
    if not options:
        accounted(root, made)
    return made


def accounted(root: Path, made: Plan) -> None:
    """The rows are every file named skill.md in any case, skills below linked folders, and what is not here."""
    files = sorted(skill_files(root))
    rows = [row.path for row in made.rows]
    assert len(set(rows)) == len(rows)
    assert rows == sorted(rows)
    here = [row for row in made.rows if row.place != "remote"]
    assert [row.path for row in here if row.path in set(files)] == files
    assert all(row.place == "alias" for row in here if row.path not in set(files))
    sums = made.sums
    places = ("offered", "not_in_catalogue", "inside", "set_aside", "alias", "remote")
    assert sums["rows"] == len(rows) == sum(sums[place] for place in places)
    assert sums["rows"] == sum(sums[status] for status in ("ready", "repair", "ask", "refuse"))


def sendable(made: Plan) -> None:
    """Whatever stood in the source, the plan can be sent; where things lie is for us alone."""
    rows = [asdict(row) | {"folder": None, "document": None} for row in made.rows]
    json.dumps([*rows, *map(asdict, made.catalogues), made.notes], ensure_ascii=False).encode()


def skill_files(root: Path) -> Iterator[str]:
    for above, folders, names in os.walk(root):
        for name in [*names, *(each for each in folders if Path(above, each).is_symlink())]:
            if name.lower() == "skill.md":
                yield str(Path(above, name).relative_to(root))


def named(*folders: str, **more: Any) -> dict[str, Any]:
    """A skill in each of these folders, whose name is the folder's; other files by their path."""
    trees = {f"{folder}/SKILL.md": skill(name=folder.rpartition("/")[2]).encode() for folder in folders}
    return {path: data + path.encode() for path, data in trees.items()} | more


def places(made: Plan) -> dict[str, str]:
    return {posixpath.dirname(row.path) if row.path.endswith("/SKILL.md") else row.path: row.place for row in made.rows}


def only(made: Plan) -> Row:
    [row] = made.rows
    return row


def manifest(*plugins: Any, **more: Any) -> bytes:
    return json.dumps({"name": "shelf", "owner": {"name": "o"}, "plugins": plugins, **more}).encode()
