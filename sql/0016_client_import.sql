-- Clients that come in a CSV file. The file lies in the folder of files under
-- its SHA-256 and is all that knows what its lines say; a row here says how
-- far it has been checked and imported. Both are done by jobs in batches, and
-- checked_row and done_row move in the transaction of their batch.

CREATE TABLE client_import (
    id            ID_COLUMN,
    uid           TEXT NOT NULL UNIQUE,             -- UUIDv7
    name          TEXT NOT NULL,                    -- of the file, for people
    sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes         BIGINT NOT NULL CHECK (bytes > 0),
    charset       TEXT NOT NULL
                  CHECK (charset IN ('utf-8', 'windows-1252')),
    state         TEXT NOT NULL DEFAULT 'uploaded'
                  CHECK (state IN ('uploaded', 'checking', 'ready', 'running',
                                   'done', 'failed', 'cancelled')),
    error         TEXT NOT NULL DEFAULT '',         -- why it failed
    lines         BIGINT NOT NULL DEFAULT 0,        -- checked, not empty
    good          BIGINT NOT NULL DEFAULT 0,        -- of these
    bad           BIGINT NOT NULL DEFAULT 0,        -- of these
    done          BIGINT NOT NULL DEFAULT 0,        -- good ones, now clients
    checked_row   BIGINT NOT NULL DEFAULT 0,        -- up to here: checked
    checked_bytes BIGINT NOT NULL DEFAULT 0,        -- about, for the progress
    done_row      BIGINT NOT NULL DEFAULT 0,        -- up to here: imported
    created_at    BIGINT NOT NULL,
    created_by    BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    started_at    BIGINT,
    started_by    BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    finished_at   BIGINT,                           -- done or cancelled
    has_file      BIGINT NOT NULL DEFAULT 1,        -- 0: it was removed
    version       BIGINT NOT NULL DEFAULT 1         -- people's changes only
);

CREATE INDEX client_import_over ON client_import (finished_at)
    WHERE has_file = 1;
CREATE INDEX client_import_by_content ON client_import (sha256)
    WHERE has_file = 1;

-- What is to be said of a line: what is wrong with it, field by field (n from
-- 1; 0: the line as a whole), or which client it became.
CREATE TABLE client_import_line (
    import_id BIGINT NOT NULL REFERENCES client_import (id) ON DELETE CASCADE,
    line      BIGINT NOT NULL,                  -- as a spreadsheet counts
    n         BIGINT NOT NULL,
    field     TEXT NOT NULL DEFAULT '',         -- of the form, '' = the line
    problem   TEXT NOT NULL DEFAULT '',         -- a code; '' = none
    about     BIGINT NOT NULL DEFAULT 0,        -- the line or client that has
                                                -- the same document
    client_id BIGINT REFERENCES client (id) ON DELETE CASCADE,
    PRIMARY KEY (import_id, line, n)
);

CREATE INDEX client_import_problem ON client_import_line (import_id, line, n)
    WHERE problem <> '';
CREATE INDEX client_import_became ON client_import_line (client_id);
