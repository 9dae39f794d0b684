"""Making a SKILL.md that comes from elsewhere one that clients can read, without guessing what its author meant.

Idea: of all fixes those that change how something is written and not what it says; what else is wrong is told, or asked.
Invariant: name, description and every other value read the same before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workbench.skills.document.fixes import apply_rule
from workbench.skills.document.lint import spec
from workbench.skills.skill import SkillDocument, parse

REPAIRS: Final[Mapping[str, str]] = {
    "file-name": "the file is renamed SKILL.md",
    "bom": "its byte order mark is removed",
    "frontmatter-fenced": "the code fence around its front matter is taken off",
    "frontmatter-comment": "its front matter is moved to the first line",
    "frontmatter-late": "its front matter is moved to the first line",
    "unclosed": "the line that closes its front matter is put in",
    "duplicate-key": "of keys that stand twice the last is kept",
    "yaml-tag": "tags are taken off its values, which are text",
    "yaml-anchor": "anchors are taken off its values",
    "yaml-value": "values that are no YAML are written in quotes",
    "line-ends": "its line ends are made plain",
}
"""What is mended, in this order, and how it is told."""


def mended(document: SkillDocument) -> tuple[SkillDocument, tuple[str, ...]]:
    """The document with everything mended that can be, and the rules that were; itself, if there was nothing."""
    if document.utf16 is not None:
        return document, ()
    broken = {finding.rule for finding in spec(document)}
    if "merge-conflict" in broken:
        return document, ()
    before = document.to_bytes()
    done: list[str] = []
    for rule in REPAIRS:
        if rule == "line-ends":
            after = _plain(document)
        elif rule in broken:
            after = apply_rule(document, rule)
        else:
            continue
        if after is not document and after.to_bytes() != document.to_bytes():
            document = after
            done.append(rule)
    return (document, tuple(done)) if document.to_bytes() != before else (document, ())


def _plain(document: SkillDocument) -> SkillDocument:
    if "\r" not in document.text:
        return document
    text = document.text.replace("\r\n", "\n").replace("\r", "\n")
    return parse(text.encode("utf-8", "surrogateescape"), folder=document.folder)
