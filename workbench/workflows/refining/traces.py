"""What an agent did to the files of its folder in one turn, as the turn's transcript tells it.

Idea: a person may work in the same folder meanwhile, so that something has changed does not say who has changed it. A
tool that writes names its file; only where one ran that does not say what it changes (a shell) may anything be the
agent's. Invariant: a file that no tool of the turn can have written is not taken for the agent's work.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.agents import said
from workbench.agents.run import Message
from workbench.errors import NotFound
from workbench.paths import Home
from workbench.sidecar.guard import READING, WRITING

_HAS_NOT_RUN = "failed"


@dataclass(frozen=True)
class Trace:
    """The files that a turn wrote, by path below its folder; `anything`: it may have written others as well."""

    paths: frozenset[str] = frozenset()
    anything: bool = False

    def has(self, path: str) -> bool:
        """Whether the agent may have changed this file."""
        return self.anything or path in self.paths


def trace(home: Home, session: str, run: str, folder: Path) -> Trace | None:
    """What a turn that is over did in `folder`, where its agent worked; None: its transcript is gone."""
    try:
        tools = said.said(home, session, run).tools
    except NotFound:
        return None
    return of(tools, folder)


def of(tools: Iterable[Message], folder: Path) -> Trace:
    """The same of these calls of tools."""
    paths: set[str] = set()
    anything = False
    root = Path(os.path.realpath(folder))
    for content in (tool.content for tool in tools if tool.content["status"] != _HAS_NOT_RUN):
        key = WRITING.get(content["name"])
        anything |= key is None and content["name"] not in READING
        told = [content["rawInput"].get(key)] if key is not None else []
        told += [each.get("path") for each in content.get("content") or () if each.get("type") == "diff"]
        paths |= {below for each in told if isinstance(each, str) and (below := _below(root, each)) is not None}
    return Trace(frozenset(paths), anything)


def _below(root: Path, path: str) -> str | None:
    """A path as the agent names it, below its folder."""
    named = root / path
    found = Path(os.path.realpath(named.parent)) / named.name
    return found.relative_to(root).as_posix() if found.is_relative_to(root) and found != root else None
