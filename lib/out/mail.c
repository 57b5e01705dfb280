#include "out/mail.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "out/job.h"
#include "out/mail_impl.h"
#include "text/mime.h"
#include "text/utf8.h"

static const char sql_mail_add[] =
    "INSERT INTO mail_message (uid, message_id, to_addr, to_name, reply_to,"
    " subject, body_text, body_html, lang, class, entity, entity_id,"
    " dedupe_key, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    " ON CONFLICT (dedupe_key) DO NOTHING RETURNING id";

/* After the bodies, which a list does without. */
#define MAIL_FIELDS                                                            \
    " lang, class, state, attempts, last_error, entity,"                       \
    " coalesce(entity_id, 0) AS entity_id, created_at,"                        \
    " coalesce(sent_at, 0) AS sent_at"

static const char sql_mail_get[] =
    "SELECT id, message_id, to_addr, to_name, reply_to, subject, body_text,"
    " body_html," MAIL_FIELDS " FROM mail_message WHERE id = $1";

#define MAIL_LIST                                                              \
    "SELECT id, message_id, to_addr, to_name, reply_to, subject,"              \
    " '' AS body_text, '' AS body_html," MAIL_FIELDS                           \
    " FROM mail_message WHERE id < $1"

static const char sql_mail_list[] = MAIL_LIST " ORDER BY id DESC LIMIT $2";
static const char sql_mail_list_state[] =
    MAIL_LIST " AND state = $2 ORDER BY id DESC LIMIT $3";

static const char sql_mail_count[] =
    "SELECT"
    " (SELECT count(*) FROM mail_message WHERE state = 'queued') AS queued,"
    " (SELECT count(*) FROM mail_message WHERE state = 'dead') AS dead,"
    " coalesce((SELECT min(created_at) FROM mail_message"
    "   WHERE state = 'queued'), 0) AS oldest_at";

static const char sql_mail_sent[] =
    "UPDATE mail_message SET state = 'sent', sent_at = $1, last_error = '',"
    " body_text = '', body_html = '' WHERE id = $2 AND state <> 'sent'";

static const char sql_mail_failed[] =
    "UPDATE mail_message SET attempts = attempts + 1, last_error = $1"
    " WHERE id = $2 AND state = 'queued'";

static const char sql_mail_dead[] =
    "UPDATE mail_message SET state = 'dead', last_error = $1"
    " WHERE id = $2 AND state = 'queued'";

static const char sql_mail_revive[] =
    "UPDATE mail_message SET state = 'queued' WHERE id = $1"
    " AND state = 'dead'";

static const char sql_mail_sent_to[] = "SELECT count(*) AS n FROM mail_message"
                                       " WHERE to_addr = $1 AND sent_at > $2";

static const char sql_mail_prune[] =
    "DELETE FROM mail_message WHERE created_at <= $1 AND state <> 'queued'";

static const struct column mail_columns[] = {
    COL(COL_INT, struct mail, id),
    COL(COL_TEXT, struct mail, message_id),
    COL(COL_TEXT, struct mail, to_addr),
    COL(COL_TEXT, struct mail, to_name),
    COL(COL_TEXT, struct mail, reply_to),
    COL(COL_TEXT, struct mail, subject),
    COL(COL_TEXT, struct mail, body_text),
    COL(COL_TEXT, struct mail, body_html),
    COL(COL_TEXT, struct mail, lang),
    COL(COL_TEXT, struct mail, class),
    COL(COL_TEXT, struct mail, state),
    COL(COL_INT, struct mail, attempts),
    COL(COL_TEXT, struct mail, last_error),
    COL(COL_TEXT, struct mail, entity),
    COL(COL_INT, struct mail, entity_id),
    COL(COL_INT, struct mail, created_at),
    COL(COL_INT, struct mail, sent_at),
    {0},
};

static const struct column counts_columns[] = {
    COL(COL_INT, struct mail_counts, queued),
    COL(COL_INT, struct mail_counts, dead),
    COL(COL_INT, struct mail_counts, oldest_at),
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

bool mail_is_on(const struct config *conf)
{
    return conf->mail.url[0] != '\0';
}

bool mail_has_links(const struct config *conf)
{
    return mail_is_on(conf) && conf->site.url[0] != '\0';
}

/* --- into the outbox --- */

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

static bool is_text(const char *s)
{
    size_t n = strlen(s);
    return n <= MAX_MAIL_BYTES && utf8_valid(s, n);
}

static bool is_valid(const struct mail *m)
{
    const char *reply_to = or_empty(m->reply_to);
    return mime_address_ok(m->to_addr) &&
           (reply_to[0] == '\0' || mime_address_ok(reply_to)) &&
           is_text(or_empty(m->to_name)) && is_text(m->subject) &&
           is_text(m->body_text) && is_text(or_empty(m->body_html));
}

/* The host after the @ of "Name <name@host>". */
static const char *host_of(struct arena *a, const char *from)
{
    const char *at = strrchr(from, '@');
    if (at == NULL)
        return "localhost";
    return arena_dup(a, at + 1, strcspn(at + 1, "> "));
}

static const char *job_key(struct arena *a, int64_t id)
{
    return arena_fmt(a, "mail:%" PRId64, id);
}

static enum err add(struct db *db, struct arena *a, const struct config *conf,
                    const struct mail *m, struct new_id *ret)
{
    char uid[37];
    rand_uuid7(uid);
    const char *message_id =
        arena_fmt(a, "%s@%s", uid, host_of(a, conf->mail.from));
    return db_write_one(
        db, a,
        QUERY(sql_mail_add, db_text(uid), db_text(message_id),
              db_text(m->to_addr), db_text(or_empty(m->to_name)),
              db_text(or_empty(m->reply_to)), db_text(m->subject),
              db_text(m->body_text), db_text(or_empty(m->body_html)),
              db_text(m->lang),
              db_text(m->class != NULL ? m->class : "transactional"),
              db_text(or_empty(m->entity)), db_id(m->entity_id),
              m->dedupe_key != NULL ? db_text(m->dedupe_key) : db_null(),
              db_int(clock_now())),
        new_id_columns, ret);
}

static enum err add_job(struct db *db, struct arena *a, int64_t id)
{
    return job_again(
        db, a,
        &(struct job_new){.kind = "mail.send",
                          .payload = arena_fmt(a, "{\"mail\":%" PRId64 "}", id),
                          .dedupe_key = job_key(a, id)});
}

enum err mail_queue(struct db *db, struct arena *a, const struct config *conf,
                    const struct mail *m)
{
    struct new_id new;
    if (!is_valid(m))
        return ERR_INVALID;
    enum err e = add(db, a, conf, m, &new);
    if (e == ERR_NOTFOUND)
        return ERR_OK; /* it is there already */
    TRY(e);
    return add_job(db, a, new.id);
}

static enum err revive(struct db *db, struct arena *a, struct actor *by,
                       int64_t id)
{
    int64_t changed;
    TRY(db_write(db, QUERY(sql_mail_revive, db_int(id)), &changed));
    if (changed == 0)
        return ERR_NOTFOUND;
    TRY(add_job(db, a, id));
    return audit_note(
        db, by,
        &(struct audit_event){.action = "retry", .entity = "mail", .id = id});
}

enum err mail_retry(struct db *db, struct arena *a, struct actor *by,
                    int64_t id)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, revive(db, a, by, id));
}

/* --- looking --- */

enum err mail_get(struct db *db, struct arena *a, int64_t id, struct mail *ret)
{
    return db_one(db, a, QUERY(sql_mail_get, db_int(id)), mail_columns, ret);
}

enum err mail_count(struct db *db, struct arena *a, struct mail_counts *ret)
{
    static const struct query q = {.sql = sql_mail_count};
    return db_one(db, a, &q, counts_columns, ret);
}

enum err mail_list(struct db *db, struct arena *a, const char *state,
                   int64_t before, int64_t limit, struct db_rows *ret_rows)
{
    struct db_arg older = db_int(before != 0 ? before : INT64_MAX);
    const struct query *q =
        state[0] == '\0'
            ? QUERY(sql_mail_list, older, db_int(limit))
            : QUERY(sql_mail_list_state, older, db_text(state), db_int(limit));
    return db_all(db, a, q, mail_columns, sizeof(struct mail), ret_rows);
}

/* --- for the job --- */

enum err mail_mark_sent(struct db *db, int64_t id)
{
    return db_write(db, QUERY(sql_mail_sent, db_int(clock_now()), db_int(id)),
                    NULL);
}

enum err mail_mark_failed(struct db *db, int64_t id, const char *why)
{
    return db_write(db, QUERY(sql_mail_failed, db_text(why), db_int(id)), NULL);
}

enum err mail_mark_dead(struct db *db, int64_t id, const char *why)
{
    return db_write(db, QUERY(sql_mail_dead, db_text(why), db_int(id)), NULL);
}

enum err mail_sent_to(struct db *db, struct arena *a, const char *address,
                      int64_t since, int64_t *ret_n)
{
    struct count c;
    TRY(db_one(db, a, QUERY(sql_mail_sent_to, db_text(address), db_int(since)),
               count_columns, &c));
    *ret_n = c.n;
    return ERR_OK;
}

enum err mail_prune(struct db *db, int64_t before)
{
    return db_write(db, QUERY(sql_mail_prune, db_int(before)), NULL);
}
