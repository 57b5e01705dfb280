-- Lists and searches that read an index whatever is asked, see
-- lib/model/client_list.c: what a list may be narrowed by is one number, the
-- facet, which comes first in the index of each order.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- The client that this one turned out to be; it is archived and not listed.
ALTER TABLE client ADD COLUMN merged_into BIGINT
    REFERENCES client (id) ON DELETE RESTRICT;
CREATE INDEX client_by_merger ON client (merged_into)
    WHERE merged_into IS NOT NULL;

ALTER TABLE client ADD COLUMN facet INTEGER NOT NULL GENERATED ALWAYS AS (
    CASE WHEN merged_into IS NOT NULL THEN 8
        WHEN archived_at IS NOT NULL THEN 4 ELSE 0 END
    + CASE kind WHEN 'legal' THEN 2 ELSE 0 END
    + CASE service_kind WHEN 'contract' THEN 1 ELSE 0 END) STORED;

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
ALTER TABLE app_user ALTER COLUMN name_key TYPE TEXT COLLATE "C";
CREATE INDEX app_user_by_name ON app_user (name_key, id)
    WHERE archived_at IS NULL;
-- Is another administrator left?
CREATE INDEX app_user_by_role ON app_user (role, status);

-- Each word has a blank before it, the first too: words of one or two letters
-- are looked for where a word begins.
UPDATE client SET search_text = ' ' || search_text;
UPDATE app_user SET search_text = ' ' || search_text;

-- New rows are read one by one until they are in the index: not many.
CREATE INDEX client_search ON client USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 256);
CREATE INDEX app_user_search ON app_user USING gin (search_text gin_trgm_ops)
    WITH (gin_pending_list_limit = 256);
