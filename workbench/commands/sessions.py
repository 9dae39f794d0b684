"""Sessions: make one, list them, read what was said, end it. Speaking to an agent is in `agents`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from workbench.agents import table
from workbench.agents.export import export
from workbench.agents.follow import BATCH_BYTES, holds_end, read_batch
from workbench.agents.markdown import markdown as said_markdown
from workbench.agents.run import Message
from workbench.agents.session import TRANSCRIPT, SessionSpec, State
from workbench.agents.table import SessionRow as Row
from workbench.agents.transcript import Transcript as Tape
from workbench.clock import iso
from workbench.commands.paging import cursor_of, position_of
from workbench.commands.registry import command
from workbench.commands.shapes import Cursor, Id, Limit, OfSession
from workbench.commands.standing import known, standing
from workbench.commands.usage_rows import decimal_text
from workbench.errors import InvalidRequest
from workbench.protocol.screen import Model, Record
from workbench.sidecar.provider import listing
from workbench.usage import runs

if TYPE_CHECKING:
    from workbench.app import Workbench


class NewSession(Model):
    """Who works, where, and for what. What is not named comes from the settings."""

    provider: str | None = None
    model: str | None = None
    cwd: str | None = Field(default=None, description="Where the agent works; by default where this host does.")
    title: str | None = None
    skill: str | None = None
    step: str | None = None
    workflow: str | None = None


class SessionRow(Model):
    """A session as it stands. `busy`: a turn is open; `live`: its process waits; `lost`: it was killed with its guard."""

    id: str
    provider: str
    model: str | None
    title: str | None
    cwd: str | None
    skill: str | None
    step: str | None
    workflow: str | None
    state: State
    created: str
    updated: str
    seq: int = Field(description="The number of its last record.")
    open_runs: list[str] = Field(description="The turns that are open, the oldest first.")
    runs: int
    cost: str | None = Field(description="US dollars of its priced runs; null when none is priced.")
    pruned: bool = Field(description="Its transcript has been deleted; messages and costs are kept.")


class Waiting(Model):
    """A permission or a question that nobody has answered."""

    id: str
    kind: Literal["permission", "question"]
    run: str
    asked: str
    request: dict[str, Any]


class Session(SessionRow):
    """One session, with what it waits for."""

    waiting: list[Waiting] = Field(description="In the order in which they were asked.")


class ListSessions(Model):
    """Which sessions to list."""

    limit: Limit = 100
    cursor: Cursor = None
    skill: str | None = None


class Sessions(Model):
    """A page of sessions."""

    sessions: list[SessionRow] = Field(description="The last updated first.")
    next_cursor: str | None = None


class ReadEvents(OfSession):
    """The records above `since`."""

    since: int = Field(default=0, ge=0)


class Events(Model):
    """Some of a session's records, up to 256 kB of them; ask again from `seq` until `complete`."""

    since: int
    seq: int
    events: list[Record] = Field(description="In the order of the transcript; neighbouring chunks of one text are one.")
    complete: bool = Field(description="There was nothing more when this was read.")


class OfRun(OfSession):
    """A session, or one of its runs."""

    run: Id | None = None


class Transcript(Model):
    """A transcript as a text that can be kept: a line with its configuration, then a line for each event."""

    name: str = Field(description="A file name for it.")
    text: str


class Markdown(Model):
    """What was said, for a notebook: safe to show anywhere."""

    markdown: str


class SetTitle(OfSession):
    """A title; null asks the provider for one."""

    title: str | None = Field(default=None, max_length=200)


@command("sessions.create", NewSession, Session)
async def create(bench: Workbench, request: NewSession) -> Session:
    """Makes a session; no process is started before its first turn."""
    return await _session(bench, await make_session(bench, request))


@command("sessions.end", OfSession, Session)
async def end(bench: Workbench, request: OfSession) -> Session:
    """Ends a session's process and keeps all that was said; another turn resumes it."""
    await bench.pool.close(request.session)
    return await _session(bench, request.session)


@command("sessions.list", ListSessions, Sessions)
async def list_(bench: Workbench, request: ListSessions) -> Sessions:
    """Lists sessions, the last updated first, each as it stands now."""
    before = position_of(request.cursor)
    rows = await bench.read(
        lambda connection: table.newest(connection, limit=request.limit + 1, before=before, skill=request.skill)
    )
    page = rows[: request.limit]
    last = page[-1] if len(rows) > len(page) else None
    return Sessions(
        sessions=await asyncio.to_thread(_shown, bench, page),
        next_cursor=cursor_of((last.updated, last.id)) if last is not None else None,
    )


@command("sessions.get", OfSession, Session)
async def get(bench: Workbench, request: OfSession) -> Session:
    """One session as it stands now, with the questions that wait for an answer."""
    return await _session(bench, request.session)


@command("sessions.events", ReadEvents, Events)
async def events(bench: Workbench, request: ReadEvents) -> Events:
    """Reads a session's records from a number on, without following it."""
    return await asyncio.to_thread(_read_events, bench, request.session, request.since)


@command("sessions.transcript", OfRun, Transcript)
async def transcript(bench: Workbench, request: OfRun) -> Transcript:
    """A session's events, or one run's, as JSON lines with the vendor's own events and without secrets."""
    exported = await asyncio.to_thread(export, bench.home, request.session, request.run)
    return Transcript(name=exported.name, text=exported.text)


@command("sessions.markdown", OfRun, Markdown)
async def markdown(bench: Workbench, request: OfRun) -> Markdown:
    """The last 20,000 characters of what was said in a session or a run, as Markdown that can do no harm."""
    await asyncio.to_thread(known, bench, request.session)
    return Markdown(
        markdown=await bench.read(lambda connection: said_markdown(connection, request.session, request.run))
    )


@command("sessions.title", SetTitle, Session)
async def title(bench: Workbench, request: SetTitle) -> Session:
    """Names a session; without a name, the provider makes one from its first prompt."""
    row = await asyncio.to_thread(known, bench, request.session)
    words = request.title
    if words is None:
        said = await bench.read(lambda connection: table.messages(connection, row.id, limit=1))
        if not said:
            raise InvalidRequest(
                "Nothing has been said in this session, so no title can be made from it.",
                remedy="Give a title.",
                session=row.id,
            )
        words = str(await bench.pool.request(row.provider, "generateTitle", {"text": said[0].content.get("text", "")}))
    shown = bench.masked(words)
    await bench.write(lambda connection: table.retitle(connection, row.id, shown))
    return await _session(bench, row.id)


# -- what agents' commands share --------------------------------------------------------------------------------------


async def make_session(bench: Workbench, request: NewSession) -> str:
    """Makes a session from what was asked and what the settings say; its id."""
    chosen = bench.settings
    provider = listing(request.provider or chosen.provider).name
    # A model belongs to its provider: the chosen one is no default for another.
    model = request.model or (chosen.model if provider == chosen.provider else None)
    named = request.model_dump(include={"cwd", "title", "skill", "step", "workflow"})
    if request.title is not None:
        named["title"] = bench.masked(request.title)
    made = await bench.pool.create(SessionSpec(provider=provider, model=model, **named))
    return made.id


# -- rows -------------------------------------------------------------------------------------------------------------


async def _session(bench: Workbench, session: str) -> Session:
    shown = await asyncio.to_thread(lambda: _shown(bench, [known(bench, session)])[0])
    asked = await bench.read(lambda connection: table.unanswered(connection, session)) if shown.open_runs else []
    return Session(**shown.model_dump(), waiting=[_waiting(each) for each in asked])


def _waiting(asked: Message) -> Waiting:
    of_permission = asked.kind == "permission"
    return Waiting(
        id=asked.content["permissionId" if of_permission else "userInputId"],
        kind="permission" if of_permission else "question",
        run=asked.run or "",
        asked=iso(asked.t),
        request=asked.content,
    )


def _shown(bench: Workbench, rows: Sequence[Row]) -> list[SessionRow]:
    fresh = [standing(bench, row) for row in rows]
    sums = bench.database.read(lambda connection: runs.of_sessions(connection, [row.id for row in rows]))
    return [_row(row, state, sums.get(row.id)) for row, state in fresh]


def _row(row: Row, state: State, sums: dict[str, Any] | None) -> SessionRow:
    names = ("id", "provider", "model", "title", "cwd", "skill", "step", "workflow", "seq", "pruned")
    return SessionRow(
        **{name: getattr(row, name) for name in names},
        state=state,
        created=iso(row.created),
        updated=iso(row.updated),
        open_runs=list(row.open_runs),
        runs=sums["runs"] if sums else 0,
        cost=decimal_text(sums["total_cost"]) if sums else None,
    )


def _read_events(bench: Workbench, session: str, since: int) -> Events:
    known(bench, session)
    with Tape(bench.home.session(session) / TRANSCRIPT) as tape:
        offset = tape.offset_of(since + 1)
        block = tape.block(offset, BATCH_BYTES)
        batch = read_batch(block, since)
        complete = offset + len(block) >= tape.end()
    # What is shown as finished is in the ledger: that is the order at the end of a run.
    if holds_end(batch.records) and bench.newer is None:
        bench.recorder.commit(session)
    return Events(
        since=since, seq=batch.seq, events=[Record.model_validate(each) for each in batch.records], complete=complete
    )
