"""How a value can be spelt as YAML, the likeliest way first.

Idea: nobody here proves that a spelling is right for a value in its place. Each is a candidate that `splice` reads again
with the parser and takes only if it says what was meant; the last one, in double quotes, says anything that YAML can.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Final

from workbench.skills.document.entries import Entry, Value

_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_PLAIN: Final = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=<~.\d+](?:[^\r\n]*\S)?")
_NOT_PLAIN: Final = re.compile(r":(?:\s|\Z)|\s#|[\t\r\n]")
_NOT_IN_FLOW: Final = re.compile(r"[,\[\]{}:]")
_WORDS: Final = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"])
"""What a YAML 1.1 or 1.2 reader may take for something other than text."""
_HEADER: Final = re.compile(r"[|>][0-9+-]*(?P<comment>[ \t]+#[^\r\n]*)?")
_NARROWEST: Final = 40


class Bare(str):
    """A value given as a number or a switch: text to us, and written without quotes so that it is one to others."""

    __slots__ = ()


def spellings(
    value: Value, old: Entry | None, *, newline: str, column: int, flow: bool, text: str, json: bool = False
) -> Iterator[str]:
    """The ways to write `value` where `old` stands (None: a new key at `column`); within `[` and `{` if `flow`, and as
    JSON if all around it is.
    """
    if json:
        yield _flow(value, quoted=True)
    elif isinstance(value, str):
        if isinstance(value, Bare):
            yield value
        yield from _scalar(value, old, newline, column, text, flow=flow)
    elif isinstance(value, list):
        if old is not None and old.style == "block-list" and not flow:
            yield _block_list(value, newline, old.value_begin - _line(text, old.value_begin))
        yield _flow(value, quoted=is_json(old, text))
    else:
        if old is None and not flow and value:
            yield newline + newline.join(f"{' ' * (column + 2)}{_key(k)}: {_flow(v)}" for k, v in value.items())
        if old is not None and old.style == "block-map" and old.children and value:
            pad = newline + " " * old.children[0].column
            yield pad.join(f"{_key(k)}: {_flow(v)}" for k, v in value.items())
        yield _flow(value, quoted=is_json(old, text))


def pair(key: str, written: str, like: Entry | None = None, text: str = "") -> str:
    """`key: value`; its key in quotes if its neighbour's is."""
    quoted = like is not None and text[like.key_begin : like.key_begin + 1] == '"'
    gap = "" if written[:1] in "\r\n" or not written else " "
    return f"{quote(key) if quoted else _key(key)}:{gap}{written}"


def quote(text: str) -> str:
    """In double quotes: any text that YAML can hold."""
    written = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _scalar(value: str, old: Entry | None, newline: str, column: int, text: str, *, flow: bool) -> Iterator[str]:
    style = old.style if old is not None else "plain"
    if style == '"':
        yield quote(value)
    elif style == "'" and not _UNPRINTABLE.search(value) and "\n" not in value:
        yield "'" + value.replace("'", "''") + "'"
    elif old is not None and style in "|>":
        yield from _block(value, old, newline, column, text)
    if "\n" not in value and is_plain(value, flow=flow):
        yield value
    elif "\n" in value and not flow and style not in "|>":
        yield _literal(value, "|", newline, " " * (column + 2), "")
    yield quote(value)


def is_plain(value: str, *, flow: bool = False) -> bool:
    """Whether every reader takes it for this text without quotes."""
    if not _PLAIN.fullmatch(value) or _NOT_PLAIN.search(value) or _UNPRINTABLE.search(value):
        return False
    if not value.isprintable() or value.lower() in _WORDS:
        return False
    return not (flow and _NOT_IN_FLOW.search(value))


def _block(value: str, old: Entry, newline: str, column: int, text: str) -> Iterator[str]:
    """As a block scalar was: its header's comment, its indentation, and if it was folded, its width."""
    written = text[old.value_begin : old.value_end]
    header, _, rest = written.partition("\n")
    matched = _HEADER.match(header)
    comment = (matched["comment"] or "") if matched else ""
    lines = [line for line in rest.splitlines() if line.strip()]
    pad = " " * (len(lines[0]) - len(lines[0].lstrip(" ")) if lines else column + 2)
    if old.style == ">":
        width = max([_NARROWEST, *(len(line) - len(pad) for line in lines)])
        wrapped = "\n\n".join(
            textwrap.fill(part, width, break_long_words=False, break_on_hyphens=False) if part else ""
            for part in value.rstrip("\n").split("\n")
        )
        yield _literal(wrapped + value[len(value.rstrip("\n")) :], ">", newline, pad, comment)
        yield _literal(
            value.rstrip("\n").replace("\n", "\n\n") + value[len(value.rstrip("\n")) :], ">", newline, pad, comment
        )
    yield _literal(value, "|", newline, pad, comment)


def _literal(value: str, sign: str, newline: str, pad: str, comment: str) -> str:
    """A block scalar without its last break; the chomping is what its end asks for."""
    content = value.rstrip("\n")
    ends = len(value) - len(content)
    chomp = "-" if ends == 0 else "" if ends == 1 else "+"
    lines = [pad + line if line else "" for line in content.split("\n")] + [""] * max(0, ends - 1)
    return newline.join([sign + chomp + comment, *lines])


def _block_list(items: list[Value], newline: str, indent: int) -> str:
    return (newline + " " * indent).join(f"- {_flow(item)}" for item in items) if items else "[]"


def _flow(value: Value, *, quoted: bool = False) -> str:
    """On one line, as in JSON but for quotes that are not needed."""
    if isinstance(value, str):
        return value if isinstance(value, Bare) or (not quoted and is_plain(value, flow=True)) else quote(value)
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item, quoted=quoted) for item in value) + "]"
    pairs = (f"{quote(k) if quoted else _key(k)}: {_flow(v, quoted=quoted)}" for k, v in value.items())
    return "{" + ", ".join(pairs) + "}"


def _key(key: str) -> str:
    return key if is_plain(key, flow=True) else quote(key)


def is_json(old: Entry | None, text: str) -> bool:
    """Whether a flow collection is written as in JSON, its texts in quotes."""
    if old is None or not old.style.startswith("flow"):
        return False
    return text[old.value_begin + 1 : old.value_end].lstrip()[:1] == '"'


def _line(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
