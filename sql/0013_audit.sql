-- Who did what: a chain of rows, each hashed with a secret key over its own
-- columns and the hash of the row before (lib/store/audit.h tells how).
-- Nothing points into these tables or out of them, so that no other change
-- can touch a row.

CREATE TABLE audit_log (
    seq       BIGINT PRIMARY KEY,                -- 1, 2, 3 … without a gap
    at        BIGINT NOT NULL,
    actor_id  BIGINT NOT NULL,                   -- account, 0 = nobody's
    role      TEXT NOT NULL,                     -- or 'visitor', 'system'
    ip        TEXT NOT NULL,
    action    TEXT NOT NULL,
    entity    TEXT NOT NULL,
    entity_id BIGINT NOT NULL,                   -- 0 = all, or none
    diff      TEXT NOT NULL,                     -- canonical JSON
    key_id    TEXT NOT NULL,
    prev_hash TEXT NOT NULL,                     -- '' in the first row
    hash      TEXT NOT NULL
);

CREATE INDEX audit_log_by_thing ON audit_log (entity, entity_id, seq);
CREATE INDEX audit_log_by_entity ON audit_log (entity, seq);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, seq);
CREATE INDEX audit_log_by_time ON audit_log (at, seq);

-- The end of the chain, so that cutting it off is seen. One row; who appends
-- holds it until the commit.
CREATE TABLE audit_head (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    seq    BIGINT NOT NULL,
    hash   TEXT NOT NULL,                        -- of row seq
    mac    TEXT NOT NULL,                        -- keyed hash of the two
    key_id TEXT NOT NULL
);

INSERT INTO audit_head (id, seq, hash, mac, key_id) VALUES (1, 0, '', '', '');

-- What makes the hashes of personal data in the diffs unguessable. Deleting
-- a row makes them meaningless and leaves the chain whole.
CREATE TABLE audit_salt (
    entity    TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    salt      TEXT NOT NULL,
    PRIMARY KEY (entity, entity_id)
);

-- What the last verification found. One row.
CREATE TABLE audit_check (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    at      BIGINT NOT NULL,                     -- 0 = never
    seq     BIGINT NOT NULL,                     -- looked at up to this row
    fault   BIGINT NOT NULL,                     -- enum audit_fault
    bad_seq BIGINT NOT NULL,
    mac     TEXT NOT NULL,                       -- keyed hash of the others
    key_id  TEXT NOT NULL
);

INSERT INTO audit_check (id, at, seq, fault, bad_seq, mac, key_id)
VALUES (1, 0, 0, 0, 0, '', '');
