"""Kills a piece of work at its steps, a life for each, and lets the next process look at what was left.

A step is a call by which the process reaches out: opening a file to write, making, renaming or removing something,
starting another program. Python's audit hooks see them all, so the product needs no place for tests to hold on to. What
happens, happens just before the step.

The work is first done unhurt, which tells its steps. Two steps are the same moment if the disk is the same before both
(files, rows and what git points to; objects to which git does not point yet say nothing to anybody), and two moments are
of one kind if the same lines of the product have led there. By default a life is killed at the first and the last moment
of each kind; with `WORKBENCH_EVERY_KILL=1` in the environment at every step. The choice depends on nothing else.

A program that does so prints a JSON line for each life and is run by `lived`. Each life is a fork of it; it starts no
thread itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import workbench

EVERY = os.environ.get("WORKBENCH_EVERY_KILL") == "1"
PATIENCE_S = 3600 if EVERY else 280
PRODUCT = str(Path(workbench.__file__).parent)
REACHING_OUT = {
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.symlink",
    "os.chmod",
    "subprocess.Popen",
    "shutil.rmtree",
}

Told = dict[str, Any]
Work = Callable[[], Told | None]


def lived(program: Path, folder: Path, *words: str, **env: str) -> list[Told]:
    """What a program says that kills: a report for each life, the last one of the work that nobody hurt."""
    git = {"GIT_CONFIG_GLOBAL": str(folder / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        [sys.executable, str(program), str(folder / "base"), *words],
        cwd=program.parent, env={**os.environ, "HOME": str(folder), **git, **env},
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# -- the steps of one life --------------------------------------------------------------------------------------------


def is_write(event: str, args: tuple[Any, ...]) -> bool:
    opened = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    return bool(opened) or event in REACHING_OUT


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Within, the steps of this process are counted, and just before the one with number `at` something happens. With
    `at` 0 nothing does; then the way to each is noted, and the state of the disk `below` a folder before it.
    """

    def __init__(
        self,
        at: int = 0,
        below: Path | None = None,
        *,
        happens: Callable[[], None] = die,
        is_step: Callable[[str, tuple[Any, ...]], bool] = is_write,
    ) -> None:
        self.at = at
        self.count = 0
        self.moments: list[tuple[str, str]] = []
        self._below = below
        self._happens = happens
        self._is_step = is_step
        self._counting = False

    @property
    def met(self) -> bool:
        """Whether there was such a step."""
        return 0 < self.at <= self.count

    def __enter__(self) -> None:
        self._counting = True
        sys.addaudithook(self._hook)

    def __exit__(self, *_: object) -> None:
        self._counting = False

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not (self._counting and self._is_step(event, args)):
            return
        self.count += 1
        if not self.at:
            self._counting = False  # what is done here is no step
            self.moments.append((f"{event} {way()}", state(self._below) if self._below else ""))
            self._counting = True
        elif self.met:
            self._counting = False
            self._happens()


def way() -> str:
    """The lines of the product that have led to what is being done."""
    frame, lines = sys._getframe(2), []
    while frame is not None:
        if frame.f_code.co_filename.startswith(PRODUCT):
            lines.append(f"{frame.f_code.co_filename[len(PRODUCT) :]}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return " ".join(lines)


def state(folder: Path) -> str:
    """A hash of all that lies there, but for the objects of git and what SQLite shares between processes."""
    seen = hashlib.sha256()
    for above, folders, files in os.walk(folder):
        if above.endswith("/.git/objects"):
            folders.clear()
            continue
        folders.sort()
        for name in sorted(files):
            path = Path(above, name)
            if not name.endswith("-shm"):
                content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
                seen.update(f"{path}\0{len(content)}\0".encode() + content)
        seen.update("\0".join([above, *folders]).encode())
    return seen.hexdigest()


def chosen(moments: list[tuple[str, str]]) -> list[int]:
    """The steps at which there is to be a life: all, or the first and the last moment of each kind."""
    if EVERY:
        return [*range(1, len(moments) + 1)]
    kinds: dict[str, list[int]] = {}
    before = ""
    for number, (kind, there) in enumerate(moments, 1):
        if there != before:
            kinds.setdefault(kind, []).append(number)
        before = there
    return sorted({number for numbers in kinds.values() for number in (numbers[0], numbers[-1])})


# -- the lives --------------------------------------------------------------------------------------------------------


def lives(
    base: Path,
    prepare: Work,
    operate: Callable[[Steps], Told | None],
    look: Work,
    *,
    then: Work | None = None,
    steps: Callable[..., Steps] = Steps,
    template: str = "template",
    stride: int = 0,
    first: int = 1,
) -> Iterator[Told]:
    """What became of each life, and at last of the one that nobody hurt.

    `prepare` lays `base/run`, as it is before, and the first program that is run in `base` keeps it as a template for
    all; its rows may tell whole paths, so that each life is lived just there. `operate` does the work and counts its
    steps, `then` is done before the `look` and may be killed. What they tell is in the report. With a `stride` there is a
    life for every so many steps from the `first` one on, for what more than the disk makes a difference to.
    """
    run, before = base / "run", base / template
    shutil.rmtree(run, ignore_errors=True)
    if before.exists():
        shutil.copytree(before, run, symlinks=True)
    else:
        run.mkdir(parents=True)
        taught(prepare)
        shutil.copytree(run, before, symlinks=True)

    def begun(at: int) -> Told:
        counted = steps(at, None if at else run)
        return {**(operate(counted) or {}), "met": counted.met, "moments": counted.moments}

    def ended(number: int, told: Told | None) -> Told:
        if then is not None:
            child(then)
        return {"step": number, "killed": told is None, "met": True, **(told or {}), **taught(look)}

    told = taught(lambda: begun(0))
    moments = [(kind, there) for kind, there in told.pop("moments")]
    whole = ended(len(moments) + 1, told)
    for at in range(first, len(moments) + 1, stride) if stride and not EVERY else chosen(moments):
        shutil.rmtree(run)
        shutil.copytree(before, run, symlinks=True)
        yield ended(at, child(lambda at=at: begun(at)))
    yield whole


def report(reports: Iterator[Told]) -> int:
    """Says it to whoever runs the program."""
    for each in reports:
        print(json.dumps(each), flush=True)
    return 0


def taught(work: Work) -> Told:
    """What a child tells; the modules it had to load are loaded here, too, so that its successors need not."""
    known = {*sys.modules}
    told = alive(lambda: {"told": work() or {}, "modules": [*{*sys.modules} - known]})
    for name in sorted(told["modules"]):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    found: Told = told["told"]
    return found


def alive(work: Work) -> Told:
    told = child(work)
    if told is None:
        raise SystemExit("a process that nobody kills was killed")
    return told


def child(work: Work) -> Told | None:
    """What a fork of this process tells that does this work; None if it was killed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(json.dumps(work() or {}).encode())
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return None
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("a child has failed")
    told: Told = json.loads(said)
    return told
