"""One rule broken at one place of a document, and how it travels.

Invariant: a finding names its rule, says in a sentence what is wrong, and points at a character of the text; a `fix` is a
small record that `fixes.apply_fix` can carry out, and is there only when it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

Fix = dict[str, Any]
Diagnostic = dict[str, Any]

_BREAK: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place. `level` is whose rule it is: spec, client, style or security."""

    rule: str
    at: int
    message: str
    severity: str = "error"
    level: str = "spec"
    fix: Fix | None = None
    because: str | None = None
    """The finding of another level that this one follows from; where that one is shown, this one need not be."""


def travelling(findings: Iterable[Finding], text: str) -> list[Diagnostic]:
    """Findings as the screen and programs get them, in the order of the file; lines and columns begin at 1."""
    places = Places(text)
    return [
        {
            "rule": each.rule,
            "level": each.level,
            "severity": each.severity,
            **places.of(each.at),
            "message": each.message,
            "fix": each.fix,
        }
        for each in sorted(findings, key=lambda finding: finding.at)
    ]


class Places:
    """Lines and columns of offsets that are asked for in rising order: the text is walked once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._begin = 1, 0

    def of(self, at: int) -> dict[str, int]:
        if at < self._begin:
            self._line, self._begin = 1, 0
        for found in _BREAK.finditer(self._text, self._begin, at):
            self._line, self._begin = self._line + 1, found.end()
        return {"line": self._line, "column": at - self._begin + 1}
