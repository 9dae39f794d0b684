"""The real command line, many times over in one process: `workbench call NAME PARAMS` for each line that comes.

A line in is `[name, params]`, a line out `{"status": …, "out": …, "err": …}`, as a shell would see them.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any


class Caller:
    """That process, seen from a test."""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def call(self, name: str, params: Any) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of one call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, params]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["status"], answer["out"], answer["err"]

    def close(self) -> None:
        self._process.communicate(timeout=60)
        assert self._process.returncode == 0


def main() -> int:
    from workbench.hosts import cli

    for line in sys.stdin:
        name, params = json.loads(line)
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            try:
                status = cli.main(["call", name, json.dumps(params)])
            except SystemExit as end:
                status = int(end.code or 0)
        print(json.dumps({"status": status, "out": out.getvalue(), "err": err.getvalue()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
