#include "web/throttle.h"

#include "base/clock.h"

enum { PER_ADDRESS = 5, PER_ACCOUNT = 20 };

static const char sql_failures_count[] =
    "SELECT"
    " (SELECT count(*) FROM login_failure"
    "   WHERE email = $1 AND ip = $2 AND at > $3) AS here,"
    " (SELECT count(*) FROM login_failure"
    "   WHERE ip = $2 AND at > $3) AS address,"
    " (SELECT count(*) FROM login_failure"
    "   WHERE email = $1 AND at > $3) AS account";

static const char sql_failure_add[] =
    "INSERT INTO login_failure (email, ip, at) VALUES ($1, $2, $3)";

static const char sql_failures_old[] =
    "DELETE FROM login_failure WHERE at <= $1";

static const char sql_failures_forget[] =
    "DELETE FROM login_failure WHERE email = $1 AND ip = $2";

struct failures {
    int64_t here, address, account;
};

static const struct column failures_cols[] = {
    COL(COL_INT, struct failures, here),
    COL(COL_INT, struct failures, address),
    COL(COL_INT, struct failures, account),
    {0},
};

static int64_t window_start(const struct ctx *c)
{
    return clock_now() - c->app->conf.login.window_ms / 1000;
}

enum err throttle_check(struct ctx *c, const char *email)
{
    struct failures f;
    int64_t most = c->app->conf.login.attempts;
    TRY(ctx_db(
        c, db_one(c->app->db, c->arena,
                  QUERY(sql_failures_count, db_text(email),
                        db_text(c->req.remote_addr), db_int(window_start(c))),
                  failures_cols, &f)));
    if (f.here >= most || f.address >= most * PER_ADDRESS ||
        f.account >= most * PER_ACCOUNT)
        return ERR_THROTTLED;
    return ERR_OK;
}

enum err throttle_failure(struct ctx *c, const char *email)
{
    struct db *db = c->app->db;
    TRY(ctx_db(c, db_write(db, QUERY(sql_failures_old, db_int(window_start(c))),
                           NULL)));
    return ctx_db(
        c, db_write(db,
                    QUERY(sql_failure_add, db_text(email),
                          db_text(c->req.remote_addr), db_int(clock_now())),
                    NULL));
}

enum err throttle_success(struct ctx *c, const char *email)
{
    return ctx_db(c, db_write(c->app->db,
                              QUERY(sql_failures_forget, db_text(email),
                                    db_text(c->req.remote_addr)),
                              NULL));
}
