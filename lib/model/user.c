#include "model/user.h"

#include "base/clock.h"
#include "base/rand.h"

#define USER_FIELDS                                                            \
    "id, coalesce(client_id, 0) AS client_id, email, name, role, status,"      \
    " pass_hash, coalesce(last_login_at, 0) AS last_login_at"

static const char sql_user_by_email[] =
    "SELECT " USER_FIELDS " FROM app_user"
    " WHERE email = $1 AND status = 'active' AND archived_at IS NULL";

static const char sql_user_get[] =
    "SELECT " USER_FIELDS " FROM app_user WHERE id = $1";

static const char sql_user_create[] =
    "INSERT INTO app_user (uid, email, name, role, client_id, pass_hash,"
    " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)"
    " RETURNING id";

static const char sql_user_set_password[] =
    "UPDATE app_user SET pass_hash = $1, updated_at = $2,"
    " version = version + 1 WHERE email = $3";

static const char sql_user_logged_in[] =
    "UPDATE app_user SET last_login_at = $1 WHERE id = $2";

const struct column user_columns[] = {
    COL(COL_INT, struct user, id),
    COL(COL_INT, struct user, client_id),
    COL(COL_TEXT, struct user, email),
    COL(COL_TEXT, struct user, name),
    COL(COL_TEXT, struct user, role),
    COL(COL_TEXT, struct user, status),
    COL(COL_TEXT, struct user, pass_hash),
    COL(COL_INT, struct user, last_login_at),
    {0},
};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

enum err user_by_email(struct db *db, struct arena *a, const char *email,
                       struct user *ret)
{
    return db_one(db, a, QUERY(sql_user_by_email, db_text(email)), user_columns,
                  ret);
}

enum err user_get(struct db *db, struct arena *a, int64_t id, struct user *ret)
{
    return db_one(db, a, QUERY(sql_user_get, db_int(id)), user_columns, ret);
}

enum err user_create(struct db *db, struct arena *a, const struct user *u,
                     int64_t *ret_id)
{
    char uid[37];
    struct new_id new;
    rand_uuid7(uid);
    TRY(db_write_one(db, a,
                     QUERY(sql_user_create, db_text(uid), db_text(u->email),
                           db_text(u->name), db_text(u->role),
                           db_id(u->client_id), db_text(u->pass_hash),
                           db_int(clock_now())),
                     new_id_columns, &new));
    *ret_id = new.id;
    return ERR_OK;
}

enum err user_set_password(struct db *db, const char *email,
                           const char *pass_hash)
{
    int64_t changed;
    TRY(db_write(db,
                 QUERY(sql_user_set_password, db_text(pass_hash),
                       db_int(clock_now()), db_text(email)),
                 &changed));
    return changed > 0 ? ERR_OK : ERR_NOTFOUND;
}

enum err user_logged_in(struct db *db, int64_t id)
{
    return db_write(
        db, QUERY(sql_user_logged_in, db_int(clock_now()), db_int(id)), NULL);
}
