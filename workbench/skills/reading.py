"""One file of a skill, read once from end to end in windows: its digest, its hits, what it is able to do.

Invariant: every byte is seen by every rule that its kind is subject to, however large the file is; windows overlap, so
nothing hides on a border, and memory is bounded by a window.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from workbench.skills.rules import (
    capability,
    commands,
    encoded,
    files,
    frontmatter,
    hidden,
    instructions,
    python_code,
    secrets,
)
from workbench.skills.rules.rule import Hit, Kind, escaped, excerpt, lowered
from workbench.skills.skill import parse
from workbench.skills.walk import Found

WINDOW: Final = 512 * 1024
OVERLAP: Final = 8 * 1024 + 64
"""The longest thing that a rule looks at as one: a comment."""
BLOCK: Final = 256 * 1024
WHOLE: Final = 16 * 1024 * 1024
"""So much of a SKILL.md is taken apart as a document; its front matter is far smaller."""
_HEAD: Final = 8 * 1024
_DOTENV: Final = 64 * 1024


@dataclass
class Read:
    """What one reading of a file gave."""

    sha256: str = ""
    size: int = 0
    sightings: list[dict[str, Any]] = field(default_factory=list)
    abilities: dict[str, int] = field(default_factory=dict)
    """What it is able to do, with the line that shows it first."""


def read(found: Found, file: BinaryIO) -> Read:
    """Reads a file to its end."""
    return _Reading(found).run(file)


class _Reading:
    def __init__(self, found: Found) -> None:
        self.path, self.executable = found.path, found.executable
        self.result = Read()
        self.counts: dict[str, int] = {}
        self.kept: list[bytes] = []
        self.kept_size = 0

    def run(self, file: BinaryIO) -> Read:
        head = _filled(file, _HEAD)
        made = hashlib.sha256(head)
        keep = self._largest(head)
        blocks = _blocks(head, file, made.update)
        for hit in files.of_name(self.path):
            self._seen(hit, "", 1)
        if files.is_text(self.path, head):
            self._text(self._kept(blocks, keep), head)
        else:
            for block in blocks:
                self.result.size += len(block)
        for hit in files.of_content(self.path, head, self.result.size, executable=self.executable):
            self._seen(hit, "", 1)
        self._whole(head)
        self._say_how_many_more()
        self.result.sha256 = made.hexdigest()
        return self.result

    def _largest(self, head: bytes) -> int:
        """How much of the file has to be seen in one piece by some rule."""
        kind = self._kind(head)
        return (
            WHOLE
            if kind == "skill"
            else python_code.LARGEST + 1
            if self._is_python(head)
            else _DOTENV
            if files.is_dotenv(self.path)
            else 0
        )

    def _kind(self, head: bytes) -> Kind:
        return "code" if head.startswith(b"#!") else files.kind_of(self.path) or "data"

    def _is_python(self, head: bytes) -> bool:
        return self.path.endswith((".py", ".pyw")) or (head.startswith(b"#!") and b"python" in head.partition(b"\n")[0])

    def _kept(self, blocks: Iterator[bytes], keep: int) -> Iterator[bytes]:
        for block in blocks:
            self.result.size += len(block)
            if self.kept_size < keep:
                self.kept.append(block[: keep - self.kept_size])
                self.kept_size += len(self.kept[-1])
            yield block

    def _text(self, blocks: Iterator[bytes], head: bytes) -> None:
        kind = self._kind(head)
        line = 1
        for text, last in _windows(_decoded(blocks, head)):
            limit = len(text) if last else len(text) - OVERLAP
            at, here = 0, line
            lower = lowered(text)
            for hit in sorted(_hits(text, lower, kind), key=lambda hit: hit.at):
                if hit.at < limit or last:
                    here += text.count("\n", at, hit.at)
                    at = hit.at
                    self._seen(hit, text, here)
            for name, place in capability.find(text, lower, kind, self.result.abilities):
                if place < limit or last:
                    self.result.abilities.setdefault(name, line + text.count("\n", 0, place))
            line += text.count("\n", 0, limit)

    def _whole(self, head: bytes) -> None:
        """The rules that take a file as a whole."""
        if not self.kept:
            return
        data = b"".join(self.kept)
        text = data.decode("utf-8", "replace")
        if self._kind(head) == "skill":
            document = parse(data)
            text, hits = document.text, list(frontmatter.find(document))
        elif files.is_dotenv(self.path):
            hits = list(secrets.find_dotenv(text))
        else:
            hits = list(python_code.find(text.replace("\0", " ").removeprefix("\ufeff")))
        for hit in hits:
            self._seen(hit, text, text.count("\n", 0, hit.at) + 1)

    def _seen(self, hit: Hit, text: str, line: int) -> None:
        rule = hit.rule
        count = self.counts[rule.id] = self.counts.get(rule.id, 0) + 1
        if count > rule.limit:
            return
        shown = (
            escaped(hit.shown)
            if hit.shown is not None
            else excerpt(text, hit.at, hit.end)
            if text
            else escaped(self.path)
        )
        self.result.sightings.append(
            {
                "rule": rule.id,
                "severity": hit.severity or rule.severity,
                "confidence": hit.confidence or rule.confidence,
                "file": self.path,
                "line": line,
                "excerpt": shown,
                "reason": f"{rule.reason} {hit.note}".strip(),
                "remedy": rule.remedy,
                "label": rule.label,
            }
        )

    def _say_how_many_more(self) -> None:
        last = {each["rule"]: each for each in self.result.sightings}
        for rule, count in self.counts.items():
            if (more := count - sum(each["rule"] == rule for each in self.result.sightings)) > 0:
                last[rule]["reason"] += f" There are {more:,} more of them in the file."


def _hits(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    yield from _plain(text, lower, kind)
    yield from hidden.find(text, lower, kind)
    yield from encoded.find(text, lower, kind, _plain)


def _plain(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    yield from instructions.find(text, lower, kind)
    yield from commands.find(text, lower, kind)
    yield from secrets.find(text, lower, kind)


def _filled(file: BinaryIO, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (block := file.read(size)):
        parts.append(block)
        size -= len(block)
    return b"".join(parts)


def _blocks(head: bytes, file: BinaryIO, update: Callable[[bytes], None]) -> Iterator[bytes]:
    yield head
    while block := file.read(BLOCK):
        update(block)
        yield block


def _decoded(blocks: Iterator[bytes], head: bytes) -> Iterator[str]:
    """As text; bytes that are none are stood in for, and a NUL is nothing, as it is to a shell."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block).replace("\0", "")
    yield decoder.decode(b"", final=True)


def _windows(pieces: Iterator[str]) -> Iterator[tuple[str, bool]]:
    """The text in windows that overlap; with the last one, True."""
    waiting = ""
    for piece in pieces:
        waiting += piece
        if len(waiting) >= WINDOW + OVERLAP:
            yield waiting, False
            waiting = waiting[-OVERLAP:]
    yield waiting, True
