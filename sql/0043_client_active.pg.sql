-- The list that is asked for most, in one piece; see lib/model/client_list.c.
CREATE INDEX client_active ON client (name_key, id) WHERE facet < 4;
