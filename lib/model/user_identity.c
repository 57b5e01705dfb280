#include "model/user_identity.h"

#include <string.h>

static const char sql_identity_find[] =
    "SELECT id FROM app_user WHERE oidc_subject = $1 AND oidc_issuer = $2";

static const char sql_identity_email[] =
    "SELECT id FROM app_user WHERE email = $1";

/* An account that has one keeps it. */
static const char sql_identity_set[] =
    "UPDATE app_user SET oidc_issuer = $1, oidc_subject = $2,"
    " version = version + 1 WHERE id = $3 AND oidc_subject IS NULL";

struct found {
    int64_t id;
};

static const struct column found_columns[] = {COL(COL_INT, struct found, id),
                                              {0}};

static enum err link_to(struct db *db, int64_t id,
                        const struct user_identity *who, struct actor *by)
{
    int64_t changed;
    TRY(db_write(db,
                 QUERY(sql_identity_set, db_text(who->issuer),
                       db_text(who->subject), db_int(id)),
                 &changed));
    if (changed == 0)
        return ERR_DUPLICATE;
    return audit_note(
        db, by,
        &(struct audit_event){.action = "link", .entity = "user", .id = id});
}

static enum err make(struct db *db, struct arena *a,
                     const struct user_identity *who, struct actor *by,
                     int64_t *ret_id)
{
    const struct user u = {.email = who->email,
                           .name =
                               who->name[0] != '\0' ? who->name : who->email,
                           .role = who->role,
                           .pass_hash = ""};
    if (who->email[0] == '\0' || !who->email_owned)
        return ERR_INVALID;
    TRY(user_create(db, a, &u, by, ret_id));
    return link_to(db, *ret_id, who, by);
}

static bool is_active(struct db *db, struct arena *a, int64_t id,
                      struct user *u, enum err *ret)
{
    *ret = user_get(db, a, id, u);
    return *ret == ERR_OK && strcmp(u->status, "active") == 0;
}

/* The account with this e-mail: of a client never, those are not staff. */
static enum err adopt(struct db *db, struct arena *a, int64_t id,
                      const struct user_identity *who, struct actor *by)
{
    struct user u;
    enum err e;
    if (!is_active(db, a, id, &u, &e))
        return e != ERR_OK ? e : ERR_FORBIDDEN;
    if (!who->may_link || !who->email_owned || strcmp(u.role, "client") == 0)
        return ERR_DUPLICATE;
    return link_to(db, id, who, by);
}

static enum err find(struct db *db, struct arena *a,
                     const struct user_identity *who, struct actor *by,
                     int64_t *ret_id)
{
    struct found f;
    enum err e = db_one(
        db, a,
        QUERY(sql_identity_find, db_text(who->subject), db_text(who->issuer)),
        found_columns, &f);
    if (e == ERR_NOTFOUND) {
        e = db_one(db, a, QUERY(sql_identity_email, db_text(who->email)),
                   found_columns, &f);
        if (e == ERR_NOTFOUND)
            return make(db, a, who, by, ret_id);
        TRY(e);
        TRY(adopt(db, a, f.id, who, by));
    }
    TRY(e);
    *ret_id = f.id;
    return ERR_OK;
}

static enum err enter(struct db *db, struct arena *a,
                      const struct user_identity *who, struct actor *by,
                      struct user *ret_user)
{
    struct user u;
    int64_t id;
    enum err e;
    TRY(find(db, a, who, by, &id));
    if (!is_active(db, a, id, &u, &e))
        return e != ERR_OK ? e : ERR_FORBIDDEN;
    if (strcmp(u.role, who->role) != 0) {
        u.role = who->role;
        u.client_id = 0;
        e = user_update(db, a, &u, by);
        TRY(e == ERR_FORBIDDEN ? ERR_CONFLICT : e);
        return user_get(db, a, id, ret_user);
    }
    *ret_user = u;
    return ERR_OK;
}

enum err user_identity_enter(struct db *db, struct arena *a,
                             const struct user_identity *who, struct actor *by,
                             struct user *ret_user)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, enter(db, a, who, by, ret_user));
}
