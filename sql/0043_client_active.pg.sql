-- The list that is asked for most, in one piece, with what is shown of each
-- client; see lib/model/client_list.c. An entry may have 2,704 bytes: the
-- longest texts that a form takes are 2,400.
CREATE INDEX client_active ON client (name_key, id)
    INCLUDE (kind, doc_type, doc_number, doc_dv, name, company, email, phone,
        city)
    WHERE facet < 4;
