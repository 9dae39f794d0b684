"""Claude Code: `projects/<folder>/**.jsonl` below its configuration folder.

Idea: a response is written as several rows while it streams, and again by forks and side conversations. Within a piece
the row with the largest output (the later of equals) speaks for its message, request and side, whole; what remains
of repetition is settled by the store. Only lines with the needle are looked at: an unescaped `"usage"` cannot stand
inside a JSON text, so nothing fakes it and nothing that counts is without it.

Invariant: rows of the assistant count, and repetitions of a subagent's in progress rows; sums in a tool's result and
texts made by the client (`<synthetic>`) never do.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from workbench.usage.sampling import FIRST_YEAR, LAST_YEAR, UNKNOWN_MODEL, ContextRow, Parsed
from workbench.usage.sources.gathered import Gathered
from workbench.usage.sources.lines import (
    TOO_DEEP,
    TOO_LONG,
    Chunk,
    Note,
    Unreadable,
    chunks,
    loads,
    opened,
    picos,
    silent,
    text,
)
from workbench.usage.sources.source import Found, Rates, existing, home, walk

if TYPE_CHECKING:  # its decoder takes longer to import than a report with nothing new takes
    from datetime import datetime

    from workbench.usage.sources.claude_rows import Message, Row, Usage

BILLS: Final = "anthropic"
NEEDLE: Final = re.compile(b'"usage"')  # an expression finds it a quarter sooner than bytes.find
SYNTHETIC: Final = "<synthetic>"
MANY: Final = 20_000
"""Responses that are kept at a time, about 20 MB; one that goes on behind them is settled by the store."""

NOTE_BYTES: Final = 64 << 10
"""A note beside a transcript is a line."""

NO_NAME: Final = "has neither a message, a request nor a row id"
NO_TIME: Final = "has no timestamp"


class Claude:
    """The reader of Claude Code's transcripts."""

    name = "claude"

    def roots(self, environment: Mapping[str, str], given: Sequence[Path] | None = None) -> list[Path]:
        """The `projects` folders: of `given`, of CLAUDE_CONFIG_DIR (a comma list), or of both default folders."""
        if given is not None:
            return list(dict.fromkeys(_projects(folder) for folder in given))
        named = environment.get("CLAUDE_CONFIG_DIR", "")
        folders = [Path(part.strip()).expanduser() for part in named.split(",") if part.strip()]
        if not folders:
            configuration = Path(environment.get("XDG_CONFIG_HOME") or home(environment) / ".config")
            folders = [configuration / "claude", home(environment) / ".claude"]
        return existing([_projects(folder) for folder in folders])

    def discover(self, root: Path) -> Iterator[Found]:
        """Main transcripts and those of subagents, at any depth."""
        return walk(root, _is_transcript)

    def read(self, path: str, offset: int, state: str | None, prices: Rates, note: Note = silent) -> Parsed:
        """The samplings behind `offset`; there is no state."""
        del state
        piece = _Piece(path, prices)
        with opened(path) as descriptor:
            for chunk in chunks(descriptor, offset, note):
                if chunk.end:
                    piece.look(chunk)
                else:
                    piece.gathered.skip(offset, TOO_LONG)
                offset = chunk.after
        piece.take()
        return piece.gathered.parsed(offset)


class _Place(NamedTuple):
    """What a path tells of its rows."""

    project: str | None
    session: str
    agent_id: str | None
    agent: str | None


_Key: TypeAlias = tuple[str, str | None, bool | None]
_Best: TypeAlias = "tuple[int, datetime, int, Row, Message, Usage, datetime]"
"""The row that speaks for a response: its output, time, offset and parts; and when the first was written."""


class _Piece:
    """One reading of one transcript."""

    def __init__(self, path: str, prices: Rates) -> None:
        from workbench.usage.sources import claude_rows, decoding

        self.gathered = Gathered(prices)
        self.shapes = claude_rows
        self.decoding = decoding
        self.decode: Callable[[bytes], Row] = claude_rows.ROW.decode
        self.place = _place(path)
        self.best: dict[_Key, _Best] = {}

    def look(self, chunk: Chunk) -> None:  # noqa: C901 - parted, it would call a function a row
        """Keeps the row that speaks for each response. This loop is most of an import: it calls as little as it can."""
        base, data, end, _ = chunk
        find, rfind, decode, refused = data.find, data.rfind, self.decode, self.decoding.REFUSED
        best, known = self.best, self.best.get
        row: Row | None
        after = 0
        for found in NEEDLE.finditer(data, 0, end):
            hit = found.start()
            if hit < after:
                continue  # the line has been looked at
            start = rfind(b"\n", after, hit) + 1 or after
            after = find(b"\n", hit, end) + 1 or end
            try:
                row = decode(data[start:after])
                if row.type == "progress":
                    row = self._progress(data[start:after])
            except refused:
                row = self._refused(data[start:after], base + start)
            if (
                row is None
                or row.type != "assistant"
                or (message := row.message) is None
                or (usage := message.usage) is None
                or message.model == SYNTHETIC
            ):
                continue
            time, mid = row.timestamp, message.id or row.requestId or row.uuid
            if time is None or not mid:
                self.gathered.skip(base + start, NO_TIME if mid else NO_NAME)
                continue
            if not FIRST_YEAR <= time.year <= LAST_YEAR:
                self.gathered.skip(base + start, self.decoding.FAR_TIME)
                continue
            self.gathered.lines += 1
            output = usage.output_tokens or 0
            key = (mid, row.requestId, row.isSidechain)
            old = known(key)
            if old is None:
                best[key] = (output, time, base + start, row, message, usage, time)
            elif output > old[0] or (output == old[0] and time >= old[1]):
                best[key] = (output, time, base + start, row, message, usage, min(old[6], time))
            elif time < old[6]:
                best[key] = (*old[:6], time)
        if len(best) >= MANY:
            self.take()

    def take(self) -> None:
        """Turns what was kept into candidates."""
        for key, best in self.best.items():
            self._take(key, best)
        self.best.clear()

    def _refused(self, line: bytes, offset: int) -> Row | None:
        """The row of a line that the decoder refused, or a skip."""
        try:
            return self.shapes.repaired(line)
        except Unreadable as error:
            self.gathered.skip(offset, str(error))
        except RecursionError:
            self.gathered.skip(offset, TOO_DEEP)
        except self.decoding.REFUSED as error:
            self.gathered.skip(offset, self.decoding.reason(error))
        return None

    def _progress(self, line: bytes) -> Row | None:
        """The subagent's row that a progress row repeats."""
        return self.shapes.nested(self.shapes.PROGRESS.decode(line))

    def _take(self, key: _Key, best: _Best) -> None:
        """The candidates of one response."""
        mid, rid, side = key[0], key[1] or None, 1 if key[2] else 0
        top, time, off, row, message, usage, began = best
        gathered, milliseconds = self.gathered, self.decoding.milliseconds
        ts = milliseconds(time)
        ts0 = ts if began == time else milliseconds(began)
        ctx = gathered.context(self._context(row, message, usage, side))
        how = (usage.speed, usage.service_tier, usage.inference_geo)
        details, tools = usage.output_tokens_details, usage.server_tool_use
        reason = (details.thinking_tokens or 0) if details else 0
        web = (tools.web_search_requests or 0) if tools else 0
        reported = picos(row.costUSD) or None
        for it, (kind, model, i, o, c5, c1, cr) in enumerate(self.shapes.requests(usage, message.model)):
            rate = gathered.rate(BILLS, _model(model), ts, i + c5 + c1 + cr, how)
            told = (mid, rid, it, side, top, ts, ctx, rate, kind, i, o, c5, c1, cr, reason, web, reported, off, ts0)
            gathered.rows.append(told)
            reason, web, reported = 0, 0, None if reported is None else 0

    def _context(self, row: Row, message: Message, usage: Usage, side: int) -> ContextRow:
        place = self.place
        return (
            BILLS,
            row.sessionId or place.session,
            place.project,
            row.cwd,
            row.gitBranch,
            row.agentId or place.agent_id,
            row.attributionSkill,
            row.attributionPlugin,
            row.attributionAgent or place.agent,
            row.attributionMcpServer,
            row.attributionMcpTool,
            row.effort,
            usage.speed,
            usage.service_tier,
            usage.inference_geo,
            side,
            message.stop_reason,
        )


def _model(name: str | None) -> str:
    """The model as it is billed: a request for the long window is still one for that model."""
    return name.removesuffix("[1m]") if name else UNKNOWN_MODEL


def _projects(folder: Path) -> Path:
    """A configuration folder's transcripts; a folder that has none may be that of the transcripts itself."""
    inner = folder / "projects"
    return inner if inner.is_dir() else folder


def _is_transcript(name: str) -> bool:
    return name.endswith(".jsonl")


def _place(path: str) -> _Place:
    """Project, session and agent by where a file lies: `P/S.jsonl`, `P/S/subagents/**/agent-A.jsonl`, `P/S/F.jsonl`."""
    parts = Path(path).parts
    stem = parts[-1].removesuffix(".jsonl")
    top = len(parts) - parts[::-1].index("projects") if "projects" in parts[:-2] else _guess(parts)
    below = parts[top:]
    session = below[1] if below[1:-1] else stem
    agent_id = stem.removeprefix("agent-") if stem.startswith("agent-") else None
    return _Place(below[0], session, agent_id, _agent_kind(path) if agent_id else None)


def _guess(parts: tuple[str, ...]) -> int:
    """Which part is the project's folder, below a root that is not called `projects`."""
    inner = parts.index("subagents") - 2 if "subagents" in parts else len(parts) - 2
    return max(inner, 0)


def _agent_kind(path: str) -> str | None:
    """What kind of agent wrote a transcript, by the note that lies beside it."""
    try:
        with opened(path.removesuffix(".jsonl") + ".meta.json") as descriptor:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            note = loads(os.read(descriptor, NOTE_BYTES)) if regular else None
    except (OSError, Unreadable):
        return None
    return text(note.get("agentType")) if isinstance(note, dict) else None
