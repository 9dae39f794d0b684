"""What each room is handed when it is opened.

Idea: rooms of one floor never import each other; what one needs of another it is given here as a callable
(`Recorder(record_run=ledger.record)`, `Pool(provide=...)`, `Library(follow=...)`). Invariant: nothing here keeps what it
makes and nothing is loaded before it is asked for: how long a room is open is the business of `app`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from workbench import settings as stored
from workbench.errors import WorkbenchError
from workbench.secrets import GITHUB_TOKEN
from workbench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    import apsw

    from workbench.agents.pool import Pool
    from workbench.agents.process import Timers
    from workbench.agents.recorder import Recorder
    from workbench.app import Workbench
    from workbench.skills.changes import Outcome, Settle, Site
    from workbench.skills.intake.imports import Imports
    from workbench.skills.library import Library
    from workbench.skills.sources.hosts import Network
    from workbench.skills.table import Intent
    from workbench.usage.refresher import Refresher
    from workbench.usage.store import Store
    from workbench.workflows.engine import Engine
    from workbench.workflows.refining.refine import Refining


def pool(bench: Workbench) -> Pool:
    """The agents. A home that cannot be read is said here, to who asked for them."""
    from workbench.agents.pool import Pool
    from workbench.agents.process import Timers

    def timers() -> Timers:
        return Timers(idle_s=bench.settings.idle_minutes * 60)

    timers()
    return Pool(bench.home, bench.database, bench.recorder, bench.provide, clock=bench.clock, timers=timers)


def upkeep(bench: Workbench, pool: Pool) -> Future[None]:
    """What is done for all sessions, with the settings as they stand at the time; over when what others left is settled."""
    from workbench.agents import upkeep

    def days() -> float:
        return bench.settings.prune_days

    settling = pool.submit(upkeep.settle(pool, days))
    pool.submit(upkeep.prune_daily(pool, days))
    return settling


def recorder(bench: Workbench) -> Recorder:
    """Transcripts into the database, each run priced by the ledger in the same transaction."""
    from workbench.agents.recorder import Recorder
    from workbench.usage import ledger

    return Recorder(bench.database, bench.home, ledger.record)


def refresher(bench: Workbench, store: Store) -> Refresher:
    """Imports of transcripts, with the options that stand when one starts."""
    from workbench.usage import configuration
    from workbench.usage.refresher import Refresher

    return Refresher(store, lambda: configuration.options(bench.home, roots=bench.usage_roots))


def library(bench: Workbench) -> Library:
    """The skills, in the folder that is chosen at the time."""
    from workbench.skills.library import Library

    made = Library(bench.database, bench.home, bench.clock, bench.skills_path, follow=_follow, choose=_choose)
    # What a killed host has left is settled by any other, whether that has anything to do with workflows or not.
    rooms = {"step": "steps.settling", "reset": "steps.resetting", "refine": "refining.settling"}
    made.changes.kinds |= {kind: _settled_by(module) for kind, module in rooms.items()}

    def live() -> set[str]:
        return bench.engine.live()  # it stands on the library, so it is asked for when it is needed

    made.live = live
    return made


def _settled_by(module: str) -> Settle:
    """The `settled` of a room that is loaded when there is something to settle."""

    def settled(site: Site, intent: Intent) -> Outcome:
        made: Outcome = importlib.import_module(f"workbench.workflows.{module}").settled(site, intent)
        return made

    return settled


def imports(bench: Workbench, library: Library) -> Imports:
    """Skills that come from elsewhere, over the network as the settings say at the time."""
    from workbench.skills.intake.imports import Imports

    return Imports(library, bench.network)


def engine(bench: Workbench, library: Library) -> Engine:
    """The workflows, with the settings as they stand when a turn is made."""
    from workbench.workflows.engine import Engine

    return Engine(library, bench.recorder, lambda: bench.pool, lambda: bench.settings)


def refining(bench: Workbench) -> Refining:
    """The refining of skills."""
    from workbench.workflows.refining.refine import Refining

    return Refining(bench.library, bench.recorder, lambda: bench.pool)


def network(bench: Workbench) -> Network:
    """How sources are reached; what a person has typed into the settings may lie within the house."""
    from workbench.skills.sources.hosts import Bases, Network

    settings = bench.settings
    typed = tuple(each.source_url for each in settings.marketplace_registries if "://" in each.source_url)
    token = bench.secrets.values((GITHUB_TOKEN,)).get(GITHUB_TOKEN)
    return Network(Bases(settings.github_url, settings.github_api, typed), github_token=token)


def skill_uses(bench: Workbench) -> Mapping[str, int]:
    """How often each skill was at work lately, by the ledger and by the transcripts that were imported."""
    from workbench.usage import uses

    since = bench.clock.now_ms() - uses.DAYS * 24 * 3600 * 1000
    ours = bench.database.read(lambda connection: uses.of_runs(connection, since))
    try:
        return ours | bench.store.read(lambda connection: uses.of_transcripts(connection, since))
    except WorkbenchError:
        return ours  # a usage report says what is wrong, with its remedy


def _follow(connection: apsw.Connection, old: str, new: str) -> None:
    """A skill has another name: so have the sessions and runs that were made for it, and where it is installed."""
    from workbench.agents import table as sessions
    from workbench.skills.handout import installs_table as installs
    from workbench.usage import table as runs

    sessions.rename_skill(connection, old, new)
    runs.rename_skill(connection, old, new)
    installs.rename_skill(connection, old, new)


def _choose(connection: apsw.Connection, skills_path: str | None) -> None:
    """The skills have moved to another folder."""
    stored.save(connection, Settings(skills_path=skills_path))
