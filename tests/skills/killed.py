"""Kills a change of a skill at its steps, and lets the next process look at what was left; see `killing`.

    python killed.py FOLDER OPERATION [SECOND]

With SECOND, the process that repairs is killed as well, at its SECOND-th step, before the one that looks.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

import shelf as looking
from killing import Steps, lives, report

from workbench.app import Workbench
from workbench.settings import Settings

OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "create": ("skills.create", {"name": "new", "description": "New.", "tags": ["t"]}),
    "edit": ("skills.edit", {"name": "one", "edits": [{"key": "license", "value": "MIT"}]}),
    "write": ("files.write", {"path": "one/references/deep/new.md", "text": "new\n"}),
    "rename": ("skills.rename", {"name": "one", "new_name": "moved"}),
    "delete": ("skills.delete", {"name": "one"}),
    "restore_deleted": ("skills.restore_deleted", {"name": "gone"}),
    "restore": ("git.restore", {"name": "one", "version": "first"}),
    "import": (
        "skills.apply_import",
        {
            "source": "source",
            "rows": [
                {"path": "alpha/SKILL.md"},
                {"path": "beta/SKILL.md"},
                {"path": "theirs/SKILL.md", "taken": "replace"},
            ],
        },
    ),
    "reconcile": ("workspace.apply_reconcile", {"choices": {"stray": "add", "other": "remove"}}),
}
USER = ("project.txt", "staged.txt", "user/SKILL.md", "user/notes.md")


def main() -> int:
    base, operation = Path(sys.argv[1]), sys.argv[2]
    run, template = base / "run", "others" if operation == "import" else "template"
    second = [int(word) for word in sys.argv[3:]]
    return report(
        lives(
            base,
            lambda: prepare(run, operation),
            lambda steps: operate(run, operation, steps),
            lambda: look(run, base / template / "skills"),
            then=(lambda: repair(run, Steps(*second))) if second else None,
            template=template,
        )
    )


def prepare(folder: Path, operation: str) -> None:
    """A person's repository with work half done, three skills, one in the trash, and some strangers."""
    root = folder / "skills"
    looking.a_person(root)
    for name in USER:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(f"{name}\n")
    (root / "user" / "SKILL.md").write_text("---\nname: user\ndescription: Mine.\n---\n\nMine.\n")
    looking.git(root, "add", "project.txt")
    looking.git(root, "commit", "-qm", "mine")
    with bench_of(folder) as bench:
        for name in ("one", "gone"):
            bench.call("skills.create", name=name, description="D.", body="Do it.\n", tags=["kept"])
        bench.call("files.write", path=str(root / "one" / "references" / "a.md"), text="a\n")
        bench.call("sessions.create", skill="one")
        bench.call("git.tag", name="one", tag="first")
        bench.call("files.write", path=str(root / "one" / "references" / "b.md"), text="b\n")
        bench.call("files.write", path=str(root / "one" / "references" / "a.md"), text="changed\n")
        bench.call("skills.edit", name="one", body="Otherwise.\n")
        bench.call("skills.delete", name="gone")
        bench.call("workspace.apply_reconcile", choices={"user": "add"})
    (root / "one" / "references" / "a.md").write_text("mine, in no version\n")
    for name in ("stray", "other"):
        (root / name).mkdir()
        (root / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: D.\n---\n\nDo.\n")
    (root / "empty").mkdir()
    (root / "junk").mkdir()
    (root / "junk" / "data.bin").write_bytes(b"\0junk")
    (root / "project.txt").write_text("half\n")
    looking.git(root, "add", "staged.txt", "project.txt")
    (root / "project.txt").write_text("half done\n")
    if operation == "import":
        source_of(folder)


def source_of(folder: Path) -> None:
    """A folder of others' skills; the library has one of them, as it was."""
    for name in ("alpha", "beta", "theirs"):
        (folder / "source" / name / "references").mkdir(parents=True)
        (folder / "source" / name / "references" / "a.md").write_text(f"{name}\n")
        (folder / "source" / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: D.\n---\n\nDo.\n")
    with bench_of(folder) as bench:
        rows = [{"path": "theirs/SKILL.md"}]
        bench.call("skills.apply_import", source=str(folder / "source"), rows=rows)
    (folder / "source" / "theirs" / "SKILL.md").write_text("---\nname: theirs\ndescription: Newer.\n---\n\nDo.\n")


def bench_of(folder: Path) -> Workbench:
    """The home of this folder, which may be a copy of another."""
    bench = Workbench.open(folder / "home")
    if bench.settings.skills_path != str(folder / "skills"):
        bench.save_settings(Settings(skills_path=str(folder / "skills")))
    return bench


def operate(folder: Path, operation: str, steps: Steps) -> None:
    command, params = OPERATIONS[operation]
    if "source" in params:
        params = {**params, "source": str(folder / "source")}
    if "path" in params:
        params = {**params, "path": str(folder / "skills" / params["path"])}
    with bench_of(folder) as bench, steps:
        bench.call(command, params)


def repair(folder: Path, steps: Steps) -> None:
    with bench_of(folder) as bench, steps:
        bench.library.settle()


def look(folder: Path, before: Path) -> dict[str, Any]:
    """What the next process makes of it, three times over."""
    root = folder / "skills"
    states = []
    for _ in range(3):
        with bench_of(folder) as bench:
            rows = bench.call("skills.list")["skills"]
            states.append([looking.digest(root), [row["name"] for row in rows]])
            if len(states) < 3:
                continue
            sessions = [row["skill"] for row in bench.call("sessions.list")["sessions"]]
            strangers = {"stray", "other", "empty", "junk"} - {row["name"] for row in rows}
            wrong = looking.agreement(
                bench, root, strangers=(*strangers, "user"), changed=("one/references/a.md", "moved/references/a.md")
            )
    now = states[0][0]
    return {
        "wrong": wrong,
        "stable": states[0] == states[1] == states[2],
        "names": states[0][1],
        "sessions": sessions,
        "tags": [row["tags"] for row in rows if row["name"] in {"one", "moved", "gone"}],
        "files": {path: digest for path, digest in now.items() if not path.startswith((".git/", ".trash/"))},
        "trash": [path.split("/", 2)[2] for path in now if path.startswith(".trash/") and path != ".trash/.gitignore"],
        "user": [name for name in USER if (root / name).read_bytes() != (before / name).read_bytes()],
        "index": looking.git(root, "show", ":project.txt"),
        "status": [line for line in looking.git(root, "status", "--porcelain").splitlines() if line[:2] != "??"],
        "versions": [line.split(" ", 1)[1] for line in looking.git(root, "log", "--format=%h %s", "-8").splitlines()],
        "fsck": looking.git(root, "fsck", "--no-dangling"),
        "unversioned": lost(root, before),
    }


def lost(root: Path, before: Path) -> list[str]:
    """Files that lay there before and whose content is now neither on the disk nor in any version."""
    contents = set(looking.digest(root, ".git").values())
    listed = looking.git(root, "rev-list", "--objects", "--all").split("\n")
    kept = {line.split(" ", 1)[0] for line in listed}
    gone = []
    for path, digest in looking.digest(before, ".git").items():
        if digest not in contents and not path.startswith(".trash/."):
            sha = looking.git(root, "hash-object", "--no-filters", str(before / path)).strip()
            if sha not in kept:
                gone.append(path)
    return gone


if __name__ == "__main__":
    sys.exit(main())
