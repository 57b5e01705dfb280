-- What visitors write to us, with their proof of consent (Ley 1581 of 2012,
-- articles 9 and 17 b): when, and to which version of the policy.

CREATE TABLE contact_message (
    id           ID_COLUMN,
    uid          TEXT NOT NULL UNIQUE,           -- UUIDv7
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    phone        TEXT NOT NULL DEFAULT '',       -- +57…, '' = none
    subject      TEXT NOT NULL
                 CHECK (subject IN ('support', 'software', 'networks', 'cloud',
                                    'security', 'consulting', 'other')),
    message      TEXT NOT NULL,
    lang         TEXT NOT NULL CHECK (lang IN ('es', 'en')),
    ip           TEXT NOT NULL,
    consent_at   BIGINT NOT NULL,
    consent_text TEXT NOT NULL,                  -- version of the policy
    created_at   BIGINT NOT NULL,
    attended_at  BIGINT,
    attended_by  BIGINT REFERENCES app_user (id) ON DELETE RESTRICT
);

CREATE INDEX contact_message_by_ip ON contact_message (ip, created_at);
