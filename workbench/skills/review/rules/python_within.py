"""Python that stands within something else: in a Markdown fence, in the cells of a notebook, in bytes of some encoding."""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from workbench.skills.review.rules import python_code
from workbench.skills.review.rules.rule import Hit

_FENCE: Final = re.compile(
    r"^[ \t]{0,8}(`{3,8}|~{3,8})[ \t]{0,4}(?:python3?|py)\b[^\n]{0,100}\n", re.MULTILINE | re.IGNORECASE
)
_GRAVE: Final = frozenset([python_code.REMOTE.id, python_code.ENVIRONMENT.id, python_code.TERMINAL.id])
_COMMAND: Final = re.compile(r"^\s{0,20}[!%][^\n]{0,2000}$", re.MULTILINE)


def source(data: bytes) -> str:
    """The bytes of a source as Python itself would read them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        text = data.decode(encoding, "replace")
    except (SyntaxError, LookupError, ValueError):
        text = data.decode("utf-8", "replace")
    return text.replace("\0", " ").removeprefix("\ufeff")


def in_prose(text: str) -> Iterator[Hit]:
    """Fenced examples: only what is grave, since an example may show anything."""
    at = 0
    while opening := _FENCE.search(text, at):
        end = text.find(f"\n{opening[1]}", opening.end() - 1)
        end = end if end >= 0 else len(text)
        for hit in python_code.find(text[opening.end() : end]):
            if hit.rule.id in _GRAVE:
                yield replace(hit, at=hit.at + opening.end(), end=hit.end + opening.end())
        at = max(end, opening.end())


def is_notebook(path: str) -> bool:
    return path.lower().endswith(".ipynb")


def in_notebook(text: str) -> Iterator[Hit]:
    """The code cells of a notebook, as one source, so that names are followed from cell to cell."""
    lines = "\n".join(_cells(text))
    if not lines:
        return
    for hit in python_code.find(_COMMAND.sub("", lines)):
        shown = lines[hit.at : hit.end].strip()[:120]
        place = max(text.find(json.dumps(shown.partition("\n")[0])[1:-1]), 0)
        yield replace(hit, at=place, end=place + len(shown), shown=shown)


def _cells(text: str) -> Iterator[str]:
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    cells = told.get("cells") if isinstance(told, dict) else None
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            lines = cell.get("source")
            yield "".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
