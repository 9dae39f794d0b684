"""A draft of what an agent returned: what only needs trimming is trimmed with a note, the rest is a problem with its path.

A repair costs money. So a key too many, a null or a remark that was left out, and a word in other letters are mended here;
of follow-ups and judgements, which stand each for itself, one that cannot be used is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from workbench.workflows.definition.prompting import portable
from workbench.workflows.documents.checking import lines
from workbench.workflows.documents.drafts import Draft
from workbench.workflows.documents.extracting import InvalidOutput

Kind = TypeVar("Kind", bound=Draft)

_APART: Final = frozenset({"refinements", "per_question"})
"""Lists of which an item may be left out."""
_REMARKS: Final = frozenset({"why", "focus", "notes", "consolidated_from", "reasoning"})
"""What may be left out itself."""
_NULL: Final = {"type": "null"}


def drafted(kind: type[Kind], raw: Mapping[str, Any]) -> tuple[Kind, list[str]]:
    """The draft, and notes of what was trimmed. Raises InvalidOutput with a line for each problem."""
    notes: list[str] = []
    mended = _mended(dict(raw), portable(kind), "", notes)
    try:
        return kind.model_validate(mended), notes
    except ValidationError as error:
        kept = _without(mended, error, notes)
        if kept is None:
            raise InvalidOutput.of(lines(error)) from error
        return kind.model_validate(kept), notes


def _mended(value: Any, schema: Mapping[str, Any], path: str, notes: list[str]) -> Any:
    if "anyOf" in schema:
        real = next(each for each in schema["anyOf"] if each != _NULL)
        return None if value is None else _mended(value, real, path, notes)
    if isinstance(value, dict) and "properties" in schema:
        return _object(value, schema["properties"], path, notes)
    if isinstance(value, list) and "items" in schema:
        return [_mended(each, schema["items"], f"{path}[{index}]", notes) for index, each in enumerate(value)]
    if isinstance(value, str) and "enum" in schema:
        return _word(value, schema["enum"])
    return value


def _object(value: dict[str, Any], properties: Mapping[str, Any], path: str, notes: list[str]) -> dict[str, Any]:
    at = f"{path}." if path else ""
    notes.extend(f"{at}{key[:80]}: there is no such key, left out" for key in value if key not in properties)
    made = {}
    for key, schema in properties.items():
        if key in value:
            made[key] = _mended(value[key], schema, f"{at}{key}", notes)
        elif _NULL in schema.get("anyOf", ()):
            made[key] = None
        elif key in _REMARKS:
            made[key] = [] if schema["type"] == "array" else ""
    return made


def _word(value: str, known: list[str]) -> str:
    plain = "_".join(value.strip().casefold().replace("-", " ").replace("_", " ").split())
    return plain if plain in known else value


def _without(mended: dict[str, Any], error: ValidationError, notes: list[str]) -> dict[str, Any] | None:
    """The same without the items that cannot be used; None: it is not only about such, or none would be left."""
    wrong: dict[str, set[int]] = {}
    for each in error.errors(include_url=False):
        location = each["loc"]
        if len(location) < 2 or location[0] not in _APART or not isinstance(location[1], int):  # noqa: PLR2004 - the list's name, the item's place
            return None
        wrong.setdefault(str(location[0]), set()).add(location[1])
    kept = dict(mended)
    for name, places in wrong.items():
        kept[name] = [each for place, each in enumerate(mended[name]) if place not in places]
        if not kept[name]:
            return None
    notes.extend(f"{line}, left out" for line in lines(error))
    return kept
