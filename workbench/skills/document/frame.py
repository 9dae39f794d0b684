"""The frame of a SKILL.md, mended: where its front matter lies, the lines around it, its line ends.

Each is text to text. Invariant: what stands in the front matter and in the body is moved or left, never rewritten; only the
frame's own lines (fences, hyphens, blank lines before it) come and go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from workbench.skills.document.block import BOM
from workbench.skills.document.splice import Text

_FENCE_END: Final = re.compile(r"(?:\A|(?<=[\r\n]))[ \t]*(?:`{3,}|~{3,})[ \t]*(?:\r\n|\n|\r)?[ \t\r\n]*\Z")
_FENCE_LINE: Final = re.compile(r"(?:`{3,}|~{3,})[^\r\n]*(?:\r\n|\n|\r)")
_ANY_FENCE: Final = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)


def _move_up(text: str, read: Text) -> str:
    block = read.block
    if block is None:  # `_framed` has looked
        return text
    bom = BOM if text.startswith(BOM) else ""
    lead = text[len(bom) : block.opening]
    front = text[block.opening : block.body]
    if not lead.strip():
        return bom + front + text[block.body :]
    ending = "" if front.endswith(("\n", "\r")) else block.newline
    return bom + front + ending + lead + text[block.body :]


def _unfence(text: str, read: Text) -> str:
    block = read.block
    if block is None:
        return text
    lead, body = text[: block.opening], text[block.body :]
    opened = list(_FENCE_LINE.finditer(lead))
    if opened:
        lead = lead[: opened[-1].start()] + lead[opened[-1].end() :]
    if len(_ANY_FENCE.findall(body)) % 2 and (closed := _FENCE_END.search(body)):
        body = body[: closed.start()]
    unfenced = lead + text[block.opening : block.body] + body
    return _move_up(unfenced, Text.read(unfenced)) if lead.strip(BOM) else unfenced


def _close(text: str, read: Text) -> str:
    block = read.block
    if block is None or block.fault != "unclosed":
        return text
    before = text[: block.end]
    ending = "" if before.endswith(("\n", "\r")) else block.newline
    return before + ending + "---" + block.newline + text[block.end :]


def _plain_lines(text: str, read: Text) -> str:
    """Three hyphens and nothing else before and behind the front matter."""
    block = read.block
    if block is None:
        return text
    opening, closing = text[block.opening : block.begin], text[block.end : block.body]
    return (
        text[: block.opening]
        + _hyphens(opening)
        + text[block.begin : block.end]
        + _hyphens(closing)
        + text[block.body :]
    )


def _hyphens(line: str) -> str:
    return "---" + line[len(line.rstrip("\r\n")) :] if line.strip() else line


def _line_ends(text: str, _read: Text) -> str:
    """All as most of them are."""
    pairs, every = text.count("\r\n"), text.count("\n")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain.replace("\n", "\r\n") if pairs * 2 > every else plain


FRAMES: Final[dict[str, Callable[[str, Text], str]]] = {
    "move-up": _move_up,
    "unfence": _unfence,
    "close": _close,
    "plain-lines": _plain_lines,
    "line-ends": _line_ends,
    "remove-bom": lambda text, _: text.removeprefix(BOM),
}
TITLES: Final = {
    "move-up": "Move the front matter to the first line",
    "unfence": "Take the code fence off",
    "close": "Close the front matter",
    "plain-lines": "Put plain '---' lines around the front matter",
    "line-ends": "Make all line ends the same",
    "remove-bom": "Remove the byte order mark",
    "utf-8": "Save it as UTF-8",
}
