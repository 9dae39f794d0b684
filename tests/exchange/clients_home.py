"""A person's home with clients in it, and a project, as tests of handing out look at them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.app import Workbench
from workbench.settings import Settings


def tree(*roots: Path) -> dict[str, str]:
    """All that lies below some folders, whatever it is: modes, contents, links, and folders too."""
    found = {}
    for root in roots:
        for above, folders, files in os.walk(root):
            for name in [*folders, *files]:
                path = Path(above) / name
                mode = path.lstat().st_mode
                if stat.S_ISLNK(mode):
                    said = f"-> {path.readlink()}"
                else:
                    said = path.read_bytes().hex() if stat.S_ISREG(mode) else ""
                found[str(path)] = f"{mode:o} {said}"
    return found


@dataclass
class Person:
    """Who has skills and clients."""

    bench: Workbench
    user: Path
    project: Path
    skills: Path

    def call(self, command: str, /, **params: Any) -> dict[str, Any]:
        return self.bench.call(command, params)

    def create(self, name: str, *, text: str = "Do it.\n") -> Path:
        self.call("skills.create", name=name, description=f"Does {name}.", body=text)
        script = self.skills / name / "scripts" / "run.sh"
        script.parent.mkdir()
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        return self.skills / name

    def adopt(self, name: str, said: str = "odd") -> Path:
        """A folder that somebody has put among the skills, as a skill."""
        folder = self.skills / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(f"---\nname: {said}\ndescription: D.\n---\n\nDo.\n")
        self.call("workspace.apply_reconcile", choices={name: "add"})
        return folder

    def install(self, *names: str, clients: tuple[str, ...] = ("claude",), **more: Any) -> dict[str, Any]:
        return self.call("skills.install", names=list(names), clients=list(clients), **more)

    def installed(self, *names: str, clients: tuple[str, ...] = ("claude",), **more: Any) -> list[dict[str, Any]]:
        """Nothing of it was refused."""
        report = self.install(*names, clients=clients, **more)
        assert report["refused"] == []
        done: list[dict[str, Any]] = report["done"]
        return done

    def uninstall(self, *names: str, **more: Any) -> dict[str, Any]:
        return self.call("skills.uninstall", names=list(names), **more)

    def uninstalled(self, *names: str, **more: Any) -> list[dict[str, Any]]:
        report = self.uninstall(*names, **more)
        assert report["refused"] == []
        done: list[dict[str, Any]] = report["done"]
        return done

    def states(self, *names: str, projects: tuple[Path, ...] = ()) -> dict[str, str]:
        """How each install stands, by client and path below the person's folder."""
        rows = self.call("skills.installs", names=list(names), projects=[str(path) for path in projects])["rows"]
        base = self.user.parent
        return {f"{row['client']} {Path(row['path']).relative_to(base).as_posix()}": row["state"] for row in rows}

    @property
    def trash(self) -> list[str]:
        return sorted(path.name for path in (self.bench.home.root / "trash").glob("*/*"))


def person(bench: Workbench, base: Path) -> Person:
    """A person with an empty home folder and a project of their own."""
    for name in ("user", "project"):
        (base / name).mkdir()
    bench.save_settings(Settings(skills_path=str(base / "skills")))
    return Person(bench, base / "user", base / "project", base / "skills")
