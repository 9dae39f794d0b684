"""The shapes that several subjects share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.protocol.screen import Model

Id = Annotated[str, Field(min_length=1, max_length=200)]
"""An id as a caller writes it."""

Limit = Annotated[int, Field(ge=1, le=1000, description="The most rows that one reply holds.")]
Cursor = Annotated[
    str | None, Field(description="Where the last reply stopped (its `next_cursor`); null: the beginning.")
]

Money = Annotated[str | None, Field(description="US dollars as a decimal string; null when no price is known.")]

PermissionMode = Literal["ask", "plan", "accept_edits", "bypass"]


class Nothing(Model):
    """A request without parameters."""


class OfSession(Model):
    """A request about one session."""

    session: Id
