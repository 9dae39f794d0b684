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
    reset_marker text, provider_session text, purpose text, counted_in text,                  -- set: hidden from reports
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

CREATE TABLE skills (
    id integer primary key,
    name text not null,                 -- the folder's
    skill_source text not null check (skill_source in ('skill-builder', 'marketplace', 'imported')),
    purpose text,
    created integer not null,
    updated integer not null,
    deleted integer,                    -- set: it was taken out of the library then
    trash text                          -- where it lies, below .trash
) strict;

CREATE UNIQUE INDEX skills_by_name on skills (name) where deleted is null;

CREATE TABLE skill_tags (
    skill integer not null references skills (id) on delete cascade,
    tag text not null,                  -- in lower case
    primary key (skill, tag)
) strict, without rowid;

CREATE TABLE skill_locks (
    skill integer primary key references skills (id) on delete cascade,
    instance text not null,             -- who edits it: a host, or one page of it
    pid integer not null,
    born integer not null,              -- when that process was started, which tells it from a later one
    acquired integer not null
) strict;

CREATE TABLE skill_intents (            -- what is being done; one that is left was done by a process that died
    id text primary key,
    kind text not null,
    name text not null,
    root text not null,
    facts text not null,
    begun integer not null
) strict;

CREATE TABLE imported_skills (
    skill integer primary key references skills (id) on delete cascade,
    version text,
    origin text,                        -- where it came from, as given
    commit_id text,
    digest text                         -- as it came: a folder with another one was changed here
, source_digest text) strict;

CREATE TABLE workspace_skills (         -- the other registry: skills of the agents themselves
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
, source_digest text) strict;

CREATE TABLE workflow_runs (
    skill integer primary key references skills (id) on delete cascade,
    current_step integer not null default 0,
    status text not null default 'pending'
        check (status in ('pending', 'in_progress', 'waiting_for_user', 'completed', 'error')),
    created integer not null,
    updated integer not null
, workflow text not null default 'skill-builder', definition text, definition_digest text, example text, rev integer not null default 0) strict;

CREATE TABLE workflow_steps (
    skill integer not null references skills (id) on delete cascade,
    step integer not null,
    status text not null
        check (status in ('pending', 'in_progress', 'waiting_for_user', 'completed', 'error')),
    started integer,
    ended integer, skipped integer not null default 0, session text, run text, attempt integer not null default 0, error text, waiting text, inputs_digest text, notice text not null default '', notes text not null default '[]',
    primary key (skill, step)
) strict, without rowid;

CREATE TABLE workflow_artifacts (
    skill integer not null references skills (id) on delete cascade,
    step integer not null,
    path text not null,
    content text not null,
    size integer not null,
    created integer not null, note text not null default '',
    primary key (skill, step, path)
) strict, without rowid;

CREATE TABLE workflow_sessions (
    id text primary key,
    skill integer not null references skills (id) on delete cascade,
    pid integer not null,
    born integer not null,
    started integer not null,
    ended integer,
    reset_marker text
) strict;

CREATE TABLE reconciliation_events (
    id integer primary key,
    at integer not null,
    kind text not null check (kind in ('preview', 'apply', 'cancel', 'resolve')),
    details text not null
) strict;

CREATE TABLE skill_index (              -- derived: what SKILL.md said when it had this signature
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

CREATE TABLE skill_trust (              -- a person lets a skill of exactly this digest run
    skill integer primary key references skills (id) on delete cascade,
    digest text not null,
    verdict text not null,              -- what the scan said of it then
    created integer not null,
    signature text not null,            -- when its files had this one,
    seen text not null                  -- this was its digest
) strict;

CREATE TABLE skill_waivers (            -- a finding that a person lets stand
    skill integer not null references skills (id) on delete cascade,
    rule text not null,
    digest text not null,               -- of the file
    reason text not null,
    created integer not null,
    expires integer,
    primary key (skill, rule, digest)
) strict, without rowid;

CREATE TABLE skill_scans (              -- the last scan, and the one of the version before
    skill integer primary key references skills (id) on delete cascade,
    at integer not null,
    digest text,                        -- null: a part could not be read
    signature text not null,
    verdict text not null,
    findings text not null,             -- all of them, waived or not
    before_at integer,
    before text
) strict;

CREATE TABLE skill_installs (
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

CREATE TABLE skill_changes (
    id integer primary key check (id = 1),
    version integer not null
) strict;

CREATE TRIGGER skills_inserted after insert on skills
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skills_updated after update on skills
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skills_deleted after delete on skills
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_tags_inserted after insert on skill_tags
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_tags_deleted after delete on skill_tags
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_locks_inserted after insert on skill_locks
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_locks_updated after update on skill_locks
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_locks_deleted after delete on skill_locks
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_trust_inserted after insert on skill_trust
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_trust_updated after update on skill_trust
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_trust_deleted after delete on skill_trust
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_waivers_inserted after insert on skill_waivers
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_waivers_updated after update on skill_waivers
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_waivers_deleted after delete on skill_waivers
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_scans_inserted after insert on skill_scans
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_scans_updated after update on skill_scans
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_scans_deleted after delete on skill_scans
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER skill_index_inserted after insert on skill_index
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER workflow_runs_inserted after insert on workflow_runs
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER workflow_runs_updated after update on workflow_runs
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER workflow_runs_deleted after delete on workflow_runs
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER workspace_skills_inserted after insert on workspace_skills
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER workspace_skills_updated after update on workspace_skills
begin update skill_changes set version = version + 1; end;

CREATE TRIGGER workspace_skills_deleted after delete on workspace_skills
begin update skill_changes set version = version + 1; end;

CREATE TABLE workflow_documents (       -- questions, decisions: saved here first, then in the file
    skill integer not null references skills (id) on delete cascade,
    path text not null,
    content text not null,
    rev integer not null,
    before text,                        -- the file's sha-256 when this was saved; null: there was none
    after text not null,                -- the sha-256 that it then has
    updated integer not null,
    primary key (skill, path)
) strict, without rowid;

CREATE TABLE workflow_answers (         -- how often each answer or decision was saved, and by which edit last
    skill integer not null references skills (id) on delete cascade,
    item text not null,
    rev integer not null,
    edit text not null,
    primary key (skill, item)
) strict, without rowid;

CREATE TABLE workflow_evaluations (     -- what a gate said of answers of this digest
    skill integer not null references skills (id) on delete cascade,
    step text not null,
    answers_digest text not null,
    judged_by text not null check (judged_by in ('model', 'rules')),
    content text not null,
    created integer not null,
    primary key (skill, step, answers_digest, judged_by)
) strict, without rowid;

CREATE TABLE workflow_gate_log (        -- what a person chose at a gate
    id integer primary key,
    skill integer not null references skills (id) on delete cascade,
    step text not null,
    answers_digest text not null,
    verdict text not null,
    dialog text not null,
    decision text not null,
    at integer not null
) strict;

CREATE TABLE refine_sessions (
    session text primary key not null,
    skill integer not null references skills (id) on delete cascade,
    opened integer not null,
    closed integer
) strict, without rowid;

CREATE UNIQUE INDEX refine_open on refine_sessions (skill) where closed is null;

CREATE TABLE refine_turns (
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
, head text) strict, without rowid;

CREATE UNIQUE INDEX refine_numbers on refine_turns (session, number);

CREATE TABLE skill_tests (
    id text primary key not null,
    skill integer not null references skills (id) on delete cascade,
    digest text not null,               -- of the skill as it was tested
    prompt text not null,
    provider text not null,
    vote_first integer not null,
    replayed integer not null,
    session text,                       -- the one that all its runs are counted in
    created integer not null
, model text, budget_usd real, pid integer not null default 0, born integer not null default 0, stopped integer, baseline_folder text not null default 'baseline', with_folder text not null default 'with-skill', notice text not null default '') strict, without rowid;

CREATE INDEX skill_tests_of on skill_tests (skill, created);

CREATE TABLE skill_test_rounds (
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

CREATE TABLE workflow_judges (
    skill integer not null references skills (id) on delete cascade,
    step text not null,
    answers_digest text not null,
    session text,                   -- null: it is just being made
    run text not null,
    at integer not null,
    primary key (skill, step, answers_digest)
) strict, without rowid;
