-- Accounts, their sessions, and failed logins.
-- Times are seconds since 1970, UTC. Roles and states are English codes;
-- people see the labels of messages.def.

CREATE TABLE app_user (
    id            ID_COLUMN,
    uid           TEXT NOT NULL UNIQUE,          -- UUIDv7
    email         TEXT NOT NULL UNIQUE,          -- lower case
    name          TEXT NOT NULL,
    phone         TEXT NOT NULL DEFAULT '',
    role          TEXT NOT NULL
                  CHECK (role IN ('admin', 'office', 'technician', 'client')),
    status        TEXT NOT NULL DEFAULT 'active'
                  CHECK (status IN ('invited', 'active', 'blocked', 'inactive')),
    pass_hash     TEXT NOT NULL DEFAULT '',      -- Argon2id, '' = none set
    client_id     BIGINT,                        -- for role client
    last_login_at BIGINT,
    created_at    BIGINT NOT NULL,
    created_by    BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    updated_at    BIGINT NOT NULL,
    updated_by    BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    version       BIGINT NOT NULL DEFAULT 1,
    archived_at   BIGINT
);

-- Only the hash of a session's token is stored: who reads the table cannot
-- become anybody.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle_s     BIGINT NOT NULL,                  -- ends after this silence
    expires_at BIGINT NOT NULL,                  -- ends at the latest
    ip         TEXT NOT NULL,
    user_agent TEXT NOT NULL
);

CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE login_failure (
    id    ID_COLUMN,
    email TEXT NOT NULL,                         -- as typed, lower case
    ip    TEXT NOT NULL,
    at    BIGINT NOT NULL
);

CREATE INDEX login_failure_by_email ON login_failure (email, at);
CREATE INDEX login_failure_by_ip ON login_failure (ip, at);
CREATE INDEX login_failure_by_time ON login_failure (at);
