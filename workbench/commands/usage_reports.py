"""What transcripts told, of all agents on this machine: the reports on tokens and cost, limits, and the import itself.

Idea: a command says which samplings are meant, brings the store up to date (quick when nothing is new), and gives what
`usage/` answers. Invariant: the shapes here are those of `usage/reports` and its neighbours, with money as decimal text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field

from workbench.commands.paging import cursor_of, position_of
from workbench.commands.registry import command
from workbench.commands.shapes import Cursor, Id, Limit, Nothing
from workbench.commands.usage_audit import Explained, Imported, ImportReport
from workbench.commands.usage_shapes import (
    BudgetReport,
    CacheReport,
    ChartReply,
    ProviderLimits,
    SamplingPage,
    UsageBlocks,
    UsageReport,
    UsageSessionPage,
    WeeklyReport,
)
from workbench.protocol.screen import Model
from workbench.usage import blocks, budget, cache, charts, explain, importing, limits, reports, sessions
from workbench.usage.sums import plain
from workbench.usage.which import Mode, Which, asked

if TYPE_CHECKING:
    import apsw

    from workbench.app import Workbench

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Found = dict[str, Any]


class Fresh(Model):
    """Whether to look for what is new first."""

    refresh: bool = Field(default=True, description="Import what is new before answering.")


class UsageRange(Fresh):
    """Which samplings count, and how."""

    since: str | None = Field(default=None, description="The first day, YYYY-MM-DD or YYYYMMDD in the time zone.")
    until: str | None = Field(default=None, description="The last day, included.")
    timezone: str | None = Field(default=None, description="An IANA name; null: the zone of this machine.")
    project: str | None = None
    model: str | None = None
    provider: str | None = Field(default=None, description="Who bills: anthropic, openai, google ...")
    skill: str | None = None
    mode: Mode = Field(default="auto", description="auto: what was told, else what the tokens cost.")


class UsagePeriods(UsageRange):
    """The same, by project too with `instances`."""

    instances: bool = False


class UsageWeeks(UsagePeriods):
    """The same, with the day on which weeks begin."""

    start_of_week: Weekday = "sunday"


class UsagePage(UsageRange):
    """The same, a page at a time."""

    limit: Limit = 50
    cursor: Cursor = None


class SamplingsOf(UsageRange):
    """The samplings of a session, a page at a time."""

    session: Id
    limit: Limit = 1000
    cursor: Cursor = None


class AskChart(UsageRange):
    """Which chart of what is meant."""

    chart: str = Field(description="daily, weekly, monthly, heatmap, skills, projects, models or blocks.")
    by: str | None = Field(default=None, description="What bars over time are stacked by: model, provider or tokens.")


class ExplainSampling(Model):
    """Which sampling to explain."""

    sampling: int


class UsageZone(Fresh):
    """Whose midnight days begin at."""

    timezone: str | None = Field(default=None, description="An IANA name; null: the zone of this machine.")


class AskImportReport(Model):
    """How many skipped rows to list at most."""

    limit: Limit = 100


@command("usage.daily", UsagePeriods, UsageReport)
async def daily(bench: Workbench, request: UsagePeriods) -> UsageReport:
    """Tokens and cost by day, the first day first."""
    found = await _ask(bench, request, lambda c, which: reports.daily(c, which, instances=request.instances))
    return UsageReport.model_validate(found)


@command("usage.weekly", UsageWeeks, WeeklyReport)
async def weekly(bench: Workbench, request: UsageWeeks) -> WeeklyReport:
    """Tokens and cost by week, named by its first day, the first week first."""
    more: Found = {"start_of_week": request.start_of_week, "instances": request.instances}
    return WeeklyReport.model_validate(await _ask(bench, request, lambda c, which: reports.weekly(c, which, **more)))


@command("usage.monthly", UsagePeriods, UsageReport)
async def monthly(bench: Workbench, request: UsagePeriods) -> UsageReport:
    """Tokens and cost by month, the first month first."""
    found = await _ask(bench, request, lambda c, which: reports.monthly(c, which, instances=request.instances))
    return UsageReport.model_validate(found)


@command("usage.models", UsageRange, UsageReport)
async def models(bench: Workbench, request: UsageRange) -> UsageReport:
    """Tokens and cost by model, the dearest first."""
    return UsageReport.model_validate(await _ask(bench, request, reports.models))


@command("usage.by_project", UsageRange, UsageReport)
async def by_project(bench: Workbench, request: UsageRange) -> UsageReport:
    """Tokens and cost by project, the dearest first."""
    return UsageReport.model_validate(await _ask(bench, request, reports.by_project))


@command("usage.by_skill", UsageRange, UsageReport)
async def by_skill(bench: Workbench, request: UsageRange) -> UsageReport:
    """Tokens and cost by skill, the dearest first."""
    return UsageReport.model_validate(await _ask(bench, request, reports.by_skill))


@command("usage.by_agent", UsageRange, UsageReport)
async def by_agent(bench: Workbench, request: UsageRange) -> UsageReport:
    """Tokens and cost by kind of subagent, the dearest first."""
    return UsageReport.model_validate(await _ask(bench, request, reports.by_agent))


@command("usage.sessions", UsagePage, UsageSessionPage)
async def list_sessions(bench: Workbench, request: UsagePage) -> UsageSessionPage:
    """Lists sessions with tokens and cost, the last used first."""
    before, limit = position_of(request.cursor), request.limit

    def ask(connection: apsw.Connection, which: Which) -> Found:
        found = sessions.sessions(connection, which, limit=limit + 1, before=before)
        return found | {"rows": found["rows"][:limit], "next_cursor": _more(found["rows"], limit)}

    return UsageSessionPage.model_validate(await _ask(bench, request, ask))


@command("usage.session_samplings", SamplingsOf, SamplingPage)
async def session_samplings(bench: Workbench, request: SamplingsOf) -> SamplingPage:
    """Lists the responses of a session with what each used, the first one first."""
    after, limit = position_of(request.cursor), request.limit

    def ask(connection: apsw.Connection, which: Which) -> Found:
        rows = sessions.samplings(connection, request.session, which, limit=limit + 1, after=after)
        return {"samplings": rows[:limit], "next_cursor": _more(rows, limit)}

    return SamplingPage.model_validate(await _ask(bench, request, ask))


@command("usage.blocks", UsageRange, UsageBlocks)
async def list_blocks(bench: Workbench, request: UsageRange) -> UsageBlocks:
    """Lists five-hour blocks with burn rate and projection, an estimate; the first one first."""
    now_ms = bench.clock.now_ms()
    found = await _ask(bench, request, lambda c, which: blocks.blocks(c, which, now_ms=now_ms))
    return UsageBlocks.model_validate(found)


@command("usage.cache", UsageRange, CacheReport)
async def show_cache(bench: Workbench, request: UsageRange) -> CacheReport:
    """What caching prompts has saved, and what was written again."""
    return CacheReport.model_validate(await _ask(bench, request, cache.cache))


@command("usage.limits", Fresh, ProviderLimits)
async def show_limits(bench: Workbench, request: Fresh) -> ProviderLimits:
    """The providers' own limits, as far as they told them."""
    now_ms = bench.clock.now_ms()
    found = await _read(bench, lambda c: {"limits": limits.current(c, now_ms)}, refresh=request.refresh)
    return ProviderLimits.model_validate(found)


@command("usage.budgets", UsageZone, BudgetReport)
async def show_budgets(bench: Workbench, request: UsageZone) -> BudgetReport:
    """What today and this month have cost beside the budgets in the settings."""
    settings = await asyncio.to_thread(lambda: bench.settings)
    chosen = {"daily": settings.budget_daily, "monthly": settings.budget_monthly}
    amounts = {period: None if usd is None else Decimal(usd) for period, usd in chosen.items()}
    now_ms = bench.clock.now_ms()
    found = await _ask(
        bench, request, lambda c, which: budget.budgets(c, amounts, now_ms=now_ms, timezone=which.timezone)
    )
    return BudgetReport.model_validate(found)


@command("usage.chart", AskChart, ChartReply)
async def chart(bench: Workbench, request: AskChart) -> ChartReply:
    """A chart of usage as a Vega-Lite specification."""
    if request.chart not in charts.REPORTS:
        charts.draw(request.chart, {})  # says which there are
    name, now_ms = charts.REPORTS[request.chart], bench.clock.now_ms()

    def ask(connection: apsw.Connection, which: Which) -> Found:
        if name == "blocks":
            return blocks.blocks(connection, which, now_ms=now_ms)
        found: Found = getattr(reports, name)(connection, which)
        return found

    found = await _ask(bench, request, ask)
    return ChartReply(spec=charts.draw(request.chart, found, by=request.by), note=found["note"])


@command("usage.explain", ExplainSampling, Explained)
async def explain_sampling(bench: Workbench, request: ExplainSampling) -> Explained:
    """Each factor of one response's cost, and the line that told it."""
    found = await _read(bench, lambda c: explain.explain(c, request.sampling), refresh=False)
    return Explained.model_validate(found)


@command("usage.import", Nothing, Imported)
async def import_usage(bench: Workbench, request: Nothing) -> Imported:
    """Reads what is new in the transcripts."""
    del request
    return Imported.model_validate(importing.done(await bench.refresh()))


@command("usage.import_report", AskImportReport, ImportReport)
async def import_report(bench: Workbench, request: AskImportReport) -> ImportReport:
    """What the last import did, what could not be counted, and where two sources tell a run differently."""
    found = await _read(bench, lambda c: importing.report(c, request.limit), refresh=False)
    return ImportReport.model_validate(found)


T = TypeVar("T", bound=Mapping[str, Any])


async def _ask(bench: Workbench, request: Fresh, ask: Callable[[apsw.Connection, Which], T]) -> Any:
    """A question about what is meant by a request, after an import if it wants one."""
    which = asked(request.model_dump())
    return await _read(bench, lambda connection: ask(connection, which), refresh=request.refresh, zone=which.timezone)


async def _read(
    bench: Workbench, ask: Callable[[apsw.Connection], Any], *, refresh: bool, zone: str | None = None
) -> Any:
    if refresh:
        await bench.refresh()

    def read() -> Any:
        if zone is not None:
            bench.store.ensure_zone(zone)
        return plain(bench.store.read(ask))

    return await asyncio.to_thread(read)


def _more(rows: list[Found], limit: int) -> str | None:
    """Where the next page begins, when there is one."""
    return cursor_of(rows[limit - 1]["position"]) if len(rows) > limit else None
