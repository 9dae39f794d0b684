"""Rows as the agents write them, and what a reader made of them by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.usage.prices import Prices
from workbench.usage.sampling import Candidate, Context, Parsed
from workbench.usage.sources import Source

CASES = Path(__file__).parents[1] / "cases"
PRICES = Prices.load()
SONNET = "claude-sonnet-4-5-20250929"


def row(
    mid: str | None = "msg_01",
    output: int = 10,
    *,
    at: str | None = "2026-01-15T10:00:00.000Z",
    rid: str | None = "req_1",
    model: str | None = SONNET,
    usage: Mapping[str, Any] | None = None,
    message: Mapping[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """An assistant's row of Claude Code. A field that is None is left out."""
    counts = {"input_tokens": 3, "output_tokens": output, **(usage or {})}
    inner = {"id": mid, "model": model, "role": "assistant", "usage": counts, **(message or {})}
    whole = {
        "type": "assistant",
        "sessionId": "s1",
        "uuid": f"uuid-{mid}-{output}",
        "requestId": rid,
        "timestamp": at,
        **fields,
        "message": {key: value for key, value in inner.items() if value is not None},
    }
    return {key: value for key, value in whole.items() if value is not None}


def lines(rows: Iterable[object], end: str = "\n") -> bytes:
    """Rows as the bytes of a transcript."""
    return "".join(json.dumps(each) + end for each in rows).encode()


def write(path: Path, *rows: object, data: bytes | None = None) -> Path:
    """A transcript."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(rows) if data is None else data)
    return path


def read(source: Source, path: Path, offset: int = 0, state: str | None = None) -> Parsed:
    return source.read(str(path), offset, state, PRICES)


def candidates(parsed: Parsed) -> list[Candidate]:
    return [Candidate._make(each) for each in parsed.rows]


def contexts(parsed: Parsed) -> list[Context]:
    """The context of each candidate."""
    return [Context._make(parsed.contexts[each.ctx]) for each in candidates(parsed)]


def reasons(parsed: Parsed) -> list[str]:
    return [why for _, why in parsed.skips]


def models(parsed: Parsed) -> list[str]:
    return [parsed.rates[each.rate][1] for each in candidates(parsed)]


def settled(pieces: Iterable[Parsed]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The winner of each response of one file, read in pieces: what it is, was told under, and is priced by."""
    best: dict[tuple[Any, ...], tuple[tuple[int, int, int], Candidate, Parsed, int]] = {}
    for parsed in pieces:
        for each in candidates(parsed):
            key = (each.mid, each.rid, each.side, each.it)
            rank = (each.top, each.ts, each.off)
            old = best.get(key)
            began = min(each.ts0, old[3]) if old else each.ts0
            best[key] = (rank, each, parsed, began) if old is None or rank > old[0] else (*old[:3], began)
    return {
        key: (*each._replace(ctx=0, rate=0, ts0=began), parsed.contexts[each.ctx], parsed.rates[each.rate])
        for key, (_, each, parsed, began) in best.items()
    }
