"""Mending what a diagnostic complains about, one thing at a time, and showing what it would change.

Idea: a fix is a small record; here are the verbs that carry it out. Each makes new text and reads it again: what it was
not about has to be as it was, else it is refused and nothing has changed. Invariant: no fix touches a line that its
diagnostic is not about, and applying it to a document that has changed meanwhile mends it or refuses.

`{key, value}` sets a key, `{key, move_to}` moves it below another, `{key, rename}` renames it, `{key, rewrite}` writes its
value anew in quotes, `{key, keep}` takes earlier twins out; `{do}` mends the file's frame: move-up, unfence, close,
plain-lines, line-ends, remove-bom, utf-8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from workbench.errors import Refused
from workbench.skills.document import spelling
from workbench.skills.document.diff import diff
from workbench.skills.document.entries import Entry, Value
from workbench.skills.document.frame import FRAMES, TITLES
from workbench.skills.document.lint import mendable
from workbench.skills.document.splice import Text, as_meant
from workbench.skills.skill import SkillDocument, parse

MOST: Final = 200
"""So many findings of one rule are mended in one go; a file that has more is not one to be mended blindly."""
_WORK: Final = 10_000
"""So many keys are read again for it: each fix reads all of them, so of a front matter of thousands few are mended."""


def apply_fix(document: SkillDocument, diagnostic: Mapping[str, Any]) -> SkillDocument:
    """The document with one diagnostic's fix made. Raises Refused when it has none, or it cannot be made safely."""
    fix = diagnostic.get("fix")
    if not fix:
        raise Refused(
            "no_fix", f"There is no ready fix for {diagnostic.get('rule', 'this')!r}.", remedy="Change the text itself."
        )
    if "do" in fix:
        return _framed(document, str(fix["do"]))
    path = (fix["key"],) if isinstance(fix["key"], str) else tuple(fix["key"])
    if "value" in fix:
        return document.set(path, fix["value"])
    if "move_to" in fix:
        return _moved(document, path[0], tuple(fix["move_to"]))
    if "rename" in fix:
        return _renamed(document, path[0], str(fix["rename"]))
    if "keep" in fix:
        return _single(document, path[0])
    if "rewrite" in fix:
        return _rewritten(document, path)
    raise Refused("no_fix", "This kind of fix is not known here.", remedy="Ask for the diagnostics again.")


def apply_rule(document: SkillDocument, rule: str) -> SkillDocument:
    """The document with every finding of a rule mended that can be; itself if there is none."""
    skipped = 0
    for _ in range(min(MOST, 1 + _WORK // (len(document.entries) + 1))):
        open_ones = mendable(document, rule)[skipped:]
        if not open_ones:
            return document
        try:
            after = apply_fix(document, open_ones[0])
        except Refused:
            skipped += 1
            continue
        if after.to_bytes() == document.to_bytes():
            skipped += 1
        document = after
    return document


def apply_rule_to(documents: Mapping[str, SkillDocument], rule: str) -> dict[str, tuple[SkillDocument, str]]:
    """One rule mended over a selection: by path, those that change, each with its difference to be looked at first."""
    mended = {path: apply_rule(document, rule) for path, document in documents.items()}
    return {
        path: (after, diff(documents[path], after, path=path))
        for path, after in mended.items()
        if after is not documents[path]
    }


def title(fix: Mapping[str, Any]) -> str:
    """What a fix would do, for the button."""
    if "do" in fix:
        return TITLES[str(fix["do"])]
    key = fix["key"] if isinstance(fix["key"], str) else ".".join(fix["key"])
    if "value" in fix:
        return f"Set {key} to {fix['value']!r}"
    if "move_to" in fix:
        return f"Move {key} to {'.'.join(fix['move_to'])}"
    if "rename" in fix:
        return f"Rename {key} to {fix['rename']}"
    return f"Keep the last {key} only" if "keep" in fix else f"Write the value of {key} in quotes"


# -- keys


def _moved(document: SkillDocument, key: str, to: tuple[str, ...]) -> SkillDocument:
    if key not in document.fields:
        raise _gone(key)
    parent = document.fields.get(to[0])
    if isinstance(parent, dict) and to[-1] in parent:
        raise Refused(
            "unsafe_edit", f"There is a {'.'.join(to)!r} already.", remedy="Take one of the two out.", key=key
        )
    fields = dict(document.fields)
    value = fields.pop(key)
    fields[to[0]] = {**(parent if isinstance(parent, dict) else {}), to[-1]: value}
    if (carried := _carried(document, key, to, fields)) is not None:
        return carried
    made = document.set(to, value).set(key, None)  # type: ignore[arg-type]  # a value read is one to give
    if _entry(document, key).style == "raw" and not _fewer(document, made):
        raise _unsafe()
    return made


def _carried(document: SkillDocument, key: str, to: tuple[str, ...], fields: Mapping[str, Any]) -> SkillDocument | None:
    """The key's own lines, comments and all, put below the other; None where they do not say the same there."""
    entry, text, newline = _entry(document, key), document.text, document.parsed.newline
    parent = next((each for each in reversed(document.entries) if each.key == to[0]), None)
    siblings = parent.children if parent is not None else ()
    if entry.style == "raw" or (parent is not None and (parent.style != "block-map" or not siblings)):
        return None
    column = siblings[-1].column if siblings else entry.column + 2
    at = siblings[-1].line_end if siblings else document.entries[-1].line_end
    lines = text[entry.line_begin : entry.line_end].splitlines(keepends=True)
    moved = "".join(" " * (column - entry.column) + line if line.strip() else line for line in lines)
    if not moved.endswith(("\n", "\r")):
        moved += newline
    if parent is None:
        moved = f"{' ' * entry.column}{to[0]}:{newline}{moved}"
    gap = "" if text[:at].endswith(("\n", "\r")) else newline
    first, last = sorted([(at, at, gap + moved), (entry.line_begin, entry.line_end, "")])
    after = text[: first[0]] + first[2] + text[first[1] : last[0]] + last[2] + text[last[1] :]
    with suppress(Refused):
        made = _kept(document, after, fields, key)
        if made.parsed.found.whole or not document.parsed.found.whole:
            return made
    return None


def _renamed(document: SkillDocument, key: str, name: str) -> SkillDocument:
    _entry(document, key)
    if name in document.fields:
        raise Refused("unsafe_edit", f"There is a {name!r} already.", remedy="Take one of the two out.", key=key)
    after = document.text
    for entry in reversed([each for each in document.entries if each.key == key]):
        written = after[entry.key_begin : entry.key_end]
        quoted = written[:1] if written[:1] in "'\"" else ""
        after = after[: entry.key_begin] + quoted + name + quoted + after[entry.key_end :]
    fields = {name if each == key else each: value for each, value in document.fields.items()}
    return _kept(document, after, fields)


def _single(document: SkillDocument, key: str) -> SkillDocument:
    twins = [entry for entry in document.entries if entry.key == key]
    text = document.text
    for entry in reversed(twins[:-1]):
        text = text[: entry.line_begin] + text[entry.line_end :]
    return _kept(document, text, document.fields)


def _rewritten(document: SkillDocument, path: tuple[str, ...]) -> SkillDocument:
    entry = _entry(document, path[0])
    for key in path[1:]:
        entry = next((each for each in reversed(entry.children) if each.key == key), entry)
    text = document.text
    for written in _spellings(document, entry, flow=len(path) > 1):
        gap = " " if text[entry.value_begin - 1 : entry.value_begin] == ":" else ""
        changed = text[: entry.value_begin] + gap + written + text[entry.value_end :]
        with suppress(Refused):
            made = _kept(document, changed, document.fields, path[0])
            if entry.style != "raw" or _fewer(document, made):
                return made
    raise _unsafe()


def _fewer(before: SkillDocument, after: SkillDocument) -> bool:
    return len(after.parsed.found.problems) < len(before.parsed.found.problems)


def _spellings(document: SkillDocument, entry: Entry, *, flow: bool) -> Iterator[str]:
    if isinstance(entry.value, str):
        yield spelling.quote(entry.value)
    yield from spelling.spellings(
        entry.value, None, newline=document.parsed.newline, column=entry.column, flow=flow, text=document.text
    )


def _entry(document: SkillDocument, key: str) -> Entry:
    entry = next((each for each in reversed(document.entries) if each.key == key), None)
    if entry is None:
        raise _gone(key)
    return entry


def _gone(key: str) -> Refused:
    return Refused("unsafe_edit", f"There is no {key!r} any more.", remedy="Ask for the diagnostics again.", key=key)


# -- the file's frame


def _framed(document: SkillDocument, verb: str) -> SkillDocument:
    if verb == "utf-8":
        return _as_utf8(document)
    work = FRAMES.get(verb)
    block = document.parsed.block
    if work is None or document.utf16 is not None or (block is None and verb not in ("line-ends", "remove-bom")):
        raise Refused("no_fix", "This fix does not fit the file any more.", remedy="Ask for the diagnostics again.")
    after = work(document.text, document.parsed)
    if verb in ("line-ends", "remove-bom", "unfence", "move-up"):
        return _reread(document, after, document.fields)
    return _kept(document, after, document.fields)


def _as_utf8(document: SkillDocument) -> SkillDocument:
    if document.utf16 is None:
        raise Refused("no_fix", "The file is UTF-8 already.", remedy="Ask for the diagnostics again.")
    try:
        text = document.utf16.decode("utf-16")
        return parse(text.encode(), folder=document.folder, files=document.files)
    except UnicodeError as error:
        raise Refused("unsafe_edit", "The file begins like UTF-16 and is not.", remedy="Save it as UTF-8.") from error


def _kept(document: SkillDocument, after: str, fields: Mapping[str, Any], about: str = "") -> SkillDocument:
    """The new text as a document, if its fields are those and its body is the old one."""
    made = _reread(document, after, fields, about)
    if made.body != document.body:
        raise _unsafe()
    return made


def _reread(document: SkillDocument, after: str, fields: Mapping[str, Any], about: str = "") -> SkillDocument:
    """The new text as a document, if its fields are those. The body may be another: `move-up` and `unfence` put before
    it what stood before the front matter, and `line-ends` is about all of it.
    """
    made = replace(document, parsed=Text.read(after))
    plain = {key: _plain(value) for key, value in fields.items()}
    same = {key: _plain(value) for key, value in made.fields.items()} == plain
    if not same and not as_meant(document.parsed, made.parsed, dict(fields), about):
        raise _unsafe()
    return made


def _plain(value: Value) -> Value:
    """The value with its line ends made the same: a fix of them is no change of it."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()}


def _unsafe() -> Refused:
    return Refused(
        "unsafe_edit",
        "The fix would have changed more than it is about, so nothing was changed.",
        remedy="Change the text itself.",
    )
