-- Clients that look the same, and what happens when they turn out to be one.

-- Found by telephone or e-mail; by name there is client_by_name.
CREATE INDEX client_by_phone ON client (phone)
    WHERE phone <> '' AND archived_at IS NULL;
CREATE INDEX client_by_email ON client (email)
    WHERE email <> '' AND archived_at IS NULL;

-- A merged client keeps what it was; its document may have gone on.
DROP INDEX client_document;
CREATE UNIQUE INDEX client_document ON client (doc_type, doc_number)
    WHERE doc_number <> '' AND merged_into IS NULL;

-- The accounts of a client go with it.
CREATE INDEX app_user_by_client ON app_user (client_id)
    WHERE client_id IS NOT NULL;
