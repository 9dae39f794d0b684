"""How often skills have been at work lately, which is how clients rank them where a listing must be cut.

Idea: our ledger counts runs, and transcripts tell of quarters of an hour in which a skill was at work. Either knows what
the other does not, and transcripts tell of our runs too, so the larger number stands. Recordings that are played are
nobody's use of a skill.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import apsw

DAYS: Final = 90
"""What was used longer ago does not count."""

_QUARTER_MS: Final = 15 * 60 * 1000


def of_runs(connection: apsw.Connection, since: int) -> Counter[str]:
    """The runs of each skill in the ledger."""
    found = connection.execute(
        """
        select skill, count(distinct run) from agent_runs
        where skill is not null and started >= ? and reset_marker is null and not replay group by skill
        """,
        (since,),
    )
    return Counter(dict(found))


def of_transcripts(connection: apsw.Connection, since: int) -> Counter[str]:
    """The quarters of an hour in which each skill was at work, in the usage store."""
    found = connection.execute(
        """
        select skill, count(distinct bucket) from roll join dim on dim.id = roll.dim
        where skill is not null and bucket >= ? group by skill
        """,
        (since // _QUARTER_MS,),
    )
    return Counter(dict(found))
