"""Makes `workbench/usage/sample/`: two weeks of Ada's work with Claude Code and Codex, invented, the same on every run.

    python tests/usage/make_sample.py

What it is made to show: a skill that pays for its cache (`review-pull-request` reads one long prompt again and again) and
one that does not (`release-notes` writes an hour's cache that nobody reads); a pause that makes a cache expire; subagents;
a model without a known price; a row that was told twice, and one that is broken; and limits as Codex tells them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[2] / "workbench" / "usage" / "sample"
BEGIN = datetime(2026, 11, 2, tzinfo=UTC)

OPUS, SONNET, HAIKU = "claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5"
NEW = "claude-lark-preview"
"""A model that no price list knows."""
CODEX = "gpt-5.1-codex"


@dataclass
class Talk:
    """A conversation with Claude Code, row by row."""

    number: int
    day: int
    hour: float
    cwd: str
    model: str = SONNET
    skill: str | None = None
    branch: str = "main"
    rows: list[dict[str, Any]] = field(default_factory=list)
    agents: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seen: int = 0

    @property
    def session(self) -> str:
        return f"5a3e0000-0000-4000-8000-{self.number:012d}"

    def turn(
        self,
        minute: float,
        read: int,
        written: int,
        out: int,
        *,
        hour: bool = False,
        agent: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """One response: what it read from the cache, wrote to it and said."""
        self.seen += 1
        at = BEGIN + timedelta(days=self.day, hours=self.hour, minutes=minute)
        usage = {
            "input_tokens": 3 + self.seen * 7 % 40,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "output_tokens": out,
        }
        if hour:
            usage["cache_creation"] = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": written}
        row = {
            "type": "assistant",
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sessionId": self.session,
            "requestId": f"req_{self.number:03d}{self.seen:03d}",
            "cwd": self.cwd,
            "gitBranch": self.branch,
            "message": {
                "id": f"msg_01sample{self.number:03d}x{self.seen:03d}",
                "model": more.pop("model", self.model),
                "usage": usage | more.pop("usage", {}),
            },
        }
        if self.skill is not None:
            row["attributionSkill"] = self.skill
        if agent is not None:
            row |= {"isSidechain": True, "agentId": f"a{self.number:03d}", "attributionAgent": agent}
            self.agents.setdefault(row["agentId"], []).append(row)
        else:
            self.rows.append(row)
        return row | more


def reviews() -> Iterator[Talk]:
    """Long prompts that are read many times within five minutes of each other: the cache pays."""
    for number, (day, cwd) in enumerate(
        [(0, "atlas"), (2, "atlas"), (4, "atlas"), (7, "atlas"), (9, "notes"), (11, "atlas")]
    ):
        talk = Talk(
            number + 1, day, 9.5, f"/home/ada/{cwd}", OPUS if day == 7 else SONNET, "review-pull-request", "feature/map"
        )
        prompt = 41_000 + 900 * number
        talk.turn(0, 0, prompt, 380)
        for step in range(5):
            talk.turn(2 + step * 3, prompt + step * 1_400, 1_400, 420 + step * 130)
        yield talk


def notes() -> Iterator[Talk]:
    """An hour's cache for one question a day: it is paid for, and never read."""
    for number, day in enumerate((1, 4, 8, 11)):
        talk = Talk(20 + number, day, 16, "/home/ada/atlas", SONNET, "release-notes")
        talk.turn(0, 0, 58_000 + 2_500 * number, 1_900, hour=True)
        yield talk


def commits() -> Iterator[Talk]:
    """Small and cheap, many times a day."""
    for number, day in enumerate((0, 1, 3, 7, 8, 10)):
        talk = Talk(30 + number, day, 11.2, "/home/ada/atlas", HAIKU, "haiku-commit")
        for minute in (0, 4):
            talk.turn(minute, 3_600 if minute else 0, 400 if minute else 3_600, 60 + number * 5)
        yield talk


def plain() -> Iterator[Talk]:
    """Work without a skill: a pause that the cache does not outlive, subagents, another model, a search."""
    pause = Talk(50, 2, 14, "/home/ada/notes", SONNET)
    pause.turn(0, 0, 22_000, 700)
    pause.turn(3, 22_000, 900, 500)
    pause.turn(48, 0, 23_400, 650)
    yield pause

    agents = Talk(51, 9, 13, "/home/ada/atlas", OPUS, branch="feature/search")
    agents.turn(0, 0, 31_000, 900)
    for minute, read, written in ((1, 0, 12_000), (2, 12_000, 1_100), (3, 13_100, 800)):
        agents.turn(minute, read, written, 300, agent="Explore", model=HAIKU)
    agents.turn(5, 31_000, 2_200, 1_500)
    yield agents

    trial = Talk(52, 10, 18, "/home/ada/notes", NEW)
    trial.turn(0, 0, 9_000, 400)
    trial.turn(2, 9_000, 500, 350)
    yield trial

    search = Talk(53, 12, 10, "/home/ada/notes", SONNET)
    search.turn(0, 0, 8_000, 600, usage={"server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 1}})
    search.turn(1, 8_000, 2_600, 450)
    yield search


def told_twice(talk: Talk) -> None:
    """A response is written as it grows: its first row says one token, its last one all of them."""
    first = json.loads(json.dumps(talk.rows[-1]))
    first["message"]["usage"]["output_tokens"] = 1
    talk.rows.insert(-1, first)


def codex() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rollouts of Codex, whose totals are cumulative and whose input holds what was cached."""
    for number, (day, turns) in enumerate(((1, 3), (5, 2), (8, 3), (12, 2))):
        begun = BEGIN + timedelta(days=day, hours=19)
        thread = f"019a0000-0000-7000-8000-{number:012d}"
        rows = [
            _line(begun, "session_meta", {"id": thread, "cwd": "/home/ada/field-kit", "model_provider": "openai"}),
            _line(begun, "turn_context", {"cwd": "/home/ada/field-kit", "model": CODEX}),
        ]
        total = dict.fromkeys(
            ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens", "total_tokens"), 0
        )
        for turn in range(turns):
            used = {
                "input_tokens": 14_000 + 900 * turn,
                "cached_input_tokens": 0 if turn == 0 else 13_000,
                "output_tokens": 800 + 150 * number,
            }
            used |= {"reasoning_output_tokens": 300, "total_tokens": used["input_tokens"] + used["output_tokens"]}
            total = {name: total[name] + used[name] for name in total}
            at = begun + timedelta(minutes=3 * turn + 1)
            limits = {
                "primary": {
                    "used_percent": 4.0 + 3 * turn + number,
                    "window_minutes": 300,
                    "resets_at": int((begun + timedelta(hours=5)).timestamp()),
                },
                "secondary": {
                    "used_percent": 11.0 + 5 * number + turn,
                    "window_minutes": 10_080,
                    "resets_at": int((BEGIN + timedelta(days=14)).timestamp()),
                },
            }
            info = {"total_token_usage": total, "last_token_usage": used, "model_context_window": 272_000}
            rows.append(_line(at, "event_msg", {"type": "token_count", "info": info, "rate_limits": limits}))
        yield f"{begun:%Y/%m/%d}/rollout-{begun:%Y-%m-%dT%H-%M-%S}-{thread}.jsonl", rows


def files() -> dict[str, str]:
    """All of the sample: path below its folder, text."""
    found: dict[str, str] = {}
    for talk in (*reviews(), *notes(), *commits(), *plain()):
        if talk.number in {2, 51}:
            told_twice(talk)
        folder = f"claude/projects/{talk.cwd.replace('/', '-')}"
        found[f"{folder}/{talk.session}.jsonl"] = _text(talk.rows)
        for agent, rows in talk.agents.items():
            found[f"{folder}/{talk.session}/subagents/agent-{agent}.jsonl"] = _text(rows)
    broken = '{"type":"assistant","timestamp":"2026-11-14T10:01:30.000Z","message":{"id":"msg_01broken","usage":{"input_tokens":"many"}}}\n'
    last = next(name for name in found if name.endswith("000000000053.jsonl"))
    found[last] += broken
    for name, rows in codex():
        found[f"codex/sessions/{name}"] = _text(rows)
    return found


def _line(at: datetime, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "type": kind, "payload": payload}


def _text(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def main() -> None:
    """Writes the sample anew."""
    for name in ("claude", "codex"):
        shutil.rmtree(SAMPLE / name, ignore_errors=True)
    for name, text in files().items():
        path = SAMPLE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
