"""Kills a change of a skill at its n-th step, for one n after the other, and lets the next process look at what was left.

    python killed.py FOLDER OPERATION FIRST EVERY [SECOND]

The change is killed at its step FIRST and at every EVERY-th step from there on. With SECOND, the process that repairs is
killed as well, at its SECOND-th step, before the one that looks.

Prints a JSON line for each kill. A step is a call by which the process reaches out: opening a file to write, making,
renaming or removing something, starting git; Python's audit hooks see them all, so the product needs no place for tests
to hold on to. Each life is a fork of this process, which itself starts no thread.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shelf as looking

from workbench.app import Workbench
from workbench.commands import files, git, skills, workspace  # noqa: F401 - loaded once, before the forks
from workbench.settings import Settings

STEPS = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.symlink",
    "os.chmod",
    "subprocess.Popen",
    "shutil.rmtree",
}
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
    first, every, *second = map(int, sys.argv[3:])
    alive(lambda: prepare(base / "template", operation))
    report = base / "report.json"
    for number in itertools.count(first, every):
        shutil.rmtree(base / "run", ignore_errors=True)
        shutil.copytree(base / "template", base / "run", symlinks=True)
        killed = fork(lambda at=number: operate(base / "run", operation, at))
        if second:
            fork(lambda: repair(base / "run", second[0]))
        alive(lambda: report.write_text(json.dumps(look(base / "run"))))
        print(json.dumps({"step": number, "killed": killed, **json.loads(report.read_text())}), flush=True)
        if not killed:
            break
    return 0


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


def operate(folder: Path, operation: str, at: int) -> None:
    command, params = OPERATIONS[operation]
    if "source" in params:
        params = {**params, "source": str(folder / "source")}
    if "path" in params:
        params = {**params, "path": str(folder / "skills" / params["path"])}
    with bench_of(folder) as bench:
        count_down(at)
        bench.call(command, params)
        counter[0] = 0


def repair(folder: Path, at: int) -> None:
    with bench_of(folder) as bench:
        count_down(at)
        bench.library.settle()
        counter[0] = 0


counter = [0]


def count_down(steps: int) -> None:
    """Ends this process by SIGKILL when it is about to take its n-th step."""
    counter[0] = steps

    def hook(event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if counter[0] and (event in STEPS or writes):
            counter[0] -= 1
            if counter[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def look(folder: Path) -> dict[str, Any]:
    """What the next process makes of it, three times over."""
    root = folder / "skills"
    states = []
    for _ in range(3):
        with bench_of(folder) as bench:
            rows = bench.call("skills.list")["skills"]
            states.append([looking.digest(root), [row["name"] for row in rows], looking.git(root, "rev-parse", "HEAD")])
            if len(states) < 3:
                continue
            sessions = [row["skill"] for row in bench.call("sessions.list")["sessions"]]
            strangers = {"stray", "other", "empty", "junk"} - {row["name"] for row in rows}
            wrong = looking.agreement(
                bench, root, strangers=(*strangers, "user"), changed=("one/references/a.md", "moved/references/a.md")
            )
    before = folder.parent / "template" / "skills"
    now = states[0][0]
    return {
        "wrong": wrong,
        "stable": states[0] == states[1] == states[2],
        "names": states[0][1],
        "sessions": sessions,
        "tags": [row["tags"] for row in rows if row["name"] in {"one", "moved", "gone"}],
        "files": {path: digest for path, digest in now.items() if not path.startswith((".git/", ".trash/"))},
        "trash": [path.split("/", 2)[2] for path in now if path.startswith(".trash/") and path != ".trash/.gitignore"],
        "user": [name for name in USER if now.get(name) != looking.digest(before).get(name)],
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


def alive(work: Callable[[], Any]) -> None:
    if fork(work):
        raise SystemExit("a process that nobody kills was killed")


def fork(work: Callable[[], Any]) -> bool:
    """Whether a child that does this work was killed."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("a child has failed")
    return False


if __name__ == "__main__":
    sys.exit(main())
