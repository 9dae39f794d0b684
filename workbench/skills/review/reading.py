"""One file of a skill, read once from end to end in windows: its digest, its hits, what it is able to do.

Invariant: every byte is seen by every rule that its kind is subject to, however large the file is; windows overlap, so
nothing hides on a border, and memory is bounded by a window.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from workbench.skills.review.rules import (
    addresses,
    capability,
    commands,
    encoded,
    files,
    frontmatter,
    hidden,
    instructions,
    javascript,
    places,
    python_code,
    python_within,
    secrets,
)
from workbench.skills.review.rules.rule import Hit, Kind, escaped, excerpt, lowered
from workbench.skills.skill import parse
from workbench.skills.tree.walk import Found

WINDOW: Final = 512 * 1024
OVERLAP: Final = 64 * 1024
"""The longest thing that a rule looks at as one: a stretch of empty lines. (Whether a comment is open is handed on.)"""
BLOCK: Final = 256 * 1024
WHOLE: Final = 16 * 1024 * 1024
"""So much of a SKILL.md is taken apart as a document; its front matter is far smaller."""
_HEAD: Final = 8 * 1024
MARK: Final = 16
"""So many digits of a hash tell one piece of evidence from another."""
_DOTENV: Final = 64 * 1024
_PYTHON: Final = (".py", ".pyw", ".pyi")
_STRING: Final = re.compile(rb"[\t\n\r\x20-\x7e]{16,}")
"""Text within other bytes."""


@dataclass
class Read:
    """What one reading of a file gave."""

    sha256: str = ""
    size: int = 0
    sightings: list[dict[str, Any]] = field(default_factory=list)
    abilities: dict[str, int] = field(default_factory=dict)
    """What it is able to do, with the line that shows it first."""


def read(found: Found, file: BinaryIO, *, followed: bool = False) -> Read:
    """Reads a file to its end. `followed`: the SKILL.md leads to it, so what it says weighs as much."""
    return _Reading(found, followed=followed).run(file)


class _Reading:
    def __init__(self, found: Found, *, followed: bool) -> None:
        self.path, self.executable, self.followed = found.path, found.executable, followed
        self.result = Read()
        self.counts: dict[str, int] = {}
        self.beyond: dict[str, Any] = {}
        """Of what is found beyond a rule's limit, a hash."""
        self.tail = b""
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
            self._strings(self._kept(blocks, 0))
        for hit in files.of_content(self.path, head, self.tail, self.result.size, executable=self.executable):
            self._seen(hit, "", 1)
        self._whole(head)
        self._say_how_many_more()
        self.result.sha256 = made.hexdigest()
        for each in self.result.sightings:
            each["mark"] = each["mark"] or self.result.sha256[:MARK]
        return self.result

    def _largest(self, head: bytes) -> int:
        """How much of the file has to be seen in one piece by some rule."""
        if files.has_front_matter(self.path):
            return WHOLE
        if self._is_python(head) or self._kind(head) == "document" or python_within.is_notebook(self.path):
            return python_code.LARGEST + 1
        return _DOTENV if files.is_dotenv(self.path) else 0

    def _kind(self, head: bytes) -> Kind:
        return "code" if head.startswith(b"#!") else files.kind_of(self.path) or "data"

    def _is_python(self, head: bytes) -> bool:
        first = head.partition(b"\n")[0] if head.startswith(b"#!") else b""
        return self.path.lower().endswith(_PYTHON) or b"python" in first or b"uv run" in first

    def _kept(self, blocks: Iterator[bytes], keep: int) -> Iterator[bytes]:
        for block in blocks:
            self.result.size += len(block)
            self.tail = (self.tail + block)[-files.TAIL :]
            if self.kept_size < keep:
                self.kept.append(block[: keep - self.kept_size])
                self.kept_size += len(self.kept[-1])
            yield block

    def _strings(self, blocks: Iterator[bytes]) -> None:
        """The text that lies within other bytes: there is no line to tell."""
        waiting = b""
        for block in blocks:
            found = [each[0] for each in _STRING.finditer(waiting + block)]
            text = b"\n".join(found).decode("ascii")
            for hit in _plain(text, lowered(text), "data"):
                self._seen(hit, secrets.masked(text), 1)
            waiting = block[-OVERLAP // 8 :] if found and (waiting + block).endswith(found[-1]) else b""

    def _text(self, blocks: Iterator[bytes], head: bytes) -> None:
        kind = self._kind(head)
        kind = "skill" if self.followed and kind == "document" else kind
        line, inside = 1, False
        for text, last in _windows(_decoded(blocks, head)):
            limit = len(text) if last else len(text) - OVERLAP
            at, here = 0, line
            lower, clean = lowered(text), secrets.masked(text)
            for hit in sorted(_hits(text, lower, kind, inside), key=lambda hit: hit.at):
                if hit.at < limit or last:
                    here += text.count("\n", at, hit.at)
                    at = hit.at
                    self._seen(hit, clean, here, text)
            for name, place in capability.find(text, lower, kind, self.result.abilities):
                if place < limit or last:
                    self.result.abilities.setdefault(name, line + text.count("\n", 0, place))
            line += text.count("\n", 0, limit)
            inside = hidden.ends_inside(text[:limit], inside=inside)

    def _whole(self, head: bytes) -> None:
        """The rules that take a file as a whole."""
        if not self.kept:
            return
        text, hits = self._taken_apart(b"".join(self.kept), head)
        clean = secrets.masked(text) if hits else ""
        for hit in hits:
            self._seen(hit, clean, text.count("\n", 0, hit.at) + 1, text)

    def _taken_apart(self, data: bytes, head: bytes) -> tuple[str, list[Hit]]:
        if files.has_front_matter(self.path):
            document = parse(data)
            hits = list(frontmatter.find(document, named=self._kind(head) == "skill"))
            return document.text, [*hits, *python_within.in_prose(document.text)]
        if files.is_dotenv(self.path):
            text = data.decode("utf-8", "replace")
            return text, list(secrets.find_dotenv(text))
        if self._is_python(head):
            text = python_within.source(data)
            return text, list(python_code.find(text))
        text = data.decode("utf-8", "replace")
        return text, list(
            python_within.in_notebook(text) if python_within.is_notebook(self.path) else python_within.in_prose(text)
        )

    def _seen(self, hit: Hit, text: str, line: int, original: str = "") -> None:
        """Keeps a sighting; `text` is what may be shown of the `original`."""
        rule = hit.rule
        found = (original or text)[hit.at : hit.end].encode("utf-8", "surrogatepass")
        count = self.counts[rule.id] = self.counts.get(rule.id, 0) + 1
        if count > rule.limit:
            self.beyond.setdefault(rule.id, hashlib.sha256()).update(found + b"\0")
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
                "mark": hashlib.sha256(found).hexdigest()[:MARK] if found else "",
            }
        )

    def _say_how_many_more(self) -> None:
        last = {each["rule"]: each for each in self.result.sightings}
        for rule, count in self.counts.items():
            if (more := count - sum(each["rule"] == rule for each in self.result.sightings)) > 0:
                last[rule]["reason"] += f" There are {more:,} more of them in the file."
                last[rule]["mark"] += self.beyond[rule].hexdigest()[:MARK]


def _hits(text: str, lower: str, kind: Kind, inside: bool) -> Iterator[Hit]:
    yield from _plain(text, lower, kind)
    yield from hidden.find(text, lower, kind, inside=inside)
    yield from encoded.find(text, lower, kind, _plain)


def _plain(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    for room in (instructions, places, commands, addresses, javascript, secrets):
        yield from room.find(text, lower, kind)


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
