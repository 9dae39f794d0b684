"""A month of somebody's agents, as their transcripts: made anew for today, the same each time."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MODELS = ("claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001")
PROJECTS = ("-home-ada-atlas", "-home-ada-notebooks", "-home-ada-tools")
SKILLS = ("haiku-commit", "review-notebook", "tidy-sql", None)
UNKNOWN = "claude-next-preview"
DAYS = 30


def spend(home: Path, *, now: datetime | None = None) -> None:
    """Writes transcripts of Claude Code and Codex below `home`, until an hour ago."""
    now = now or datetime.now(UTC)
    dice = random.Random(7)
    for back in range(DAYS):
        for number in range(dice.choice((0, 1, 1, 2, 3)) if back else 2):
            begin = now - timedelta(days=back, hours=1 + 3 * number, minutes=dice.randrange(50))
            _conversation(home / ".claude", dice, begin, f"{back:02}{number}c0de-1111-4222-8333-{back:06}{number:06}")
        if back % 3 == 0:
            _rollout(
                home / ".codex", dice, now - timedelta(days=back, hours=2), f"{back:08}-aaaa-7bbb-8ccc-dddddddddddd"
            )
    _odds(home / ".claude", now - timedelta(days=2))


def _conversation(folder: Path, dice: random.Random, begin: datetime, session: str) -> None:
    project, skill = dice.choice(PROJECTS), dice.choice(SKILLS)
    model = dice.choices(MODELS, (3, 5, 2))[0]
    cached, rows = 18_000, []
    for turn in range(dice.randrange(4, 16)):
        written = dice.randrange(1_500, 9_000)
        more = {"attributionSkill": skill} if skill else {}
        rows.append(
            response(f"msg_01{session[:8]}{turn:04}", session, project, begin + timedelta(minutes=2 * turn), model)
            | more
        )
        rows[-1]["message"]["usage"] = {
            "input_tokens": dice.randrange(4, 60),
            "output_tokens": dice.randrange(200, 2_400),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": cached,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        }
        cached += written
    _write(folder / "projects" / project / f"{session}.jsonl", rows)


def response(message: str, session: str, project: str, at: datetime, model: str) -> dict[str, Any]:
    """A row of Claude Code's, without what it used."""
    return {
        "type": "assistant",
        "sessionId": session,
        "requestId": message.replace("msg", "req"),
        "uuid": message,
        "cwd": project.replace("-", "/"),
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "message": {"id": message, "model": model, "type": "message", "role": "assistant", "content": []},
    }


def _rollout(folder: Path, dice: random.Random, begin: datetime, thread: str) -> None:
    rows: list[dict[str, Any]] = [
        {"type": "session_meta", "payload": {"id": thread, "cwd": "/home/ada/atlas", "model_provider": "openai"}},
        {"type": "turn_context", "payload": {"cwd": "/home/ada/atlas", "model": "gpt-5.1-codex"}},
    ]
    sent = read = got = 0
    for _ in range(dice.randrange(3, 9)):
        sent, read, got = sent + dice.randrange(30_000, 90_000), read + dice.randrange(20_000, 28_000), got + 1_700
        total = {"input_tokens": sent, "cached_input_tokens": read, "output_tokens": got, "total_tokens": sent + got}
        resets = int((begin + timedelta(days=3)).timestamp())
        limits = {"primary": {"used_percent": 86.0, "window_minutes": 10_080, "resets_at": resets}, "plan_type": "plus"}
        info = {"total_token_usage": total}
        rows.append({"type": "event_msg", "payload": {"type": "token_count", "info": info, "rate_limits": limits}})
    stamped = [
        {"timestamp": (begin + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S.000Z"), **row}
        for n, row in enumerate(rows)
    ]
    day = begin.strftime("%Y/%m/%d")
    _write(folder / "sessions" / day / f"rollout-{begin:%Y-%m-%dT%H-%M-%S}-{thread}.jsonl", stamped)


def _odds(folder: Path, at: datetime) -> None:
    """A model that nobody knows the price of, and a row that cannot be counted."""
    fine = response("msg_01unknown0000001", "0dd0c0de-1111-4222-8333-000000000000", PROJECTS[2], at, UNKNOWN)
    fine["message"]["usage"] = {"input_tokens": 1_200, "output_tokens": 900}
    bad = response("msg_01unknown0000002", "0dd0c0de-1111-4222-8333-000000000000", PROJECTS[2], at, MODELS[0])
    bad["message"]["usage"] = {"input_tokens": "many", "output_tokens": 900}
    _write(folder / "projects" / PROJECTS[2] / "0dd0c0de-1111-4222-8333-000000000000.jsonl", [fine, bad])


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
