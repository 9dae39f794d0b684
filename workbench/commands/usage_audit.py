"""The shapes of what can be checked: one cost factor by factor, and what an import did and could not do."""

from __future__ import annotations

from pydantic import Field

from workbench.commands.shapes import Money
from workbench.protocol.screen import Model


class CostFactor(Model):
    """One product of a cost: tokens times their price of a million, or searches times theirs of a thousand."""

    name: str
    tokens: int
    price: Money
    amount: Money


class PriceOf(Model):
    """The price that a sampling was counted by."""

    provider: str
    model: str
    variant: str
    since: str | None = Field(description="The day on which it began; null: as long as is known.")
    known: bool


class SecondOpinion(Model):
    """What another price list says."""

    cost: Money
    difference: Money
    source: str


class SampledAt(Model):
    """The line that told of a sampling."""

    source: str | None
    path: str | None
    off: int


class SamplingCandidate(Model):
    """A row that told of the same message."""

    id: int
    counts: bool
    sidechain: bool
    ts: str
    output_tokens: int
    path: str | None
    off: int


class Explained(Model):
    """Why a sampling costs what it costs."""

    id: int
    ts: str
    counts: bool = Field(description="False: another row of the same response counts instead.")
    kind: str
    message: str
    request: str | None
    session: str | None
    told_in: str | None = Field(description="The session whose transcript told it; a copy's differs from `session`.")
    project: str | None
    skill: str | None
    agent: str | None
    run: str | None
    price: PriceOf
    factors: list[CostFactor] = Field(
        description="Input, output, cache writes and reads, searches; those that are not zero."
    )
    reasoning_tokens: int
    computed: Money
    reported: Money
    difference: Money = Field(description="Reported less computed.")
    second_opinion: SecondOpinion | None
    source: SampledAt
    candidates: list[SamplingCandidate] = Field(description="Those that count, then the others by time.")
    note: str


class Unreadable(Model):
    """A file or folder that could not be read."""

    path: str
    why: str


class Imported(Model):
    """What an import did: each row that it read was taken, a duplicate, or skipped."""

    files: int
    read: int
    taken: int
    duplicate: int
    skipped: int
    unpriced: int
    bytes: int
    seconds: float
    unreadable: list[Unreadable] = Field(description="As they were come upon.")


class SkippedRow(Model):
    """A row that could not be counted."""

    path: str
    line: int | None
    off: int
    why: str


class Reconciled(Model):
    """A run of ours that its vendor's transcript tells, too: what each says. The transcript counts."""

    session: str
    run: str
    model: str
    ledger: Money
    ledger_tokens: int
    transcript: Money
    transcript_tokens: int
    difference: Money
    difference_tokens: int


class ImportReport(Model):
    """What imports came to."""

    report: Imported | None = Field(description="The last import that read anything.")
    skipped: int
    skips: list[SkippedRow] = Field(description="By file and place, at most as many as were asked for.")
    unreadable: list[Unreadable] = Field(description="By path.")
    unpriced: list[str]
    reconciliation: list[Reconciled] = Field(description="The latest run first.")
