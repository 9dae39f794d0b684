"""Makes the recordings of the examples: `make recordings`, or with --check compares them with what would be made now.

    python tests/recordings/make.py [--check] [EXAMPLE ...]

The engine runs both workflows, refines and tests, with the real Claude Code behind the real sidecar; only the model is
scripted, on 127.0.0.1. What each turn was asked and worked from is noted before it, what it left after it, and its
transcript is cut. Nothing of the machine or the day gets into the result, so that two runs give equal bytes.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fakes.model_server import serving  # noqa: E402 - the path is made above

from recordings.director import Director  # noqa: E402
from recordings.journey import Journey  # noqa: E402
from recordings.scripts import Script  # noqa: E402
from workbench.app import Workbench  # noqa: E402
from workbench.workflows.recording.recordings import MANIFEST, SHIPPED, WORDS  # noqa: E402

ON_RECORD: Final = "skill-on-record"
"""The skill's name while it is recorded: one that no text has by chance."""
DAY: Final = "2001-02-03"
"""The day that the scripts write, for the same reason."""


def main(words: list[str]) -> int:
    """Makes the named examples, or all of them."""
    parser = argparse.ArgumentParser(description="Makes the recordings of the examples.")
    parser.add_argument("examples", nargs="*", metavar="EXAMPLE")
    parser.add_argument("--check", action="store_true", help="write nothing; exits 1 if they would be others")
    args = parser.parse_args(words)
    names = args.examples or sorted(path.parent.name for path in SHIPPED.glob(f"*/{WORDS}"))
    differing = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="recordings-") as made:
            make(name, Path(made))
            if not args.check:
                install(Path(made), SHIPPED / name)
                print(f"{name}: {len(list(Path(made).glob('*.gz')))} turns")
                continue
            for path in differences(Path(made), SHIPPED / name):
                print(f"{name}/{path} is out of date: make recordings", file=sys.stderr)
                differing += 1
    return 1 if differing else 0


def make(name: str, into: Path) -> None:
    """Records all turns of an example into a folder."""
    script = Script(name, skill=ON_RECORD, today=DAY)
    with serving() as server, tempfile.TemporaryDirectory(prefix="recorded-") as place:
        server.director = Director({name: script})
        with surroundings(Path(place), f"{server.url}/script/{name}") as home, Workbench.open(home) as bench:
            chosen = {"skills_path": str(Path(place) / "skills"), "provider": "claude"}
            bench.call("settings.save", {"changes": chosen})
            journey = Journey(bench, name, script, into, url=f"{server.url}/script/{name}", skill=ON_RECORD, today=DAY)
            try:
                journey.record()
            finally:
                bench.call("agents.shutdown")  # they would work on in a home that is gone
        if server.unexpected:
            raise SystemExit(f"The model server was asked for other things: {server.unexpected}")


@contextmanager
def surroundings(place: Path, url: str) -> Iterator[Path]:
    """An environment that knows nothing of this machine's; the home in it."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "VIRTUAL_ENV") if name in os.environ}
    before = dict(os.environ)
    (place / "person").mkdir()
    os.environ.clear()
    os.environ.update(
        kept,
        HOME=str(place / "person"),
        LANG="C.UTF-8",
        TZ="UTC",
        GIT_CONFIG_GLOBAL=str(place / "gitconfig"),
        ANTHROPIC_BASE_URL=url,
        ANTHROPIC_API_KEY="sk-ant-dummy-0123456789",
        CLAUDE_CONFIG_DIR=str(place / "person" / ".claude"),
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL="1",
        CLAUDE_CODE_MAX_RETRIES="1",
        DISABLE_TELEMETRY="1",
        DISABLE_ERROR_REPORTING="1",
        DISABLE_GROWTHBOOK="1",
        NO_PROXY="127.0.0.1",
    )
    try:
        yield place / "home"
    finally:
        os.environ.clear()
        os.environ.update(before)


def install(made: Path, folder: Path) -> None:
    """Puts what was made in the place of what was there; the person's words stay."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != WORDS:
            path.unlink()
    shutil.copytree(made, folder, dirs_exist_ok=True)


def differences(made: Path, folder: Path) -> list[str]:
    """The files that are not the same in both, by path."""
    files = {
        str(path.relative_to(root))
        for root in (made, folder)
        for path in root.rglob("*")
        if path.is_file() and path.name != WORDS
    }
    same, _, _ = filecmp.cmpfiles(made, folder, files, shallow=False)
    return sorted(files - set(same))


__all__ = ["MANIFEST", "main", "make"]

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
