"""A finished run into the ledger: what it used is what the provider's running totals grew by.

Idea: Claude and others count over a whole session, also across resumes, and the count of an interrupted turn is right
in the total alone. So the last totals are kept, and a run used the difference. A total that fell has begun anew, and so
has that of a process which was not asked to resume: then the run used all of it.

Invariant: `record` inside the commit that finishes the run is the only writer of our own runs, and the sum of a
session's rows is the last total of each stretch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any, Final, Protocol

import apsw

from workbench.usage import table
from workbench.usage.table import Row

PICO: Final = 10**12
"""How many parts of a dollar are counted."""

MAX_TOKENS: Final = 10**13
MAX_USD: Final = 10_000
"""Beyond these a provider's number is no count of one session; and sums stay within SQLite's integers."""

REPLAY: Final = "replay"
UNKNOWN: Final = "unknown"


class Run(Protocol):
    """What the ledger takes of a finished run: `usage` is the provider's last word on each model, as it came."""

    @property
    def run(self) -> str: ...
    @property
    def session(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def skill(self) -> str | None: ...
    @property
    def step(self) -> str | None: ...
    @property
    def workflow(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def stop_reason(self) -> str | None: ...
    @property
    def started(self) -> int: ...
    @property
    def ended(self) -> int: ...
    @property
    def usage(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def cumulative(self) -> bool: ...
    @property
    def fresh(self) -> bool: ...
    @property
    def provider_session(self) -> str | None: ...
    @property
    def duration_ms(self) -> int | None: ...
    @property
    def api_duration_ms(self) -> int | None: ...
    @property
    def turns(self) -> int | None: ...
    @property
    def tool_uses(self) -> int: ...
    @property
    def compactions(self) -> int: ...
    @property
    def events(self) -> int: ...


@dataclass(frozen=True)
class Counters:
    """What was counted of one model. `cost` is in 1e-12 USD, None when the price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    cost: int | None = 0
    basis: str | None = None

    @classmethod
    def parse(cls, usage: Mapping[str, Any]) -> Counters:
        """From the wire's ModelUsage; what is no count there counts as none."""
        basis = usage.get("costBasis")
        basis = basis if isinstance(basis, str) else None
        return cls(
            _tokens(usage.get("inputTokens")),
            _tokens(usage.get("outputTokens")),
            _tokens(usage.get("cacheReadInputTokens")),
            _tokens(usage.get("cacheCreationInputTokens")),
            None if basis == UNKNOWN else picos(usage.get("costUSD")),
            basis,
        )

    @property
    def tokens(self) -> tuple[int, int, int, int]:
        return self.input_tokens, self.output_tokens, self.cache_read_tokens, self.cache_creation_tokens

    @property
    def nothing(self) -> bool:
        return not any(self.tokens) and not self.cost

    def since(self, before: Counters) -> Counters:
        """What was counted since `before`; all of it if any number fell. A cost is known if both are."""
        if any(now < then for now, then in zip(self.tokens, before.tokens, strict=True)):
            return self
        if self.cost is None or before.cost is None:
            cost = None
        elif self.cost < before.cost:
            return self
        else:
            cost = self.cost - before.cost
        return Counters(
            self.input_tokens - before.input_tokens,
            self.output_tokens - before.output_tokens,
            self.cache_read_tokens - before.cache_read_tokens,
            self.cache_creation_tokens - before.cache_creation_tokens,
            cost,
            self.basis,
        )


def record(connection: apsw.Connection, run: Run) -> None:
    """Writes a run's rows, one a model that it used, inside the caller's transaction. Again is the same again."""
    counted = {model: Counters.parse(usage) for model, usage in run.usage.items()}
    used = _used(connection, run, counted) if run.cumulative else counted
    used = {model: counters for model, counters in used.items() if not counters.nothing}
    if not used:
        known = Counters() if counted else Counters(cost=None)  # nothing more was counted, or nothing was said
        used = {run.model or UNKNOWN: known}
    first = run.model if run.model in used else max(used, key=lambda model: (used[model].output_tokens, model))
    for model, counters in used.items():
        table.put(connection, _row(run, model, counters, first=model == first))


def forget(connection: apsw.Connection, session: str) -> None:
    """Takes a session's totals back to nothing, so that its runs can be recorded again. Their rows are written over, and
    stay hidden if a reset has hidden them.
    """
    table.forget_baselines(connection, session)


def picos(usd: Any) -> int | None:
    """Dollars as whole parts of 1e-12, from the shortest decimal that is this float; None for what is no price."""
    if isinstance(usd, bool) or not isinstance(usd, int | float | Decimal) or not 0 <= usd <= MAX_USD:
        return None
    return int((Decimal(repr(usd) if isinstance(usd, float) else usd) * PICO).to_integral_value())


def dollars(cost: int | None) -> Decimal | None:
    """Parts of 1e-12 as dollars."""
    return None if cost is None else Decimal(cost) / PICO


def _used(connection: apsw.Connection, run: Run, counted: dict[str, Counters]) -> dict[str, Counters]:
    """What each model's totals grew by; they become the ones to compare the next run with."""
    if run.fresh:
        table.forget_baselines(connection, run.session)
    before = {model: Counters(**kept) for model, kept in table.baselines(connection, run.session).items()}
    for model, counters in counted.items():
        table.put_baseline(connection, run.session, model, asdict(counters))
    return {model: counters.since(before.get(model, Counters())) for model, counters in counted.items()}


def _row(run: Run, model: str, counters: Counters, *, first: bool) -> Row:
    row = Row(
        run=run.run,
        model=model,
        session=run.session,
        provider=run.provider,
        provider_session=run.provider_session,
        skill=run.skill,
        step=run.step,
        workflow=run.workflow,
        status=run.status,
        reason=run.reason,
        started=run.started,
        ended=run.ended,
        input_tokens=counters.input_tokens,
        output_tokens=counters.output_tokens,
        cache_read_tokens=counters.cache_read_tokens,
        cache_creation_tokens=counters.cache_creation_tokens,
        cost=counters.cost,
        cost_basis=counters.basis,
        stop_reason=run.stop_reason,
        replay=run.provider == REPLAY,
    )
    if not first:
        return row
    return replace(
        row,
        duration_ms=run.duration_ms,
        api_duration_ms=run.api_duration_ms,
        turns=run.turns,
        tool_uses=run.tool_uses,
        compactions=run.compactions,
        events=run.events,
    )


def _tokens(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS else 0
