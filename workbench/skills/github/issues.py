"""Issues: one is made in the name of who is signed in, with as many of its labels as the repository lets them have.

Invariant: nothing is sent without a token, and an issue is sent once; a label is never a reason to lose an issue.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from urllib.parse import quote_plus, urlencode

from pydantic import BaseModel, ConfigDict

from workbench.errors import Refused, WorkbenchError
from workbench.skills.github.api import Api, odd_answer, shaped
from workbench.skills.sources.hosts import on_the_web

_LABEL: Final = 50
"""So long a label of GitHub's may be."""
LONGEST: Final = 6_000
"""An address that is longer is refused by servers and proxies on the way."""
_CUT: Final = "…"


class _Label(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str


class _Issue(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    number: int
    html_url: str
    labels: list[_Label] = []


@dataclass(frozen=True)
class Created:
    """An issue that is there, and the labels that it could not have."""

    number: int
    url: str
    missing: tuple[str, ...]


def create(api: Api, repository: str, title: str, body: str, labels: Sequence[str]) -> Created:
    """Makes an issue. Raises Refused (`sign_in`) without a token, else what GitHub has against it."""
    if api.asker.token_from is None:
        raise Refused(
            "sign_in", "An issue is made in your name, and you are not signed in.", remedy="Sign in to GitHub first."
        )
    wanted = list(dict.fromkeys(name for each in labels if (name := each.strip()[:_LABEL])))
    for name in wanted:
        try:
            api.posted(f"/repos/{repository}/labels", {"name": name})
        except WorkbenchError:
            pass  # it is there, or it is not for us to make: the issue's own answer tells
    said = api.posted(f"/repos/{repository}/issues", {"title": title, "body": body, "labels": wanted})
    made = shaped(_Issue, said, api.base)
    if not on_the_web(made.html_url):
        raise odd_answer(api.base)
    has = {label.name.casefold() for label in made.labels}
    return Created(made.number, made.html_url, tuple(name for name in wanted if name.casefold() not in has))


def page(github: str, repository: str, title: str, body: str) -> tuple[str, bool]:
    """The page on which a person can make the same issue by hand, and whether its text is cut: an address has its length."""
    address = f"{github.rstrip('/')}/{repository}/issues/new?{urlencode({'title': title})}&body="
    said, cut = _fitting(body, LONGEST - len(address))
    return address + said, cut


def _fitting(text: str, room: int) -> tuple[str, bool]:
    """As much of a text, encoded, as there is room for. A letter takes up to twelve characters, and is not torn apart."""
    whole = quote_plus(text)
    if len(whole) <= room:
        return whole, False
    mark = quote_plus(_CUT)
    ends = list(accumulate(len(quote_plus(letter)) for letter in text[:room]))
    return quote_plus(text[: bisect_right(ends, room - len(mark))]) + mark, True
