"""The tables of `usage.db`, as steps that are only ever added to (see `storage.migrations`)."""

from __future__ import annotations

from typing import Final

STEPS: Final = (
    (
        "files, samplings, sums by quarter hour and by day",
        """
        create table file (
            id integer primary key,
            source text not null,          -- claude, codex, opencode, gemini; ledger: our own runs
            path text not null unique,
            ino integer not null,
            size integer not null,
            mtime integer not null,        -- nanoseconds
            off integer not null,          -- read up to here
            state text,                    -- what its reader wants back
            thread text,                   -- the conversation that it is a copy of
            parent text,                   -- the conversation that this one began as a copy of
            lines integer not null,        -- rows that told of usage
            gone integer not null,         -- 1: no longer there; its samplings stay
            why text                       -- why it could not be read
        ) strict;

        create table dim (
            id integer primary key,
            project text,
            skill text,
            agent text,
            step text
        ) strict;

        create table ctx (
            id integer primary key,
            provider text not null,
            session text,
            project text,
            cwd text,
            branch text,
            agent_id text,
            skill text,
            plugin text,
            agent text,
            mcp_server text,
            mcp_tool text,
            effort text,
            speed text,
            tier text,
            geo text,
            sidechain integer not null,
            stop text,
            dim integer not null           -- of its project, skill and agent
        ) strict;

        create index ctx_by_session on ctx (session);

        create table price (
            id integer primary key,
            provider text not null,
            model text not null,
            start_day integer not null,
            variant text not null,
            p_in integer,                  -- 1e-12 USD a token; null: not known
            p_out integer,
            p_cr integer,
            p_c5 integer,
            p_c1 integer,
            p_web integer,                 -- a search
            unique (provider, model, start_day, variant)
        ) strict;

        create table run (                 -- our ledger's rows: one a run and model
            id integer primary key,
            run text not null,
            model text not null,
            session text not null,
            provider text not null,
            provider_session text,
            skill text,
            step text,
            workflow text,
            started integer not null,
            ended integer not null,
            i integer not null,
            o integer not null,
            c5 integer not null,           -- cache writes: the ledger does not tell them apart
            c1 integer not null,
            cr integer not null,
            cost integer,
            cost_basis text,
            replay integer not null,
            covered integer not null,      -- 1: the vendor's transcript has samplings of it, and those count
            hidden integer not null,       -- 1: a reset hides it
            unique (run, model)
        ) strict;

        create index run_by_provider_session on run (provider_session);

        create table sampling (
            id integer primary key,
            mid text not null,
            rid text,
            it integer not null,
            side integer not null,
            live integer not null,         -- 1: it counts
            top integer not null,
            ts integer not null,           -- milliseconds; the day it counts on
            ts0 integer not null,
            ctx integer not null,
            home integer not null,         -- the ctx that it is attributed to
            dim integer not null,          -- the dimension that it is summed under: of home, and of run
            price integer not null,
            kind text not null,
            i integer not null,
            o integer not null,
            c5 integer not null,
            c1 integer not null,
            cr integer not null,
            reason integer not null,
            web integer not null,
            reported integer,              -- 1e-12 USD
            run integer,
            file integer not null,
            off integer not null
        ) strict;

        create table skip (
            file integer not null,
            off integer not null,
            why text not null,
            primary key (file, off)
        ) strict, without rowid;

        create table roll (
            bucket integer not null,       -- ts // 900000
            price integer not null,
            dim integer not null,
            told integer not null,         -- 1: its source told a cost
            n integer not null,
            i integer not null,
            o integer not null,
            c5 integer not null,
            c1 integer not null,
            cr integer not null,
            web integer not null,
            reason integer not null,
            reported integer not null,
            primary key (bucket, price, dim, told)
        ) strict, without rowid;

        create table day (
            zone text not null,
            day text not null,
            price integer not null,
            told integer not null,
            n integer not null,
            i integer not null,
            o integer not null,
            c5 integer not null,
            c1 integer not null,
            cr integer not null,
            web integer not null,
            reason integer not null,
            reported integer not null,
            primary key (zone, day, price, told)
        ) strict, without rowid;

        create table day_dim (
            zone text not null,
            day text not null,
            price integer not null,
            dim integer not null,
            told integer not null,
            n integer not null,
            i integer not null,
            o integer not null,
            c5 integer not null,
            c1 integer not null,
            cr integer not null,
            web integer not null,
            reason integer not null,
            reported integer not null,
            primary key (zone, day, price, dim, told)
        ) strict, without rowid;

        create table limit_seen (
            ts integer not null,
            provider text not null,
            window integer not null,       -- minutes
            used real not null,            -- percent
            resets_at integer,
            plan text,
            primary key (provider, window, ts)
        ) strict, without rowid;

        create table meta (
            key text primary key,
            value text not null
        ) strict, without rowid;

        insert into meta values ('kind', 'usage'), ('version', '0'), ('zones', '["UTC"]');
        """,
    ),
    (
        "how the end of what was read of a file looked",
        "alter table file add column tail integer;  -- a checksum",
    ),
)
