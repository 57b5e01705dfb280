-- What a person chooses for themself, and what a search of accounts reads.
-- Accounts from before are found by lower-case letters until they are saved.

ALTER TABLE app_user ADD COLUMN lang TEXT NOT NULL DEFAULT 'es'
    CHECK (lang IN ('es', 'en'));
ALTER TABLE app_user ADD COLUMN ui_theme TEXT NOT NULL DEFAULT 'blue'
    CHECK (ui_theme IN ('blue', 'red', 'green', 'purple', 'orange', 'teal',
                        'dark'));
ALTER TABLE app_user ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE app_user ADD COLUMN search_text TEXT NOT NULL DEFAULT '';

UPDATE app_user SET name_key = lower(name),
    search_text = lower(name || ' ' || email);

CREATE INDEX app_user_by_name ON app_user (name_key, id);
