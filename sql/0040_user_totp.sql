-- The second step of a login: codes by time, and those for a lost telephone.

CREATE TABLE user_totp (
    user_id    BIGINT PRIMARY KEY REFERENCES app_user (id) ON DELETE RESTRICT,
    secret     TEXT NOT NULL,                    -- encrypted, for this account
    created_at BIGINT NOT NULL,
    last_step  BIGINT NOT NULL,                  -- of the last code that was
                                                 -- taken: none up to it is
    failures   BIGINT NOT NULL DEFAULT 0,        -- wrong codes since then
    wait_until BIGINT NOT NULL DEFAULT 0         -- no code is taken before
);

-- Only keyed hashes. One that is used is deleted.
CREATE TABLE user_recovery (
    code_hash TEXT PRIMARY KEY,
    user_id   BIGINT NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT
);

CREATE INDEX user_recovery_by_user ON user_recovery (user_id);

-- Who has shown the password and owes the second step. Only the hash of what
-- the browser holds is stored; it is no session.
CREATE TABLE login_pending (
    token_hash   TEXT PRIMARY KEY,
    user_id      BIGINT NOT NULL REFERENCES app_user (id) ON DELETE RESTRICT,
    user_version BIGINT NOT NULL,                -- another one makes it void
    remember     BIGINT NOT NULL,                -- 1: to be a lasting session
    next_path    TEXT NOT NULL,                  -- where the person wanted to
    attempts     BIGINT NOT NULL DEFAULT 0,
    expires_at   BIGINT NOT NULL
);

CREATE INDEX login_pending_by_user ON login_pending (user_id);
CREATE INDEX login_pending_by_expiry ON login_pending (expires_at);

-- 1: a password was all that this login showed.
ALTER TABLE session ADD COLUMN password_only BIGINT NOT NULL DEFAULT 1;
