"""What `skills.*` shows: rooms' facts in the shapes of replies."""

from __future__ import annotations

import functools
import json
import re
import stat
from typing import Any, Final

from workbench.clock import iso
from workbench.commands import skills_change_shapes as changes
from workbench.commands import skills_shapes as shapes
from workbench.errors import InvalidRequest, WorkbenchError
from workbench.skills import listing
from workbench.skills.document.clients import TITLES, badge, matrix
from workbench.skills.document.diff import diff
from workbench.skills.document.writing import mended
from workbench.skills.library import Library
from workbench.skills.listing import Item, Which
from workbench.skills.locks_table import LockRow
from workbench.skills.review import reviews
from workbench.skills.skill import SkillDocument, parse
from workbench.skills.table import SkillRow
from workbench.skills.tree.files import digest
from workbench.skills.tree.folder import files

_HALF: Final = re.compile("[\ud800-\udfff]")
"""What stands for a byte that is no UTF-8; JSON cannot carry it."""


def row(item: Item) -> shapes.SkillRow:
    """A skill as a list shows it."""
    return shapes.SkillRow.model_construct(**row_fields(item))


def row_fields(item: Item) -> dict[str, Any]:
    known = item.indexed
    values = vars(item) | {
        "tags": list(item.tags),
        "badge": _badge(known.badge) if known.badge else None,
        "tokens": shapes.SkillTokens.model_construct(listing=known.listing_tokens, body=known.body_tokens)
        if known.badge
        else None,
        "created_at": iso(item.created),
        "updated_at": iso(item.updated),
    }
    return {key: values[key] for key in shapes.SkillRow.model_fields}


@functools.cache
def _badge(told: str) -> shapes.Badge:
    """There are only so many different ones."""
    return shapes.Badge.model_validate_json(told)


def page(items: list[Item], which: Which, request: shapes.ListSkills) -> shapes.SkillList:
    """A page of those that are wanted."""
    found = listing.chosen(items, which)
    key = listing.SORTS[request.sort]
    found.sort(key=key)
    after = _position(request.cursor, key(found[0]) if found else ())
    begin = 0 if after is None else next((at for at, item in enumerate(found) if key(item) > after), len(found))
    shown = found[begin : begin + request.limit]
    return shapes.SkillList.model_construct(
        skills=[row(item) for item in shown],
        deleted=[],
        total=len(found),
        facets=listing.facets(items, which),
        next_cursor=json.dumps(key(shown[-1])) if shown and begin + request.limit < len(found) else None,
    )


def _position(cursor: str | None, like: tuple[Any, ...]) -> tuple[Any, ...] | None:
    if cursor is None or not like:
        return None
    try:
        position = tuple(json.loads(cursor))
    except (ValueError, TypeError, RecursionError):
        position = ()
    if [type(part) for part in position] != [type(part) for part in like]:
        raise InvalidRequest(
            "This cursor is not one that a listing gave.",
            remedy="Leave it out to begin anew.",
            problems=[{"path": "cursor", "message": "is not a cursor of this order"}],
        )
    return position


def deleted_row(found: SkillRow) -> shapes.DeletedRow:
    return shapes.DeletedRow.model_validate(
        {
            "name": found.name,
            "source": found.source,
            "deleted_at": iso(found.deleted or 0),
            "trash": found.trash,
        }
    )


def show(library: Library, name: str, *, unwritten: bool = False) -> shapes.Skill:
    """One skill with its text; with `unwritten` also one that is being built, and has none yet."""
    item = library.item(name)
    data = b"" if unwritten and not item.present else library.document(name).to_bytes()
    document = parse(data, folder=name)
    folder = library.folder(name)
    about = []
    for path, seen in files(folder):
        link, runs = stat.S_ISLNK(seen.st_mode), bool(seen.st_mode & stat.S_IXUSR)
        about.append(shapes.SkillFile(path=_shown(path), size=seen.st_size, link=link, executable=runs))
    values = row_fields(item)
    return shapes.Skill.model_validate(
        {
            **values,
            "text": _shown(document.text) if document.utf16 is None else data.decode("utf-16", "replace"),
            "utf8": document.utf16 is None and _shown(document.text) == document.text,
            "digest": digest(data),
            "fields": shown_all(document.fields),
            "body": _shown(document.body),
            "diagnostics": diagnostics(document),
            "clients": shown_all(matrix(document)),
            "scan": last_scan(library, name),
            "files": sorted(about, key=lambda file: file.path),
        }
    )


def last_scan(library: Library, name: str) -> shapes.LastScan | None:
    found = reviews.last(library, name)
    if found is None:
        return None
    scan, current = found
    return shapes.LastScan.model_validate(
        {
            "verdict": scan.verdict,
            "findings": len(scan.findings),
            "digest": scan.digest,
            "scanned_at": iso(scan.at),
            "current": current,
        }
    )


def diagnostics(document: SkillDocument) -> list[dict[str, Any]]:
    """The findings, with no character that JSON could not carry."""
    found: list[dict[str, Any]] = shown_all(
        [{key: each[key] for key in shapes.Diagnostic.model_fields} for each in document.diagnostics]
    )
    return found


def linted(library: Library, request: changes.LintSkills) -> changes.LintReport:
    """What is wrong with skills, or with a text."""
    if request.text is not None:
        data = request.text.encode("utf-8", "surrogatepass")
        found = [lint_of(parse(data, folder=request.folder))]
    else:
        names = request.names or [item.name for item in library.items() if item.present]
        found = [_lint_of_skill(library, library.row(name).name) for name in sorted(set(names))]
    severities = [each.severity for one in found for each in one.diagnostics]
    return changes.LintReport(skills=found, errors=severities.count("error"), warnings=severities.count("warning"))


def _lint_of_skill(library: Library, name: str) -> changes.Linted:
    """What is wrong with one skill; that it cannot be read is wrong with it, too."""
    try:
        return lint_of(library.document(name), name, last_scan(library, name))
    except WorkbenchError as error:
        said = shapes.Diagnostic(
            rule="unreadable", level="spec", severity="error", line=1, column=1, message=_shown(error.message), fix=None
        )
        nowhere = shapes.Badge(colour="red", text="No client loads it.", loads=[], fails=[*TITLES], reduced=[])
        return changes.Linted(
            name=name, valid=False, diagnostics=[said], fixable=0, clients={}, badge=nowhere, scan=None
        )


def lint_of(document: SkillDocument, name: str | None = None, scan: shapes.LastScan | None = None) -> changes.Linted:
    found = diagnostics(document)
    answers = matrix(document)
    return changes.Linted.model_validate(
        {
            "name": name,
            "valid": document.is_valid,
            "diagnostics": found,
            "fixable": sum(1 for each in found if each["fix"]),
            "clients": shown_all(answers),
            "badge": badge(answers),
            "scan": scan,
        }
    )


def fixed(library: Library, request: changes.FixSkills) -> changes.FixReport:
    """What mending does to each skill that it changes; a skill that cannot be written does not keep the others."""
    found = []
    for name in sorted(set(request.names)):
        library.row(name)
        try:
            before = library.document(name)
        except WorkbenchError as error:
            found.append(changes.Fixed(name=name, rules=[], diff="", base="", failure=str(error)))
            continue
        after, rules = mended(before, request.rule, request.line)
        if rules:
            shown = diff(before, after, path=f"{name}/SKILL.md")
            base = digest(before.to_bytes())
            commit, failure = _mend(library, name, request, base) if request.apply else (None, None)
            found.append(changes.Fixed(name=name, rules=rules, diff=shown, base=base, commit=commit, failure=failure))
    return changes.FixReport(skills=found, applied=request.apply)


def _mend(library: Library, name: str, request: changes.FixSkills, base: str) -> tuple[str | None, str | None]:
    def change(data: bytes) -> bytes:
        return mended(parse(data, folder=name), request.rule, request.line)[0].to_bytes()

    try:
        shown = request.bases.get(name, base)
        outcome = library.edit(name, change, word="mended", base=shown, instance=request.instance)
    except WorkbenchError as error:
        return None, str(error)
    return outcome.commit, None


def lock_state(skill: str, held: LockRow | None, mine: str) -> changes.LockState:
    if held is None:
        return changes.LockState(skill=skill, locked=False, mine=False)
    return changes.LockState(
        skill=skill,
        locked=True,
        mine=held.instance == mine,
        instance=held.instance,
        pid=held.pid,
        acquired_at=iso(held.acquired),
    )


def _shown(text: str) -> str:
    return _HALF.sub("\ufffd", text) if not text.isascii() else text


def shown_all(value: Any) -> Any:
    """A value with lone surrogates (bytes that were no UTF-8) as U+FFFD, at any depth."""
    if isinstance(value, str):
        return _shown(value)
    if isinstance(value, dict):
        return {_shown(key): shown_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown_all(each) for each in value]
    return value
