"""A corpus of made-up Claude Code transcripts, with the truth beside it: what every reader has to come to.

Idea: a session is a walk through turns; whatever a reader tends to get wrong is in it on purpose. A response is several
rows whose output grows; a forked session repeats the beginning of another; tool results carry somebody else's `usage`;
text speaks of "usage" in quotes; some lines are broken, some are a megabyte, some files end in the middle of a line.

Invariant: the same size, count and seed give the same bytes and the same truth.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

COLUMNS = ("input", "output", "cache_5m", "cache_1h", "cache_read")
MODELS = {"claude-sonnet-4-5-20250929": 6, "claude-opus-4-5-20251101": 3, "claude-haiku-4-5-20251001": 1}
PROJECTS = [f"-srv-{team}-{part}" for team in ("atlas", "birch", "cedar", "delta") for part in ("app", "docs", "infra")]
SKILLS = ["charts", "changelog", "migrate", "translate", "triage"]
TOOLS = ["Bash", "Edit", "Grep", "Read", "Write"]
FIRST_DAY_MS = 1_782_864_000_000
"""2026-07-01T00:00:00Z."""
DAY_MS = 86_400_000
DAYS = 90
WORDS = 1 << 21

Tokens = tuple[int, int, int, int, int]
_encode = msgspec.json.encode


@dataclass
class Truth:
    """Each response once, with the tokens of the row that was billed and the day that this row counts on."""

    responses: dict[str, tuple[str, str, Tokens]] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    rows: int = 0

    def by_day(self) -> dict[str, dict[str, int]]:
        """Sums of each column by UTC day."""
        days: dict[str, Counter[str]] = {}
        for day, _, tokens in self.responses.values():
            days.setdefault(day, Counter()).update(dict(zip(COLUMNS, tokens, strict=True)))
        return {day: dict(sums) for day, sums in sorted(days.items())}

    def to_dict(self) -> dict[str, Any]:
        facts = {"files": self.files, "bytes": self.bytes, "rows": self.rows, "responses": len(self.responses)}
        return {**facts, "by_day": self.by_day()}


class Author:
    """Writes sessions. One source of chance, so one seed is one corpus."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkjq"
        odd = ['"usage":{"input_tokens":1}', "\n", "\t", "\\", "def f():", "naïve", "日本語", "🚀"] * 30
        words = ["".join(self.chance.choices(letters, k=self.chance.randint(2, 9))) for _ in range(3_000)] + odd
        self.prose = " ".join(self.chance.choices(words, k=WORDS // 6))
        self.truth = Truth()

    def text(self, about: int) -> str:
        length = min(40_000, max(8, int(about * self.chance.lognormvariate(0, 1))))
        begin = self.chance.randrange(len(self.prose) - length)
        return self.prose[begin : begin + length]

    def name(self, prefix: str) -> str:
        return f"{prefix}{self.chance.getrandbits(88):022x}"

    def session(self, session: str, budget: int, *, agent: str | None) -> Iterator[bytes]:
        """The lines of one transcript, about `budget` bytes of them."""
        common = {"sessionId": session, "cwd": "/srv/work", "gitBranch": "main", "version": "2.1.220"}
        common |= {"userType": "external", "parentUuid": session, "uuid": self.name("0000-")}
        common |= {"isSidechain": agent is not None, **({"agentId": agent} if agent else {})}
        model = self.chance.choices([*MODELS], [*MODELS.values()])[0]
        at = FIRST_DAY_MS + self.chance.randrange((DAYS - 1) * DAY_MS)
        context, written = self.chance.randint(10_000, 30_000), 0
        while written < budget:
            at += self.chance.randint(3_000, 90_000)
            if self.chance.random() < 0.2:
                line = _line(common, "user", at, message={"role": "user", "content": self.text(300)})
                written += len(line)
                yield line
            for line in self._response(common, model, at, context):
                written += len(line)
                yield line
            line = self._result(common, at + 900)
            written += len(line)
            yield line
            context = context + 2_000 if context < 170_000 else 20_000
            if self.chance.random() < 0.0005:
                yield b'{"type":"assistant","message":{"usage":{"input_tokens":'

    def _response(self, common: dict[str, Any], model: str, at: int, context: int) -> Iterator[bytes]:
        """One response as the client writes it: a row a content block, the output growing until the last."""
        name, request = self.name("msg_01"), self.name("req_01")
        blocks = [self._thought()] if self.chance.random() < 0.35 else []
        if not blocks or self.chance.random() < 0.7:
            blocks.append({"type": "text", "text": self.text(350)})
        blocks += [self._use() for _ in range(self.chance.choices((0, 1, 2), (2, 7, 2))[0])]
        new, output = self.chance.randint(100, 4_000), max(4, int(self.chance.lognormvariate(5.5, 0.9)))
        hour = new if self.chance.random() < 0.2 else 0
        for number, block in enumerate(blocks, 1):
            told = output if number == len(blocks) else max(1, output * number // (4 * len(blocks)))
            usage = {
                "input_tokens": 1 + context % 11,
                "cache_creation_input_tokens": new,
                "cache_read_input_tokens": context,
                "cache_creation": {"ephemeral_5m_input_tokens": new - hour, "ephemeral_1h_input_tokens": hour},
                "output_tokens": told,
                "service_tier": "standard",
            }
            head = {"model": model, "id": name, "type": "message", "role": "assistant", "content": [block]}
            message = {**head, "stop_reason": None, "stop_sequence": None, "usage": usage}
            when = at + 40 * number
            tokens = (1 + context % 11, told, new - hour, hour, context)
            self.truth.responses[name] = (_moment(when)[:10], model, tokens)
            self.truth.rows += 1
            yield _line(common, "assistant", when, requestId=request, message=message)

    def _thought(self) -> dict[str, Any]:
        signature = f"{self.chance.getrandbits(1600):0400x}"
        return {"type": "thinking", "thinking": self.text(500), "signature": signature}

    def _use(self) -> dict[str, Any]:
        if self.chance.random() < 0.05:
            return {"type": "tool_use", "name": "Skill", "input": {"skill": self.chance.choice(SKILLS)}}
        tool, request = self.chance.choice(TOOLS), {"command": self.text(180), "description": self.text(40)}
        return {"type": "tool_use", "id": self.name("toolu_01"), "name": tool, "input": request}

    def _result(self, common: dict[str, Any], at: int) -> bytes:
        draw = self.chance.random()
        text = self.prose[:1_000_000] if draw < 0.0003 else self.text(1_300)
        result: dict[str, Any] = {"stdout": text[:20_000]}
        if draw > 0.985:  # a sub-agent's own sum, which its own rows have told already
            result = {"usage": {"input_tokens": 11, "output_tokens": 999, "cache_read_input_tokens": 4_000}}
        message = {"role": "user", "content": [{"type": "tool_result", "content": text}]}
        return _line(common, "user", at, message=message, toolUseResult=result)


def make(folder: Path, *, size: int, files: int, seed: int = 7) -> dict[str, Any]:
    """Writes about `size` bytes in `files` transcripts below `folder/projects`, and `truth.json`; returns the truth."""
    author = Author(seed)
    chance, truth = author.chance, author.truth
    shares = [min(12.0, chance.lognormvariate(0, 1)) for _ in range(files)]
    earlier: tuple[str, list[bytes]] | None = None
    for share in shares:
        session = f"{chance.getrandbits(32):08x}-0000-4000-a000-{chance.getrandbits(48):012x}"
        place = folder / "projects" / chance.choice(PROJECTS)
        agent = f"{chance.getrandbits(32):08x}" if chance.random() < 0.15 else None
        path = place / session / "subagents" / f"agent-{agent}.jsonl" if agent else place / f"{session}.jsonl"
        lines = list(author.session(session, int(size * share / sum(shares)), agent=agent))
        if earlier and not agent and chance.random() < 0.06:  # a fork: the head of another session under a new id
            old, head = earlier
            lines = [line.replace(old.encode(), session.encode()) for line in head] + lines
        data = b"\n".join(lines) + (b'\n{"type":"user","mess' if chance.random() < 0.03 else b"\n")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        truth.files, truth.bytes = truth.files + 1, truth.bytes + len(data)
        earlier = None if agent else (session, lines[: min(300, len(lines) // 3)])
    told = truth.to_dict()
    (folder / "truth.json").write_text(json.dumps(told))
    return told


def append(folder: Path, *, files: int, rows: int, turn: int) -> list[Path]:
    """Adds some new responses to some of the transcripts, as a working agent does; returns the files."""
    author = Author(1_000 + turn)
    paths = sorted(folder.glob("projects/*/*.jsonl"))
    chosen = author.chance.sample(paths, min(files, len(paths)))
    for path in chosen:
        common = {"sessionId": path.stem, "cwd": "/srv/work", "isSidechain": False}
        at = FIRST_DAY_MS + DAYS * DAY_MS + turn * 60_000
        lines = [line for row in range(rows) for line in author._response(common, next(iter(MODELS)), at + row, 1_000)]
        with path.open("ab") as file:
            file.write(b"\n" + b"\n".join(lines) + b"\n")
    return chosen


def _line(common: dict[str, Any], kind: str, at: int, **more: Any) -> bytes:
    return _encode({**common, "type": kind, "timestamp": _moment(at), **more})


def _moment(at: int) -> str:
    """ISO 8601 with milliseconds; the months of the corpus are July to October 2026, so by hand."""
    day, rest = divmod(at - FIRST_DAY_MS, DAY_MS)
    month = 7
    for length in (31, 31, 30):
        if day < length:
            break
        day, month = day - length, month + 1
    seconds, ms = divmod(rest, 1_000)
    return f"2026-{month:02}-{day + 1:02}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}Z"
