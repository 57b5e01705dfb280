-- Work that pages do not wait for, and the mail that leaves through it.

CREATE TABLE job (
    id          ID_COLUMN,
    kind        TEXT NOT NULL,                  -- name of a struct job_kind
    payload     TEXT NOT NULL,                  -- JSON object
    state       TEXT NOT NULL DEFAULT 'ready'
                CHECK (state IN ('ready', 'running', 'done', 'dead')),
    due_at      BIGINT NOT NULL,                -- ready: not before; running:
                                                -- end of the lease
    attempts    BIGINT NOT NULL DEFAULT 0,      -- begun
    locked_by   TEXT NOT NULL DEFAULT '',       -- who has the lease, or had
    last_error  TEXT NOT NULL DEFAULT '',
    done_n      BIGINT NOT NULL DEFAULT 0,      -- progress: so many …
    total_n     BIGINT NOT NULL DEFAULT 0,      -- … of so many; 0 = unknown
    dedupe_key  TEXT UNIQUE,                    -- NULL = none
    created_at  BIGINT NOT NULL,
    finished_at BIGINT                          -- of done and dead
);

CREATE INDEX job_due ON job (due_at, id) WHERE state IN ('ready', 'running');
CREATE INDEX job_open ON job (id) WHERE state <> 'done';
CREATE INDEX job_finished ON job (finished_at);

-- The outbox. A message is written in the transaction of what causes it, and
-- sent by the job mail.send with the key 'mail:ID'. What a sent message said
-- is not kept.
CREATE TABLE mail_message (
    id          ID_COLUMN,
    uid         TEXT NOT NULL UNIQUE,           -- UUIDv7
    message_id  TEXT NOT NULL UNIQUE,           -- without < >
    to_addr     TEXT NOT NULL,
    to_name     TEXT NOT NULL,
    reply_to    TEXT NOT NULL,                  -- '' = the sender
    subject     TEXT NOT NULL,
    body_text   TEXT NOT NULL,
    body_html   TEXT NOT NULL,                  -- '' = text alone
    lang        TEXT NOT NULL CHECK (lang IN ('es', 'en')),
    class       TEXT NOT NULL
                CHECK (class IN ('transactional', 'commercial')),
    state       TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sent', 'dead')),
    attempts    BIGINT NOT NULL DEFAULT 0,      -- to send it, that failed
    last_error  TEXT NOT NULL DEFAULT '',       -- mostly the server's words
    entity      TEXT NOT NULL,                  -- what it is about, '' = none
    entity_id   BIGINT,
    dedupe_key  TEXT UNIQUE,                    -- NULL = none
    created_at  BIGINT NOT NULL,
    sent_at     BIGINT                          -- accepted by the server
);

CREATE INDEX mail_message_by_state ON mail_message (state, id);
CREATE INDEX mail_message_by_recipient ON mail_message (to_addr, sent_at);
CREATE INDEX mail_message_by_entity ON mail_message (entity, entity_id);
CREATE INDEX mail_message_by_age ON mail_message (created_at);
