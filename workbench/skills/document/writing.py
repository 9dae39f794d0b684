"""What a change makes of a SKILL.md: pure functions from bytes to bytes.

Invariant: a byte that was not asked about stays. A text that comes back from a page with other line ends than the file
has gets the file's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from workbench.errors import InvalidRequest, Refused
from workbench.skills.document.fixes import apply_fix, apply_rule
from workbench.skills.skill import SkillDocument, parse

Change = Callable[[bytes], bytes]
Key = str | list[str]

_KEYS: Final[Mapping[str, str]] = {
    "argument_hint": "argument-hint",
    "user_invocable": "user-invocable",
    "disable_model_invocation": "disable-model-invocation",
}


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
