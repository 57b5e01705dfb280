#include "model/user_token.h"

#include "base/clock.h"

static const char sql_token_add[] =
    "INSERT INTO user_token (token_hash, kind, user_id, created_at,"
    " created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";

/* What is over goes, too. */
static const char sql_token_replace[] =
    "DELETE FROM user_token WHERE (user_id = $1 AND kind = $2)"
    " OR expires_at <= $3";

static const char sql_token_revoke[] =
    "DELETE FROM user_token WHERE user_id = $1";

/* Of two who use it at once, the second finds nothing to delete. */
static const char sql_token_use[] =
    "DELETE FROM user_token WHERE token_hash = $1 AND user_id = $2";

static const char sql_token_find[] =
    "SELECT t.user_id AS id FROM user_token t"
    " JOIN app_user u ON u.id = t.user_id"
    " WHERE t.token_hash = $1 AND t.kind = $2 AND t.expires_at > $3"
    " AND u.archived_at IS NULL AND u.status ="
    " CASE t.kind WHEN 'invite' THEN 'invited' ELSE 'active' END";

static const char sql_token_last[] =
    "SELECT user_id, kind, created_at, expires_at FROM user_token"
    " WHERE user_id = $1 AND kind = $2 ORDER BY created_at DESC LIMIT 1";

static const char sql_reset_count[] =
    "SELECT count(*) AS n FROM reset_request WHERE ip = $1 AND at > $2";

static const char sql_reset_add[] =
    "INSERT INTO reset_request (ip, at) VALUES ($1, $2)";

static const char sql_reset_old[] = "DELETE FROM reset_request WHERE at <= $1";

struct found {
    int64_t id;
};

static const struct column found_columns[] = {COL(COL_INT, struct found, id),
                                              {0}};

struct count {
    int64_t n;
};

static const struct column count_columns[] = {COL(COL_INT, struct count, n),
                                              {0}};

static const struct column token_columns[] = {
    COL(COL_INT, struct user_token, user_id),
    COL(COL_TEXT, struct user_token, kind),
    COL(COL_INT, struct user_token, created_at),
    COL(COL_INT, struct user_token, expires_at),
    {0},
};

static enum err create(struct db *db, const struct user_token *t,
                       struct actor *by)
{
    int64_t now = clock_now();
    TRY(db_write(db,
                 QUERY(sql_token_replace, db_int(t->user_id), db_text(t->kind),
                       db_int(now)),
                 NULL));
    TRY(db_write(db,
                 QUERY(sql_token_add, db_text(t->hash), db_text(t->kind),
                       db_int(t->user_id), db_int(now), db_id(by->user_id),
                       db_int(now + t->valid_s)),
                 NULL));
    return audit_note(db, by,
                      &(struct audit_event){.action = t->kind,
                                            .entity = "user",
                                            .id = t->user_id});
}

enum err user_token_create(struct db *db, const struct user_token *t,
                           struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, t, by));
}

enum err user_token_find(struct db *db, struct arena *a, const char *hash,
                         const char *kind, struct user *ret)
{
    struct found f;
    TRY(db_one(db, a,
               QUERY(sql_token_find, db_text(hash), db_text(kind),
                     db_int(clock_now())),
               found_columns, &f));
    return user_get(db, a, f.id, ret);
}

enum err user_token_last(struct db *db, struct arena *a, int64_t user_id,
                         const char *kind, struct user_token *ret)
{
    return db_one(db, a, QUERY(sql_token_last, db_int(user_id), db_text(kind)),
                  token_columns, ret);
}

static enum err use(struct db *db, const char *hash, const struct user *u,
                    const char *pass_hash, struct actor *by)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_token_use, db_text(hash), db_int(u->id)),
                 &changed));
    if (changed == 0)
        return ERR_NOTFOUND;
    TRY(user_open(db, u, pass_hash, by));
    return user_token_revoke(db, u->id);
}

enum err user_token_use(struct db *db, const char *hash, const struct user *u,
                        const char *pass_hash, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, use(db, hash, u, pass_hash, by));
}

enum err user_token_revoke(struct db *db, int64_t user_id)
{
    return db_write(db, QUERY(sql_token_revoke, db_int(user_id)), NULL);
}

enum err user_token_request(struct db *db, struct arena *a, const char *ip)
{
    enum { HOUR_S = 3600 };
    struct count c;
    int64_t now = clock_now();
    TRY(db_one(db, a, QUERY(sql_reset_count, db_text(ip), db_int(now - HOUR_S)),
               count_columns, &c));
    if (c.n >= RESET_PER_HOUR)
        return ERR_THROTTLED;
    TRY(db_write(db, QUERY(sql_reset_old, db_int(now - HOUR_S)), NULL));
    return db_write(db, QUERY(sql_reset_add, db_text(ip), db_int(now)), NULL);
}
