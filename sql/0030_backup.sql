-- Backups: what was made, where it is, and whether it could be restored.

CREATE TABLE backup (
    id              ID_COLUMN,
    uid             TEXT NOT NULL UNIQUE,        -- UUIDv7
    file            TEXT UNIQUE,                 -- its name; NULL = none made
    kind            TEXT NOT NULL
                    CHECK (kind IN ('clock', 'page', 'command')),
    state           TEXT NOT NULL                -- bad: it was not restored;
                    CHECK (state IN             -- gone: removed by age
                           ('good', 'bad', 'failed', 'gone')),
    sha256          TEXT NOT NULL,               -- of the file as it is stored
    size            BIGINT NOT NULL,             -- the same, bytes
    rows_n          BIGINT NOT NULL,             -- of all tables
    files_n         BIGINT NOT NULL,             -- of people
    audit_seq       BIGINT NOT NULL,             -- the end of the chain in it
    audit_hash      TEXT NOT NULL,
    took_ms         BIGINT NOT NULL,
    verified_at     BIGINT,                      -- read back to the last byte
    offsite_at      BIGINT,                      -- stored elsewhere too
    restore_test_at BIGINT,
    restore_test_ms BIGINT NOT NULL DEFAULT 0,
    result          TEXT NOT NULL DEFAULT '',    -- what went wrong last
    created_at      BIGINT NOT NULL,
    created_by      BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    updated_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL DEFAULT 1
);

-- The newest first, and the newest good one.
CREATE INDEX backup_by_state ON backup (state, id);
