"""The schema as a list of steps that is only ever added to.

Idea: a new database and an old one take the same path, so there is one schema, printed to `schema.sql` for people to
read and for a test to compare. Invariant: a step, the record of it and the new `user_version` are one transaction; a
step that has been applied anywhere is never changed, and its checksum says if it was.

    python -m workbench.storage.migrations > workbench/storage/schema.sql
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from workbench.clock import SystemClock
from workbench.errors import DatabaseNewer, DatabaseUnusable

APPLICATION_ID: Final = 0x57424348
"""`WBCH`, in the file's header: how a Workbench database is told from any other."""


@dataclass(frozen=True)
class Migration:
    """One step of the schema. `sql` may hold several statements."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(
        "sessions, their messages, the runs they made and what those cost",
        """
        create table sessions (
            id text primary key,
            provider text not null,
            model text,
            title text,
            cwd text,
            skill text,
            step text,
            workflow text,
            created integer not null,           -- milliseconds since 1970, as every time here
            updated integer not null,
            state text not null default 'created' check (state in ('created', 'live', 'busy', 'ended', 'lost')),
            provider_session text,              -- the provider's own id, to resume with
            offset integer not null default 0,  -- up to here the transcript has been folded
            seq integer not null default 0,
            open_runs text not null default '[]',
            fold text,                          -- the fold's state at that offset
            bad integer not null default 0,     -- records and lines that could not be understood
            pruned integer not null default 0   -- the transcript is gone, these rows stay
        ) strict;

        create index sessions_by_update on sessions (updated desc);

        create table session_messages (
            session text not null references sessions (id) on delete cascade,
            seq integer not null,               -- of the record that began the message
            run text,
            role text not null,
            kind text not null,
            content text not null,
            t integer not null,
            primary key (session, seq)
        ) strict, without rowid;

        create table agent_runs (
            run text not null,
            model text not null,
            session text not null,              -- no reference: a recorded run may have no session here
            provider text not null,
            skill text,
            step text,
            workflow text,
            status text not null check (status in ('completed', 'aborted', 'error', 'interrupted')),
            reason text,
            started integer not null,
            ended integer not null,
            input_tokens integer not null,
            output_tokens integer not null,
            cache_read_tokens integer not null,
            cache_creation_tokens integer not null,
            cost integer,                       -- 1e-12 USD; null when the price is not known
            cost_basis text,
            duration_ms integer,                -- this and what follows is on a run's first model alone
            api_duration_ms integer,
            turns integer,
            tool_uses integer,
            compactions integer,
            stop_reason text,
            events integer,
            replay integer not null default 0,
            source text not null check (source in ('ledger', 'recorded')),
            reset_marker text,                  -- set: hidden from reports
            primary key (run, model)
        ) strict, without rowid;

        create index agent_runs_by_session on agent_runs (session, started);
        create index agent_runs_by_start on agent_runs (started desc) where reset_marker is null;

        create table usage_baseline (
            session text not null,
            model text not null,
            counters text not null,             -- what the provider had counted when the last run ended
            primary key (session, model)
        ) strict, without rowid;

        create table settings (
            key text primary key,
            value text not null
        ) strict, without rowid;
        """,
    ),
    Migration(
        "skills, their tags, locks and workflows; what is being done to them; what was found at the start",
        """
        create table skills (
            id integer primary key,
            name text not null,                 -- the folder's
            skill_source text not null check (skill_source in ('skill-builder', 'marketplace', 'imported')),
            purpose text,
            created integer not null,
            updated integer not null,
            trusted text,                       -- the digest that a person has trusted
            deleted integer,                    -- set: it was taken out of the library then
            trash text                          -- where it lies, below .trash
        ) strict;

        create unique index skills_by_name on skills (name) where deleted is null;

        create table skill_tags (
            skill integer not null references skills (id) on delete cascade,
            tag text not null,                  -- in lower case
            primary key (skill, tag)
        ) strict, without rowid;

        create table skill_locks (
            skill integer primary key references skills (id) on delete cascade,
            instance text not null,             -- who edits it: a host, or one page of it
            pid integer not null,
            born integer not null,              -- when that process was started, which tells it from a later one
            acquired integer not null
        ) strict;

        create table skill_index (              -- derived: what SKILL.md said when it had this signature
            skill integer primary key references skills (id) on delete cascade,
            signature text not null,
            description text,
            valid integer not null,
            written integer not null            -- it has more than a heading
        ) strict;

        create table skill_intents (            -- what is being done; one that is left was done by a process that died
            id text primary key,
            kind text not null,
            name text not null,
            root text not null,
            facts text not null,
            begun integer not null
        ) strict;

        create table imported_skills (
            skill integer primary key references skills (id) on delete cascade,
            version text,
            origin text,                        -- where it came from, as given
            commit_id text,
            digest text                         -- as it came: a folder with another one was changed here
        ) strict;

        create table workspace_skills (         -- the other registry: skills of the agents themselves
            name text primary key,
            description text,
            purpose text not null default 'general-purpose',
            version text,
            origin text,
            digest text,
            active integer not null default 1,
            bundled integer not null default 0,
            created integer not null,
            updated integer not null
        ) strict;

        create table workflow_runs (
            skill integer primary key references skills (id) on delete cascade,
            current_step integer not null default 0,
            status text not null default 'pending'
                check (status in ('pending', 'in_progress', 'waiting_for_user', 'completed', 'error')),
            created integer not null,
            updated integer not null
        ) strict;

        create table workflow_steps (
            skill integer not null references skills (id) on delete cascade,
            step integer not null,
            status text not null
                check (status in ('pending', 'in_progress', 'waiting_for_user', 'completed', 'error')),
            started integer,
            ended integer,
            primary key (skill, step)
        ) strict, without rowid;

        create table workflow_artifacts (
            skill integer not null references skills (id) on delete cascade,
            step integer not null,
            path text not null,
            content text not null,
            size integer not null,
            created integer not null,
            primary key (skill, step, path)
        ) strict, without rowid;

        create table workflow_sessions (
            id text primary key,
            skill integer not null references skills (id) on delete cascade,
            pid integer not null,
            born integer not null,
            started integer not null,
            ended integer,
            reset_marker text
        ) strict;

        create table reconciliation_events (
            id integer primary key,
            at integer not null,
            kind text not null check (kind in ('preview', 'apply', 'cancel', 'resolve')),
            details text not null
        ) strict;
        """,
    ),
    Migration(
        "the provider's own session of each run: its transcript tells of the run too",
        "alter table agent_runs add column provider_session text",
    ),
    Migration(
        "what a person has decided about the safety of skills, their last scans, and more of what SKILL.md files say",
        """
        drop table skill_index;

        create table skill_index (              -- derived: what SKILL.md said when it had this signature
            skill integer primary key references skills (id) on delete cascade,
            signature text not null,
            description text,
            valid integer not null,
            written integer not null,           -- it has more than a heading
            badge text,                         -- where it loads, as JSON; null: it was not read
            when_to_use text not null default '',
            hidden integer not null default 0,  -- it says that no listing shall show it
            listing_tokens integer not null default 0,
            body_tokens integer not null default 0
        ) strict;

        alter table skills drop column trusted;

        create table skill_trust (              -- a person lets a skill of exactly this digest run
            skill integer primary key references skills (id) on delete cascade,
            digest text not null,
            verdict text not null,              -- what the scan said of it then
            created integer not null,
            signature text not null,            -- when its files had this one,
            seen text not null                  -- this was its digest
        ) strict;

        create table skill_waivers (            -- a finding that a person lets stand
            skill integer not null references skills (id) on delete cascade,
            rule text not null,
            digest text not null,               -- of the file
            reason text not null,
            created integer not null,
            expires integer,
            primary key (skill, rule, digest)
        ) strict, without rowid;

        create table skill_scans (              -- the last scan, and the one of the version before
            skill integer primary key references skills (id) on delete cascade,
            at integer not null,
            digest text,                        -- null: a part could not be read
            signature text not null,
            verdict text not null,
            findings text not null,             -- all of them, waived or not
            before_at integer,
            before text
        ) strict;
        """,
    ),
    Migration(
        "what a skill was at its source, and where skills were put for clients to find",
        """
        alter table imported_skills add column source_digest text;  -- there, before it was repaired on the way in

        create table skill_installs (
            path text not null,                 -- of the folder or link
            client text not null,               -- several may look into the same folder
            skill text not null,                -- its name; the library may have lost it since
            scope text not null check (scope in ('project', 'user')),
            project text,                       -- the project's folder
            method text not null check (method in ('copy', 'link')),
            digest text not null,               -- of what was put there
            made text not null,                 -- the folders that were made for it, as JSON, the outermost first
            state text not null check (state in ('coming', 'there', 'going')),
            installed integer not null,
            primary key (path, client)
        ) strict, without rowid;
        """,
    ),
    Migration(
        "how often what a list of skills shows has changed, whoever changed it",
        """
        create table skill_changes (
            id integer primary key check (id = 1),
            version integer not null
        ) strict;

        insert into skill_changes values (1, 0);

        create trigger skills_inserted after insert on skills
            begin update skill_changes set version = version + 1; end;
        create trigger skills_updated after update on skills
            begin update skill_changes set version = version + 1; end;
        create trigger skills_deleted after delete on skills
            begin update skill_changes set version = version + 1; end;
        create trigger skill_tags_inserted after insert on skill_tags
            begin update skill_changes set version = version + 1; end;
        create trigger skill_tags_deleted after delete on skill_tags
            begin update skill_changes set version = version + 1; end;
        create trigger skill_locks_inserted after insert on skill_locks
            begin update skill_changes set version = version + 1; end;
        create trigger skill_locks_updated after update on skill_locks
            begin update skill_changes set version = version + 1; end;
        create trigger skill_locks_deleted after delete on skill_locks
            begin update skill_changes set version = version + 1; end;
        create trigger skill_trust_inserted after insert on skill_trust
            begin update skill_changes set version = version + 1; end;
        create trigger skill_trust_updated after update on skill_trust
            begin update skill_changes set version = version + 1; end;
        create trigger skill_trust_deleted after delete on skill_trust
            begin update skill_changes set version = version + 1; end;
        create trigger skill_waivers_inserted after insert on skill_waivers
            begin update skill_changes set version = version + 1; end;
        create trigger skill_waivers_updated after update on skill_waivers
            begin update skill_changes set version = version + 1; end;
        create trigger skill_waivers_deleted after delete on skill_waivers
            begin update skill_changes set version = version + 1; end;
        create trigger skill_scans_inserted after insert on skill_scans
            begin update skill_changes set version = version + 1; end;
        create trigger skill_scans_updated after update on skill_scans
            begin update skill_changes set version = version + 1; end;
        create trigger skill_scans_deleted after delete on skill_scans
            begin update skill_changes set version = version + 1; end;
        create trigger skill_index_inserted after insert on skill_index
            begin update skill_changes set version = version + 1; end;
        create trigger workflow_runs_inserted after insert on workflow_runs
            begin update skill_changes set version = version + 1; end;
        create trigger workflow_runs_updated after update on workflow_runs
            begin update skill_changes set version = version + 1; end;
        create trigger workflow_runs_deleted after delete on workflow_runs
            begin update skill_changes set version = version + 1; end;
        create trigger workspace_skills_inserted after insert on workspace_skills
            begin update skill_changes set version = version + 1; end;
        create trigger workspace_skills_updated after update on workspace_skills
            begin update skill_changes set version = version + 1; end;
        create trigger workspace_skills_deleted after delete on workspace_skills
            begin update skill_changes set version = version + 1; end;
        """,
    ),
    Migration(
        "what a skill of the agents' own was at its source",
        """
        alter table workspace_skills add column source_digest text;  -- there, before it was repaired on the way in
        """,
    ),
    Migration(
        "workflows: what a run started with, how each step stands, answers, judgements, and why a turn was made",
        """
        alter table agent_runs add column purpose text;              -- step, gate, repair, refine, test, judge, suggest
        alter table workflow_runs add column workflow text not null default 'skill-builder';
        alter table workflow_runs add column definition text;        -- its text and prompts as they were at the start, as JSON
        alter table workflow_runs add column definition_digest text;
        alter table workflow_runs add column example text;           -- a shipped example that it was made from
        alter table workflow_runs add column rev integer not null default 0;
        alter table workflow_steps add column skipped integer not null default 0;
        alter table workflow_steps add column session text;
        alter table workflow_steps add column run text;
        alter table workflow_steps add column attempt integer not null default 0;
        alter table workflow_steps add column error text;            -- a failure, as JSON
        alter table workflow_steps add column waiting text;          -- permission, question, answers, gate, decisions
        alter table workflow_steps add column inputs_digest text;
        alter table workflow_artifacts add column note text not null default '';
        create table workflow_documents (       -- questions, decisions: saved here first, then in the file
            skill integer not null references skills (id) on delete cascade,
            path text not null,
            content text not null,
            rev integer not null,
            before text,                        -- the file's sha-256 when this was saved; null: there was none
            after text not null,                -- the sha-256 that it then has
            updated integer not null,
            primary key (skill, path)
        ) strict, without rowid;
        create table workflow_answers (         -- how often each answer or decision was saved, and by which edit last
            skill integer not null references skills (id) on delete cascade,
            item text not null,
            rev integer not null,
            edit text not null,
            primary key (skill, item)
        ) strict, without rowid;
        create table workflow_evaluations (     -- what a gate said of answers of this digest
            skill integer not null references skills (id) on delete cascade,
            step text not null,
            answers_digest text not null,
            judged_by text not null check (judged_by in ('model', 'rules')),
            content text not null,
            created integer not null,
            primary key (skill, step, answers_digest, judged_by)
        ) strict, without rowid;
        create table workflow_gate_log (        -- what a person chose at a gate
            id integer primary key,
            skill integer not null references skills (id) on delete cascade,
            step text not null,
            answers_digest text not null,
            verdict text not null,
            dialog text not null,
            decision text not null,
            at integer not null
        ) strict;
        """,
    ),
    Migration(
        "refining: its sessions and turns with what each found and left; tests of skills; runs that count as one session",
        """
        create table refine_sessions (
            session text primary key not null,
            skill integer not null references skills (id) on delete cascade,
            opened integer not null,
            closed integer
        ) strict, without rowid;
        create unique index refine_open on refine_sessions (skill) where closed is null;
        create table refine_turns (
            run text primary key not null,
            session text not null references refine_sessions (session) on delete cascade,
            number integer not null,
            started integer not null,
            command text not null check (command in ('edit', 'rewrite', 'validate')),
            message text not null,
            files text,                         -- those that it may change, as JSON; null: all but what is not the skill's text
            before text not null,               -- the skill's files as it found them, as JSON: path to mode and git's name
            after text,                         -- as it left them, once strays were put back; null: not settled yet
            put_back text not null default '[]',
            status text check (status in ('completed', 'aborted', 'error', 'interrupted')),
            undone integer
        ) strict, without rowid;
        create unique index refine_numbers on refine_turns (session, number);
        create table skill_tests (
            id text primary key not null,
            skill integer not null references skills (id) on delete cascade,
            digest text not null,               -- of the skill as it was tested
            prompt text not null,
            provider text not null,
            vote_first integer not null,
            replayed integer not null,
            session text,                       -- the one that all its runs are counted in
            created integer not null
        ) strict, without rowid;
        create index skill_tests_of on skill_tests (skill, created);
        create table skill_test_rounds (
            test text not null references skill_tests (id) on delete cascade,
            number integer not null,
            swapped integer not null,           -- whether A is the one with the skill
            baseline_session text,
            baseline_run text,
            with_session text,
            with_run text,
            judge_session text,
            judge_run text,
            vote text check (vote in ('a', 'b', 'tie')),
            judged text,                        -- what the comparison said, as JSON
            failure text,
            primary key (test, number)
        ) strict, without rowid;
        alter table agent_runs add column counted_in text;           -- another session that this run is a part of
        """,
    ),
    Migration(
        "a turn of refining knows the version that it began at; a test who drives it, and what it may cost",
        """
        alter table refine_turns add column head text;
        alter table skill_tests add column model text;
        alter table skill_tests add column budget_usd real;
        alter table skill_tests add column pid integer not null default 0;   -- the host that drives it, and when that began
        alter table skill_tests add column born integer not null default 0;
        """,
    ),
    Migration(
        "workflows: what is said above a step's turn, and what was trimmed of its output",
        """
        alter table workflow_steps add column notice text not null default '';
        alter table workflow_steps add column notes text not null default '[]';
        """,
    ),
    Migration(
        "a test of a skill knows that it was stopped, where its agents work, and what is said above it",
        """
        alter table skill_tests add column stopped integer;
        alter table skill_tests add column baseline_folder text not null default 'baseline';
        alter table skill_tests add column with_folder text not null default 'with-skill';
        alter table skill_tests add column notice text not null default '';
        """,
    ),
    Migration(
        "workflows: which run judges which answers, from before it is sent until what it said is kept",
        """
        create table workflow_judges (
            skill integer not null references skills (id) on delete cascade,
            step text not null,
            answers_digest text not null,
            session text,                   -- null: it is just being made
            run text not null,
            at integer not null,
            primary key (skill, step, answers_digest)
        ) strict, without rowid;
        """,
    ),
)

_RECORDS: Final = """
create table if not exists schema_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied integer not null
) strict
"""


def version(connection: apsw.Connection) -> int:
    """How many steps this database has taken."""
    return int(connection.pragma("user_version"))


def check(connection: apsw.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """How many steps are pending. Never writes.

    Raises DatabaseNewer when there are steps that this version does not know, DatabaseUnusable when one of those that
    it took was a different one.
    """
    taken = version(connection)
    if taken > len(migrations):
        raise DatabaseNewer(
            f"The database was written by a newer Workbench (schema {taken}; this one knows {len(migrations)}).",
            remedy="Upgrade with: pip install -U jupyter-workbench. Until then it can be read, not written.",
            found=taken,
            known=len(migrations),
        )
    if taken:
        recorded = connection.execute("select version, name, checksum from schema_migrations order by version")
        for (number, name, checksum), ours in zip(recorded, migrations, strict=False):
            if checksum != ours.checksum:
                raise DatabaseUnusable(
                    f"Step {number} of this database's schema ({name}) is not the one that this Workbench knows.",
                    remedy="Use the Workbench that made it, or point WORKBENCH_HOME at another folder.",
                    step=number,
                )
    return len(migrations) - taken


def migrate(connection: apsw.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Takes the pending steps, each in one transaction with its record."""
    check(connection, migrations)
    for number in range(version(connection) + 1, len(migrations) + 1):
        step = migrations[number - 1]
        connection.execute("begin immediate")
        try:
            connection.execute(_RECORDS)
            connection.execute(step.sql)
            connection.execute(
                "insert into schema_migrations values (?, ?, ?, ?)",
                (number, step.name, step.checksum, SystemClock().now_ms()),
            )
            connection.pragma("user_version", number)
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def schema(connection: apsw.Connection) -> str:
    """The whole schema as text, in the order in which it was made."""
    rows = connection.execute("select sql from sqlite_schema where sql is not null order by rowid")
    return "".join(f"{_dedented(sql)};\n\n" for (sql,) in rows).rstrip("\n") + "\n"


def _dedented(sql: str) -> str:
    """A statement without the indentation of the Python that holds it."""
    first, *rest = sql.strip().splitlines()
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first, *(line[margin:].rstrip() for line in rest)])


def main() -> None:
    """Prints the schema of a new database."""
    connection = apsw.Connection(":memory:")
    try:
        migrate(connection)
        print(schema(connection), end="")
    finally:
        connection.close()


if __name__ == "__main__":
    main()
