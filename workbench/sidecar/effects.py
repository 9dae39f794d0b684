"""What a recorded turn did to files, done again: under the guard of the turn that plays it, and on the files that it met.

An edit is in the transcript as a diff with the whole text before and after, and is performed when its call completes.
What the transcript cannot tell (a picture, what a shell made) is named by `options.effects` and done before the end.
Invariants: without `writes` in the request nothing is written; with it, only below those folders; and no text that the
recording does not know is written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from workbench.errors import InvalidRequest, Refused, ReplayDiverged
from workbench.sidecar.guard import Guard, Verdict

DENIED: Final = "denied"
CHANGED: Final = "file"
UNTOLD: Final = "recording"
"""Why a recording cannot go on (`facts["cause"]`): a tool was denied, a file has another text, or it is no recording."""


class Effects:
    """The files of one turn. Calls are followed by their ids, because only their beginning has the tool's name."""

    def __init__(self, guard: Guard, late: Mapping[str, str | None]) -> None:
        self._guard = guard
        self._late = late
        self._calls: dict[str, tuple[str, dict[str, Any]]] = {}

    @property
    def wanted(self) -> bool:
        """Whether this turn changes files at all."""
        return self._guard.writes is not None

    def follow(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Takes note of a call's name and of its input, as far as they are told."""
        call, told = str(fields.get("toolCallId")), fields.get("rawInput")
        name, tool_input = self._calls.get(call, ("", {}))
        if kind == "tool_call":
            name = str(fields.get("name") or "")
        self._calls[call] = (name, told if isinstance(told, dict) else tool_input)

    def call(self, call: str) -> tuple[str, dict[str, Any]]:
        """The name and the input of a call."""
        return self._calls.get(call, ("", {}))

    def verdict(self, tool: str, tool_input: Mapping[str, Any]) -> Verdict:
        """Whether the tool may be used here and now."""
        return self._guard.verdict(tool, tool_input)

    def perform(self, call: str, content: object) -> None:
        """Does what a call did that completes now; raises ReplayDiverged, or Refused with the disk's own reason."""
        name, tool_input = self.call(call)
        verdict = self.verdict(name, tool_input)
        if verdict.behavior == "deny":
            raise diverged(verdict.reason, DENIED, tool=name)
        pieces = content if isinstance(content, list) else []
        diffs = [piece for piece in pieces if isinstance(piece, dict) and piece.get("type") == "diff"]
        for path, old, new in [self._checked(diff) for diff in diffs]:
            if _text(path) != old:
                was = "was not there" if old is None else "had another text"
                raise diverged(f"{path} {was} when this was recorded.", CHANGED, path=str(path))
            _write(path, new.encode())

    def finish(self) -> None:
        """Does what no diff tells of, when the turn ends well."""
        for name, blob in self._late.items() if self.wanted else ():
            path = self._allowed(name)
            if blob is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, _blob(blob))

    def _checked(self, diff: Mapping[str, Any]) -> tuple[Path, str | None, str]:
        old, new = diff.get("oldText"), diff.get("newText")
        if not isinstance(new, str) or not (old is None or isinstance(old, str)):
            raise diverged("The recording does not tell a file's whole text.", UNTOLD, path=diff.get("path"))
        return self._allowed(diff.get("path")), old, new

    def _allowed(self, path: object) -> Path:
        verdict = self._guard.write(path)
        if verdict.behavior != "allow":
            raise diverged(verdict.reason, DENIED, path=path)
        return (self._guard.cwd / Path(str(path)).expanduser()).resolve()


def late_effects(options: Mapping[str, Any]) -> dict[str, str | None]:
    """`options.effects`: files by path, each the file that holds what it held at the end, or None for one that was gone."""
    effects = options.get("effects") or {}
    sound = isinstance(effects, dict) and all(
        isinstance(path, str) and (blob is None or (isinstance(blob, str) and Path(blob).is_absolute()))
        for path, blob in effects.items()
    )
    if not sound:
        raise InvalidRequest(
            f"options.effects is {effects!r}.", remedy="Give it as {path: absolute path of a file, or null}."
        )
    return dict(effects)


def diverged(message: str, cause: str, **facts: Any) -> ReplayDiverged:
    """The failure of a recording that cannot be played on."""
    remedy = "Start the recorded example anew, or choose another provider: a recording cannot change course."
    return ReplayDiverged(f"{message} The recording cannot go on.", remedy=remedy, cause=cause, **facts)


def _text(path: Path) -> str | None:
    """A file's text; None for one that is not there. What is no text is a text that no recording has."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(path, error) from error


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise _failed(path, error) from error


def _blob(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise _failed(Path(path), error) from error


def _failed(path: Path, error: OSError) -> Refused:
    return Refused(
        "file",
        f"{path}: {error.strerror or error}.",
        remedy="Look at the folder and its disk, then run this again.",
        path=str(path),
        errno=error.errno,
    )
