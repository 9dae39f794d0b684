"""Transcripts for the importer's tests, and what must hold of every store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.paths import Home
from workbench.usage import rollups
from workbench.usage.importer import Options, Report, refresh
from workbench.usage.store import Store

SONNET = "claude-sonnet-4-5-20250929"
CASES = Path(__file__).with_name("cases")


def response(
    mid: str = "msg_01aaaaaaaaaaaaaaaaaaaa",
    output: int = 10,
    *,
    session: str = "s1",
    rid: str | None = "req_1",
    at: str = "2026-01-15T10:00:00.000Z",
    model: str = SONNET,
    side: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """A row of Claude Code's."""
    usage = {
        "input_tokens": 3,
        "cache_creation_input_tokens": 40,
        "cache_read_input_tokens": 500,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 10},
        "output_tokens": output,
    }
    row: dict[str, Any] = {
        "type": "assistant",
        "isSidechain": side,
        "sessionId": session,
        "cwd": "/home/u/proj",
        "timestamp": at,
        "uuid": f"{mid}-{output}",
        "message": {"id": mid, "model": model, "type": "message", "role": "assistant", "content": [], "usage": usage},
    }
    if rid is not None:
        row["requestId"] = rid
    return {**row, **more}


def lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def write(folder: Path, name: str, data: bytes, project: str = "-home-u-proj") -> Path:
    """A transcript below a configuration folder."""
    path = folder / "projects" / project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def rollout(
    folder: Path, thread: str, totals: Sequence[tuple[int, int]], *, parent: str | None = None, day: str = "15"
) -> Path:
    """A rollout of Codex's whose totals (input, output) are these."""
    meta = {"id": thread, "cwd": "/home/u/proj", "model_provider": "openai"}
    rows: list[dict[str, Any]] = [
        {"type": "session_meta", "payload": meta | ({"forked_from_id": parent} if parent else {})},
        {"type": "turn_context", "payload": {"cwd": "/home/u/proj", "model": "gpt-5.2-codex"}},
    ]
    for sent, got in totals:
        total = {"input_tokens": sent, "cached_input_tokens": 0, "output_tokens": got, "total_tokens": sent + got}
        info = {"total_token_usage": total}
        rows.append({"type": "event_msg", "payload": {"type": "token_count", "info": info}})
    stamped = [{"timestamp": f"2026-01-{day}T10:00:{second:02}.000Z", **row} for second, row in enumerate(rows)]
    path = folder / "sessions/2026/01" / day / f"rollout-2026-01-{day}T10-00-00-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(*stamped))
    return path


def options(claude: Path | None = None, codex: Path | None = None, **more: Any) -> Options:
    roots = {"claude": [claude] if claude else [], "codex": [codex] if codex else []}
    return Options(roots=roots, **more)


def imported(home: Home, claude: Path | None = None, codex: Path | None = None, **more: Any) -> Report:
    """One import, after which everything holds that must hold of every store."""
    with Store.open(home) as store:
        report = refresh(store, options(claude, codex, **more))
        assert_whole(store)
    return report


def facts(home: Home) -> list[tuple[Any, ...]]:
    """What counts, in words: no id that depends on the order of arrival."""
    with Store.open(home) as store:
        rows: list[Any] = store.read(
            lambda connection: connection.execute(
                """
                select s.mid, s.it, s.kind, s.ts, p.provider, p.model, p.start_day, p.variant, p.p_in, p.p_out,
                    s.i, s.o, s.c5, s.c1, s.cr, s.reason, s.web, s.reported,
                    h.session, h.project, h.cwd, h.branch, h.sidechain, d.project, d.skill, d.agent, d.step
                from sampling s join price p on p.id = s.price join ctx h on h.id = s.home join dim d on d.id = s.dim
                where s.live order by s.mid, s.it, s.rid, s.ts"""
            ).fetchall()
        )
    return rows


def sums(home: Home, table: str = "roll", where: str = "1") -> list[tuple[Any, ...]]:
    """The sums of a table, in words."""
    dims = table != "day"
    key = "t.bucket" if table == "roll" else "t.zone, t.day"
    with Store.open(home) as store:
        rows: list[Any] = store.read(
            lambda connection: connection.execute(
                f"""
                select {key}, t.told, p.provider, p.model, p.start_day, p.variant,
                    {"d.project, d.skill, d.agent, d.step," if dims else ""}
                    t.n, t.i, t.o, t.c5, t.c1, t.cr, t.web, t.reason, t.reported
                from {table} t join price p on p.id = t.price {"join dim d on d.id = t.dim" if dims else ""}
                where {where}"""
            ).fetchall()
        )
    return sorted(rows, key=repr)


def totals(home: Home) -> tuple[int, int]:
    """How many samplings count, and their output."""
    with Store.open(home) as store:
        row: Any = store.read(
            lambda connection: connection.execute(
                "select coalesce(sum(n), 0), coalesce(sum(o), 0) from roll"
            ).fetchone()
        )
    return int(row[0]), int(row[1])


def assert_whole(store: Store) -> None:
    """The database is sound, and every sum is the sum of its live samplings."""

    def look(connection: Any) -> None:
        assert connection.execute("pragma integrity_check").get == "ok"
        expected = connection.execute(rollups.of_samplings()).fetchall()
        assert connection.execute("select * from roll order by bucket, price, dim, told").fetchall() == expected
        for zone in rollups.zones(connection):
            day = rollups.days_of(zone)
            by_dim = _summed(((zone, day(row[0]), *row[1:4]), row[4:]) for row in expected)
            by_day = _summed(((key[0], key[1], key[2], key[4]), values) for key, values in by_dim)
            assert _kept(connection, "day_dim", 5, zone) == by_dim
            assert _kept(connection, "day", 4, zone) == by_day
        assert not connection.execute(
            "select 1 from ctx group by provider, session, project, cwd, branch, agent_id, skill, plugin, agent,"
            " mcp_server, mcp_tool, effort, speed, tier, geo, sidechain, stop having count(*) > 1"
        ).fetchall()

    store.read(look)


def _summed(rows: Iterable[tuple[tuple[Any, ...], Sequence[int]]]) -> list[tuple[tuple[Any, ...], tuple[int, ...]]]:
    found: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for key, values in rows:
        before = found.get(key, (0,) * len(values))
        found[key] = tuple(map(sum, zip(before, values, strict=True)))
    return sorted(found.items())


def _kept(connection: Any, table: str, width: int, zone: str) -> list[tuple[Any, ...]]:
    rows = connection.execute(f"select * from {table} where zone = ?", (zone,))
    return sorted((row[:width], row[width:]) for row in rows)
