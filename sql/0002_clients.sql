-- The company's clients. name_key and search_text are computed by the
-- programs (utf8_fold), the same in both databases.

CREATE TABLE client (
    id          ID_COLUMN,
    uid         TEXT NOT NULL UNIQUE,            -- UUIDv7
    kind        TEXT NOT NULL CHECK (kind IN ('natural', 'legal')),
    name        TEXT NOT NULL,
    company     TEXT NOT NULL DEFAULT '',
    email       TEXT NOT NULL DEFAULT '',
    phone       TEXT NOT NULL DEFAULT '',        -- +57…, '' = none
    address     TEXT NOT NULL DEFAULT '',
    city        TEXT NOT NULL DEFAULT '',
    notes       TEXT NOT NULL DEFAULT '',
    name_key    TEXT NOT NULL,                   -- name, folded: the order
    search_text TEXT NOT NULL,                   -- name, company, email, phone
    created_at  BIGINT NOT NULL,
    created_by  BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    updated_at  BIGINT NOT NULL,
    updated_by  BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    version     BIGINT NOT NULL DEFAULT 1,
    archived_at BIGINT
);
