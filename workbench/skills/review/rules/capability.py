"""What a skill is able to do, whether or not there is anything wrong with it: a summary, with the first places as evidence."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Final

from workbench.skills.review.rules.rule import Kind

NAMES: Final = ("network", "secrets", "exec", "writes_outside")

_SENDS: Final = r"\b(?:curl|wget)\s+[-\"'$h{]"
_OUTSIDE: Final = r"(?:>>?|\btee\s(?:-a\s)?|\b(?:cp|mv|ln|install|mkdir|touch|chmod|chown)\s[^\n|;&]{0,120})\s{0,3}[\"']?(?:~/|\$\{?HOME\}?/|/(?:etc|usr|var|opt|Library)/)"
_IN_CODE: Final = {
    "network": re.compile(
        _SENDS
        + r"|\b(?:requests\.(?:get|post|put|Session)|httpx\.|aiohttp\.|urllib\.request|urlopen\(|http\.client|socket\.socket|smtplib|ftplib|paramiko"
        r"|fetch\(|axios|XMLHttpRequest|WebSocket\(|Invoke-WebRequest|Invoke-RestMethod|http\.Get\(|net/http|boto3)"
    ),
    "secrets": re.compile(
        r"os\.environ|getenv\(|process\.env|\$\{?[A-Z][A-Z0-9_]{0,40}(?:KEY|TOKEN|SECRET|PASSWORD)\b|keyring\.get|\bENV\[|\.aws/credentials|\.ssh/id_"
    ),
    "exec": re.compile(
        r"\bsubprocess\.|os\.(?:system|popen|exec\w+)\(|child_process|\bexec(?:Sync|File)?\(|\bspawn(?:Sync)?\(|\beval[\s(]|\bsh\s+-c\b|^#!",
        re.MULTILINE,
    ),
    "writes_outside": re.compile(
        _OUTSIDE
        + r"|open\(\s{0,3}f?[\"'](?:/(?!tmp|dev)|~)[^\"'\n]{0,200}[\"']\s{0,3},\s{0,3}[\"'][wax]|os\.homedir\(\)[^\n]{0,120}write|Path\.home\(\)[^\n]{0,120}write_"
    ),
}
_IN_PROSE: Final = {
    "network": re.compile(_SENDS + r"|\bWebFetch\b"),
    "secrets": re.compile(r"\$\{?[A-Z][A-Z0-9_]{0,40}(?:KEY|TOKEN|SECRET|PASSWORD)\b|\.aws/credentials|\.ssh/id_"),
    "exec": re.compile(
        r"^[ \t]{0,3}```(?:bash|sh|shell|zsh|powershell|console)\b|!`|\ballowed-tools:[^\n]{0,300}\bBash\b",
        re.MULTILINE,
    ),
    "writes_outside": re.compile(_OUTSIDE),
}


_NEEDLES: Final = {
    "network": (
        "curl", "wget", "request", "httpx", "aiohttp", "urlopen", "http.", "http/", "socket", "smtplib", "ftplib", "paramiko", "fetch",
        "axios", "boto3",
    ),
    "secrets": ("environ", "getenv", "process.env", "key", "token", "secret", "password", "env[", ".aws/", ".ssh/"),
    "exec": ("subprocess", "os.", "child_process", "exec", "spawn", "eval", "sh -c", "#!", "```", "!`", "bash"),
    "writes_outside": ("~/", "home", "/etc/", "/usr/", "/var/", "/opt/", "/library/", "open("),
}  # fmt: skip


def find(text: str, lower: str, kind: Kind, known: Container[str] = ()) -> Iterator[tuple[str, int]]:
    """Each capability that a text shows and that is not known yet, once, with its first place."""
    for name, expression in (_IN_CODE if kind == "code" else _IN_PROSE if kind != "data" else {}).items():
        if name in known or not any(needle in lower for needle in _NEEDLES[name]):
            continue
        if found := expression.search(text):
            yield name, found.start()
