#include "model/contact.h"

#include "base/clock.h"
#include "base/rand.h"

static const char sql_contact_create[] =
    "INSERT INTO contact_message (uid, name, email, phone, subject, message,"
    " lang, ip, consent_text, consent_at, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING id";

/* The first rows of those in the inner list, whose limit the planner knows. */
static const char sql_contact_list[] =
    "SELECT id, name, email, phone, subject, message, lang, ip, consent_text,"
    " consent_at, created_at, coalesce(attended_at, 0) AS attended_at,"
    " coalesce((SELECT u.name FROM app_user u WHERE u.id = m.attended_by), '')"
    " AS attended_by FROM (SELECT * FROM contact_message WHERE id < $1"
    " ORDER BY id DESC LIMIT 501) AS m LIMIT $2";

static const char sql_contact_attend[] =
    "UPDATE contact_message SET attended_at = $1, attended_by = $2"
    " WHERE id = $3 AND attended_at IS NULL";

static const char sql_contact_exists[] =
    "SELECT count(*) AS n FROM contact_message WHERE id = $1";

static const char sql_contact_count[] =
    "SELECT count(*) AS n FROM contact_message"
    " WHERE ip = $1 AND created_at > $2";

static const struct column contact_columns[] = {
    COL(COL_INT, struct contact, id),
    COL(COL_TEXT, struct contact, name),
    COL(COL_TEXT, struct contact, email),
    COL(COL_TEXT, struct contact, phone),
    COL(COL_TEXT, struct contact, subject),
    COL(COL_TEXT, struct contact, message),
    COL(COL_TEXT, struct contact, lang),
    COL(COL_TEXT, struct contact, ip),
    COL(COL_TEXT, struct contact, consent_text),
    COL(COL_INT, struct contact, consent_at),
    COL(COL_INT, struct contact, created_at),
    COL(COL_INT, struct contact, attended_at),
    COL(COL_TEXT, struct contact, attended_by),
    {0},
};

struct new_id {
    int64_t id;
};

static const struct column new_id_columns[] = {COL(COL_INT, struct new_id, id),
                                               {0}};

struct count {
    int64_t n;
};

static const struct column count_columns[] = {COL(COL_INT, struct count, n),
                                              {0}};

/* The ip of a visitor stands in the row itself. */
static const struct audit_field contact_audit[] = {
    AUDIT_CLEAR(COL_TEXT, struct contact, consent_text),
    AUDIT_PERSONAL(struct contact, email),
    AUDIT_CLEAR(COL_TEXT, struct contact, lang),
    AUDIT_PERSONAL(struct contact, message),
    AUDIT_PERSONAL(struct contact, name),
    AUDIT_PERSONAL(struct contact, phone),
    AUDIT_CLEAR(COL_TEXT, struct contact, subject),
    AUDIT_END,
};

static enum err create(struct db *db, struct arena *a, const struct contact *c,
                       struct actor *by, int64_t *ret_id)
{
    char uid[37];
    struct new_id new;
    rand_uuid7(uid);
    TRY(db_write_one(db, a,
                     QUERY(sql_contact_create, db_text(uid), db_text(c->name),
                           db_text(c->email), db_text(c->phone),
                           db_text(c->subject), db_text(c->message),
                           db_text(c->lang), db_text(c->ip),
                           db_text(c->consent_text), db_int(clock_now())),
                     new_id_columns, &new));
    *ret_id = new.id;
    return audit_note(db, by,
                      &(struct audit_event){.action = "create",
                                            .entity = "contact",
                                            .id = new.id,
                                            .fields = contact_audit,
                                            .to = c});
}

enum err contact_create(struct db *db, struct arena *a, const struct contact *c,
                        struct actor *by, int64_t *ret_id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, create(db, a, c, by, ret_id));
}

enum err contact_list(struct db *db, struct arena *a, int64_t before,
                      int64_t limit, struct db_rows *ret_rows)
{
    return db_all(db, a,
                  QUERY(sql_contact_list,
                        db_int(before != 0 ? before : INT64_MAX),
                        db_int(limit)),
                  contact_columns, sizeof(struct contact), ret_rows);
}

static enum err attend(struct db *db, struct arena *a, int64_t id,
                       struct actor *by)
{
    int64_t changed;
    struct count there;
    TRY(db_write(db,
                 QUERY(sql_contact_attend, db_int(clock_now()),
                       db_id(by->user_id), db_int(id)),
                 &changed));
    if (changed > 0)
        return audit_note(db, by,
                          &(struct audit_event){.action = "attend",
                                                .entity = "contact",
                                                .id = id});
    TRY(db_one(db, a, QUERY(sql_contact_exists, db_int(id)), count_columns,
               &there));
    return there.n > 0 ? ERR_OK : ERR_NOTFOUND;
}

enum err contact_attend(struct db *db, struct arena *a, int64_t id,
                        struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, attend(db, a, id, by));
}

enum err contact_count(struct db *db, struct arena *a, const char *ip,
                       int64_t since, int64_t *ret_n)
{
    struct count c;
    TRY(db_one(db, a, QUERY(sql_contact_count, db_text(ip), db_int(since)),
               count_columns, &c));
    *ret_n = c.n;
    return ERR_OK;
}
