"""Secrets that were left in a file. No report shows one: `masked` is what every excerpt goes through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Rule

SECRET: Final = Rule(
    "secret",
    "high",
    "high",
    "A key or token was left in the file.",
    "Revoke it where it was made, then remove it from the file and from its history.",
    "AST03",
)
PASSWORD: Final = Rule(
    "secret-value",
    "medium",
    "medium",
    "What looks like a password or key is written into the file.",
    "Read it from the environment instead; change it where it is in use.",
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
BARE_DOTENV: Final = Rule(
    "dotenv-file",
    "low",
    "high",
    "A .env file travels with the skill; what is put into it later would, too.",
    "Name it .env.example.",
    "AST03",
)
RULES: Final = (SECRET, PASSWORD, DOTENV, BARE_DOTENV)

_SECRET: Final = re.compile(
    r"\b(?:sk-ant-[\w-]{20,120}|sk-(?:proj-)?[A-Za-z0-9_-]{32,200}|gh[pousr]_[A-Za-z0-9]{36,80}|github_pat_\w{40,120}|AKIA[0-9A-Z]{16}"
    r"|xox[baprs]-[\w-]{20,120}|AIza[\w-]{35}|[sr]k_live_\w{20,80}|glpat-[\w-]{20,40}|hf_[A-Za-z0-9]{30,60}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,250}"
    r"|gsk_[A-Za-z0-9]{40,80}|xai-[A-Za-z0-9]{40,120}|r8_[A-Za-z0-9]{30,60}|ya29\.[\w-]{30,300}|dop_v1_[0-9a-f]{60,80}|SG\.[\w-]{16,40}\.[\w-]{30,60}"
    r"|PMAK-[0-9a-f]{20,40}-[0-9a-f]{30,50}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{20,1000})(?![\w-])"
    r"|\bAccountKey=[A-Za-z0-9+/]{60,120}={0,2}|\baws_secret_access_key[\"']?\s{0,3}[=:]\s{0,3}[\"']?[A-Za-z0-9/+]{40,44}(?![A-Za-z0-9/+])"
    r"|-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----(?:[A-Za-z0-9+/=:,-]|\s|\\n){40,8000}|-----BEGIN PGP PRIVATE KEY BLOCK-----(?:[A-Za-z0-9+/=:,.-]|\s|\\n){6,8000}",
)
_URL: Final = re.compile(r"\b[a-z][a-z0-9+]{2,20}://[\w.%-]{1,60}:([^\s:/@\"'<>{}$]{6,100})@[\w.-]{2,100}")
_VALUE: Final = re.compile(
    r"\b(?:password|passwd|api[_-]?key|secret[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret)[\"']?\s{0,3}[=:]\s{0,3}([\"'])([^\s\"'<>{}$()]{8,120})\1",
    re.IGNORECASE,
)
_NEEDLES: Final = (
    "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "akia", "xox", "aiza", "k_live_", "glpat-", "hf_", "npm_", "private key-",
    "private key block", "pypi-", "gsk_", "xai-", "r8_", "ya29.", "dop_v1_", "sg.", "pmak-", "eyj", "accountkey=", "aws_secret_access_key",
)  # fmt: skip
_VALUE_NEEDLES: Final = ("password", "passwd", "api_key", "api-key", "apikey", "secret", "token")
_SAMPLE: Final = re.compile(
    r"example|sample|your|dummy|fake|test|placeholder|redacted|change|xxxx|\*\*\*|\.\.\.|1234567890|abcdef|<|^password|secret|token|_key|process\.|environ",
    re.IGNORECASE,
)
_TOLD: Final = re.compile(
    r"example|sample|your|dummy|fake|test|placeholder|redacted|xxxx|\.\.\.|1234567890|abcdef", re.IGNORECASE
)
_FEWEST: Final = 8
"""A key has more different characters than a line of the same few."""
_SHOWN: Final = 4
_ASSIGNED: Final = re.compile(
    r"^\s{0,8}(?:export\s+)?([A-Za-z][A-Za-z0-9_]{1,60})\s?=\s?[\"']?([^\s\"'#<$]{6,200})", re.MULTILINE
)


def find(text: str, lower: str, _kind: Kind) -> Iterator[Hit]:
    """Keys and tokens by their makers' own forms, and passwords that are written out; samples are left out."""
    for found in _SECRET.finditer(text) if any(needle in lower for needle in _NEEDLES) else ():
        word = found[0]
        if len(set(word)) < _FEWEST + 4 or _TOLD.search(word[:200]):
            continue
        yield Hit(SECRET, found.start(), found.end(), shown=f"{word[:8]}… ({len(word)} characters)")
    for found in _URL.finditer(text) if "://" in lower and "@" in lower else ():
        if _is_value(found[1]):
            yield Hit(PASSWORD, found.start(), found.end(), shown=found[0][: found.start(1) - found.start()] + "…@")
    for found in _VALUE.finditer(text) if any(needle in lower for needle in _VALUE_NEEDLES) else ():
        if _is_value(found[2]):
            yield Hit(PASSWORD, found.start(), found.end(), shown=found[0][: found.start(2) - found.start()] + "…")


def find_dotenv(text: str) -> Iterator[Hit]:
    """Values in a .env file: the first that is no sample; where there is none, the file itself."""
    for found in _ASSIGNED.finditer(text):
        if not _TOLD.search(found[0]) and not found[2].lower().startswith(
            ("http://localhost", "localhost", "production")
        ):
            yield Hit(DOTENV, found.start(), found.end(), shown=f"{found[1]}=…")
            return
    yield Hit(BARE_DOTENV, 0, 0)


def masked(text: str) -> str:
    """A text of the same length in which every key, token and password is starred out but for its beginning."""
    lower = text.lower()
    if any(needle in lower for needle in _NEEDLES):
        text = _SECRET.sub(lambda found: _starred(found[0]), text)
    if "://" in lower and "@" in lower:
        text = _URL.sub(lambda found: found[0].replace(f":{found[1]}@", f":{'*' * len(found[1])}@"), text)
    if any(needle in lower for needle in _VALUE_NEEDLES):
        text = _VALUE.sub(lambda found: found[0].replace(found[2], "*" * len(found[2])), text)
    return text


def _starred(word: str) -> str:
    return word[:_SHOWN] + "".join(each if each in "\r\n" else "*" for each in word[_SHOWN:])


def _is_value(word: str) -> bool:
    """Whether it looks drawn by lot, or at least thought out: letters and figures, and no word for a sample."""
    mixed = any(each.isdigit() for each in word) and any(each.isalpha() for each in word)
    return mixed and len(set(word)) >= _FEWEST - 1 and not _SAMPLE.search(word)
