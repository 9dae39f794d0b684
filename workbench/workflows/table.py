"""The SQL of a skill's run: how its steps stand, what they made, its documents and answers. Of gates: `gate.table`.

Everything hangs on the skill's id, so a rename takes it along and a delete takes it away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import apsw

from workbench.workflows.state import RunRow, StepRow

_STEP: Final = (
    "step, status, skipped, session, run, attempt, error, waiting, inputs_digest, started, ended, notice, notes"
)


@dataclass(frozen=True)
class DocumentRow:
    """A document as it was saved: in the file it is when that has the digest `after`, not yet when it has `before`."""

    path: str
    content: str
    rev: int
    before: str | None
    after: str


@dataclass(frozen=True)
class ArtifactRow:
    """A file that a step made, as it was then."""

    step: int
    path: str
    content: str
    size: int
    note: str = ""


# -- runs and steps ---------------------------------------------------------------------------------------------------


def run_of(connection: apsw.Connection, skill: int) -> RunRow | None:
    """How far a skill has come, with its steps."""
    found = connection.execute(
        """
        select workflow, definition, definition_digest, example, current_step, status, rev from workflow_runs
        where skill = ?
        """,
        (skill,),
    ).fetchone()
    if found is None:
        return None
    steps = connection.execute(f"select {_STEP} from workflow_steps where skill = ? order by step", (skill,))  # noqa: S608 - our own columns
    workflow, definition, digest, example, current, status, rev = found
    rows = {row[0]: _step(row) for row in steps}
    return RunRow(skill, workflow, definition, digest, example, current, status, rev, rows)


def is_built(connection: apsw.Connection, name: str) -> bool:
    """Whether an agent was ever sent to work on a step of a skill."""
    found = connection.execute(
        """
        select 1 from workflow_steps join workflow_runs using (skill) join skills on skills.id = skill
        where name = ? and deleted is null and run is not null limit 1
        """,
        (name,),
    )
    return found.fetchone() is not None


def running(connection: apsw.Connection) -> list[int]:
    """The skills of which a step awaits the end of a turn."""
    found = connection.execute(
        """
        select distinct skill from workflow_steps join workflow_runs using (skill) join skills on skills.id = skill
        where workflow_steps.status = 'in_progress' and error is null and deleted is null order by skill
        """
    )
    return [row[0] for row in found]


def pin(connection: apsw.Connection, skill: int, definition: str, digest: str, now: int) -> None:
    """The text of the definition that a run goes by from now on."""
    connection.execute(
        "update workflow_runs set definition = ?, definition_digest = ?, updated = ?, rev = rev + 1 where skill = ?",
        (definition, digest, now, skill),
    )


def move(connection: apsw.Connection, skill: int, current: int, status: str, now: int) -> None:
    """Where the run stands now."""
    connection.execute(
        "update workflow_runs set current_step = ?, status = ?, updated = ?, rev = rev + 1 where skill = ?",
        (current, status, now, skill),
    )


def changed(connection: apsw.Connection, skill: int, now: int) -> None:
    """Something that a page shows of the run has changed."""
    connection.execute("update workflow_runs set rev = rev + 1, updated = ? where skill = ?", (now, skill))


def put_step(connection: apsw.Connection, skill: int, row: StepRow, now: int) -> None:
    """How a step stands now."""
    connection.execute(
        f"""
        insert into workflow_steps (skill, {_STEP}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (skill, step) do update set status = excluded.status, skipped = excluded.skipped,
            session = excluded.session, run = excluded.run, attempt = excluded.attempt, error = excluded.error,
            waiting = excluded.waiting, inputs_digest = excluded.inputs_digest, started = excluded.started,
            ended = excluded.ended, notice = excluded.notice, notes = excluded.notes
        """,  # noqa: S608 - our own columns
        (
            skill,
            row.number,
            row.status,
            row.skipped,
            row.session,
            row.run,
            row.attempt,
            json.dumps(row.error) if row.error is not None else None,
            row.waiting,
            row.inputs_digest,
            row.started,
            row.ended,
            row.notice,
            json.dumps(row.notes),
        ),
    )
    changed(connection, skill, now)


def drop_steps(connection: apsw.Connection, skill: int, first: int) -> None:
    """Steps from this one on are as if they had never been."""
    for table in ("workflow_steps", "workflow_artifacts"):
        connection.execute(f"delete from {table} where skill = ? and step >= ?", (skill, first))  # noqa: S608 - our own tables


def leave(connection: apsw.Connection, skill: int) -> None:
    """The skill is built by no workflow any more. What its agents have cost stays in the ledger."""
    for table in (
        *("workflow_runs", "workflow_steps", "workflow_artifacts", "workflow_documents", "workflow_answers"),
        *("workflow_evaluations", "workflow_gate_log", "workflow_judges"),
    ):
        connection.execute(f"delete from {table} where skill = ?", (skill,))  # noqa: S608 - our own tables


def _step(row: tuple[Any, ...]) -> StepRow:
    number, status, skipped, session, run, attempt, error, waiting, digest, started, ended, notice, notes = row
    return StepRow(
        number,
        status,
        bool(skipped),
        session,
        run,
        attempt,
        json.loads(error) if error is not None else None,
        waiting,
        digest,
        started,
        ended,
        notice,
        tuple(json.loads(notes)),
    )


# -- what steps made --------------------------------------------------------------------------------------------------


def artifacts(connection: apsw.Connection, skill: int) -> list[ArtifactRow]:
    """What steps made, by step and path."""
    found = connection.execute(
        "select step, path, content, size, note from workflow_artifacts where skill = ? order by step, path", (skill,)
    )
    return [ArtifactRow(*row) for row in found]


def put_artifacts(connection: apsw.Connection, skill: int, made: Iterable[ArtifactRow], now: int) -> None:
    """What a step has made, in the place of what it made before under the same names."""
    connection.executemany(
        """
        insert or replace into workflow_artifacts (skill, step, path, content, size, note, created)
        values (?, ?, ?, ?, ?, ?, ?)
        """,
        [(skill, each.step, each.path, each.content, each.size, each.note, now) for each in made],
    )


# -- documents and answers --------------------------------------------------------------------------------------------


def document(connection: apsw.Connection, skill: int, path: str) -> DocumentRow | None:
    """A document as it was last saved."""
    found = connection.execute(
        "select path, content, rev, before, after from workflow_documents where skill = ? and path = ?", (skill, path)
    ).fetchone()
    return DocumentRow(*found) if found else None


def put_document(connection: apsw.Connection, skill: int, row: DocumentRow, now: int) -> None:
    """Saves a document, before its file is written."""
    connection.execute(
        """
        insert or replace into workflow_documents (skill, path, content, rev, before, after, updated)
        values (?, ?, ?, ?, ?, ?, ?)
        """,
        (skill, row.path, row.content, row.rev, row.before, row.after, now),
    )
    changed(connection, skill, now)


def landed(connection: apsw.Connection, skill: int, path: str, after: str) -> None:
    """The file has what was saved: if it is gone later, somebody took it away."""
    connection.execute(
        "update workflow_documents set before = after where skill = ? and path = ? and after = ?", (skill, path, after)
    )


def drop_documents(connection: apsw.Connection, skill: int, paths: Iterable[str]) -> None:
    """Documents that went to the trash."""
    connection.executemany(
        "delete from workflow_documents where skill = ? and path = ?", [(skill, path) for path in paths]
    )


def revs(connection: apsw.Connection, skill: int) -> dict[str, int]:
    """How often each answer or decision was saved."""
    found = connection.execute("select item, rev from workflow_answers where skill = ? order by item", (skill,))
    return dict(found)


def last_edit(connection: apsw.Connection, skill: int, item: str) -> tuple[int, str]:
    """How often an answer was saved, and by which edit last."""
    found = connection.execute(
        "select rev, edit from workflow_answers where skill = ? and item = ?", (skill, item)
    ).fetchone()
    return (found[0], found[1]) if found else (0, "")


def edited(connection: apsw.Connection, skill: int, items: Iterable[str], edit: str) -> None:
    """Answers or decisions were saved once more, by this edit."""
    connection.executemany(
        """
        insert into workflow_answers (skill, item, rev, edit) values (?, ?, 1, ?)
        on conflict (skill, item) do update set rev = rev + 1, edit = excluded.edit
        """,
        [(skill, item, edit) for item in items],
    )


def taken(connection: apsw.Connection, skill: int, items: Iterable[str]) -> None:
    """Ids that were given, and are not to be given again."""
    connection.executemany(
        "insert into workflow_answers (skill, item, rev, edit) values (?, ?, 0, '') on conflict (skill, item) do nothing",
        [(skill, item) for item in items],
    )
