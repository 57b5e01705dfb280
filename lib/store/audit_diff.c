/*
 * audit_diff - what a change was, field by field, without telling what is
 * personal.
 */
#include <inttypes.h>

#include "base/rand.h"
#include "store/audit_impl.h"
#include "text/json.h"

enum { SALT_BYTES = 32, HASH_DIGITS = 32 };

/* The salt of an entity, made at its first use. */
static const char sql_audit_salt[] =
    "INSERT INTO audit_salt (entity, entity_id, salt) VALUES ($1, $2, $3)"
    " ON CONFLICT (entity, entity_id) DO UPDATE SET salt = audit_salt.salt"
    " RETURNING salt";

static const char sql_audit_forget[] =
    "DELETE FROM audit_salt WHERE entity = $1 AND entity_id = $2";

struct salt {
    const char *salt;
};

static const struct column salt_columns[] = {COL(COL_TEXT, struct salt, salt),
                                             {0}};

struct diff {
    struct db *db;
    struct arena *arena;
    const struct audit_event *event;
    struct salt salt; /* fetched when it is needed */
    struct buf json;
};

static enum err fetch_salt(struct diff *d)
{
    char new[2 * SALT_BYTES + 1];
    if (d->salt.salt != NULL)
        return ERR_OK;
    rand_hex(new, SALT_BYTES);
    return db_write_one(d->db, d->arena,
                        QUERY(sql_audit_salt, db_text(d->event->entity),
                              db_int(d->event->id), db_text(new)),
                        salt_columns, &d->salt);
}

static const char *text_at(const struct column *c, const void *row)
{
    const char *text = *(const char *const *)((const char *)row + c->offset);
    return text != NULL ? text : "";
}

static int64_t number_at(const struct column *c, const void *row)
{
    const char *at = (const char *)row + c->offset;
    return c->kind == COL_BOOL ? *(const bool *)at
                               : *(const int64_t *)(const void *)at;
}

/* An absent row has nothing in any field. */
static bool is_same(const struct column *c, const void *from, const void *to)
{
    if (c->kind == COL_TEXT)
        return strcmp(from != NULL ? text_at(c, from) : "",
                      to != NULL ? text_at(c, to) : "") == 0;
    return (from != NULL ? number_at(c, from) : 0) ==
           (to != NULL ? number_at(c, to) : 0);
}

static enum err add_personal(struct diff *d, const char *name, const char *text)
{
    char hash[AUDIT_HASH_SIZE];
    struct buf b;
    TRY(fetch_salt(d));
    buf_init(&b, MAX_AUDIT_DIFF_BYTES);
    buf_addf(&b, "%s=%s", name, text);
    audit_mac(d->salt.salt, &b, hash);
    buf_addf(&d->json, "\"h:%.*s\"", HASH_DIGITS, hash);
    return ERR_OK;
}

/* "from":… or "to":…; an empty text has nothing to hide. */
static enum err add_side(struct diff *d, const struct audit_field *f,
                         const char *side, const void *row)
{
    const struct column *c = &f->column;
    if (row == NULL)
        return ERR_OK;
    if (d->json.p[d->json.n - 1] != '{')
        buf_addc(&d->json, ',');
    buf_addf(&d->json, "\"%s\":", side);
    if (c->kind == COL_INT)
        buf_add_int(&d->json, number_at(c, row));
    else if (c->kind == COL_BOOL)
        buf_adds(&d->json, number_at(c, row) != 0 ? "true" : "false");
    else if (f->personal && text_at(c, row)[0] != '\0')
        return add_personal(d, c->name, text_at(c, row));
    else
        json_canonical(&d->json, text_at(c, row), strlen(text_at(c, row)));
    return ERR_OK;
}

static enum err add_field(struct diff *d, const struct audit_field *f)
{
    if (is_same(&f->column, d->event->from, d->event->to))
        return ERR_OK;
    if (d->json.n > 1)
        buf_addc(&d->json, ',');
    buf_addf(&d->json, "\"%s\":{", f->column.name);
    TRY(add_side(d, f, "from", d->event->from));
    TRY(add_side(d, f, "to", d->event->to));
    buf_addc(&d->json, '}');
    return ERR_OK;
}

static enum err add_fields(struct diff *d)
{
    const struct audit_field *f = d->event->fields;
    const char *before = "";
    for (; f != NULL && f->column.kind != COL_NONE; f++) {
        if (strcmp(before, f->column.name) >= 0)
            return db_refuse(d->db, ERR_BUG,
                             "audit: %s.%s is not in its place in the table",
                             d->event->entity, f->column.name);
        before = f->column.name;
        TRY(add_field(d, f));
    }
    return ERR_OK;
}

enum err audit_diff(struct db *db, const struct actor *by,
                    const struct audit_event *event, const char **ret)
{
    struct diff d = {.db = db, .arena = by->arena, .event = event};
    buf_init(&d.json, MAX_AUDIT_DIFF_BYTES);
    buf_addc(&d.json, '{');
    enum err e = add_fields(&d);
    buf_addc(&d.json, '}');
    if (e == ERR_OK && !buf_ok(&d.json))
        e = db_refuse(db, ERR_BUG, "audit: a diff of more than %d bytes",
                      MAX_AUDIT_DIFF_BYTES);
    if (e == ERR_OK)
        *ret = arena_strdup(by->arena, buf_str(&d.json));
    buf_done(&d.json);
    return e;
}

enum err audit_forget(struct db *db, const char *entity, int64_t id)
{
    return db_write(db, QUERY(sql_audit_forget, db_text(entity), db_int(id)),
                    NULL);
}
