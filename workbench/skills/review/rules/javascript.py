"""JavaScript by its words: what it runs that it has made up or decoded, and what it gathers to send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules.rule import Hit, Kind, Pattern, Rule, matches

_READ: Final = "Read the function; replace it by code that says what it does."
_EXEC: Final = Rule("js-exec", "medium", "medium", "It runs text as code.", _READ, "AST01")
_REMOTE: Final = Rule("js-exec-hidden", "critical", "high", "It runs what it has fetched or decoded.", _READ, "AST01")
_ENVIRONMENT: Final = Rule(
    "js-environment", "high", "medium", "It packs up all environment variables or cookies.", _READ, "AST01"
)
_SHELL: Final = Rule(
    "js-shell",
    "low",
    "medium",
    "It hands a made-up line to a shell.",
    "Use execFile with a list of arguments.",
    "AST03",
)
_INSTALL: Final = Rule(
    "install-script",
    "medium",
    "high",
    "A package runs this by itself when it is installed.",
    "Read the command, or install with --ignore-scripts.",
    "AST02",
)
_PICTURE: Final = Rule(
    "active-picture", "medium", "medium", "A picture carries a script.", "Remove the script.", "AST01"
)

_DECODED: Final = r"(?:await\s+)?(?:\(?await\s+)?(?:window\.)?(?:atob|Buffer\.from|fetch|axios(?:\.get)?|unescape|decodeURIComponent|String\.fromCharCode|zlib\.\w{1,20})\("
PATTERNS: Final = (
    Pattern(
        _REMOTE,
        ("eval", "function(", "runin"),
        re.compile(r"(?:(?<![\w.])eval|\bnew\s+Function|\bvm\.runIn\w{1,20})\(\s{0,8}" + _DECODED),
        kinds=("code", "data"),
    ),
    Pattern(
        _EXEC,
        ("eval", "new function(", "runin"),
        re.compile(
            r"(?<![\w.$])eval\(\s{0,8}(?![)\"'`\s])(?!" + _DECODED + r")[A-Za-z_$][\w$.\[\]]{0,60}\s?[)+(]|\bnew\s+Function\(\s{0,8}(?![)\"'`])(?!" + _DECODED + r")"
            r"|\bvm\.runIn\w{1,20}\(\s{0,8}(?![\"'`])(?!" + _DECODED + r")"
        ),
        kinds=("code",),
    ),
    Pattern(
        _ENVIRONMENT,
        ("process.env", "document.cookie"),
        re.compile(
            r"\bJSON\.stringify\(\s{0,4}process\.env\s{0,4}[,)]|\bbody\s{0,3}:\s{0,3}process\.env\s{0,4}[,}]|\bObject\.(?:entries|values)\(\s{0,4}process\.env\s{0,4}\)[^\n]{0,200}\bfetch\("
            r"|\b(?:fetch|sendBeacon|src\s?=)[^\n;]{0,200}document\.cookie"
        ),
        kinds=("code", "data"),
    ),
    Pattern(
        _SHELL,
        ("execsync", "child_process"),
        re.compile(r"(?<![\w.])execSync\(\s{0,8}(?![)\"'`\s])[\w$]|child_process[\"']\)\.exec(?:Sync)?\(\s{0,8}(?![)\"'`\s])[\w$]"),
        kinds=("code",),
    ),
    Pattern(
        _INSTALL,
        ('install"',),
        re.compile(r'"(?:preinstall|postinstall|install)"\s{0,4}:\s{0,4}"[^"\n]{1,300}"'),
        kinds=("data",),
    ),
    Pattern(
        _PICTURE,
        ("<svg",),
        re.compile(
            r"<svg\b[^>]{0,400}\son(?:load|error|click|mouseover|begin)\s?=", re.IGNORECASE
        ),
        kinds=("data",),
    ),
)  # fmt: skip
RULES: Final = tuple(dict.fromkeys(pattern.rule for pattern in PATTERNS))


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """What JavaScript runs or gathers."""
    return matches(PATTERNS, text, lower, kind)
