-- The other orders of the lists. city_key is computed by the programs like
-- name_key; for what is stored already, as near as SQL comes in both
-- databases, until the client is saved again.

ALTER TABLE client ADD COLUMN city_key TEXT NOT NULL DEFAULT '';
UPDATE client SET city_key = lower(
    replace(replace(replace(replace(replace(replace(replace(
    replace(replace(replace(replace(replace(replace(replace(city,
        'á', 'a'), 'é', 'e'), 'í', 'i'), 'ó', 'o'), 'ú', 'u'), 'ü', 'u'),
        'ñ', 'n'),
        'Á', 'a'), 'É', 'e'), 'Í', 'i'), 'Ó', 'o'), 'Ú', 'u'), 'Ü', 'u'),
        'Ñ', 'n'));

CREATE INDEX client_active_city ON client (city_key, name_key, id)
    WHERE archived_at IS NULL;
CREATE INDEX client_archived_city ON client (city_key, name_key, id)
    WHERE archived_at IS NOT NULL;
CREATE INDEX client_active_newest ON client (id) WHERE archived_at IS NULL;
CREATE INDEX client_archived_newest ON client (id)
    WHERE archived_at IS NOT NULL;
