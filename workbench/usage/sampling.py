"""One model response, as a transcript tells it: the row that everything about usage is made of.

Idea: a reader turns a piece of one file into a `Parsed`: candidates (one a sampling, iterations apart), and beside
them, each once, the contexts and rates that they point at. What a candidate is worth among the others with its
message id is settled by the store, from all candidates that ever came, so the order of files and pieces is no matter.

Invariant: everything here is None, int, str and exact tuples and lists of them, so that `marshal` carries it between
two processes. `marshal` refuses a tuple's subclasses, therefore the lists hold plain tuples in the order of the named
ones; `Candidate._make(row)` names the fields of one again.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

MESSAGE: Final = "message"
ADVISOR: Final = "advisor_message"
COMPACTION: Final = "compaction"
TURN: Final = "turn"
"""The kinds of a sampling: a response, what an advisor or a compaction within it used, a turn of an agent that counts so."""

UNKNOWN_MODEL: Final = "unknown"
"""The model of a row that names none: its tokens count, it has no price."""

MAX_COUNT: Final = 2**40
"""Beyond this a number is no count of one response; sums of them stay within SQLite's integers."""


MOST_USED: Final = 10_000
"""In percent of a limit, which may be passed; beyond this it is no share of one."""

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9998
LATEST: Final = 253_370_764_799_999
"""The times that are taken, the last one in ms UTC: whatever the zone, the day of each has a name, and so have its
neighbours.
"""


class Context(NamedTuple):
    """Where a sampling was made. Rows of one conversation share few of these, so each is written once."""

    provider: str
    """Who bills, in genai-prices' spelling: "anthropic", "openai", "google"."""
    session: str | None
    project: str | None
    """The folder under `projects/` for Claude Code, the working folder for the others."""
    cwd: str | None
    branch: str | None
    agent_id: str | None
    skill: str | None
    plugin: str | None
    agent: str | None
    """The kind of the subagent ("Explore"), null in the main thread."""
    mcp_server: str | None
    mcp_tool: str | None
    effort: str | None
    speed: str | None
    tier: str | None
    geo: str | None
    sidechain: int
    stop: str | None


class Candidate(NamedTuple):
    """One sampling as one row of a transcript tells it."""

    mid: str
    """The response's id; the request's or the row's where there is none."""
    rid: str | None
    it: int
    """Which iteration of the row, from 0: all of a row win or lose together."""
    side: int
    """1 for a sidechain's row, which may repeat its parent's."""
    top: int
    """The output of the whole row: the largest wins, the later of two equal ones."""
    ts: int
    """The row's time, in ms UTC."""
    ctx: int
    rate: int
    kind: str
    i: int
    """Input that no cache was asked for or gave."""
    o: int
    """Output with its reasoning."""
    c5: int
    c1: int
    cr: int
    reason: int
    web: int
    reported: int | None
    """The source's own cost, in 1e-12 USD."""
    off: int
    """Where its line begins; 0 where a file is read whole."""
    ts0: int
    """When the first row of this response in this piece was written: who began it owns it."""


ContextRow: TypeAlias = tuple[
    str,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    str | None,
    int,
    str | None,
]
CandidateRow: TypeAlias = tuple[
    str,
    str | None,
    int,
    int,
    int,
    int,
    int,
    int,
    str,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int | None,
    int,
    int,
]
RateRow: TypeAlias = tuple[str, str, int, str, int | None, int | None, int | None, int | None, int | None, int | None]
"""A `prices.Rate`: provider, model, start_day, variant, then the prices of i, o, cr, c5, c1 and a search."""

LimitRow: TypeAlias = tuple[int, str, int, float, int | None, str | None]
"""What a provider said of its own limit: ts, provider, minutes of the window, percent used, resets at (ms), plan."""


class Parsed(NamedTuple):
    """What a piece of a file holds."""

    offset: int
    """Where the next reading begins: behind the last whole line."""
    state: str | None
    """What the source wants to be given then, as JSON."""
    thread: str | None
    """The conversation that this file is a copy of, where copies of a file lie about (Codex's archive)."""
    rows: list[CandidateRow]
    contexts: list[ContextRow]
    rates: list[RateRow]
    skips: list[tuple[int, str]]
    """Offsets of the lines that should count and could not, each with the reason."""
    lines: int
    """Rows that carry the usage of a response, those in `skips` included."""
    limits: list[LimitRow]
    """The newest word on each window, the latest last."""
