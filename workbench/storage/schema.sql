CREATE TABLE schema_migrations (
    version integer primary key,
    name text not null,
    checksum text not null,
    applied integer not null
) strict;

CREATE TABLE sessions (
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

CREATE INDEX sessions_by_update on sessions (updated desc);

CREATE TABLE session_messages (
    session text not null references sessions (id) on delete cascade,
    seq integer not null,               -- of the record that began the message
    run text,
    role text not null,
    kind text not null,
    content text not null,
    t integer not null,
    primary key (session, seq)
) strict, without rowid;

CREATE TABLE agent_runs (
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

CREATE INDEX agent_runs_by_session on agent_runs (session, started);

CREATE INDEX agent_runs_by_start on agent_runs (started desc) where reset_marker is null;

CREATE TABLE usage_baseline (
    session text not null,
    model text not null,
    counters text not null,             -- what the provider had counted when the last run ended
    primary key (session, model)
) strict, without rowid;

CREATE TABLE settings (
    key text primary key,
    value text not null
) strict, without rowid;
