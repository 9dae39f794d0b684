"""What a turn has left that no diff in its transcript tells: found by comparing the files before it and after it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

BLOBS: Final = "blobs"


def told(events: Iterable[Mapping[str, Any]], cwd: str) -> dict[str, bytes]:
    """The files that a transcript tells, each as its last diff has it, by path below the agent's folder."""
    found = {}
    for event in events:
        for piece in event.get("content") or []:
            if isinstance(piece, dict) and piece.get("type") == "diff" and event.get("status") == "completed":
                found[str(piece["path"]).removeprefix(f"{cwd}/")] = str(piece["newText"]).encode()
    return found


def untold(
    before: Mapping[str, bytes], after: Mapping[str, bytes], said: Mapping[str, bytes]
) -> dict[str, bytes | None]:
    """The files that are not as they were and not as they were told; None for one that went."""
    paths = sorted(before.keys() | after.keys() | said.keys())
    return {path: after.get(path) for path in paths if after.get(path) != said.get(path, before.get(path))}


def kept(found: Mapping[str, bytes | None], into: Path) -> dict[str, str | None]:
    """Writes the contents to `blobs/`, named by what they hold; their names by path."""
    names: dict[str, str | None] = {}
    for path, data in found.items():
        names[path] = None if data is None else hashlib.sha256(data).hexdigest()[:32]
        if data is not None:
            (into / BLOBS).mkdir(exist_ok=True)
            (into / BLOBS / str(names[path])).write_bytes(data)
    return names
