-- The log: the truth about every session. seq counts from 1 without gaps; data is JSON text.
CREATE TABLE events (
    session_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    at REAL NOT NULL,
    by TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (session_id, seq)
) WITHOUT ROWID;

-- The projection that lists are made of: one row per session, rebuilt from the log when lost.
CREATE TABLE sessions (
    session_id TEXT NOT NULL PRIMARY KEY,
    workflow_id TEXT NOT NULL,
    target_file TEXT NOT NULL,
    status TEXT NOT NULL,
    current_phase INTEGER NOT NULL,
    total_phases INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    completed_at REAL,
    imported_from TEXT
) WITHOUT ROWID;

CREATE INDEX sessions_newest ON sessions (created_at, session_id);
CREATE INDEX sessions_by_status ON sessions (status, created_at, session_id);
CREATE INDEX sessions_imported ON sessions (imported_from) WHERE imported_from IS NOT NULL;

-- Workflow documents, once per SHA-256, kept while a session pins them.
CREATE TABLE documents (
    hash TEXT NOT NULL PRIMARY KEY,
    text BLOB NOT NULL
);

CREATE TABLE pins (
    session_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (session_id, hash)
) WITHOUT ROWID;

CREATE INDEX pins_by_hash ON pins (hash);

-- The audit log of deleted and pruned sessions.
CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL,
    workflow_id TEXT NOT NULL,
    at REAL NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE INDEX deletions_by_session ON deletions (session_id);

-- Single values: the secret of this store.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);
