"""Findings that a person has looked at and lets stand, and skills that a person trusts: plain records and their rules.

Idea: both are bound to bytes. A waiver holds for one rule in a file of exactly this digest, trust for a skill of exactly
that one; whatever changes has to be looked at again. The library stores the records; here is only what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from workbench.errors import InvalidRequest

Trusted = Literal["trusted", "untrusted", "changed"]


@dataclass(frozen=True)
class Waiver:
    """That a finding may stand. Times are milliseconds since 1970."""

    rule: str
    digest: str
    """Of the file: `sha256:…`."""
    reason: str
    created: int
    expires: int | None = None

    def holds(self, now: int | None) -> bool:
        return self.expires is None or now is None or now < self.expires

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def waive(finding: Mapping[str, Any], reason: str, *, now: int, expires: int | None = None) -> Waiver:
    """A waiver for a finding of a scan. Raises InvalidRequest without a reason, or where there is nothing to bind it to."""
    if not reason.strip():
        raise InvalidRequest("A waiver needs a reason.", remedy="Say why the finding may stand.")
    if not finding.get("digest"):
        raise InvalidRequest(
            "This finding is about a thing that has no content, so it cannot be waived.",
            remedy=str(finding.get("remedy", "")),
        )
    if expires is not None and expires <= now:
        raise InvalidRequest("The waiver would have expired already.", remedy="Give a time to come, or none.")
    return Waiver(str(finding["rule"]), str(finding["digest"]), reason.strip(), now, expires)


def standing(finding: Mapping[str, Any], waivers: Sequence[Waiver], now: int | None) -> Waiver | None:
    """The waiver under which a finding stands, if there is one."""
    return next((each for each in waivers if _is_for(each, finding) and each.holds(now)), None)


def known_waiver(finding: Mapping[str, Any], waivers: Sequence[Waiver], now: int | None) -> Waiver | None:
    """The waiver under which a finding stands; else the one under which it last stood."""
    ended = (each for each in reversed(waivers) if _is_for(each, finding))
    return standing(finding, waivers, now) or next(ended, None)


def _is_for(waiver: Waiver, finding: Mapping[str, Any]) -> bool:
    return (waiver.rule, waiver.digest) == (finding["rule"], finding["digest"])


@dataclass(frozen=True)
class Trust:
    """That a person has looked at a skill of this digest, and lets it run. `verdict` is what the scan said then."""

    digest: str
    created: int
    verdict: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def trust(digest: str | None, *, now: int, verdict: str = "") -> Trust:
    """Trust in the skill as it is. Raises InvalidRequest where it could not be read as a whole."""
    if not digest:
        raise InvalidRequest(
            "A part of the skill could not be read, so there is nothing to trust.",
            remedy="Make its files readable, then scan it again.",
        )
    return Trust(digest, now, verdict)


def trusted(given: Trust | None, digest: str | None) -> Trusted:
    """Whether the trust that was given holds for the skill as it is now."""
    if given is None:
        return "untrusted"
    return "trusted" if given.digest == digest else "changed"
