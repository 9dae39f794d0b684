"""Which SQL may run over the telemetry: a query that reads the documented views, and nothing else.

Idea: DuckDB parses the query and hands its tree over as JSON; the tree may hold only what is known to read. Locking the
engine is not enough: a part that the views may read could be written over by `COPY`, and DuckDB takes `COPY`, `INSERT` and
`DELETE` inside a `WITH`. Invariant: what is not listed here is refused, in one sentence, before anything runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from workbench.errors import InvalidRequest, Refused

READS: Final = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
"""The kinds of query that read."""

GENERATORS: Final = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})
"""The table functions that make rows of their arguments and look at nothing else."""

OUTSIDE: Final = frozenset({"nextval", "write_log"})
"""The scalar functions that change something."""

CATALOGS: Final = frozenset({"", "main", "memory", "information_schema"})

_REMEDY: Final = "Write one SELECT over these views: {views}."


def check(query: str, views: Collection[str], serialize: Callable[[str], str]) -> None:
    """Raises unless `query` is one statement that reads `views`: InvalidRequest when it is no SQL, else Refused.

    `serialize` is DuckDB's `json_serialize_sql`.
    """
    try:
        parsed = json.loads(serialize(query))
    except RecursionError as error:
        raise _refused("The query is nested too deeply.", views) from error
    if parsed["error"]:
        raise _not_parsed(query, parsed, views)
    statements = parsed["statements"]
    if len(statements) != 1:
        wrong = "There is no query." if not statements else f"There are {len(statements)} statements; one can be run."
        raise InvalidRequest(wrong, remedy=_REMEDY.format(views=", ".join(views)), problems=[])
    _check_tree(statements[0]["node"], views)


def mistake(query: str, message: str, position: int | None) -> InvalidRequest:
    """What DuckDB says about a query, as one sentence with the place. `position` counts bytes, as DuckDB does."""
    said = " ".join(message.split()).rstrip(".")
    if position is None:
        return InvalidRequest(f"The query cannot be run: {said}.", remedy=_LOOK, problems=[])
    line, column = _place(query, position)
    return InvalidRequest(f"Line {line}, column {column}: {said}.", remedy=_LOOK, problems=[], line=line, column=column)


_LOOK: Final = "DESCRIBE samplings lists the columns of a view; SHOW TABLES lists the views."


def _place(query: str, position: int) -> tuple[int, int]:
    before = query.encode()[:position].decode("utf-8", "ignore")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _not_parsed(query: str, parsed: dict[str, Any], views: Collection[str]) -> InvalidRequest | Refused:
    if parsed["error_type"] != "parser":
        pivot = query.lstrip().lower().startswith("pivot")
        needs = "PIVOT needs its values listed: PIVOT ... ON skill IN ('a', 'b') USING ..."
        return _refused(needs if pivot else "Only a query that reads can be run here.", views)
    position = parsed.get("position")
    return mistake(query, parsed["error_message"], None if position is None else int(position))


def _check_tree(tree: dict[str, Any], views: Collection[str]) -> None:
    nodes = list(_nodes(tree))
    named = {name.lower() for name in views} | {name.lower() for node in nodes for name in _defined(node)}
    for node in nodes:
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE") and kind not in READS:
            raise _refused(f"Nothing can be written here, and this query holds {_verb(kind)}.", views)
        if kind == "BASE_TABLE":
            _check_table(node, named, views)
        elif kind == "TABLE_FUNCTION":
            _check_function(node["function"]["function_name"], GENERATORS, views)
        elif kind == "FUNCTION" and node["function_name"].lower() in OUTSIDE:
            _check_function(node["function_name"], (), views)


def _check_table(node: dict[str, Any], named: Collection[str], views: Collection[str]) -> None:
    name, schema, catalog = node["table_name"], node["schema_name"].lower(), node["catalog_name"].lower()
    known = {schema, catalog} <= CATALOGS and (schema == "information_schema" or name.lower() in named)
    if not known:
        raise _refused(f"There is no view {'.'.join(part for part in (catalog, schema, name) if part)!r}.", views)


def _check_function(name: str, allowed: Collection[str], views: Collection[str]) -> None:
    if name.lower() not in allowed:
        raise _refused(f"The function {name} cannot be used here: it reaches beyond the telemetry.", views)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of the tree, without recursion: a hostile query may be deep."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _defined(node: dict[str, Any]) -> list[str]:
    """The names that a WITH of this node gives to queries."""
    defined = node.get("cte_map")
    return [each["key"] for each in defined["map"]] if isinstance(defined, dict) else []


def _verb(kind: str) -> str:
    word = kind.removesuffix("_NODE").removesuffix("_QUERY").replace("_", " ")
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"


def _refused(message: str, views: Collection[str]) -> Refused:
    return Refused("read_only", message, remedy=_REMEDY.format(views=", ".join(views)))
