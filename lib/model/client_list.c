/*
 * The list of clients: a page of it in any order, narrowed by anything, read
 * from an index.
 *
 * The list that is asked for most, the active clients by name, has an index of
 * its own that holds all that is shown: a page is a few neighbouring blocks,
 * and not one for each client.
 *
 * What has few values (active or archived, kind, way of buying) is one number,
 * the facet, which comes first in every index. A list asks for up to four
 * facets and merges what their indexes give in order, so that it reads as
 * many rows as it shows, and three more.
 *
 * Limits stand in the SQL: PostgreSQL plans without the values of parameters,
 * and would take an unknown one for a tenth of the table.
 */
#include <string.h>

#include "model/client.h"
#include "model/client_impl.h"
#include "model/search.h"

enum { FACETS = 4 };

/*
 * The place in the order where the page begins: $1 a client, $2 the place for
 * one who is not there.
 */
#define NAME_PLACE                                                             \
    "WITH place AS (SELECT CAST($1 AS BIGINT) AS id,"                          \
    " coalesce((SELECT k.name_key FROM client k WHERE k.id = $1), $2)"         \
    " AS name_key)"
#define NAME_AT      "(SELECT p.name_key, p.id FROM place p)"
#define NAME_PAST    "(name_key, id) > " NAME_AT
#define NAME_BEFORE  "(name_key, id) < " NAME_AT
#define NAME_ORDER   "name_key, id"
#define NAME_REVERSE "name_key DESC, id DESC"
#define NAME_KEYS    "id, name_key"

#define CITY_PLACE                                                             \
    "WITH place AS (SELECT CAST($1 AS BIGINT) AS id,"                          \
    " coalesce((SELECT k.name_key FROM client k WHERE k.id = $1), '')"         \
    " AS name_key,"                                                            \
    " coalesce((SELECT k.city_key FROM client k WHERE k.id = $1), $2)"         \
    " AS city_key)"
#define CITY_AT      "(SELECT p.city_key, p.name_key, p.id FROM place p)"
#define CITY_PAST    "(city_key, name_key, id) > " CITY_AT
#define CITY_BEFORE  "(city_key, name_key, id) < " CITY_AT
#define CITY_ORDER   "city_key, name_key, id"
#define CITY_REVERSE "city_key DESC, name_key DESC, id DESC"
#define CITY_KEYS    "id, name_key, city_key"

/* Ids grow with time. */
#define NEWEST_PLACE                                                           \
    "WITH place AS (SELECT coalesce((SELECT k.id FROM client k"                \
    " WHERE k.id = $1), CAST($2 AS BIGINT)) AS id)"
#define NEWEST_AT      "(SELECT p.id FROM place p)"
#define NEWEST_PAST    "id < " NEWEST_AT
#define NEWEST_BEFORE  "id > " NEWEST_AT
#define NEWEST_ORDER   "id DESC"
#define NEWEST_REVERSE "id"
#define NEWEST_KEYS    "id"

/*
 * One facet. SQLite merges such by itself, and finds all that they hold in the
 * index; PostgreSQL does it if each says that it is in order, and short.
 */
#define SQLITE_ARM(facet, keys, past, scan, rows)                              \
    "SELECT " keys " FROM client WHERE facet = $" #facet " AND " past
#define PG_ARM(facet, keys, past, scan, rows)                                  \
    "SELECT * FROM (SELECT * FROM client WHERE facet = $" #facet " AND " past  \
    " ORDER BY " scan " LIMIT " rows ") AS arm" #facet

/*
 * The rows of four facets, $3 to $6, in one order. Who takes from it takes its
 * first rows: both databases read it row by row, which another ORDER BY around
 * it would not let them do.
 */
#define FOUR(arm, keys, past, scan, rows)                                      \
    arm(3, keys, past, scan, rows) " UNION ALL " arm(                          \
        4, keys, past, scan,                                                   \
        rows) " UNION ALL " arm(5, keys, past, scan,                           \
                                rows) " UNION ALL " arm(6, keys, past, scan,   \
                                                        rows) " ORDER "        \
                                                              "BY " scan       \
                                                              " LIMIT " rows

#define PG_WALK(keys, past, scan, rows)                                        \
    " SELECT " CLIENT_FIELDS                                                   \
    " FROM (" FOUR(PG_ARM, keys, past, scan, rows) ") AS walk"

/* Only rows that are shown are read: CROSS JOIN is the order of reading. */
#define SQLITE_WALK(keys, past, scan, rows)                                    \
    " SELECT " CLIENT_FIELDS " FROM (SELECT id AS walk_id FROM (" FOUR(        \
        SQLITE_ARM, keys, past, scan,                                          \
        rows) ")) AS walk CROSS JOIN client ON id = walk_id"

/* $7: rows */
#define LIST(walk, place, past, scan, keys)                                    \
    place walk(keys, past, scan, "501") " LIMIT $7"

/* $7: a city; $8: rows */
#define CITY_LIST(walk, place, past, scan, keys)                               \
    place walk(keys, "city_key = $7 AND " past, scan, "501") " LIMIT $8"

/* $7 to $10: words; $11: rows */
#define NEAR(walk, place, past, scan, keys)                                    \
    place walk(keys, past, scan, SEARCH_NEAR_ROWS) " WHERE" SEARCH_LIKE(       \
        7, 8, 9, 10) " LIMIT $11"

/* $7: a city; $8 to $11: words; $12: rows */
#define CITY_NEAR(walk, place, past, scan, keys)                               \
    place walk(keys, "city_key = $7 AND " past, scan,                          \
               SEARCH_NEAR_ROWS) " WHERE" SEARCH_LIKE(8, 9, 10,                \
                                                      11) " LIMIT $12"

/*
 * Wherever they are, and how many have been found. $7: a city, '' for all; $8
 * to $11: words; on SQLite $12: the pieces of the words; last: rows.
 */
#define FAR(place, from, match, past, scan, rows)                              \
    place ", found AS MATERIALIZED (SELECT id, name_key, city_key FROM " from  \
          " WHERE facet IN ($3, $4, $5, $6) AND ($7 = '' OR city_key = $7)"    \
          " AND" SEARCH_LIKE(8, 9, 10, 11) match                               \
        " LIMIT " SEARCH_FOUND_ROWS ") SELECT " CLIENT_FIELDS                  \
        ", found FROM (SELECT id AS page_id,"                                  \
        " (SELECT count(*) FROM found) AS found FROM found WHERE " past        \
        " ORDER BY " scan " LIMIT " rows                                       \
        ") AS page CROSS JOIN client WHERE id = page_id ORDER BY " scan

#define PG_FAR(place, past, scan, keys)                                        \
    FAR(place, "client", "", past, scan, "$12")

/* CROSS JOIN is the order of reading in SQLite. */
#define SQLITE_FAR(place, past, scan, keys)                                    \
    FAR(place, "client_search CROSS JOIN client ON id = client_search.rowid",  \
        " AND client_search MATCH $12", past, scan, "$13")

/* The active clients by name, as they are shown. $3: rows */
#define PG_ACTIVE(place, past, scan, keys)                                     \
    place " SELECT " CLIENT_SHOWN " FROM (SELECT " CLIENT_SHOWN                \
          " FROM client WHERE facet < 4 AND " past " ORDER BY " scan           \
          " LIMIT 501) AS page LIMIT $3"
#define SQLITE_ACTIVE(place, past, scan, keys)                                 \
    place " SELECT " CLIENT_SHOWN " FROM client WHERE facet < 4 AND " past     \
          " ORDER BY " scan " LIMIT $3"

#define NAME_ON   NAME_PLACE, NAME_PAST, NAME_ORDER, NAME_KEYS
#define NAME_BACK NAME_PLACE, NAME_BEFORE, NAME_REVERSE, NAME_KEYS
#define AGE_ON    NEWEST_PLACE, NEWEST_PAST, NEWEST_ORDER, NEWEST_KEYS
#define AGE_BACK  NEWEST_PLACE, NEWEST_BEFORE, NEWEST_REVERSE, NEWEST_KEYS
#define CITY_ON   CITY_PLACE, CITY_PAST, CITY_ORDER, CITY_KEYS
#define CITY_BACK CITY_PLACE, CITY_BEFORE, CITY_REVERSE, CITY_KEYS

/* Four arguments in one. */
#define IN(macro, ...) macro(__VA_ARGS__)

static const char sql_pg_client_active[] = IN(PG_ACTIVE, NAME_ON);
static const char sql_pg_client_active_back[] = IN(PG_ACTIVE, NAME_BACK);
static const char sql_pg_client_all_by_name[] = IN(LIST, PG_WALK, NAME_ON);
static const char sql_pg_client_all_by_name_back[] =
    IN(LIST, PG_WALK, NAME_BACK);
static const char sql_pg_client_all_by_age[] = IN(LIST, PG_WALK, AGE_ON);
static const char sql_pg_client_all_by_age_back[] = IN(LIST, PG_WALK, AGE_BACK);
static const char sql_pg_client_all_by_city[] = IN(LIST, PG_WALK, CITY_ON);
static const char sql_pg_client_all_by_city_back[] =
    IN(LIST, PG_WALK, CITY_BACK);
static const char sql_pg_client_city_by_name[] =
    IN(CITY_LIST, PG_WALK, NAME_ON);
static const char sql_pg_client_city_by_name_back[] =
    IN(CITY_LIST, PG_WALK, NAME_BACK);
static const char sql_pg_client_city_by_age[] = IN(CITY_LIST, PG_WALK, AGE_ON);
static const char sql_pg_client_city_by_age_back[] =
    IN(CITY_LIST, PG_WALK, AGE_BACK);
static const char sql_pg_client_near_by_name[] = IN(NEAR, PG_WALK, NAME_ON);
static const char sql_pg_client_near_by_name_back[] =
    IN(NEAR, PG_WALK, NAME_BACK);
static const char sql_pg_client_near_by_age[] = IN(NEAR, PG_WALK, AGE_ON);
static const char sql_pg_client_near_by_age_back[] =
    IN(NEAR, PG_WALK, AGE_BACK);
static const char sql_pg_client_near_by_city[] = IN(NEAR, PG_WALK, CITY_ON);
static const char sql_pg_client_near_by_city_back[] =
    IN(NEAR, PG_WALK, CITY_BACK);
static const char sql_pg_client_city_near_by_name[] =
    IN(CITY_NEAR, PG_WALK, NAME_ON);
static const char sql_pg_client_city_near_by_name_back[] =
    IN(CITY_NEAR, PG_WALK, NAME_BACK);
static const char sql_pg_client_city_near_by_age[] =
    IN(CITY_NEAR, PG_WALK, AGE_ON);
static const char sql_pg_client_city_near_by_age_back[] =
    IN(CITY_NEAR, PG_WALK, AGE_BACK);
static const char sql_pg_client_far_by_name[] = IN(PG_FAR, NAME_ON);
static const char sql_pg_client_far_by_name_back[] = IN(PG_FAR, NAME_BACK);
static const char sql_pg_client_far_by_age[] = IN(PG_FAR, AGE_ON);
static const char sql_pg_client_far_by_age_back[] = IN(PG_FAR, AGE_BACK);
static const char sql_pg_client_far_by_city[] = IN(PG_FAR, CITY_ON);
static const char sql_pg_client_far_by_city_back[] = IN(PG_FAR, CITY_BACK);

static const char sql_sqlite_client_active[] = IN(SQLITE_ACTIVE, NAME_ON);
static const char sql_sqlite_client_active_back[] =
    IN(SQLITE_ACTIVE, NAME_BACK);
static const char sql_sqlite_client_all_by_name[] =
    IN(LIST, SQLITE_WALK, NAME_ON);
static const char sql_sqlite_client_all_by_name_back[] =
    IN(LIST, SQLITE_WALK, NAME_BACK);
static const char sql_sqlite_client_all_by_age[] =
    IN(LIST, SQLITE_WALK, AGE_ON);
static const char sql_sqlite_client_all_by_age_back[] =
    IN(LIST, SQLITE_WALK, AGE_BACK);
static const char sql_sqlite_client_all_by_city[] =
    IN(LIST, SQLITE_WALK, CITY_ON);
static const char sql_sqlite_client_all_by_city_back[] =
    IN(LIST, SQLITE_WALK, CITY_BACK);
static const char sql_sqlite_client_city_by_name[] =
    IN(CITY_LIST, SQLITE_WALK, NAME_ON);
static const char sql_sqlite_client_city_by_name_back[] =
    IN(CITY_LIST, SQLITE_WALK, NAME_BACK);
static const char sql_sqlite_client_city_by_age[] =
    IN(CITY_LIST, SQLITE_WALK, AGE_ON);
static const char sql_sqlite_client_city_by_age_back[] =
    IN(CITY_LIST, SQLITE_WALK, AGE_BACK);
static const char sql_sqlite_client_near_by_name[] =
    IN(NEAR, SQLITE_WALK, NAME_ON);
static const char sql_sqlite_client_near_by_name_back[] =
    IN(NEAR, SQLITE_WALK, NAME_BACK);
static const char sql_sqlite_client_near_by_age[] =
    IN(NEAR, SQLITE_WALK, AGE_ON);
static const char sql_sqlite_client_near_by_age_back[] =
    IN(NEAR, SQLITE_WALK, AGE_BACK);
static const char sql_sqlite_client_near_by_city[] =
    IN(NEAR, SQLITE_WALK, CITY_ON);
static const char sql_sqlite_client_near_by_city_back[] =
    IN(NEAR, SQLITE_WALK, CITY_BACK);
static const char sql_sqlite_client_city_near_by_name[] =
    IN(CITY_NEAR, SQLITE_WALK, NAME_ON);
static const char sql_sqlite_client_city_near_by_name_back[] =
    IN(CITY_NEAR, SQLITE_WALK, NAME_BACK);
static const char sql_sqlite_client_city_near_by_age[] =
    IN(CITY_NEAR, SQLITE_WALK, AGE_ON);
static const char sql_sqlite_client_city_near_by_age_back[] =
    IN(CITY_NEAR, SQLITE_WALK, AGE_BACK);
static const char sql_sqlite_client_far_by_name[] = IN(SQLITE_FAR, NAME_ON);
static const char sql_sqlite_client_far_by_name_back[] =
    IN(SQLITE_FAR, NAME_BACK);
static const char sql_sqlite_client_far_by_age[] = IN(SQLITE_FAR, AGE_ON);
static const char sql_sqlite_client_far_by_age_back[] =
    IN(SQLITE_FAR, AGE_BACK);
static const char sql_sqlite_client_far_by_city[] = IN(SQLITE_FAR, CITY_ON);
static const char sql_sqlite_client_far_by_city_back[] =
    IN(SQLITE_FAR, CITY_BACK);

/* Forwards and backwards, which gives the last row first. */
struct list_sql {
    const char *all[2], *city[2], *near[2], *city_near[2], *far[2];
};

/* In one city, the order by city is that by name. */
static const struct list_sql pg_sql[] = {
    [CLIENT_BY_NAME] =
        {
            .all = {sql_pg_client_all_by_name, sql_pg_client_all_by_name_back},
            .city = {sql_pg_client_city_by_name,
                     sql_pg_client_city_by_name_back},
            .near = {sql_pg_client_near_by_name,
                     sql_pg_client_near_by_name_back},
            .city_near = {sql_pg_client_city_near_by_name,
                          sql_pg_client_city_near_by_name_back},
            .far = {sql_pg_client_far_by_name, sql_pg_client_far_by_name_back},
        },
    [CLIENT_NEWEST] =
        {
            .all = {sql_pg_client_all_by_age, sql_pg_client_all_by_age_back},
            .city = {sql_pg_client_city_by_age, sql_pg_client_city_by_age_back},
            .near = {sql_pg_client_near_by_age, sql_pg_client_near_by_age_back},
            .city_near = {sql_pg_client_city_near_by_age,
                          sql_pg_client_city_near_by_age_back},
            .far = {sql_pg_client_far_by_age, sql_pg_client_far_by_age_back},
        },
    [CLIENT_BY_CITY] =
        {
            .all = {sql_pg_client_all_by_city, sql_pg_client_all_by_city_back},
            .city = {sql_pg_client_city_by_name,
                     sql_pg_client_city_by_name_back},
            .near = {sql_pg_client_near_by_city,
                     sql_pg_client_near_by_city_back},
            .city_near = {sql_pg_client_city_near_by_name,
                          sql_pg_client_city_near_by_name_back},
            .far = {sql_pg_client_far_by_city, sql_pg_client_far_by_city_back},
        },
};

static const struct list_sql sqlite_sql[] = {
    [CLIENT_BY_NAME] =
        {
            .all = {sql_sqlite_client_all_by_name,
                    sql_sqlite_client_all_by_name_back},
            .city = {sql_sqlite_client_city_by_name,
                     sql_sqlite_client_city_by_name_back},
            .near = {sql_sqlite_client_near_by_name,
                     sql_sqlite_client_near_by_name_back},
            .city_near = {sql_sqlite_client_city_near_by_name,
                          sql_sqlite_client_city_near_by_name_back},
            .far = {sql_sqlite_client_far_by_name,
                    sql_sqlite_client_far_by_name_back},
        },
    [CLIENT_NEWEST] =
        {
            .all = {sql_sqlite_client_all_by_age,
                    sql_sqlite_client_all_by_age_back},
            .city = {sql_sqlite_client_city_by_age,
                     sql_sqlite_client_city_by_age_back},
            .near = {sql_sqlite_client_near_by_age,
                     sql_sqlite_client_near_by_age_back},
            .city_near = {sql_sqlite_client_city_near_by_age,
                          sql_sqlite_client_city_near_by_age_back},
            .far = {sql_sqlite_client_far_by_age,
                    sql_sqlite_client_far_by_age_back},
        },
    [CLIENT_BY_CITY] =
        {
            .all = {sql_sqlite_client_all_by_city,
                    sql_sqlite_client_all_by_city_back},
            .city = {sql_sqlite_client_city_by_name,
                     sql_sqlite_client_city_by_name_back},
            .near = {sql_sqlite_client_near_by_city,
                     sql_sqlite_client_near_by_city_back},
            .city_near = {sql_sqlite_client_city_near_by_name,
                          sql_sqlite_client_city_near_by_name_back},
            .far = {sql_sqlite_client_far_by_city,
                    sql_sqlite_client_far_by_city_back},
        },
};

/* Forwards and backwards. */
static const char *const pg_active[] = {sql_pg_client_active,
                                        sql_pg_client_active_back};
static const char *const sqlite_active[] = {sql_sqlite_client_active,
                                            sql_sqlite_client_active_back};

static const struct column shown_columns[] = {CLIENT_SHOWN_COLUMNS, {0}};

/* A client that a search has found, and how many it has found in all. */
struct found {
    struct client client;
    int64_t found;
};

/* The client comes first, so its columns are where they are. */
static const struct column found_columns[] = {
    CLIENT_COLUMNS, COL(COL_INT, struct found, found), {0}};

/* The parameters of a list, in the order in which they are added. */
struct params {
    struct db_arg args[16];
    size_t n;
};

static void add(struct params *p, struct db_arg arg)
{
    p->args[p->n++] = arg;
}

/*
 * Where the page begins: with the first client if there is none to come after;
 * with nobody if that client is not there.
 */
static void add_place(struct params *p, const struct client_filter *f)
{
    static const char last_text[] = "\xf4\x8f\xbf\xbf"; /* U+10FFFF */
    bool back = f->before != 0, start = !back && f->after == 0;
    add(p, db_int(back ? f->before : f->after));
    if (f->sort == CLIENT_NEWEST)
        add(p, db_text(start || back ? "9223372036854775807" : "0"));
    else
        add(p, db_text(start || back ? "" : last_text));
}

static bool lets(const char *wanted, const char *value)
{
    return wanted == NULL || wanted[0] == '\0' || strcmp(wanted, value) == 0;
}

/* The facets of the filter, as sql/0010 computes them; -1 is nobody's. */
static void add_facets(struct params *p, const struct client_filter *f)
{
    for (int i = 0; i < FACETS; i++) {
        bool wanted = lets(f->kind, i & 2 ? "legal" : "natural") &&
                      lets(f->service_kind, i & 1 ? "contract" : "single");
        add(p, db_int(wanted ? i + (f->archived ? FACETS : 0) : -1));
    }
}

static void add_words(struct params *p, const struct search *s)
{
    for (size_t i = 0; i < SEARCH_WORDS; i++)
        add(p, db_text(s->like[i]));
}

static enum err read_list(struct db *db, struct arena *a, const char *sql,
                          struct params *p, struct db_rows *ret_rows)
{
    struct query q = {.sql = sql, .args = p->args, .n_args = p->n};
    return db_all(db, a, &q, client_columns, sizeof(struct client), ret_rows);
}

static enum err read_found(struct db *db, struct arena *a, const char *sql,
                           struct params *p, struct db_rows *ret_rows,
                           bool *ret_partial)
{
    struct query q = {.sql = sql, .args = p->args, .n_args = p->n};
    struct db_rows rows;
    TRY(db_all(db, a, &q, found_columns, sizeof(struct found), &rows));
    const struct found *found = rows.items;
    struct client *clients = ARENA_ARRAY(a, struct client, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        clients[i] = found[i].client;
    *ret_partial = rows.n > 0 && found[0].found >= SEARCH_FOUND;
    *ret_rows = (struct db_rows){.items = clients, .n = rows.n};
    return ERR_OK;
}

/* What is looked for. */
struct look {
    const struct client_filter *filter;
    const char *city; /* folded */
    const struct search *words;
};

/* The words of a search: near first, then wherever they are. */
static enum err look_for(struct db *db, struct arena *a,
                         const struct list_sql *sql, const struct look *look,
                         struct db_rows *ret_rows, bool *ret_partial)
{
    const struct client_filter *f = look->filter;
    const struct search *s = look->words;
    bool back = f->before != 0, in_city = look->city[0] != '\0';
    struct params near = {.n = 0};
    add_place(&near, f);
    add_facets(&near, f);
    struct params far = near;
    if (in_city)
        add(&near, db_text(look->city));
    add_words(&near, s);
    add(&near, db_int(f->limit));
    TRY(read_list(db, a, in_city ? sql->city_near[back] : sql->near[back],
                  &near, ret_rows));
    if (ret_rows->n >= (size_t)f->limit)
        return ERR_OK;
    add(&far, db_text(look->city));
    add_words(&far, s);
    if (db_kind(db) == DB_SQLITE)
        add(&far, db_text(s->pieces));
    add(&far, db_int(f->limit));
    return read_found(db, a, sql->far[back], &far, ret_rows, ret_partial);
}

/* Every active client by name, and no more of it than a list shows? */
static bool is_active_list(const struct client_filter *f, const char *city)
{
    return f->sort == CLIENT_BY_NAME && !f->archived && !f->whole &&
           city[0] == '\0' && (f->kind == NULL || f->kind[0] == '\0') &&
           (f->service_kind == NULL || f->service_kind[0] == '\0');
}

static enum err read_active(struct db *db, struct arena *a,
                            const struct client_filter *f,
                            struct db_rows *ret_rows)
{
    const char *const *sql = db_kind(db) == DB_PG ? pg_active : sqlite_active;
    struct params p = {.n = 0};
    add_place(&p, f);
    add(&p, db_int(f->limit));
    struct query q = {
        .sql = sql[f->before != 0], .args = p.args, .n_args = p.n};
    return db_all(db, a, &q, shown_columns, sizeof(struct client), ret_rows);
}

/* Without words. */
static enum err read_page(struct db *db, struct arena *a,
                          const struct list_sql *sql, const struct look *look,
                          struct db_rows *ret_rows)
{
    const struct client_filter *f = look->filter;
    bool back = f->before != 0, in_city = look->city[0] != '\0';
    struct params p = {.n = 0};
    if (is_active_list(f, look->city))
        return read_active(db, a, f, ret_rows);
    add_place(&p, f);
    add_facets(&p, f);
    if (in_city)
        add(&p, db_text(look->city));
    add(&p, db_int(f->limit));
    return read_list(db, a, in_city ? sql->city[back] : sql->all[back], &p,
                     ret_rows);
}

/* What was read backwards, turned round. */
static void reverse(struct db_rows *rows)
{
    struct client *c = rows->items;
    for (size_t i = 0, k = rows->n; i + 1 < k; i++) {
        struct client last = c[--k];
        c[k] = c[i];
        c[i] = last;
    }
}

enum err client_list(struct db *db, struct arena *a,
                     const struct client_filter *f, struct db_rows *ret_rows,
                     bool *ret_partial)
{
    const struct list_sql *sql =
        db_kind(db) == DB_PG ? &pg_sql[f->sort] : &sqlite_sql[f->sort];
    struct search s;
    struct look look = {
        .filter = f,
        .city = search_fold(a, f->city != NULL ? f->city : ""),
        .words = &s,
    };
    bool partial = false;
    if (search_parse(a, f->search != NULL ? f->search : "", &s))
        TRY(look_for(db, a, sql, &look, ret_rows, &partial));
    else
        TRY(read_page(db, a, sql, &look, ret_rows));
    if (f->before != 0)
        reverse(ret_rows);
    if (ret_partial != NULL)
        *ret_partial = partial;
    return ERR_OK;
}
