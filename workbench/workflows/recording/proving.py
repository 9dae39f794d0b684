"""The proof after a play: what a recorded turn has left is what it left when it was recorded.

Idea: a turn says in its own request what was played and for what the placeholders stood, so any host may look, whenever it
comes to that. Invariant: only recordings that ship are looked at, and only those that wrote files have anything to prove.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import ReplayDiverged
from workbench.workflows.recording.fitting import tree_digest
from workbench.workflows.recording.recordings import SKILL, TODAY, Recorded, examples


def check(options: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Compares the files that a turn has left with the recorded ones; `options` are those of its request. Raises
    ReplayDiverged.
    """
    turn = played(options)
    stands_for = options.get("substitutions")
    if turn is None or turn.tree is None or not isinstance(stands_for, dict):
        return
    skill, today = str(stands_for.get(SKILL)), str(stands_for.get(TODAY))
    if tree_digest(texts_of(files), skill=skill, today=today) != turn.tree:
        raise ReplayDiverged(
            f"The files that {turn.key.step}.{turn.key.turn} has left are not those that were recorded.",
            remedy="Somebody has changed them while it played: reset the step and start it again.",
            cause="tree",
            files=sorted(files),
            **turn.key.model_dump(),
        )


def played(options: Mapping[str, Any]) -> Recorded | None:
    """Which turn of a shipped example was played, if it was one."""
    path = Path(str(options.get("recording") or ""))
    shown = next((each for each in examples() if each.folder == path.parent), None)
    return next((turn for turn in shown.manifest.turns if shown.path(turn) == path), None) if shown else None


def texts_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Files as texts, as far as they are; what is none is told by its digest."""
    return {path: _text(data) for path, data in files.items()}


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"sha256:{hashlib.sha256(data).hexdigest()}"
