"""Commits as git's `fast-import` reads them: one stream, of which all is kept or nothing.

Paths are from the top of the work tree; a file comes with its bytes, or by the name that git knows them by.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.skills.tree.folder import Blob


@dataclass(frozen=True)
class Entry:
    """A file in a version."""

    mode: str
    sha: str


@dataclass(frozen=True)
class Commit:
    """What one commit does: folders that it renames, then files that it takes away (None) or brings."""

    message: str
    files: Mapping[str, Blob | Entry | None]
    renames: Mapping[str, str] = field(default_factory=dict)
    author: str | None = None
    """By default the one who commits."""


def stream(branch: str, start: str | None, person: str, when: str, commits: list[Commit]) -> bytes:
    """Commits on a branch, one on top of the other, the first on top of `start`."""
    parts: list[bytes] = []
    for at, commit in enumerate(commits):
        parts += _header(commit, branch, start if at == 0 else None, person, when)
        parts += [b"R " + _quoted(old) + b" " + _quoted(new) + b"\n" for old, new in commit.renames.items()]
        parts += [b"D " + _quoted(path) + b"\n" for path, each in commit.files.items() if each is None]
        for path, each in commit.files.items():
            parts += _file(path, each) if each is not None else ()
    return b"".join([*parts, b"done\n"])


def _header(commit: Commit, branch: str, start: str | None, person: str, when: str) -> Iterator[bytes]:
    text = commit.message.encode("utf-8", "replace")
    yield f"commit {branch}\n".encode()
    if commit.author is not None:
        yield f"author {commit.author} {when}\n".encode()
    yield f"committer {person} {when}\ndata {len(text)}\n".encode() + text + b"\n"
    if start is not None:
        yield f"from {start}\n".encode()


def _file(path: str, each: Blob | Entry) -> Iterator[bytes]:
    if isinstance(each, Entry):
        yield f"M {each.mode} {each.sha} ".encode() + _quoted(path) + b"\n"
    else:
        yield f"M {each.mode} inline ".encode() + _quoted(path)
        yield b"\ndata %d\n" % len(each.data)
        yield each.data + b"\n"


def _quoted(path: str) -> bytes:
    """Whatever characters it holds."""
    return b'"' + os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
