-- Files that belong to something: a client, later an order or a report. The
-- bytes lie in the folder of files, under their SHA-256; a row says whose
-- they are and how people call them.

CREATE TABLE file (
    id          ID_COLUMN,
    uid         TEXT NOT NULL UNIQUE,            -- UUIDv7
    entity      TEXT NOT NULL,                   -- "client"
    entity_id   BIGINT NOT NULL,
    name        TEXT NOT NULL,                   -- as people see it
    mime        TEXT NOT NULL,                   -- by its content
    bytes       BIGINT NOT NULL CHECK (bytes > 0),
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
    created_at  BIGINT NOT NULL,
    created_by  BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    updated_at  BIGINT NOT NULL,
    updated_by  BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    version     BIGINT NOT NULL DEFAULT 1,
    archived_at BIGINT
);

-- The lists of one thing, newest first.
CREATE INDEX file_active ON file (entity, entity_id, id)
    WHERE archived_at IS NULL;
CREATE INDEX file_archived ON file (entity, entity_id, id)
    WHERE archived_at IS NOT NULL;
CREATE INDEX file_by_content ON file (sha256);
