"""Secrets that were left in a file. The excerpt never shows one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.rules.rule import Hit, Kind, Rule

SECRET: Final = Rule(
    "secret",
    "high",
    "high",
    "A key or token was left in the file.",
    "Revoke it where it was made, then remove it from the file and from its history.",
    "AST03",
)
DOTENV: Final = Rule(
    "dotenv",
    "medium",
    "medium",
    "A .env file with values travels with the skill.",
    "Remove the file; describe the variables in a .env.example instead.",
    "AST03",
)
RULES: Final = (SECRET, DOTENV)

_SECRET: Final = re.compile(
    r"\b(?:sk-ant-[\w-]{20,120}|sk-(?:proj-)?[A-Za-z0-9_-]{32,200}|gh[pousr]_[A-Za-z0-9]{36,80}|github_pat_\w{40,120}|AKIA[0-9A-Z]{16}"
    r"|xox[baprs]-[\w-]{20,120}|AIza[\w-]{35}|sk_live_\w{20,80}|glpat-[\w-]{20,40}|hf_[A-Za-z0-9]{30,60}|npm_[A-Za-z0-9]{36})(?![\w-])"
    r"|-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----\s{0,4}[A-Za-z0-9+/]{40}"
)
_NEEDLES: Final = (
    "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "akia", "xox", "aiza", "sk_live_", "glpat-", "hf_", "npm_", "private key-",
)  # fmt: skip
_SAMPLE: Final = re.compile(
    r"example|sample|your|dummy|fake|test|placeholder|redacted|xxxx|\.\.\.|1234567890|abcdef", re.IGNORECASE
)
_FEWEST: Final = 8
"""A key has more different characters than a line of the same few."""
_ASSIGNED: Final = re.compile(r"^\s{0,8}(?:export\s+)?[A-Z][A-Z0-9_]{2,60}\s?=\s?[\"']?[^\s\"'#<$]{6}", re.MULTILINE)


def find(text: str, lower: str, _kind: Kind) -> Iterator[Hit]:
    """Keys and tokens by their makers' own forms; samples are left out."""
    if not any(needle in lower for needle in _NEEDLES):
        return
    for found in _SECRET.finditer(text):
        word = found[0]
        if len(set(word)) < _FEWEST + 4 or _SAMPLE.search(word):
            continue
        yield Hit(SECRET, found.start(), found.end(), shown=f"{word[:8]}… ({len(word)} characters)")


def find_dotenv(text: str) -> Iterator[Hit]:
    """Values in a .env file."""
    found = _ASSIGNED.search(text)
    if found and not _SAMPLE.search(found[0]):
        yield Hit(DOTENV, found.start(), found.end(), shown=found[0].partition("=")[0].strip() + "=…")
