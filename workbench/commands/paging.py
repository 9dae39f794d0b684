"""Where a page of a listing stopped, as a text that a caller hands back: the time and the id of its last row."""

from __future__ import annotations

import re

from workbench.errors import InvalidRequest


def cursor_of(position: tuple[int, str]) -> str:
    """The cursor of a row."""
    return f"{position[0]}:{position[1]}"


def position_of(cursor: str | None) -> tuple[int, str] | None:
    """The row of a cursor. Raises InvalidRequest for a text that no listing gave."""
    if cursor is None:
        return None
    match = re.fullmatch(r"(\d{1,18}):(.+)", cursor, re.ASCII)
    if match is None:
        raise InvalidRequest(
            "This cursor is not one that a listing gave.",
            remedy="Leave it out to begin anew.",
            problems=[{"path": "cursor", "message": "is not a cursor"}],
        )
    return int(match[1]), match[2]
