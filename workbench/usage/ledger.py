"""A finished run into the ledger: what it used is what the provider's running totals grew by.

Idea: Claude and others count over a whole session, also across resumes, and the count of an interrupted turn is right
in the total alone. So the last totals are kept, and a run used the difference. A total that fell has begun anew, and so
has that of a process which was not asked to resume: then the run used all of it. A process that is killed leaves no
total of its last turns, and the next may count on from an earlier one, or from one that nobody told: `_before` says from
which. What a run's responses used that no total has counted is added to it, at the price lists' prices.

Invariant: `record` inside the commit that finishes the run is the only writer of our own runs, and the sum of a
session's rows is the last total of each stretch, and the responses that are in none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from math import inf
from operator import add, ge, sub
from typing import Any, Final

import apsw

from workbench.usage import table
from workbench.usage.finished import Run
from workbench.usage.responses import Pricing
from workbench.usage.table import Row

PICO: Final = 10**12
"""How many parts of a dollar are counted."""

MAX_TRIED: Final = 4000
MAX_CUT_OFF: Final = 100
"""How many totals are tried for one run, and of how many runs that were cut off: of ever so many, and odd numbers, none
may take the commit's time.
"""

MAX_TOKENS: Final = 10**13
MAX_USD: Final = 10_000
"""Beyond these a provider's number is no count of one session; and sums stay within SQLite's integers."""

REPLAY: Final = "replay"
UNKNOWN: Final = "unknown"
COMPUTED: Final = "computed"
"""The basis of a cost that is by the price lists, from what was told of single responses: a lower bound. With what a
provider told of the run before, its basis stands in front: "list+computed".
"""


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

    def fell(self, before: Counters) -> bool:
        """Whether any number is smaller than `before`."""
        dearer = self.cost is not None and before.cost is not None and self.cost < before.cost
        return dearer or any(now < then for now, then in zip(self.tokens, before.tokens, strict=True))

    def since(self, before: Counters) -> Counters:
        """What was counted since `before`; all of it if any number fell. A cost is known if both are."""
        if self.fell(before):
            return self
        cost = None if self.cost is None or before.cost is None else self.cost - before.cost
        entered, out, read, written = map(sub, self.tokens, before.tokens)
        return Counters(entered, out, read, written, cost, self.basis)

    def plus(self, response: Counters) -> Counters:
        """With a response that was not counted. A cost is known if both are."""
        cost = None if self.cost is None or response.cost is None else self.cost + response.cost
        entered, out, read, written = map(add, self.tokens, response.tokens)
        told = "" if self.nothing or self.basis is None else self.basis.removesuffix(COMPUTED).rstrip("+")
        return Counters(entered, out, read, written, cost, f"{told}+{COMPUTED}" if told else COMPUTED)


Totals = Mapping[str, Counters]
"""What was counted, by model."""


def record(connection: apsw.Connection, run: Run) -> None:
    """Writes a run's rows, one a model that it used, inside the caller's transaction. Again is the same again."""
    counted = {model: Counters.parse(usage) for model, usage in run.usage.items()}
    used = _used(connection, run, counted) if run.cumulative else counted
    used = {model: counters for model, counters in used.items() if not counters.nothing}
    _add_responses(connection, run, used)
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
    kept = {model: Counters(**counters) for model, counters in table.baselines(connection, run.session).items()}
    before = _before(connection, run, counted, kept)
    for model, counters in counted.items():
        table.put_baseline(connection, run.session, model, asdict(counters))
    return {model: counters.since(before.get(model, Counters())) for model, counters in counted.items()}


def _before(connection: apsw.Connection, run: Run, counted: Mapping[str, Counters], kept: Totals) -> Totals:
    """The totals from which the provider counted on: of those that are possible the largest that leaves room for what the
    run's responses came to.

    A provider goes on from what it has put down, which it does at an end in order and at no other. Nobody sees whether it
    did, so any total since the last run that was cut off may be it; and so may any with runs that were cut off after it,
    for who puts a total down puts down all that it has counted. How such a run ended does not tell: for us it is the same
    whether the provider's process was killed or was told by another to end; and where all around it was killed, it may
    have come to its end by itself, and have used more until then.

    But the run's own responses were told one by one, and it has used no less. What is larger than the total that was put
    down leaves too little room for them; what is smaller has the run pay for others a second time. So it is the largest
    that fits. That is too large only where nobody was told of so much, of a summary or the like, that a run that was cut
    off finds room in it, with each kind of its tokens.
    """
    told = Counters.parse(run.told).tokens
    if run.fresh or not any(told):
        return kept
    search = _Search(counted, told)
    search.through(kept, ())
    for totals, cut_off in _possible(connection, run, kept) if search.least else ():
        if not cut_off and search.best:
            break  # earlier totals are smaller ones
        search.through(totals, cut_off)
    return search.best


@dataclass
class _Search:
    """Looks for the largest totals that leave room for what was told."""

    counted: Mapping[str, Counters]
    told: tuple[int, int, int, int]
    best: Totals = field(default_factory=dict)
    least: float = inf
    """How many tokens the best leave beyond what was told."""
    tried: int = 0

    def through(self, totals: Totals, cut_off: Sequence[Totals]) -> None:
        """Tries these totals, and with them any of the runs that were cut off."""
        room = self.room(totals)
        if room is None or not self.least or self.tried >= MAX_TRIED:
            return  # the more is in it, the less room it leaves
        self.tried += 1
        if room < self.least:
            self.best, self.least = totals, room
        for place, each in enumerate(cut_off):
            self.through(self.within(totals, each), cut_off[place + 1 :])

    def room(self, before: Totals) -> int | None:
        """How many tokens are left beyond what was told; None if less than that is."""
        pairs = [(now, before.get(model, Counters())) for model, now in self.counted.items()]
        if any(now.fell(then) for now, then in pairs):
            return None
        grown = [sum(now.tokens[place] - then.tokens[place] for now, then in pairs) for place in range(len(self.told))]
        return sum(grown) - sum(self.told) if all(map(ge, grown, self.told)) else None

    def within(self, totals: Totals, used: Totals) -> Totals:
        """The totals with a run in them. Its cost is our own reckoning: where a provider takes less, it took that."""
        both = {model: totals.get(model, Counters()).plus(more) for model, more in used.items()}
        for model, then in both.items():
            most = self.counted[model].cost if model in self.counted else None
            if then.cost is not None and most is not None:
                both[model] = replace(then, cost=min(then.cost, most))
        return {**totals, **both}


def _possible(connection: apsw.Connection, run: Run, kept: Totals) -> Iterator[tuple[Totals, list[Totals]]]:
    """The totals that may have been put down, the latest first, each with the runs after it that were cut off, as far as
    they follow from the rows. What the run behind one that was cut off began with was put down: nothing before it counts.
    """
    totals, cut_off, counted = kept, list[Totals](), False
    for models in table.before(connection, run.session, run.run, run.started):
        used = {model: replace(Counters(*counts), basis=basis) for model, basis, *counts in models}
        used = {model: counters for model, counters in used.items() if not counters.nothing}
        if any((counters.basis or "").endswith(COMPUTED) for counters in used.values()):
            if counted or any(counters.basis != COMPUTED for counters in used.values()):
                break
            cut_off = [*cut_off, used][:MAX_CUT_OFF]
        elif used:
            yield totals, cut_off
            if any(totals.get(model, Counters()).fell(counters) for model, counters in used.items()):
                totals = {}
                break
            totals = {**totals, **{model: totals[model].since(counters) for model, counters in used.items()}}
            counted = True
    yield totals, cut_off


def _add_responses(connection: apsw.Connection, run: Run, used: dict[str, Counters]) -> None:
    """What the run's responses used that no total has counted."""
    if not run.responses:
        return
    pricing = Pricing(connection, run.provider, run.started)
    for response in run.responses:
        for model, usage in response.items():
            counters = Counters.parse(usage)
            cost = pricing.cost(model, counters.tokens, usage)
            used[model] = used.get(model, Counters()).plus(replace(counters, cost=cost))


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
        purpose=run.purpose,
        counted_in=run.counted_in,
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
