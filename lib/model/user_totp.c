#include "model/user_totp.h"

#include "base/clock.h"

static const char sql_totp_on[] =
    "INSERT INTO user_totp (user_id, secret, created_at, last_step)"
    " VALUES ($1, $2, $3, $4)";

static const char sql_totp_off[] = "DELETE FROM user_totp WHERE user_id = $1";

/*
 * The right side has the values from before: after the ninth failure the wait
 * is a minute, then the square of minutes, at most a day.
 */
static const char sql_totp_try[] =
    "UPDATE user_totp SET failures = failures + 1, wait_until = CASE"
    " WHEN failures < $1 THEN 0"
    " WHEN failures < $1 + 37 THEN"
    " $2 + 60 * (failures - $1 + 1) * (failures - $1 + 1)"
    " ELSE $2 + 86400 END"
    " WHERE user_id = $3 AND wait_until <= $2"
    " RETURNING secret, last_step";

static const char sql_totp_get[] =
    "SELECT secret, last_step FROM user_totp WHERE user_id = $1";

/* Of two who bring the same code at once, the second changes nothing. */
static const char sql_totp_accept[] =
    "UPDATE user_totp SET last_step = $1, failures = 0, wait_until = 0"
    " WHERE user_id = $2 AND last_step < $1";

static const char sql_recovery_add[] =
    "INSERT INTO user_recovery (code_hash, user_id) VALUES ($1, $2)";

static const char sql_recovery_clear[] =
    "DELETE FROM user_recovery WHERE user_id = $1";

static const char sql_recovery_use[] =
    "DELETE FROM user_recovery WHERE code_hash = $1 AND user_id = $2";

static const char sql_recovery_left[] =
    "SELECT count(*) AS n FROM user_recovery WHERE user_id = $1";

static const struct column totp_columns[] = {
    COL(COL_TEXT, struct user_totp, secret),
    COL(COL_INT, struct user_totp, last_step),
    {0},
};

struct count {
    int64_t n;
};

static const struct column count_columns[] = {COL(COL_INT, struct count, n),
                                              {0}};

static enum err note(struct db *db, struct actor *by, const char *action,
                     int64_t user_id)
{
    return audit_note(db, by,
                      &(struct audit_event){
                          .action = action, .entity = "user", .id = user_id});
}

static enum err on(struct db *db, int64_t user_id, const char *secret,
                   int64_t step, struct actor *by)
{
    TRY(db_write(db,
                 QUERY(sql_totp_on, db_int(user_id), db_text(secret),
                       db_int(clock_now()), db_int(step)),
                 NULL));
    return note(db, by, "totp_on", user_id);
}

enum err user_totp_on(struct db *db, int64_t user_id, const char *secret,
                      int64_t step, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, on(db, user_id, secret, step, by));
}

static enum err off(struct db *db, int64_t user_id, const char *action,
                    struct actor *by)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_totp_off, db_int(user_id)), &changed));
    if (changed == 0)
        return ERR_NOTFOUND;
    TRY(db_write(db, QUERY(sql_recovery_clear, db_int(user_id)), NULL));
    return note(db, by, action, user_id);
}

enum err user_totp_off(struct db *db, int64_t user_id, const char *action,
                       struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, off(db, user_id, action, by));
}

enum err user_totp_try(struct db *db, struct arena *a, int64_t user_id,
                       struct user_totp *ret)
{
    enum err e = db_write_one(db, a,
                              QUERY(sql_totp_try, db_int(USER_TOTP_FREE),
                                    db_int(clock_now()), db_int(user_id)),
                              totp_columns, ret);
    if (e != ERR_NOTFOUND)
        return e;
    TRY(db_one(db, a, QUERY(sql_totp_get, db_int(user_id)), totp_columns, ret));
    return ERR_THROTTLED; /* it is on, and it is too soon */
}

enum err user_totp_accept(struct db *db, int64_t user_id, int64_t step)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_totp_accept, db_int(step), db_int(user_id)),
                 &changed));
    return changed == 0 ? ERR_NOTFOUND : ERR_OK;
}

enum err user_totp_refused(struct db *db, int64_t user_id, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, note(db, by, "totp_refused", user_id));
}

static enum err set(struct db *db, int64_t user_id, const char *const *hashes,
                    struct actor *by)
{
    TRY(db_write(db, QUERY(sql_recovery_clear, db_int(user_id)), NULL));
    for (size_t i = 0; i < USER_RECOVERY_CODES; i++)
        TRY(db_write(
            db, QUERY(sql_recovery_add, db_text(hashes[i]), db_int(user_id)),
            NULL));
    return note(db, by, "recovery_new", user_id);
}

enum err user_recovery_set(struct db *db, int64_t user_id,
                           const char *const *hashes, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, set(db, user_id, hashes, by));
}

enum err user_recovery_use(struct db *db, int64_t user_id, const char *hash,
                           struct actor *by)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_recovery_use, db_text(hash), db_int(user_id)),
                 &changed));
    return changed == 0 ? ERR_NOTFOUND : note(db, by, "recovery_use", user_id);
}

enum err user_recovery_left(struct db *db, struct arena *a, int64_t user_id,
                            int64_t *ret_left)
{
    struct count c;
    TRY(db_one(db, a, QUERY(sql_recovery_left, db_int(user_id)), count_columns,
               &c));
    *ret_left = c.n;
    return ERR_OK;
}
