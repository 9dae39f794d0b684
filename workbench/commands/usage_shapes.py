"""The shapes of the reports on transcripts: what `usage/` answers, as screens get it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workbench.commands.shapes import Money
from workbench.protocol.screen import Model


class UsageCounts(Model):
    """What was used. A sampling is one response of a model."""

    samplings: int
    input_tokens: int = Field(description="Those that no cache was asked for or gave.")
    output_tokens: int = Field(description="Reasoning included.")
    cache_creation_tokens: int
    cache_read_tokens: int
    reasoning_tokens: int
    total_tokens: int
    web_searches: int


class UsagePart(UsageCounts):
    """One model's part."""

    model: str
    provider: str = Field(description="Who bills: anthropic, openai, google ...")
    cost: Money
    unpriced: bool = Field(description="Some of it has no known cost, which is not in the sum.")


class UsageTotals(UsageCounts):
    """What some samplings amount to."""

    total_cost: Money
    models: list[str] = Field(description="By name.")
    breakdown: list[UsagePart] = Field(description="The dearest first.")


class UsageBucket(UsageTotals):
    """One row: a day, week or month, or whatever the report is by; `(none)` where there is no name."""

    key: str
    project: str | None = Field(default=None, description="Of rows by project, too.")


class UsageReport(Model):
    """Rows that add up to the totals. `unpriced` names the models whose cost is not known and not in any sum."""

    rows: list[UsageBucket] = Field(description="By time, the first first; else the dearest first.")
    totals: UsageTotals
    unpriced: list[str]
    timezone: str
    mode: Literal["auto", "calculate", "display"]
    note: str


class WeeklyReport(UsageReport):
    """The same by week."""

    start_of_week: str


class UsageSession(UsageTotals):
    """One conversation."""

    key: str
    session: str
    provider: str
    project: str
    first: str
    last: str
    skills: list[str] = Field(description="By name.")
    sidechain_tokens: int = Field(description="What its subagents used, all kinds of tokens together.")
    workbench_session: str | None = Field(description="Our session that it is, if we ran it.")


class UsageSessionPage(Model):
    """A page of sessions; the totals are those of all pages."""

    rows: list[UsageSession] = Field(description="The last used first.")
    totals: UsageTotals
    unpriced: list[str]
    timezone: str
    mode: Literal["auto", "calculate", "display"]
    note: str
    next_cursor: str | None = None


class Sampling(Model):
    """One response of a model, and the line that told it."""

    id: int
    ts: str
    model: str
    provider: str
    kind: str = Field(description="message, advisor_message, compaction, turn, or run for a run of ours.")
    message: str
    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int
    reasoning_tokens: int
    total_tokens: int
    web_searches: int
    cost: Money
    reported: Money = Field(description="What its source said that it cost.")
    skill: str | None
    agent: str | None
    agent_id: str | None
    sidechain: bool
    speed: str | None
    tier: str | None
    stop: str | None
    run: str | None
    path: str | None
    off: int


class SamplingPage(Model):
    """A page of a session's samplings."""

    samplings: list[Sampling] = Field(description="The first one first.")
    next_cursor: str | None = None


class BurnRate(Model):
    """How fast a block goes. The indicator's rate is of input and output alone."""

    tokens_per_minute: float
    tokens_per_minute_for_indicator: float
    cost_per_hour: float | None


class Projection(Model):
    """What a block comes to if it goes on as so far: an estimate."""

    total_tokens: int
    total_cost: float | None
    remaining_minutes: int


class UsageBlock(UsageTotals):
    """Five hours, or a gap between two such."""

    id: str
    start: str
    end: str
    actual_end: str | None
    active: bool
    gap: bool
    burn_rate: BurnRate | None
    projection: Projection | None


class UsageBlocks(Model):
    """Blocks and the gaps between them."""

    blocks: list[UsageBlock] = Field(description="The first one first.")
    totals: UsageTotals
    unpriced: list[str]
    timezone: str
    mode: Literal["auto", "calculate", "display"]
    note: str


class CacheKept(Model):
    """What was written to be kept for a time."""

    tokens: int
    cost: Money


class CacheSums(Model):
    """What caching did. `saved` is what all would have cost more without it; below zero it has cost more."""

    hit_rate: float | None = Field(description="The share of prompts that was read from a cache, 0 to 1.")
    input_tokens: int
    cache_read_tokens: int
    cache_read_cost: Money
    five_minutes: CacheKept
    one_hour: CacheKept
    saved: Money


class CacheGroup(CacheSums):
    """The same of one model or skill."""

    key: str


class CacheRebuild(Model):
    """What was written again though it had been written; `extra` is what reading it would have saved."""

    cause: Literal["expired", "model_changed", "shortened", "changed"]
    meaning: str
    samplings: int
    tokens: int
    cost: Money
    extra: Money


class CacheReport(CacheSums):
    """What caching did, by model and skill, and what was written again by likely cause."""

    by_model: list[CacheGroup] = Field(description="What was read most first.")
    by_skill: list[CacheGroup] = Field(description="What was read most first.")
    rebuilds: list[CacheRebuild] = Field(description="The dearest first.")
    unpriced: list[str]
    timezone: str
    note: str


class ProviderLimit(Model):
    """One window of a provider's limit, as it was last told; what is used is null once the window has begun anew."""

    provider: str
    window_minutes: int
    used_percent: float | None
    resets_at: str | None
    seen: str
    plan: str | None
    source: str


class ProviderLimits(Model):
    """What providers told of their limits."""

    limits: list[ProviderLimit] = Field(description="By provider and window.")


class Budget(Model):
    """What a period has cost so far beside its budget."""

    period: Literal["day", "month"]
    since: str
    spent: Money
    limit: Money
    share: float | None = Field(description="Spent of the limit: 1 is all of it.")
    level: Literal["none", "near", "over"] = Field(description="near from 80 %, over from 100 % on.")
    unpriced: list[str]


class BudgetReport(Model):
    """The budgets, the day's first."""

    budgets: list[Budget] = Field(description="The day's, then the month's.")
    timezone: str
    note: str


class ChartReply(Model):
    """A chart to be drawn."""

    spec: dict[str, Any] = Field(description="A Vega-Lite 5 specification that holds its data.")
    note: str
