"""What a change makes of a SKILL.md: pure functions from bytes to bytes, and the words of a new one.

Invariant: a byte that was not asked about stays. A text that comes back from a page with other line ends than the file
has gets the file's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from workbench.errors import InvalidRequest, Refused
from workbench.skills.fixes import apply_fix, apply_rule
from workbench.skills.lint import MAX_NAME, suggested
from workbench.skills.naming import checked_name
from workbench.skills.skill import SkillDocument, parse

Change = Callable[[bytes], bytes]
Key = str | list[str]

_KEYS: Final[Mapping[str, str]] = {
    "argument_hint": "argument-hint",
    "user_invocable": "user-invocable",
    "disable_model_invocation": "disable-model-invocation",
}
_PURPOSES: Final[Mapping[str, tuple[str, ...]]] = {
    "data-engineering": (
        "pipeline",
        "etl",
        "elt",
        "dbt",
        "warehouse",
        "spark",
        "airflow",
        "ingest",
        "transform",
        "sql",
    ),
    "platform": (
        "deploy",
        "kubernetes",
        "terraform",
        "cloud",
        "aws",
        "azure",
        "infrastructure",
        "ci",
        "docker",
        "monitoring",
    ),
    "source": ("api", "endpoint", "salesforce", "sap", "hubspot", "connector", "schema", "export", "crm", "erp"),
}
_SMALL: Final = frozenset(
    [
        "a",
        "about",
        "all",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "do",
        "for",
        "from",
        "get",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "make",
        "me",
        "my",
        "need",
        "new",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "out",
        "should",
        "so",
        "some",
        "that",
        "the",
        "their",
        "them",
        "then",
        "this",
        "to",
        "up",
        "us",
        "use",
        "used",
        "using",
        "want",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "without",
        "work",
        "write",
        "you",
        "your",
        "skill",
        "skills",
        "agent",
        "help",
        "helps",
    ]
)


def new(name: str, description: str, body: str | None, fields: Mapping[str, Any]) -> bytes:
    """The SKILL.md of a new skill."""
    document = parse(b"", folder=name).set("name", name)
    document = document.set("description", description or f"Describe what {name} does and when to use it.")
    for key, value in fields.items():
        if key not in {"name", "description"}:
            document = document.set(key, value)
    title = name.replace("-", " ").capitalize()
    text = f"\n# {title}\n" if body is None else body if body.startswith("\n") else f"\n{body}"
    return document.to_bytes() + (text if text.endswith("\n") else f"{text}\n").encode("utf-8", "surrogatepass")


def with_text(data: bytes, text: str) -> bytes:
    """The file with another text."""
    return _as_lines(parse(data), text)


def with_edits(data: bytes, folder: str, edits: Iterable[tuple[Key, Any]], body: str | None) -> bytes:
    """The file with some keys changed, one after the other, and another body."""
    document = parse(data, folder=folder)
    if body is not None:
        kept = document.text[: len(document.text) - len(document.body)]
        document = parse(kept.encode("utf-8", "surrogateescape") + _as_lines(document, body), folder=folder)
    for key, value in edits:
        document = document.set(tuple(key) if isinstance(key, list) else key, value)
    return document.to_bytes()


def with_metadata(data: bytes, folder: str, values: Mapping[str, Any]) -> bytes:
    """The file with what a form says. A version lies in `metadata`, as the specification asks, unless it is at the top."""
    document = parse(data, folder=folder)
    for key, value in values.items():
        if key == "version" and "version" not in document.fields:
            document = document.set(("metadata", "version"), value)
        else:
            document = document.set(_KEYS.get(key, key), value)
    return document.to_bytes()


def _as_lines(document: SkillDocument, text: str) -> bytes:
    """A text as bytes, with the line ends of the document where it brings none of its own."""
    before = document.text
    if document.utf16 is not None or any("\ud800" <= character <= "\udfff" for character in before):
        raise Refused(
            "unsafe_edit",
            "The file is not UTF-8, so a text cannot replace it without losing bytes.",
            remedy="Save it as UTF-8 first; single keys can be changed as it is.",
        )
    if "\r" not in text and "\r\n" in before and "\n" not in before.replace("\r\n", ""):
        text = text.replace("\n", "\r\n")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(
            "The text holds half of a character, which no file can.",
            remedy="Paste it again.",
            problems=[{"path": "text", "message": "holds a lone surrogate"}],
        ) from error


# -- from a few words -------------------------------------------------------------------------------------------------


def suggest(text: str, taken: Collection[str]) -> tuple[str, str, list[str]]:
    """A name that is free, a purpose, and tags, from a person's own words."""
    words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _SMALL and len(word) > 1]
    base = suggested("-".join(dict.fromkeys(words[:12]))[: MAX_NAME // 2].rpartition("-")[0] or "-".join(words[:3]))
    base = "-".join((base or "my-skill").split("-")[:3])
    name, number = base, 1
    while name in taken or not _is_name(name):
        number += 1
        name = f"{base}-{number}"
    counts = {purpose: sum(words.count(mark) for mark in marks) for purpose, marks in _PURPOSES.items()}
    purpose = max(counts, key=lambda each: counts[each])
    frequent = [word for word, _ in Counter(words).most_common(4)]
    return name, purpose if counts[purpose] else "domain", frequent


def _is_name(name: str) -> bool:
    try:
        checked_name(name)
    except InvalidRequest:
        return False
    return True


# -- mending ----------------------------------------------------------------------------------------------------------


def mended(document: SkillDocument, rule: str | None, line: int | None) -> tuple[SkillDocument, list[str]]:
    """The document with what can be mended of a rule (None: of all), at a line (None: at any), and the rules it broke
    no longer. What cannot be mended safely stays.
    """
    wanted = [
        each
        for each in document.diagnostics
        if each["fix"] and rule in (None, each["rule"]) and line in (None, each["line"])
    ]
    done: list[str] = []
    for diagnostic in wanted:
        if diagnostic["rule"] in done and line is None:
            continue
        try:
            after = apply_fix(document, diagnostic) if line is not None else apply_rule(document, diagnostic["rule"])
        except Refused:
            continue
        if after.to_bytes() != document.to_bytes():
            done.append(diagnostic["rule"])
            document = after
    return document, done
