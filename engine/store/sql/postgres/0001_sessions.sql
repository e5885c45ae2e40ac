-- Sessions as logs of events, and the rows that lists show. Names are looked up in the schema the connection names.

CREATE TABLE heads (
    session_id text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 70); -- room for updates in place: every append moves one row
COMMENT ON TABLE heads IS 'The version of each log: the row an append locks, so that one of two wins and a deletion counts';

CREATE TABLE events (
    session_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    version integer NOT NULL,
    at double precision NOT NULL,
    by text NOT NULL,
    data bytea NOT NULL,
    UNIQUE (session_id, seq)
);
COMMENT ON TABLE events IS 'The truth; at: seconds since 1970, data: JSON';

CREATE TABLE sessions (
    session_id text COLLATE "C" PRIMARY KEY,
    workflow_id text NOT NULL,
    target_file text NOT NULL,
    status text NOT NULL,
    current_phase integer NOT NULL,
    total_phases integer NOT NULL,
    version bigint NOT NULL,
    created_at double precision NOT NULL,
    updated_at double precision NOT NULL,
    completed_at double precision,
    imported_from text
);
COMMENT ON TABLE sessions IS 'The projection lists are made of; it can be rebuilt from the log';
CREATE INDEX sessions_newest ON sessions (created_at DESC, session_id DESC);
CREATE INDEX sessions_by_status ON sessions (status, created_at DESC, session_id DESC);
CREATE INDEX sessions_by_workflow ON sessions (workflow_id, created_at DESC, session_id DESC);
CREATE INDEX sessions_by_target ON sessions (target_file, created_at DESC, session_id DESC);
CREATE INDEX sessions_by_origin ON sessions (imported_from) WHERE imported_from IS NOT NULL;

CREATE TABLE documents (
    hash text COLLATE "C" PRIMARY KEY,
    text bytea NOT NULL
);
COMMENT ON TABLE documents IS 'Pinned workflow documents, once per hash';

CREATE TABLE pins (
    session_id text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (session_id, hash)
);
CREATE INDEX pins_by_hash ON pins (hash);
COMMENT ON TABLE pins IS 'Which session needs which document';

CREATE TABLE deletions (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL,
    workflow_id text NOT NULL,
    at double precision NOT NULL,
    by text NOT NULL,
    reason text NOT NULL
);
CREATE INDEX deletions_by_session ON deletions (session_id, number DESC);
COMMENT ON TABLE deletions IS 'The audit log of deleted and pruned sessions';

CREATE TABLE facts (
    name text PRIMARY KEY,
    value bytea NOT NULL
);
COMMENT ON TABLE facts IS 'What everybody who shares these tables shares: the secret';
