"""Changes skills one after the other until it is killed, at a moment that nobody chose; then looks at what was left.

    python killed_at_random.py BASE SEED LIVES

Each life goes on with what the one before has left. Prints a JSON line for each: what it was at when it was killed, and
what three openings one after the other have found.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

import shelf as looking
from killed import USER, bench_of, prepare
from killing import alive, taught

from workbench.app import Workbench
from workbench.errors import WorkbenchError
from workbench.sidecar import tree

NAMES = ("ant", "bee", "cat", "dog")
HALF = "half done by a person\n"
LONGEST_S = 0.4
"""A life takes about 0.1 s to open the home, and each change about 0.05 s."""


def main() -> int:
    base, seed, lives = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    tree.become_subreaper()
    (base / "run").mkdir(parents=True)
    taught(lambda: prepare(base / "run", "edit"))
    before = looking.digest(base / "run" / "skills", ".git")
    for number in range(lives):
        last = killed(lambda pipe, n=number: work(base / "run", random.Random(f"{seed}/{n}"), pipe), chance)
        print(json.dumps({"life": number, "last": last, **alive(lambda: look(base / "run", before))}), flush=True)
    return 0


def killed(work: Callable[[int], None], chance: random.Random) -> str:
    """Lets a child work until some moment; the last that it said to have begun."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            work(writing)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(1)  # its work has no end
    os.close(writing)
    said = os.read(reading, 1 << 16)  # it has opened the home
    time.sleep(chance.uniform(0, LONGEST_S))
    os.kill(pid, signal.SIGKILL)
    while more := os.read(reading, 1 << 16):
        said += more
    os.close(reading)
    status = os.waitpid(pid, 0)[1]
    with suppress(ChildProcessError):  # a git that it has left may still hold the index
        while True:
            os.wait()
    if not os.WIFSIGNALED(status):
        raise SystemExit("a child has ended by itself")
    return said.decode().splitlines()[-1]


def work(folder: Path, chance: random.Random, pipe: int) -> None:
    """One change after the other; those that cannot be, as things stand, are refused."""
    with bench_of(folder) as bench:
        os.write(pipe, b"open\n")
        while True:
            command, params = change(chance, folder / "skills", bench)
            os.write(pipe, f"{command} {sorted(params.items())}\n".encode())
            try:
                bench.call(command, params)
            except WorkbenchError:
                continue


def change(chance: random.Random, root: Path, bench: Workbench) -> tuple[str, dict[str, Any]]:
    """What to do next, with the skills that there are or are not."""
    name, other = chance.choice(NAMES), chance.choice(NAMES)
    path = root / (name if (root / name).is_dir() else "one") / "references" / f"{other}.md"
    edits = [{"key": "license", "value": str(chance.random())}]
    return chance.choice(
        [
            ("skills.create", {"name": name, "description": f"Does {chance.random()}.", "tags": ["kept"]}),
            ("skills.create", {"name": other, "description": f"Does {chance.random()}.", "tags": ["kept"]}),
            ("skills.edit", {"name": name, "edits": edits}),
            ("files.write", {"path": str(path), "text": f"{chance.random()}\n" * 50}),
            ("skills.rename", {"name": name, "new_name": other}),
            ("skills.delete", {"name": name}),
            ("skills.restore_deleted", {"name": name}),
            ("git.restore", {"name": name, "version": version(chance, bench, name)}),
            ("workspace.apply_reconcile", {"choices": stranger(chance, root)}),
        ]
    )


def version(chance: random.Random, bench: Workbench, name: str) -> str:
    try:
        versions = bench.call("git.history", name=name, limit=20)["versions"]
    except WorkbenchError:
        return "none"
    return str(chance.choice(versions)["version"]) if versions else "none"


def stranger(chance: random.Random, root: Path) -> dict[str, str]:
    """A folder that somebody else has put there meanwhile, if none is left from before."""
    name = f"found-{chance.randrange(3)}"
    if not (root / name).exists():
        made = root.parent / "made"
        made.mkdir(exist_ok=True)
        (made / "SKILL.md").write_text(f"---\nname: {name}\ndescription: D {chance.random()}.\n---\n\nDo.\n")
        made.rename(root / name)
    return {name: chance.choice(["add", "remove"])}


def look(folder: Path, before: dict[str, str]) -> dict[str, Any]:
    """What is found, three times over."""
    root = folder / "skills"
    states = []
    for _ in range(3):
        with bench_of(folder) as bench:
            rows = [row["name"] for row in bench.call("skills.list")["skills"]]
            states.append([looking.digest(root), rows])
            if len(states) < 3:
                continue  # git, when it is asked for differences, writes its index anew
            strangers = {"stray", "other", "empty", "junk", "found-0", "found-1", "found-2"} - {*rows}
            wrong = looking.agreement(bench, root, strangers=(*strangers, "user"), changed=("one/references/a.md",))
    now = states[0][0]
    return {
        "wrong": wrong,
        "unstable": [
            path for after in states[1:] for path in now.keys() | after[0].keys() if now.get(path) != after[0].get(path)
        ],
        "seen": [each[1:] for each in states],
        "user": [name for name in USER if now.get(name) != before[name]],
        "one": [path for path in before if path.startswith("one/") and now.get(path) != before[path]],
        "index": looking.git(root, "show", ":project.txt"),
        "fsck": looking.git(root, "fsck", "--no-dangling"),
        "names": rows,
    }


if __name__ == "__main__":
    sys.exit(main())
