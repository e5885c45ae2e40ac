-- When there is something to do in a session without anybody's call: a timer, a command nobody has claimed.
ALTER TABLE sessions ADD COLUMN due_at REAL;

CREATE INDEX sessions_due ON sessions (due_at, session_id) WHERE due_at IS NOT NULL;
