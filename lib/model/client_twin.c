#include "model/client_twin.h"

#include "model/client_impl.h"
#include "model/search.h"

/* Each way of being alike has an index, and is asked for few rows: a name that
 * thousands have costs no more than one that two have. In the order of their
 * index, for PostgreSQL keeps a plan that it made for a small table, where it
 * takes client_by_city for as good. */
static const char sql_client_twins[] =
    "WITH twin AS ("
    "SELECT id FROM (SELECT id FROM client WHERE facet IN (0, 1, 2, 3)"
    " AND name_key = $1 AND name_key <> '' AND id <> $2"
    " ORDER BY facet, name_key, id LIMIT 5) AS by_name"
    " UNION SELECT id FROM (SELECT id FROM client WHERE phone = $3"
    " AND phone <> '' AND archived_at IS NULL AND id <> $2 LIMIT 5) AS by_phone"
    " UNION SELECT id FROM (SELECT id FROM client WHERE email = $4"
    " AND email <> '' AND archived_at IS NULL AND id <> $2 LIMIT 5) AS by_email"
    ") SELECT " CLIENT_FIELDS " FROM client WHERE id IN (SELECT id FROM twin)"
    " ORDER BY id LIMIT 5";

static const char sql_client_known[] =
    "SELECT coalesce((SELECT id FROM client WHERE doc_type = $1"
    " AND doc_number = $2 AND doc_number <> '' AND merged_into IS NULL), 0)"
    " AS same_document,"
    " coalesce((SELECT id FROM client WHERE facet IN (0, 1, 2, 3)"
    " AND name_key = $3 AND name_key <> ''"
    " ORDER BY facet, name_key, id LIMIT 1), 0) AS same_name,"
    " coalesce((SELECT id FROM client WHERE phone = $4 AND phone <> ''"
    " AND archived_at IS NULL LIMIT 1), 0) AS same_phone,"
    " coalesce((SELECT id FROM client WHERE email = $5 AND email <> ''"
    " AND archived_at IS NULL LIMIT 1), 0) AS same_email";

static const struct column known_columns[] = {
    COL(COL_INT, struct client_known, same_document),
    COL(COL_INT, struct client_known, same_name),
    COL(COL_INT, struct client_known, same_phone),
    COL(COL_INT, struct client_known, same_email),
    {0},
};

enum err client_twins(struct db *db, struct arena *a, const struct client *like,
                      struct db_rows *ret_rows)
{
    return db_all(db, a,
                  QUERY(sql_client_twins, db_text(search_fold(a, like->name)),
                        db_int(like->id), db_text(like->phone),
                        db_text(like->email)),
                  client_columns, sizeof(struct client), ret_rows);
}

enum err client_known(struct db *db, struct arena *a, const struct client *like,
                      struct client_known *ret)
{
    return db_one(db, a,
                  QUERY(sql_client_known, db_text(like->doc_type),
                        db_text(like->doc_number),
                        db_text(search_fold(a, like->name)),
                        db_text(like->phone), db_text(like->email)),
                  known_columns, ret);
}
