-- The two lists, each read from its index in order (keyset pages).
CREATE INDEX client_active ON client (name_key, id) WHERE archived_at IS NULL;
CREATE INDEX client_archived ON client (name_key, id)
    WHERE archived_at IS NOT NULL;
