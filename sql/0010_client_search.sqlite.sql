-- Lists and searches that read an index whatever is asked, see
-- lib/model/client_list.c: what a list may be narrowed by is one number, the
-- facet, which comes first in the index of each order.

-- The client that this one turned out to be; it is archived and not listed.
ALTER TABLE client ADD COLUMN merged_into BIGINT
    REFERENCES client (id) ON DELETE RESTRICT;
CREATE INDEX client_by_merger ON client (merged_into)
    WHERE merged_into IS NOT NULL;

ALTER TABLE client ADD COLUMN facet INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN merged_into IS NOT NULL THEN 8
        WHEN archived_at IS NOT NULL THEN 4 ELSE 0 END
    + CASE kind WHEN 'legal' THEN 2 ELSE 0 END
    + CASE service_kind WHEN 'contract' THEN 1 ELSE 0 END) VIRTUAL;

DROP INDEX client_active;
DROP INDEX client_archived;
DROP INDEX client_active_city;
DROP INDEX client_archived_city;
DROP INDEX client_active_newest;
DROP INDEX client_archived_newest;
CREATE INDEX client_by_name ON client (facet, name_key, id);
CREATE INDEX client_by_age ON client (facet, id);
CREATE INDEX client_by_city ON client (facet, city_key, name_key, id);
CREATE INDEX client_by_city_age ON client (facet, city_key, id);

DROP INDEX app_user_by_name;
CREATE INDEX app_user_by_name ON app_user (name_key, id)
    WHERE archived_at IS NULL;
-- Is another administrator left?
CREATE INDEX app_user_by_role ON app_user (role, status);

-- Each word has a blank before it, the first too: words of one or two letters
-- are looked for where a word begins.
UPDATE client SET search_text = ' ' || search_text;
UPDATE app_user SET search_text = ' ' || search_text;

-- The three-letter pieces of the texts. Two blanks between words make pieces
-- of the first letter and of the first two as well. Only which rows have a
-- piece is kept, the text itself is compared afterwards.
CREATE VIRTUAL TABLE client_search USING fts5 (
    text, content = '', detail = none, tokenize = 'trigram case_sensitive 1');
CREATE VIRTUAL TABLE app_user_search USING fts5 (
    text, content = '', detail = none, tokenize = 'trigram case_sensitive 1');

INSERT INTO client_search (rowid, text)
    SELECT id, replace(search_text, ' ', '  ') FROM client;
INSERT INTO app_user_search (rowid, text)
    SELECT id, replace(search_text, ' ', '  ') FROM app_user;

CREATE TRIGGER client_search_insert AFTER INSERT ON client BEGIN
    INSERT INTO client_search (rowid, text)
        VALUES (new.id, replace(new.search_text, ' ', '  '));
END;
CREATE TRIGGER client_search_update AFTER UPDATE OF search_text ON client
WHEN new.search_text <> old.search_text BEGIN
    INSERT INTO client_search (client_search, rowid, text)
        VALUES ('delete', old.id, replace(old.search_text, ' ', '  '));
    INSERT INTO client_search (rowid, text)
        VALUES (new.id, replace(new.search_text, ' ', '  '));
END;
CREATE TRIGGER client_search_delete AFTER DELETE ON client BEGIN
    INSERT INTO client_search (client_search, rowid, text)
        VALUES ('delete', old.id, replace(old.search_text, ' ', '  '));
END;

CREATE TRIGGER app_user_search_insert AFTER INSERT ON app_user BEGIN
    INSERT INTO app_user_search (rowid, text)
        VALUES (new.id, replace(new.search_text, ' ', '  '));
END;
CREATE TRIGGER app_user_search_update AFTER UPDATE OF search_text ON app_user
WHEN new.search_text <> old.search_text BEGIN
    INSERT INTO app_user_search (app_user_search, rowid, text)
        VALUES ('delete', old.id, replace(old.search_text, ' ', '  '));
    INSERT INTO app_user_search (rowid, text)
        VALUES (new.id, replace(new.search_text, ' ', '  '));
END;
CREATE TRIGGER app_user_search_delete AFTER DELETE ON app_user BEGIN
    INSERT INTO app_user_search (app_user_search, rowid, text)
        VALUES ('delete', old.id, replace(old.search_text, ' ', '  '));
END;
