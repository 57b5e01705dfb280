-- The people and the places of a client, and what it allowed us to do with
-- its data. The column client.merged_into is in 0010.

CREATE TABLE client_contact (
    id           ID_COLUMN,
    uid          TEXT NOT NULL UNIQUE,           -- UUIDv7
    client_id    BIGINT NOT NULL REFERENCES client (id) ON DELETE RESTRICT,
    name         TEXT NOT NULL CHECK (name <> ''),
    position     TEXT NOT NULL DEFAULT '',       -- what it does there
    email        TEXT NOT NULL DEFAULT '',
    phone        TEXT NOT NULL DEFAULT ''        -- +57…, '' = none
                 CHECK (phone = '' OR phone LIKE '+%'),
    is_primary   BIGINT NOT NULL DEFAULT 0 CHECK (is_primary IN (0, 1)),
    gets_reports BIGINT NOT NULL DEFAULT 0 CHECK (gets_reports IN (0, 1)),
    created_at   BIGINT NOT NULL,
    created_by   BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    updated_at   BIGINT NOT NULL,
    updated_by   BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    version      BIGINT NOT NULL DEFAULT 1,
    archived_at  BIGINT,
    CHECK (is_primary = 0 OR archived_at IS NULL)
);
CREATE INDEX client_contact_by_client ON client_contact (client_id, id);
CREATE UNIQUE INDEX client_contact_primary ON client_contact (client_id)
    WHERE is_primary = 1;

CREATE TABLE client_site (
    id           ID_COLUMN,
    uid          TEXT NOT NULL UNIQUE,           -- UUIDv7
    client_id    BIGINT NOT NULL REFERENCES client (id) ON DELETE RESTRICT,
    name         TEXT NOT NULL CHECK (name <> ''),
    address      TEXT NOT NULL,
    city         TEXT NOT NULL DEFAULT '',
    access_notes TEXT NOT NULL DEFAULT '',       -- how to get in
    created_at   BIGINT NOT NULL,
    created_by   BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    updated_at   BIGINT NOT NULL,
    updated_by   BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    version      BIGINT NOT NULL DEFAULT 1,
    archived_at  BIGINT
);
CREATE INDEX client_site_by_client ON client_site (client_id, id);

-- Ley 1581 of 2012: an authorisation must be prior and provable. A row is
-- never changed, but for its end (0015_client_parts_keep) and for whose it is
-- when two clients turn out to be one.
CREATE TABLE consent (
    id             ID_COLUMN,
    uid            TEXT NOT NULL UNIQUE,         -- UUIDv7
    client_id      BIGINT NOT NULL REFERENCES client (id) ON DELETE RESTRICT,
    purpose        TEXT NOT NULL CHECK (
        purpose IN ('service', 'commercial', 'signature', 'photos')),
    text_version   TEXT NOT NULL CHECK (text_version <> ''), -- as shown
    channel        TEXT NOT NULL CHECK (
        channel IN ('person', 'paper', 'phone', 'email', 'whatsapp', 'web')),
    signed_by      TEXT NOT NULL CHECK (signed_by <> ''),
    ip             TEXT NOT NULL,                -- whence it was recorded
    user_agent     TEXT NOT NULL,
    granted_at     BIGINT NOT NULL,
    created_by     BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    revoked_at     BIGINT CHECK (revoked_at >= granted_at),
    revoked_by     BIGINT REFERENCES app_user (id) ON DELETE RESTRICT,
    revoke_channel TEXT NOT NULL DEFAULT '' CHECK (revoke_channel IN
        ('', 'person', 'paper', 'phone', 'email', 'whatsapp', 'web')),
    CHECK ((revoked_at IS NULL) = (revoke_channel = ''))
);
CREATE INDEX consent_by_client ON consent (client_id, id);
