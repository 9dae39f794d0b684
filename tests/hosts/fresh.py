"""A person who has never used Workbench, and the command line in their hands."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from pathlib import Path
from typing import Any

from shell import WORKBENCH, environment, workbench


class Fresh:
    """A person who has never used Workbench: nothing is there, not even a folder for skills."""

    def __init__(self, root: Path) -> None:
        self.person = root / "person"
        self.person.mkdir()
        self.home = root / "home"
        self.skills = self.person / "workbench" / "skills"
        self._env = {"HOME": str(self.person), "GIT_CONFIG_GLOBAL": str(root / "gitconfig")}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return workbench(self.home, *words, env=self._env)

    def reply(self, *words: str) -> Any:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def build(self, *words: str) -> list[dict[str, Any]]:
        """The events of `workflow run`, which must go well."""
        done = self.run("workflow", "run", "skill-builder", "--skill", "demo", *words, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, *words: str) -> subprocess.Popen[str]:
        env = environment(self.home, **self._env)
        return subprocess.Popen(
            [*WORKBENCH, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        )

    def is_at_work(self) -> bool:
        """Whether an agent is at work on the first step of `demo`, which may not be there yet."""
        done = self.run("workflow", "status", "demo", "--json")
        return done.returncode == 0 and json.loads(done.stdout)["steps"][0]["status"] == "in_progress"

    def until_at_work(self) -> None:
        """Waits for that."""
        end = time.monotonic() + 60
        while not self.is_at_work():
            assert time.monotonic() < end, "The step was not started."

    def commits(self) -> list[str]:
        told = subprocess.run(
            ["git", "-C", str(self.skills), "log", "--format=%s"], capture_output=True, text=True, check=True
        )
        return told.stdout.splitlines()

    def at_terminal(self, *words: str) -> str:
        """All that a person sees of a command that goes well."""
        ours, theirs = pty.openpty()
        env = environment(self.home, **self._env, TERM="xterm", NO_COLOR="1")
        process = subprocess.Popen([*WORKBENCH, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=env)
        os.close(theirs)
        screen = b""
        try:
            while piece := _read(ours):
                screen += piece
            assert process.wait(60) == 0, screen
        finally:
            process.kill()
            process.wait()
            os.close(ours)
        return screen.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed: it has left
        return b""
