"""The views that SQL may read: `samplings runs sessions daily skills`, each column with its type, unit and meaning.

Idea: this is the one place where columns are named; the Parquet parts, DuckDB's comments (`DESCRIBE`, `bench.usage.columns()`)
and the documentation are made of it. Invariant: `samplings` has one row a model response that counts, so any sum over it
equals the report of the same thing; the other views are sums over it, but `runs`, which are Workbench's own.

Units: tokens are counts; costs are US dollars, exact decimals, API-equivalent estimates, null where no price is known;
times are instants with a zone; `day` is the calendar day in the zone that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column: its name, the SQL that makes it of the store's rows, its unit (or "") and what it tells."""

    name: str
    sql: str
    unit: str
    about: str


_MONEY: Final = "decimal(25, 0) * 0.000000000001"
_WIDE: Final = "decimal(38, 12)"
_NARROW: Final = "decimal(18, 12)"
"""Half as wide reads twice as fast, and holds what any honest sampling costs. A sum is always the wide one."""

_COMPUTED: Final = """s.i::hugeint * p.p_in + s.o::hugeint * p.p_out + s.c5::hugeint * p.p_c5 + s.c1::hugeint * p.p_c1
        + s.cr::hugeint * p.p_cr + s.web::hugeint * p.p_web"""

_SAVED: Final = """s.cr::hugeint * (p.p_in - p.p_cr) + s.c5::hugeint * (p.p_in - p.p_c5)
        + s.c1::hugeint * (p.p_in - p.p_c1)"""

_AT: Final = "(epoch_ms({}::bigint) at time zone 'UTC')"


def samplings(zone: str) -> tuple[Column, ...]:
    """The columns of `samplings`, with `day` in a time zone. Money is written `MONEY(...)`."""
    return (
        Column(
            "id", "s.id::bigint", "", "number of the sampling; bench.usage.explain(id) shows how its cost comes about"
        ),
        Column("ts", _AT.format("s.ts"), "", "when the response was told last"),
        Column("day", f"({_AT.format('s.ts')} at time zone '{zone}')::date", "", "the calendar day of ts"),
        Column("provider", "p.provider::varchar", "", "who bills: anthropic, openai, google, ..."),
        Column("model", "p.model::varchar", "", "the model that answered"),
        Column("source", "f.source::varchar", "", "who told: claude, codex, opencode, gemini; ledger: Workbench"),
        Column("session", "h.session::varchar", "", "the conversation in which it was told first"),
        Column("project", "d.project::varchar", "", "the project's folder, as its agent names it"),
        Column("cwd", "h.cwd::varchar", "", "the working directory"),
        Column("branch", "h.branch::varchar", "", "the git branch"),
        Column("skill", "d.skill::varchar", "", "the skill at work; null: none"),
        Column("plugin", "h.plugin::varchar", "", "the plugin that the skill belongs to"),
        Column("agent", "d.agent::varchar", "", "the kind of subagent; null: the main agent"),
        Column("agent_id", "h.agent_id::varchar", "", "which subagent"),
        Column("sidechain", "(h.sidechain <> 0)::boolean", "", "whether a subagent asked"),
        Column("mcp_server", "h.mcp_server::varchar", "", "the MCP server whose tool was at work"),
        Column("mcp_tool", "h.mcp_tool::varchar", "", "that tool"),
        Column("step", "d.step::varchar", "", "the step of a Workbench workflow"),
        Column("run", "r.run::varchar", "", "the Workbench run that it belongs to"),
        Column(
            "kind", "s.kind::varchar", "", "message, advisor_message, compaction, turn; run: a whole run of the ledger"
        ),
        Column("effort", "h.effort::varchar", "", "the effort that was asked for"),
        Column("speed", "h.speed::varchar", "", "standard or fast"),
        Column("tier", "h.tier::varchar", "", "the service tier: standard, priority, batch, flex"),
        Column("geo", "h.geo::varchar", "", "where it was worked out: us, global"),
        Column("stop", "h.stop::varchar", "", "why the model stopped"),
        Column("input_tokens", "s.i::bigint", "tokens", "input that no cache was involved in"),
        Column("output_tokens", "s.o::bigint", "tokens", "output, reasoning included"),
        Column("cache_creation_tokens", "(s.c5 + s.c1)::bigint", "tokens", "input written to the cache"),
        Column("cache_5m_tokens", "s.c5::bigint", "tokens", "of these, kept for five minutes"),
        Column("cache_1h_tokens", "s.c1::bigint", "tokens", "of these, kept for an hour"),
        Column("cache_read_tokens", "s.cr::bigint", "tokens", "input read from the cache"),
        Column("reasoning_tokens", "s.reason::bigint", "tokens", "of the output, reasoning"),
        Column("total_tokens", "(s.i + s.o + s.c5 + s.c1 + s.cr)::bigint", "tokens", "all of them"),
        Column("web_searches", "s.web::bigint", "searches", "searches that the provider ran"),
        Column(
            "cost", f"MONEY(coalesce(s.reported::hugeint, {_COMPUTED}))", "US$", "what its source told, else computed"
        ),
        Column("computed_cost", f"MONEY({_COMPUTED})", "US$", "tokens times the list price of the day"),
        Column("reported_cost", "MONEY(s.reported::hugeint)", "US$", "what its source told"),
        Column("cache_saved", f"MONEY({_SAVED})", "US$", "what the cache has saved; below zero: it has cost more"),
        Column("price_variant", "p.variant::varchar", "", "the variant of the price: long, fast, batch, us, ..."),
        Column("message_id", "s.mid::varchar", "", "the provider's id of the response"),
        Column("request_id", "s.rid::varchar", "", "the provider's id of the request"),
        Column("path", "f.path::varchar", "", "the transcript that it was read from"),
        Column("byte_offset", "s.off::bigint", "bytes", "where in it its line begins"),
    )


RUNS: Final = (
    Column("run", "r.run::varchar", "", "id of the run"),
    Column("model", "r.model::varchar", "", "a model that it used; a run has a row for each"),
    Column("session", "r.session::varchar", "", "Workbench's session"),
    Column("provider", "r.provider::varchar", "", "the agent: claude, codex, replay, ..."),
    Column("provider_session", "r.provider_session::varchar", "", "the agent's own session, as in samplings"),
    Column("skill", "r.skill::varchar", "", "the skill that it is counted to"),
    Column("step", "r.step::varchar", "", "the step of a workflow"),
    Column("workflow", "r.workflow::varchar", "", "the workflow"),
    Column("started", _AT.format("r.started"), "", "when it began"),
    Column("ended", _AT.format("r.ended"), "", "when it ended"),
    Column("input_tokens", "r.i::bigint", "tokens", "input that no cache was involved in"),
    Column("output_tokens", "r.o::bigint", "tokens", "output, reasoning included"),
    Column("cache_creation_tokens", "(r.c5 + r.c1)::bigint", "tokens", "input written to the cache"),
    Column("cache_read_tokens", "r.cr::bigint", "tokens", "input read from the cache"),
    Column("cost", "MONEY(r.cost::hugeint)", "US$", "as the agent reported it"),
    Column(
        "cost_basis",
        "r.cost_basis::varchar",
        "",
        "where that cost comes from; computed: by the price lists, of a run that was killed",
    ),
    Column("replay", "(r.replay <> 0)::boolean", "", "a recording was played: nothing was paid"),
    Column("covered", "(r.covered <> 0)::boolean", "", "its samplings were found in a transcript, and those count"),
    Column("hidden", "(r.hidden <> 0)::boolean", "", "a reset hides it from reports"),
)

FACTS: Final = """s left join h on h.id = s.home left join d on d.id = s.dim left join p on p.id = s.price
    left join f on f.id = s.file left join r on r.id = s.run order by s.ts, s.id"""

SUMS: Final = (
    ("samplings", "count(*)::bigint", "", "model responses"),
    *(
        (name, f"sum({name})::bigint", "tokens", about)
        for name, about in (
            ("input_tokens", "input that no cache was involved in"),
            ("output_tokens", "output, reasoning included"),
            ("cache_creation_tokens", "input written to the cache"),
            ("cache_read_tokens", "input read from the cache"),
            ("total_tokens", "all of them"),
        )
    ),
    ("cost", "sum(cost)", "US$", "of what has a price; null: nothing of it has"),
    ("unpriced", "count(*) filter (where cost is null and total_tokens > 0)", "", "responses without a known price"),
)


def grouped(keys: Sequence[Column], more: Sequence[Column] = ()) -> tuple[Column, ...]:
    """The columns of a view that sums `samplings` up by the keys."""
    return (*keys, *more, *(Column(*each) for each in SUMS))


DAILY: Final = grouped(
    (
        Column("day", "day", "", "the calendar day"),
        Column("provider", "provider", "", "who bills"),
        Column("model", "model", "", "the model"),
    )
)

SESSIONS: Final = grouped(
    (
        Column("session", "session", "", "the conversation"),
        Column("provider", "provider", "", "who bills"),
    ),
    (
        Column("project", "min(project)", "", "its project"),
        Column("first", "min(ts)", "", "its first response"),
        Column("last", "max(ts)", "", "its last response"),
        Column("models", "list_sort(list(distinct model))", "", "its models, by name"),
        Column("skills", "list_sort(list(distinct skill) filter (where skill is not null))", "", "its skills, by name"),
    ),
)

SKILLS: Final = grouped(
    (Column("skill", "skill", "", "the skill; null: none"),),
    (
        Column("sessions", "count(distinct session)::bigint", "", "conversations in which it was at work"),
        Column("days", "count(distinct day)::bigint", "", "days on which it was at work"),
        Column(
            "hit_rate",
            "sum(cache_read_tokens) / nullif(sum(input_tokens + cache_creation_tokens + cache_read_tokens), 0)",
            "share",
            "of its input, what the cache gave",
        ),
        Column("cache_saved", "sum(cache_saved)", "US$", "what the cache has saved; below zero: it has cost more"),
    ),
)

_GROUPED: Final = {"sessions": (SESSIONS, 2), "daily": (DAILY, 3), "skills": (SKILLS, 1)}

NAMES: Final = ("samplings", "runs", *_GROUPED)


def columns(view: str, zone: str = "UTC") -> tuple[Column, ...]:
    """The columns of a view."""
    if view == "samplings":
        return samplings(zone)
    return RUNS if view == "runs" else _GROUPED[view][0]


def select(listed: Iterable[Column], source: str, *, wide: bool) -> str:
    """A SELECT of columns out of the store's rows. `wide`: there are costs of a million dollars and more."""
    money = f"(({{}})::{_MONEY})::{_WIDE if wide else _NARROW}"
    parts = [f"{_with_money(each.sql, money)} as {each.name}" for each in listed]
    return f"select {', '.join(parts)} from {source}"  # noqa: S608 - our own columns


def definitions(samplings_parts: str, runs_parts: str) -> dict[str, str]:
    """The views by name, over SQL that reads the parts."""
    summed = {
        name: f"select {', '.join(f'{each.sql} as {each.name}' for each in listed)} from samplings"  # noqa: S608
        f" group by {', '.join(each.name for each in listed[:keys])}"
        for name, (listed, keys) in _GROUPED.items()
    }
    return {"samplings": samplings_parts, "runs": runs_parts, **summed}


def comments() -> dict[str, dict[str, str]]:
    """What each column of each view tells, with its unit."""
    return {
        view: {each.name: f"{each.about} ({each.unit})" if each.unit else each.about for each in columns(view)}
        for view in NAMES
    }


def _with_money(sql: str, money: str) -> str:
    return money.format(sql[len("MONEY(") : -1]) if sql.startswith("MONEY(") else sql
