-- The list that is asked for most, in one piece, with what is shown of each
-- client; see lib/model/client_list.c.
CREATE INDEX client_active ON client (name_key, id, kind, doc_type, doc_number,
    doc_dv, name, company, email, phone, city) WHERE facet < 4;
