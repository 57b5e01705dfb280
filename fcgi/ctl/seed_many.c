/*
 * seed_many - more clients than anyone would type, to see what a site bears.
 *
 * One statement makes all clients with the same first name and surname; their
 * second surname and the rest come from the demo clients, one after the
 * other, and a serial number makes each of them different. They have neither
 * document nor company.
 */
#include "base/clock.h"
#include "ctl/seed.h"
#include "model/search.h"

/* The last word of a text in SQL that both databases have. */
#define LAST_WORD(text)                                                        \
    "replace(" text ", rtrim(" text ", replace(" text ", ' ', '')), '')"

/* A serial number as seven digits. */
#define DIGITS "substr(CAST(10000000 + i AS TEXT), 2)"

#define NAME "CAST($3 AS TEXT) || ' ' || " LAST_WORD("name") " || ' ' || i"
#define KEY  "CAST($4 AS TEXT) || ' ' || " LAST_WORD("name_key") " || ' ' || i"

/*
 * Serial numbers $1 to $2, of people called $3, folded $4, after the clients
 * from $5 on, which are $6, at the time $7.
 */
static const char sql_seed_people[] =
    "WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL"
    " SELECT i + 1 FROM n WHERE i < $2)"
    " INSERT INTO client (uid, phone, name, name_key, search_text, email,"
    " kind, service_kind, address, city, city_key, dane_city, created_at,"
    " updated_at)"
    " SELECT '00000000-0000-7000-8000-00000' || " DIGITS ", '+57300' || " DIGITS
    ", " NAME ", " KEY ", ' ' || " KEY
    " || ' ' || i || ' example com 300' || " DIGITS ", i || '@example.com',"
    " kind, service_kind, address, city, city_key, dane_city, $7, $7"
    " FROM n JOIN client e ON e.id = $5 + n.i % $6";

static const char sql_seed_count[] = "SELECT count(*) AS n FROM client";

struct count {
    int64_t n;
};

static const struct column count_columns[] = {COL(COL_INT, struct count, n),
                                              {0}};

/* One row of the audit for each statement, not for each client. */
static enum err add_people(struct db *db, struct actor *by,
                           const struct query *q)
{
    TRY(audit_begin(db, by));
    enum err e = db_write(db, q, NULL);
    if (e == ERR_OK)
        e = audit_note(
            db, by,
            &(struct audit_event){.action = "create", .entity = "client"});
    return audit_end(db, by, e);
}

enum err seed_many(struct db *db, struct arena *a, const struct seed_words *w,
                   int64_t wanted, struct actor *by)
{
    struct count c;
    TRY(db_one(db, a, QUERY(sql_seed_count), count_columns, &c));
    int64_t pairs = (int64_t)(w->n_first * w->n_last), missing = wanted - c.n;
    int64_t serial = c.n;
    for (int64_t i = 0; i < pairs && missing > 0; i++) {
        /* what is left is shared by the pairs that are left */
        int64_t n = (missing + pairs - i - 1) / (pairs - i);
        const char *name =
            arena_fmt(a, "%s %s", w->first[i % (int64_t)w->n_first],
                      w->last[i / (int64_t)w->n_first]);
        TRY(add_people(db, by,
                       QUERY(sql_seed_people, db_int(serial),
                             db_int(serial + n - 1), db_text(name),
                             db_text(search_fold(a, name)), db_int(w->first_id),
                             db_int(w->n_clients), db_int(clock_now()))));
        serial += n;
        missing -= n;
    }
    return db_script(db, "ANALYZE");
}
