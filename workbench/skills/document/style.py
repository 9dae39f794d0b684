"""What makes a sound skill a poor one: that it is not found when it is needed, too long, or points at nothing.

Few rules, each careful: a finding here is advice, never an error, and a rule that would often be wrong is not here.
Invariant: none of it changes the verdict.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from workbench.skills.document.finding import Finding

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

MAX_LINES: Final = 500
SHORTEST: Final = 20
MOST: Final = 1024 * 1024
MOST_LINKS: Final = 100

_WHEN: Final = re.compile(
    r"\b(?:when|whenever|while|if|before|after|during|use[ds]?|using|trigger\w*|invoke\w*|asks?|mentions?|wants?|needs?"
    r"|requests?|applies|helps?|for)\b",
    re.IGNORECASE,
)
_PERSON: Final = re.compile(r"\s*(?:I|I'll|I'm|We|My)\s")
_PLACEHOLDER: Final = re.compile(
    r"\bTODO\b|\bTBD\b|\[(?:insert|describe|your)\b|replace with (?:a )?description", re.IGNORECASE
)
_FENCED: Final = re.compile(
    r"^[ \t]{0,3}(?P<mark>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]{0,3}(?P=mark)[`~]*[ \t]*\r?$|\Z)", re.MULTILINE | re.DOTALL
)
_LINK: Final = re.compile(
    r"\[[^\]\n]{0,300}\]\((?P<to>[^()\s<>]{1,300})(?:[ \t]+[\"'][^\"'\n]{0,200}[\"'])?\)|`[^`\n]{1,300}`"
)
_MENTION: Final = re.compile(r"`(?P<to>(?:scripts|references|assets)/[\w./-]{1,200}\.\w{1,8})`")
_ELSEWHERE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|#|//|\?")
_TEMPLATE: Final = re.compile(r"[{}$*|]|\.\.\.|…|%[A-Z]|^(?:path/to|url|link)\b", re.IGNORECASE)


def findings(document: SkillDocument) -> Iterator[Finding]:
    """Advice."""
    if document.utf16 is not None:
        return
    yield from _description(document)
    yield from _body(document)
    yield from _links(document, document.files)


def _description(document: SkillDocument) -> Iterator[Finding]:
    description = (document.description or "").strip()
    if not description:
        return
    at = next(entry.value_begin for entry in reversed(document.entries) if entry.key == "description")
    said = f"{description} {document.fields.get('when_to_use', '')}"
    if _PLACEHOLDER.search(description):
        yield _advice("description-placeholder", at, "The description still holds a placeholder.", "warning")
    elif len(description) < SHORTEST:
        length = "1 character" if len(description) == 1 else f"{len(description)} characters"
        message = f"The description has {length}: say what the skill does and when to use it."
        yield _advice("description-short", at, message, "warning")
    elif description.isascii() and not _WHEN.search(said):
        yield _advice("description-when", at, "The description does not say when to use the skill.")
    if _PERSON.match(description):
        yield _advice("description-person", at, "Describe the skill in the third person: clients read it among others.")


def _body(document: SkillDocument) -> Iterator[Finding]:
    body = document.body
    at = len(document.text) - len(body)
    if not body.strip():
        yield _advice("body-empty", max(0, at - 1), "There are no instructions behind the front matter.", "warning")
        return
    lines = body.count("\n") + 1
    if lines > MAX_LINES:
        message = f"The body has {lines:,} lines; at most {MAX_LINES} are advised. Move details to references/."
        yield _advice("body-long", at, message)
    pairs, all_lines = document.text.count("\r\n"), document.text.count("\n")
    if 0 < pairs < all_lines:
        message = f"Line ends are mixed: {pairs:,} of {all_lines:,} lines end in CRLF."
        yield Finding("line-ends", 0, message, "info", "style", {"do": "line-ends"})


def _links(document: SkillDocument, files: Collection[str] | None) -> Iterator[Finding]:
    """What the links lead to, in the first megabyte, as far as a person would look at it."""
    at = len(document.text) - len(document.body)
    body = document.text[at : at + MOST]
    found = [*islice(_led_astray(body, files), MOST_LINKS)]
    if files is not None and "/" in body:
        found += islice(_missing(body, _with_folders(files)), MOST_LINKS)
    fences = [fence.span() for fence in _FENCED.finditer(body)] if found else []
    for each in found:
        if not any(begin <= each.at < end for begin, end in fences):
            yield replace(each, at=at + each.at)


def _led_astray(body: str, files: Collection[str] | None) -> Iterator[Finding]:
    """The links that lead nowhere or out, those in examples too. Only lines that hold one are looked at."""
    known = None if files is None else _with_folders(files)
    end = 0
    while (at := body.find("](", end)) >= 0:
        begin, end = body.rfind("\n", 0, at) + 1, body.find("\n", at)
        end = len(body) if end < 0 else end
        for found in _LINK.finditer(body, begin, end):
            if found["to"] is not None:
                yield from _link(found["to"], found.start("to"), known)


def _missing(body: str, known: Collection[str]) -> Iterator[Finding]:
    for found in _MENTION.finditer(body):
        folder = found["to"].partition("/")[0]
        if folder in known and posixpath.normpath(found["to"]) not in known:
            message = f"There is no file {found['to']!r} in the skill."
            yield _advice("reference-missing", found.start("to"), message)


def _link(written: str, at: int, known: Collection[str] | None) -> Iterator[Finding]:
    target = unquote(written).partition("#")[0].partition("?")[0]
    if _ELSEWHERE.match(written) or _TEMPLATE.search(target) or not ("." in target or "/" in target):
        return
    path = posixpath.normpath(target)
    if path.startswith("../") or path == "..":
        yield _advice("link-outside", at, f"The link leads out of the skill: {written!r}.", "warning")
    elif path.startswith("/"):
        yield _advice("link-outside", at, f"The link is an absolute path: {written!r}.", "warning")
    elif known is not None and path not in known and path != ".":
        yield _advice("link-dead", at, f"The link leads nowhere: there is no {written!r} in the skill.", "warning")


def _with_folders(files: Collection[str]) -> set[str]:
    known = set(files)
    for path in files:
        while path := posixpath.dirname(path):
            if path in known:
                break
            known.add(path)
    return known


def _advice(rule: str, at: int, message: str, severity: str = "info") -> Finding:
    return Finding(rule, at, message, severity, "style")
