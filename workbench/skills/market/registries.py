"""The marketplaces that a person browses: a list of names and addresses, which are kept in the settings.

Invariant: the built-in one is always there, first; no two have one name, whichever way it is written, or one address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.github.api import no_catalogue
from workbench.skills.intake.imports import Imports, Look
from workbench.skills.sources import address
from workbench.skills.sources.hosts import Bases, Network


@dataclass(frozen=True)
class Registry:
    """A marketplace: a source of skills that has a catalogue."""

    name: str
    url: str
    enabled: bool = True
    builtin: bool = False


BUILTIN: Final = Registry("anthropics/skills", "anthropics/skills", builtin=True)
"""On the GitHub of the settings."""
MOST: Final = 100


def every(kept: Iterable[Registry]) -> list[Registry]:
    """All of them from those that are kept: the built-in one first, then by name."""
    found = list(kept)
    builtin = next((each for each in found if each.name == BUILTIN.name), BUILTIN)
    others = (each for each in found if each.name != BUILTIN.name)
    return [
        replace(BUILTIN, enabled=builtin.enabled),
        *sorted(others, key=lambda each: (each.name.casefold(), each.name)),
    ]


def named(registries: Sequence[Registry], name: str) -> Registry:
    """The one of a name; raises NotFound."""
    found = next((each for each in registries if each.name == name), None)
    if found is None:
        raise NotFound(
            f"There is no marketplace named {name!r}.",
            remedy="List them with: workbench call registries.list.",
            registry=name,
        )
    return found


def origin(registry: Registry, bases: Bases) -> str:
    """Its address in its one form; as it was typed where it is no source, which a try of it says."""
    try:
        return address.parse(registry.url, bases=bases).origin
    except WorkbenchError:
        return registry.url


def joined(registries: Sequence[Registry], new: Registry, bases: Bases) -> list[Registry]:
    """With one more. Raises Refused where its name or its address is there, or there are too many."""
    if len(registries) >= MOST:
        raise Refused(
            "too_many", f"There are {len(registries)} marketplaces, as many as can be.", remedy="Remove one first."
        )
    for each in registries:
        if each.name.casefold() == new.name.casefold():
            raise Refused(
                "exists",
                f"There is a marketplace named {each.name!r} already.",
                remedy="Give this one another name.",
                registry=each.name,
            )
        if origin(each, bases) == origin(new, bases):
            raise Refused(
                "exists", f"{new.url} is there already, as {each.name!r}.", remedy="Browse that.", registry=each.name
            )
    return [*registries, new]


def without(registries: Sequence[Registry], name: str) -> list[Registry]:
    """Without one. Raises Refused for the built-in one."""
    gone = named(registries, name)
    if gone.builtin:
        raise Refused(
            "builtin",
            f"{name!r} is built in and cannot be removed.",
            remedy="Disable it: workbench call registries.enable.",
            registry=name,
        )
    return [each for each in registries if each is not gone]


def switched(registries: Sequence[Registry], name: str, *, enabled: bool) -> list[Registry]:
    """With one of them enabled, or disabled."""
    wanted = named(registries, name)
    return [replace(each, enabled=enabled) if each is wanted else each for each in registries]


def looked_into(
    imports: Imports, url: str, *, work: str | None = None, scans: bool = False, network: Network | None = None
) -> Look:
    """A look into a marketplace. Raises NotFound where there is no catalogue that lists something: never an empty list."""
    try:
        look = imports.look(url, work=work, scans=scans, network=network)
    except Refused as error:
        if error.reason != "no_skills":
            raise
        raise no_catalogue(url, []) from error
    if not any(each.entries for each in look.plan.catalogues):
        imports.forget(look.id)
        raise no_catalogue(look.plan.origin, [])
    return look
