"""Where things lie, and the one guard that keeps paths inside their root."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from workbench.errors import HomeUnusable, NotFound, PathEscapes

_HOME_FOLDERS = ("sessions", "telemetry", "logs", "backups", "trash")


class Home(NamedTuple):
    """The folder that holds everything Workbench keeps: `$WORKBENCH_HOME`, by default `~/.workbench`."""

    root: Path

    @classmethod
    def from_environment(cls) -> Home:
        """The home that the environment names; nothing is created."""
        named = os.environ.get("WORKBENCH_HOME")
        return cls(Path(named).expanduser().absolute() if named else Path.home() / ".workbench")

    @property
    def database(self) -> Path:
        return self.root / "workbench.db"

    @property
    def sessions(self) -> Path:
        return self.root / "sessions"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def session(self, session_id: str) -> Path:
        """The folder of one session; ids that could be a path are refused."""
        if not session_id or session_id.startswith(".") or not all(c.isalnum() or c in "-_" for c in session_id):
            raise NotFound(
                f"{session_id!r} is not a session id.",
                remedy="List them with: workbench sessions list.",
                session=session_id,
            )
        return self.sessions / session_id

    def make(self) -> None:
        """Creates the home and its folders, readable by their owner alone. A home that exists keeps its mode, because
        it may be a folder that others share; what is ours in it does not.

        Raises HomeUnusable with the system's own reason (not a folder, read-only, full disk, no permission).
        """
        for folder in (self.root, *(self.root / name for name in _HOME_FOLDERS)):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder != self.root and stat.S_IMODE(folder.stat().st_mode) & 0o077:
                    folder.chmod(0o700)
            except OSError as error:
                raise HomeUnusable(
                    f"The Workbench home {self.root} cannot be used: {error.strerror or error}.",
                    remedy="Set WORKBENCH_HOME to a folder that you can write, or free some space.",
                    path=str(folder),
                    errno=error.errno,
                ) from error


def contained(root: Path, path: str | os.PathLike[str]) -> Path:
    """`path` (absolute, or relative to `root`) with every link resolved, if that lies in `root`.

    The last part need not exist. Raises PathEscapes for anything outside, for NUL bytes and for links that leave.
    """
    text = os.fspath(path)
    if "\0" in text:
        raise PathEscapes("A path cannot hold a NUL byte.", remedy="Use a plain file name.", root=str(root))
    base = Path(os.path.realpath(root))
    target = Path(os.path.realpath(base / text))
    if target != base and base not in target.parents:
        raise PathEscapes(
            f"{text!r} lies outside {root}.", remedy="Name a path inside that folder.", root=str(root), path=text
        )
    return target


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replaces `path` by `data` in one step that survives a crash: temporary name, fsync, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
