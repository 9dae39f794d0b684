"""The SQL of `workflow_evaluations` and `workflow_gate_log`: what gates said of answers, and what was chosen then."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from workbench.workflows.gate import gate
from workbench.workflows.gate.evaluation import Evaluation, GateChoice
from workbench.workflows.table import changed


@dataclass(frozen=True)
class GateRow:
    """What a person chose at a gate, of answers with this digest."""

    step: str
    answers_digest: str
    verdict: str
    dialog: str
    decision: GateChoice
    at: int


def evaluations(
    connection: apsw.Connection, skill: int, digest: str, since: int = 0
) -> dict[tuple[str, str], Evaluation]:
    """What was said of answers with this digest, by step and who judged: by a model at any time, by counting `since` then."""
    found = connection.execute(
        """
        select step, judged_by, content from workflow_evaluations
        where skill = ? and answers_digest = ? and (judged_by = 'model' or created >= ?)
        """,
        (skill, digest, since),
    )
    return {(step, by): gate.read(content) for step, by, content in found}


def latest_evaluation(connection: apsw.Connection, skill: int, step: str) -> Evaluation | None:
    """What a gate said last, of whichever answers."""
    found = connection.execute(
        """
        select content from workflow_evaluations where skill = ? and step = ?
        order by created desc, judged_by limit 1
        """,
        (skill, step),
    ).fetchone()
    return gate.read(found[0]) if found else None


def put_evaluation(connection: apsw.Connection, skill: int, step: str, found: Evaluation, now: int) -> None:
    """Keeps what a gate said."""
    connection.execute(
        """
        insert or replace into workflow_evaluations (skill, step, answers_digest, judged_by, content, created)
        values (?, ?, ?, ?, ?, ?)
        """,
        (skill, step, found.answers_digest, found.judged_by, found.model_dump_json(), now),
    )
    changed(connection, skill, now)


def log_gate(connection: apsw.Connection, skill: int, row: GateRow) -> None:
    """Keeps what a person chose."""
    connection.execute(
        """
        insert into workflow_gate_log (skill, step, answers_digest, verdict, dialog, decision, at)
        values (?, ?, ?, ?, ?, ?, ?)
        """,
        (skill, row.step, row.answers_digest, row.verdict, row.dialog, row.decision, row.at),
    )
    changed(connection, skill, row.at)


def gate_log(connection: apsw.Connection, skill: int, digest: str | None = None, since: int = 0) -> list[GateRow]:
    """What was chosen since then, of answers with this digest if one is given, the oldest first."""
    found = connection.execute(
        """
        select step, answers_digest, verdict, dialog, decision, at from workflow_gate_log
        where skill = ?1 and (?2 is null or answers_digest = ?2) and at >= ?3 order by id
        """,
        (skill, digest, since),
    )
    return [GateRow(*row) for row in found]
