"""Turns of the refining agent: what lay there before one, and what is made of what it left.

Idea: before a turn the skill's folder is kept, whole; after it, whichever host looks first compares. What has changed and
is the agent's by its own account is the turn's: undone with it, or put back at once where it was not to be changed, with
a copy in the trash. All else a person has done meanwhile, and it stays. Invariant: a turn's row is on the disk before the
agent has the message, and it is settled once, whoever was killed when.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.agents import table as sessions
from workbench.agents.recorder import Recorder
from workbench.agents.run import Status
from workbench.skills.changes import Site
from workbench.skills.library import Library
from workbench.skills.tree.beneath import blobs
from workbench.skills.tree.folder import Blob
from workbench.skills.versions.goback import IGNORES, is_link
from workbench.skills.versions.repository import Entry, Repository
from workbench.workflows import table as workflow_table
from workbench.workflows.documents.saving import digest
from workbench.workflows.refining import settling as refine_settling
from workbench.workflows.refining import table as refine_table
from workbench.workflows.refining.keep import NOTHING, Keep
from workbench.workflows.refining.message import CONTEXT, Asked
from workbench.workflows.refining.settling import Laying, entry_of
from workbench.workflows.refining.table import TurnRow
from workbench.workflows.refining.traces import Trace, trace
from workbench.workflows.steps.ended import NEVER, standing

_SAVED: Final = re.compile(re.escape(CONTEXT) + r".+\.saved-\d+\.json")
"""What a person had saved and somebody has written over by hand: `saving.kept_as`. It is the last copy."""


@dataclass(frozen=True)
class Turns:
    """The turns of one library's skills. All of it blocks: call it in a thread, with the skill's refining to yourself."""

    library: Library
    recorder: Recorder

    def begin(self, site: Site, name: str, asked: Asked, *, message: str, session: str, run: str) -> TurnRow:
        """Keeps the folder as it lies there and writes the turn's row."""
        folder = site.folder(name)
        if folder.is_symlink():
            raise is_link(folder)
        before = self.keep(site, name).take(blobs(folder))
        turn = TurnRow(
            run, session, 0, self.library.clock.now_ms(), asked.command, message, asked.files, before,
            None, (), None, None, site.repository.head(),
        )  # fmt: skip
        self.library.database.write(lambda connection: refine_table.add_turn(connection, turn))
        return turn

    def settle(self, name: str) -> list[TurnRow]:
        """Settles the turns that are over and returns those that are not."""
        skill = self.library.row(name).id
        left = self.library.database.read(lambda connection: refine_table.unsettled(connection, skill))
        return [turn for turn in left if not self._settle(name, turn)]

    def keep(self, site: Site, name: str) -> Keep:
        return Keep.of(site.scratch, name)

    def _settle(self, name: str, turn: TurnRow) -> bool:
        status = standing(self.library.home, self.library.database, self.recorder, turn.session, turn.run)
        if status is None:
            return False
        if status == NEVER:
            self.library.database.write(lambda connection: refine_table.drop_turn(connection, turn.run))
            return True
        with self.library.alone() as site:
            self._look(site, name, turn, status)
        return True

    def _look(self, site: Site, name: str, turn: TurnRow, status: Status) -> None:
        """Compares the folder with the turn's snapshot, and puts back what was not to be changed."""
        keep, now = self.keep(site, name), blobs(site.folder(name))
        keep.take(now)
        did = trace(self.library.home, turn.session, turn.run, self._worked_in(site, name, turn))
        changed = self._changed(site, name, turn, now, did or Trace(anything=True))
        stray = [
            path
            for path in changed
            if did is not None
            and not _asked(turn).allows(path)
            and keep.has(turn.before.get(path, NOTHING))  # else it cannot be put back, and is a change to decide
        ]
        left = {path: entry_of(now.get(path)) for path in changed if path not in stray}
        laying = Laying(
            lay={path: turn.before.get(path) for path in stray},
            was={path: entry_of(now.get(path)) for path in stray},
            aside=turn.run,
            turn=turn.run,
            after={path: entry for path, entry in {**turn.before, **left}.items() if entry is not None},
            status=status,
        )
        self.library.changes.run(site, refine_settling.KIND, name, laying.facts(), lambda _staging: None)

    def _changed(self, site: Site, name: str, turn: TurnRow, now: Mapping[str, Blob], did: Trace) -> list[str]:
        """The files that the turn has changed. Not those that a person has saved meanwhile; and where anything may be the
        agent's, not what git is told to leave alone, unless what tells it so has been changed as well.
        """
        paths = sorted(turn.before.keys() | now)
        changed = [path for path in paths if turn.before.get(path) != entry_of(now.get(path)) and did.has(path)]
        saved = _saved_since(site.repository, name, turn.head, now)
        saved |= {path for path in changed if _SAVED.fullmatch(path) or self._is_answer(name, path, now.get(path))}
        if not any(path.endswith(IGNORES) for path in changed):
            untold = {f"{name}/{path}": path for path in changed if path not in did.paths}
            known = site.repository.entries(name)
            saved |= {untold[each] for each in site.repository.ignored(untold.keys() - known.keys())}
        return [path for path in changed if path not in saved]

    def _worked_in(self, site: Site, name: str, turn: TurnRow) -> Path:
        """The folder as the agent knew it: the skill may have another name by now."""
        row = self.library.database.read(lambda connection: sessions.get(connection, turn.session))
        return site.folder(name) if row is None or row.cwd is None else Path(row.cwd)

    def _is_answer(self, name: str, path: str, blob: Blob | None) -> bool:
        """Whether a file is a document of the workflow, as a person's last answer has left it."""
        skill = self.library.row(name).id
        known = self.library.database.read(lambda connection: workflow_table.document(connection, skill, path))
        return known is not None and blob is not None and known.after == digest(blob.data)


def _asked(turn: TurnRow) -> Asked:
    """What the turn was asked for, as far as it says what may be changed."""
    return Asked("validate" if turn.command == "validate" else "edit", "", turn.files)


def _saved_since(repository: Repository, name: str, head: str | None, now: Mapping[str, Blob]) -> set[str]:
    """The files that became versions since `head`, and lie there as the last one has them: a person has saved them."""
    before, after = repository.entries(name, head), repository.entries(name)
    length = repository.length()
    lies = {f"{name}/{path}": Entry(blob.mode, blob.sha(length)) for path, blob in now.items()}
    moved = {path for path in before.keys() | after if before.get(path) != after.get(path)}
    return {path[len(name) + 1 :] for path in moved if lies.get(path) == after.get(path)}
