-- One-time links that travel by mail. Only their hashes are kept: who reads
-- the table cannot use them. One that is used is deleted.

CREATE TABLE user_token (
    token_hash TEXT PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('reset', 'invite')),
    user_id    BIGINT NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT,
    created_at BIGINT NOT NULL,
    created_by BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    expires_at BIGINT NOT NULL
);

CREATE INDEX user_token_by_user ON user_token (user_id, kind);
CREATE INDEX user_token_by_expiry ON user_token (expires_at);

-- Who asked for a new password, so that nobody asks too often.
CREATE TABLE reset_request (
    id ID_COLUMN,
    ip TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE INDEX reset_request_by_ip ON reset_request (ip, at);
CREATE INDEX reset_request_by_time ON reset_request (at);
