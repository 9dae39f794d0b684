"""A skills folder as tests look at it: through git itself, never through what is tested."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from workbench.app import Workbench
from workbench.settings import Settings
from workbench.skills import table
from workbench.skills.table import Intent


def git(folder: Path, *words: str, given: bytes | None = None) -> str:
    """What the person's own git says."""
    done = subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape")


def a_person(folder: Path) -> None:
    """A repository as somebody has it who works with git."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "config", "user.name", "Ada")
    git(folder, "config", "user.email", "ada@example.org")


def digest(folder: Path, *without: str) -> dict[str, str]:
    """Every file below a folder by its content, and every link by its target."""
    found = {}
    for above, folders, files in os.walk(folder):
        here = Path(above)
        if here == folder:
            folders[:] = [name for name in folders if name not in without]
        below = "" if here == folder else f"{here.relative_to(folder).as_posix()}/"
        for name in [*folders, *files]:
            path = here / name
            if path.is_symlink():
                found[below + name] = f"-> {path.readlink()}"
            elif path.is_file():
                found[below + name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return {name: found[name] for name in sorted(found) if name not in without}


class Shelf:
    """The folder, the commands, and what must always hold between disk, git and database."""

    def __init__(self, bench: Workbench, root: Path) -> None:
        self.bench = bench
        self.root = root
        bench.save_settings(Settings(skills_path=str(root)))

    def call(self, command: str, /, **params: Any) -> dict[str, Any]:
        return self.bench.call(command, params)

    def create(self, name: str, **more: Any) -> dict[str, Any]:
        return self.call("skills.create", name=name, **{"description": f"Does {name}.", "body": "Do it.\n", **more})

    def names(self) -> list[str]:
        return [row["name"] for row in self.call("skills.list")["skills"]]

    def text(self, name: str) -> bytes:
        return (self.root / name / "SKILL.md").read_bytes()

    def log(self) -> list[str]:
        return git(self.root, "log", "--format=%s").splitlines()

    def history(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("git.history", name=name)["versions"]
        return found

    def check(self) -> None:
        """Disk, git and database agree, and nothing is left lying about."""
        assert agreement(self.bench, self.root) == []


def agreement(
    bench: Workbench, root: Path, *, strangers: tuple[str, ...] = (), changed: tuple[str, ...] = ()
) -> list[str]:
    """What disk, git and database say differently of the skills; empty when all is well. Of `strangers` git knows
    nothing, and `changed` files differ from their version.
    """
    wrong = []
    rows = {row.name for row in bench.database.read(table.rows)}
    trash = {row.trash for row in bench.database.read(table.deleted) if row.trash}
    folders = {entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith(".")}
    if rows - set(strangers) != folders - set(strangers):
        wrong.append(f"rows {sorted(rows)}, folders {sorted(folders)}")
    aside = {path.name for path in (root / ".trash").iterdir()} - {".gitignore", "resets"}
    if aside != trash:
        wrong.append(f"the trash holds {sorted(aside)}, the rows say {sorted(trash)}")
    if left := bench.database.read(table.intents):
        wrong.append(f"left undone: {left}")
    listed = git(root, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")[:-1]
    kept = {path for path in listed if "/" in path and path.split("/")[0] not in strangers}
    there = {
        path.relative_to(root).as_posix()
        for name in (rows & folders) - set(strangers)
        for path in (root / name).rglob("*")
        if path.is_file() or path.is_symlink()
    }
    if kept != there:
        wrong.append(f"git has {sorted(kept - there)} and lacks {sorted(there - kept)}")
    status = [line for line in git(root, "status", "--porcelain", "-z").split("\0") if line[3:].split("/")[0] in rows]
    status = [line for line in status if line[3:] not in changed and line[3:].split("/")[0] not in strangers]
    if status:
        wrong.append(f"git status: {status}")
    return wrong


def left(shelf: Shelf, kind: str, name: str, **facts: Any) -> None:
    """What a process leaves that was killed in a change of a skill."""
    intent = Intent(shelf.bench.clock.new_id(), kind, name, str(shelf.root), facts, 1)
    shelf.bench.database.write(lambda connection: table.intend(connection, intent))
