-- The PHP peer's tables.
CREATE TABLE account (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    shown     TEXT NOT NULL,
    role      TEXT NOT NULL,
    pass_hash TEXT NOT NULL,
    active    BOOLEAN NOT NULL DEFAULT true
);
CREATE TABLE client (
    id          BIGINT PRIMARY KEY,
    kind        TEXT NOT NULL,
    doc_type    TEXT NOT NULL,
    doc_number  TEXT NOT NULL,
    doc_dv      TEXT NOT NULL,
    name        TEXT NOT NULL,
    company     TEXT NOT NULL,
    email       TEXT NOT NULL,
    phone       TEXT NOT NULL,
    city        TEXT NOT NULL,
    address     TEXT NOT NULL,
    notes       TEXT NOT NULL,
    archived_at TIMESTAMPTZ
);
CREATE INDEX client_active ON client (name, id) WHERE archived_at IS NULL;
