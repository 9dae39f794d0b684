"""What a person makes of the agent's changes: accepted, rejected, or a whole turn undone.

Invariant: a verdict falls between turns, on what was seen; it is done whole or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.errors import Refused
from workbench.skills.changes import Outcome, Site
from workbench.skills.tree.beneath import blobs
from workbench.workflows.refining import changes as refine_changes
from workbench.workflows.refining import settling as refine_settling
from workbench.workflows.refining.desk import Desk
from workbench.workflows.refining.keep import Keep
from workbench.workflows.refining.settling import Laying
from workbench.workflows.refining.table import TurnRow


class Verdicts(Desk):
    """See the module."""

    async def decide(
        self,
        name: str,
        *,
        accept: bool,
        path: str | None = None,
        hunks: tuple[str, ...] = (),
        digest: str | None = None,
        instance: str | None = None,
    ) -> str | None:
        """Accepts or rejects all changes, a file's, or some hunks of one; the version that an acceptance made."""

        def work(site: Site) -> Outcome:
            found = self._changes(site.repository, name, self._turns(self.library.row(name).id))
            chosen = refine_changes.chosen(found, path, hunks, digest)
            if not chosen:
                return Outcome()
            keep = Keep.of(site.scratch, name)
            if accept:
                return self._do(site, name, refine_changes.accepted(keep, name, chosen, hunks))
            return self._do(site, name, refine_changes.rejected(keep, chosen, hunks, self.library.clock.new_id()))

        return (await self._between_turns(name, instance, work)).commit

    async def undo(
        self, name: str, run: str | None = None, *, instance: str | None = None
    ) -> tuple[str, list[str], list[str]]:
        """Takes back what one turn changed: its run, the files that are as they were, and those that stay."""
        told: list[tuple[str, list[str], list[str]]] = []

        def work(site: Site) -> Outcome:
            turn = self._undoable(name, run)
            laying, kept = refine_changes.undone(Keep.of(site.scratch, name), turn, blobs(site.folder(name)))
            outcome = self._do(site, name, laying)
            told.append((turn.run, sorted(laying.lay), kept))
            return outcome

        await self._between_turns(name, instance, work)
        return told[0]

    async def _between_turns(self, name: str, instance: str | None, work: Callable[[Site], Outcome]) -> Outcome:
        def there() -> Outcome:
            with self.library.alone() as site:
                self.library.check_mine(name, instance)
                site.check_settled(name)
                return work(site)

        async with self.alone(name):
            if await asyncio.to_thread(self.turns.settle, name):
                raise busy(name)
            return await asyncio.to_thread(there)

    def _do(self, site: Site, name: str, laying: Laying) -> Outcome:
        return self.library.changes.run(site, refine_settling.KIND, name, laying.facts(), lambda _staging: None)

    def _undoable(self, name: str, run: str | None) -> TurnRow:
        look = self._look(name)
        wanted = run or look.undoable
        turn = next((turn for turn in look.turns if turn.run == wanted), None)
        if turn is None or turn.undone is not None:
            said_ = "There is no turn to undo." if run is None else f"The turn {run[:80]} cannot be undone any more."
            raise Refused(
                "nothing_to_undo", said_, remedy=f"See older versions: workbench skills history {name}.", skill=name
            )
        return turn


def busy(name: str) -> Refused:
    """What is said to whoever comes while a turn runs."""
    return Refused("busy", f"The agent is at work on {name!r}.", remedy="Wait for it, or stop it.", skill=name)
