"""What lies in a skill's folder and is no part of the skill: what one that is built here is made from.

Invariant: it is in git like all of the folder, and in nothing that others see of the skill: no package, install, lint,
budget, scan or digest.
"""

from __future__ import annotations


def working_of(source: str) -> frozenset[str]:
    """The names of these folders, in a skill of that source. What came from elsewhere is all of it a skill."""
    return frozenset({"context"}) if source == "skill-builder" else frozenset()
