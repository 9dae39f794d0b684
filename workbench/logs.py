"""Where Workbench writes what went wrong: one file in the home, secrets masked, its level changed at run time.

Invariant: a log that cannot be written never stops the work; and one process writes each line once, however many
workbenches it has opened on the same home.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from workbench.paths import Home
from workbench.redact import mask

LOGGER: Final = logging.getLogger("workbench")
MAX_BYTES: Final = 4 * 1024 * 1024


def log_path(home: Home) -> Path:
    """The file that a person is shown."""
    return home.logs / "workbench.log"


class LogFile:
    """The open log of one home; close it when the work is over."""

    def __init__(self, home: Home, level: str, needles: Callable[[], Iterable[bytes]]) -> None:
        self._handler: logging.Handler | None = None
        path = log_path(home)
        if not any(isinstance(each, _Masked) and each.baseFilename == str(path) for each in LOGGER.handlers):
            try:
                _rotate(path)
                self._handler = _Masked(path, needles)
            except OSError:
                LOGGER.warning("The log %s cannot be written; messages go to stderr only.", path)
            else:
                LOGGER.addHandler(self._handler)
        set_level(level)

    def close(self) -> None:
        if self._handler is not None:
            LOGGER.removeHandler(self._handler)
            self._handler.close()
            self._handler = None


def set_level(level: str) -> None:
    """`error`, `warning`, `info` or `debug`, at once."""
    LOGGER.setLevel(level.upper())


class _Masked(logging.FileHandler):
    """A file whose lines have the secrets taken out, whoever logged them."""

    def __init__(self, path: Path, needles: Callable[[], Iterable[bytes]]) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace")
        self._needles = needles
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s"))

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record).encode("utf-8", "replace"), self._needles()).decode("utf-8", "replace")


def _rotate(path: Path) -> None:
    """Sets a full log aside. Two processes may both do it: the later one moves a short file, and nothing is lost twice."""
    try:
        if path.stat().st_size > MAX_BYTES:
            path.replace(path.with_suffix(".1.log"))
    except FileNotFoundError:
        pass
