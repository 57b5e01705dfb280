/*
 * import_job - what is done with a file of clients in the background.
 *
 * client.check finds what is wrong with its lines, client.import makes
 * clients of the others. Both read the file again from its begin and pass
 * over what is done already, which the row of the import says: it moves in
 * the transaction of each batch. So a job that is killed goes on where it
 * was, and of two that do the same only one can.
 */
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "import.h"
#include "model/client_twin.h"
#include "out/job.h"
#include "store/filestore.h"
#include "text/json.h"

enum {
    BATCH_LINES = 200,
    BATCH_BYTES = 4 << 20,  /* that their texts may take */
    ARENA_BYTES = 32 << 20, /* with all that is done to them */
    RETRIES = 3             /* of a batch whose documents somebody took */
};

/* On SQLite there is one writer at a time: pages must get their turn. */
enum { MIN_PAUSE_MS = 5, MAX_PAUSE_MS = 200, BUSY_SHARE = 1 };

/* The documents of the lines so far, each with its first line. */
enum { TWINS = 1 << 18 }; /* at least twice MAX_CSV_ROWS */

struct twin {
    const char *document;
    int64_t line;
};

struct work {
    struct job_run *r;
    struct client_import im;
    int fd;
    struct import_file *file;
    bool running;
    int64_t row;         /* the last one that was read */
    struct arena *arena; /* of one batch */
    struct import_line *lines;
    size_t n;
    struct twin *twins; /* NULL: nobody asks */
};

static enum err db_failed(struct job_run *r, enum err e)
{
    if (e != ERR_OK && e != ERR_NOTFOUND)
        err_set(&r->note, e, "%s", db_error(r->db));
    return e;
}

/* --- twins --- */

static uint64_t hash(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return h;
}

/* The first line with the document of this one, which may be itself. */
static int64_t first_line(struct work *w, const struct import_line *line)
{
    const struct client *cl = &line->client;
    const char *document =
        arena_fmt(w->arena, "%s:%s", cl->doc_type, cl->doc_number);
    struct twin *t;
    for (uint64_t at = hash(document);; at++) {
        t = &w->twins[at % TWINS];
        if (t->document == NULL || strcmp(t->document, document) == 0)
            break;
    }
    if (t->document == NULL)
        *t = (struct twin){arena_strdup(w->r->arena, document), line->number};
    return t->line;
}

/* --- a batch --- */

static int64_t done_row(const struct work *w)
{
    return w->running ? w->im.done_row : w->im.checked_row;
}

/* Reads lines, done ones apart from others; NOTFOUND when none are left. */
static enum err read_batch(struct work *w)
{
    enum err e = ERR_OK;
    arena_reset(w->arena);
    w->lines = ARENA_ARRAY(w->arena, struct import_line, BATCH_LINES);
    w->n = 0;
    while (w->n < BATCH_LINES && arena_used(w->arena) < BATCH_BYTES &&
           (w->n == 0 || w->row != done_row(w)) &&
           (e = import_file_next(w->file, w->arena, &w->lines[w->n])) == ERR_OK)
        w->row = w->lines[w->n++].number;
    if (e == ERR_NOTFOUND && w->n > 0)
        return ERR_OK;
    if (e == ERR_TOOLARGE) {
        w->r->hopeless = true;
        err_set(&w->r->note, e, "more than %d lines", MAX_CSV_ROWS - 1);
    }
    if (e == ERR_SYSTEM)
        err_set(&w->r->note, e, "the file cannot be read");
    return e;
}

static enum err note_problem(struct work *w, const struct import_line *line,
                             size_t i, int64_t about)
{
    const struct import_problem *p = &line->problems[i];
    bool other =
        p->why == MSG_client_doc_taken || p->why == MSG_client_import_twin;
    return client_import_note(
        w->r->db, w->im.id,
        &(struct client_import_line){.line = line->number,
                                     .n = (int64_t)i,
                                     .field = p->field,
                                     .problem = import_code(p->why),
                                     .about = other ? about : 0});
}

static enum err note_warning(struct work *w, const struct import_line *line,
                             int64_t about)
{
    return client_import_note(
        w->r->db, w->im.id,
        &(struct client_import_line){
            .line = line->number,
            .n = IMPORT_MAX_PROBLEMS, /* what an import finds comes before */
            .field = line->warning.field,
            .problem = import_code(line->warning.why),
            .about = about,
            .warns = 1});
}

/* Adds a problem of the document, which the line had not by itself. */
static void refuse_document(struct import_line *line, enum msg why)
{
    if (line->n_problems < IMPORT_MAX_PROBLEMS)
        line->problems[line->n_problems++] =
            (struct import_problem){"doc_number", why};
}

/* The stored client with the document of the line; 0 for none. */
static enum err find_stored(struct work *w, const struct import_line *line,
                            int64_t *ret_id)
{
    struct client other = {0};
    enum err e = client_by_document(w->r->db, w->arena, line->client.doc_type,
                                    line->client.doc_number, &other);
    *ret_id = e == ERR_OK ? other.id : 0;
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* --- checking --- */

/* Whose document a line has, if another's: the problem is added to the line. */
static int64_t check_document(struct work *w, struct import_line *line,
                              const struct client_known *known)
{
    int64_t first = first_line(w, line);
    if (known->same_document != 0)
        refuse_document(line, MSG_client_doc_taken);
    else if (first != line->number)
        refuse_document(line, MSG_client_import_twin);
    return known->same_document != 0 ? known->same_document : first;
}

/* The client that a good line looks like, in one way: a list that was brought
 * in before has one row of this for a line, not three. */
static int64_t find_alike(struct import_line *line,
                          const struct client_known *known)
{
    const struct {
        const char *field;
        enum msg why;
        int64_t id;
    } ways[] = {
        {"name", MSG_client_import_same_name, known->same_name},
        {"email", MSG_client_import_same_email, known->same_email},
        {"phone", MSG_client_import_same_phone, known->same_phone},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++)
        if (ways[i].id != 0) {
            line->warning = (struct import_problem){ways[i].field, ways[i].why};
            return ways[i].id;
        }
    return 0;
}

/* What there is already of a line: one statement, none for a bad one. */
static enum err check_known(struct work *w, struct import_line *line,
                            int64_t *ret_about)
{
    struct client_known known;
    *ret_about = 0;
    if (line->empty || (line->n_problems > 0 && !line->has_document))
        return ERR_OK;
    TRY(client_known(w->r->db, w->arena, &line->client, &known));
    if (line->has_document)
        *ret_about = check_document(w, line, &known);
    if (line->n_problems == 0)
        *ret_about = find_alike(line, &known);
    return ERR_OK;
}

static enum err write_checked(struct work *w, const int64_t *about)
{
    struct client_import_step s = {.id = w->im.id,
                                   .from_row = w->im.checked_row,
                                   .upto_row = w->row,
                                   .bytes = import_file_bytes(w->file)};
    for (size_t i = 0; i < w->n; i++) {
        s.bad += w->lines[i].n_problems > 0;
        s.good += w->lines[i].n_problems == 0 && !w->lines[i].empty;
        s.alike += w->lines[i].warning.why != MSG_none;
    }
    TRY(client_import_checked(w->r->db, &s));
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; k < w->lines[i].n_problems; k++)
            TRY(note_problem(w, &w->lines[i], k, about[i]));
        if (w->lines[i].warning.why != MSG_none)
            TRY(note_warning(w, &w->lines[i], about[i]));
    }
    return job_progress(w->r, w->row, 0);
}

static enum err check_batch(struct work *w)
{
    struct db *db = w->r->db;
    int64_t *about = ARENA_ARRAY(w->arena, int64_t, w->n);
    for (size_t i = 0; i < w->n; i++)
        TRY(check_known(w, &w->lines[i], &about[i]));
    TRY(db_begin(db));
    enum err e = write_checked(w, about);
    if (e == ERR_OK)
        e = db_commit(db);
    if (e != ERR_OK)
        db_rollback(db);
    return e;
}

/* --- importing --- */

/* Whose name stands in what is written: that of who started it. */
static struct actor starter(const struct work *w)
{
    return (struct actor){.keys = &w->r->env->keys,
                          .arena = w->arena,
                          .user_id = job_int(w->r, "user"),
                          .role = job_text(w->r, "role"),
                          .ip = job_text(w->r, "ip")};
}

static enum err import_line(struct work *w, struct import_line *line,
                            struct actor *by)
{
    struct client_import_line made = {
        .line = line->number, .field = "", .problem = ""};
    int64_t stored = 0;
    if (line->has_document)
        TRY(find_stored(w, line, &stored));
    if (stored != 0 && line->n_problems == 0)
        refuse_document(line, MSG_client_doc_taken);
    for (size_t i = 0; i < line->n_problems; i++)
        TRY(note_problem(w, line, i, stored));
    if (line->n_problems > 0)
        return ERR_OK;
    TRY(client_create(w->r->db, w->arena, &line->client, by, &made.client_id));
    return client_import_note(w->r->db, w->im.id, &made);
}

/* The lines of the batch that were found good. */
static enum err write_imported(struct work *w, const struct db_rows *bad,
                               struct actor *by)
{
    struct client_import_step s = {
        .id = w->im.id, .from_row = w->im.done_row, .upto_row = w->row};
    const struct client_import_line *b = bad->items, *end = b + bad->n;
    for (size_t i = 0; i < w->n; i++) {
        struct import_line *line = &w->lines[i];
        while (b < end && b->line < line->number)
            b++;
        if (line->empty || (b < end && b->line == line->number))
            continue;
        TRY(import_line(w, line, by));
        s.bad += line->n_problems > 0;
        s.good += line->n_problems == 0;
    }
    TRY(client_import_ran(w->r->db, &s));
    return job_progress(w->r, w->im.done + s.good, w->im.good);
}

static enum err import_batch(struct work *w)
{
    struct db_rows bad;
    struct db *db = w->r->db;
    enum err e = ERR_DUPLICATE;
    TRY(client_import_bad(db, w->arena, w->im.id, w->im.done_row, w->row,
                          &bad));
    for (int i = 0; i < RETRIES && e == ERR_DUPLICATE; i++) {
        struct actor by = starter(w);
        TRY(audit_begin(db, &by));
        e = audit_end(db, &by, write_imported(w, &bad, &by));
    }
    return e;
}

/* --- the whole of it --- */

/* Pages that write wait no longer than for a batch. */
static void rest(const struct work *w, int64_t worked_ms)
{
    if (db_kind(w->r->db) != DB_SQLITE)
        return;
    int64_t ms = worked_ms * BUSY_SHARE;
    if (ms < MIN_PAUSE_MS)
        ms = MIN_PAUSE_MS;
    poll(NULL, 0, (int)(ms < MAX_PAUSE_MS ? ms : MAX_PAUSE_MS));
}

/* Batches up to the end; those that are done already only tell the twins. */
static enum err do_batches(struct work *w)
{
    enum err e;
    while ((e = read_batch(w)) == ERR_OK) {
        int64_t begin_ms = clock_ms();
        if (w->row <= done_row(w)) {
            for (size_t i = 0; i < w->n && w->twins != NULL; i++)
                if (w->lines[i].has_document)
                    first_line(w, &w->lines[i]);
            continue;
        }
        TRY(db_failed(w->r, w->running ? import_batch(w) : check_batch(w)));
        TRY(db_failed(
            w->r, client_import_get(w->r->db, w->r->arena, w->im.id, &w->im)));
        if (job_must_stop(w->r)) {
            w->r->wait_s = 1;
            return err_set(&w->r->note, ERR_UNAVAIL, "the process ends");
        }
        rest(w, clock_ms() - begin_ms);
    }
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

/* The file of the import, from its begin. */
static enum err open_file(struct work *w, struct filestore *store)
{
    struct import_heads heads;
    int fd;
    TRY(filestore_open(store, w->im.sha256, &fd, &w->r->note));
    w->fd = fd;
    enum err e = import_file_open(w->r->arena, fd, import_charset_of(&w->im),
                                  LANG_EN, &w->file, &heads);
    if (e == ERR_INVALID) { /* a program that knew others took it */
        w->r->hopeless = true;
        err_set(&w->r->note, e, "heads: unknown %s, missing %s, twice %s",
                heads.unknown, heads.missing, heads.twice);
    }
    return e;
}

static enum err do_file(struct work *w)
{
    struct filestore *store;
    struct job_run *r = w->r;
    TRY(filestore_new(r->env->conf->files.dir, &store, &r->note));
    enum err e = open_file(w, store);
    filestore_free(store);
    if (e == ERR_OK)
        e = do_batches(w);
    fd_done(&w->fd);
    if (e == ERR_OK)
        e = db_failed(r, client_import_finish(r->db, w->im.id, w->running));
    return e;
}

/* Was it cancelled, or done by somebody else? Then nothing is left to do. */
static enum err after_conflict(struct work *w, enum err e)
{
    struct client_import now;
    if (e != ERR_CONFLICT)
        return e;
    TRY(db_failed(w->r,
                  client_import_get(w->r->db, w->r->arena, w->im.id, &now)));
    return strcmp(now.state, w->running ? "running" : "checking") == 0
               ? ERR_CONFLICT
               : ERR_OK;
}

static enum err work_on(struct job_run *r, bool running)
{
    struct work w = {.r = r, .running = running, .fd = -1};
    int64_t id = job_int(r, "import"), begin_ms = clock_ms();
    w.im.id = id;
    enum err e = client_import_resume(r->db, r->arena, id, running);
    if (e == ERR_OK)
        e = client_import_get(r->db, r->arena, id, &w.im);
    if (e == ERR_CONFLICT || e == ERR_NOTFOUND)
        return ERR_OK; /* cancelled, or done and not yet said so */
    TRY(db_failed(r, e));
    w.arena = arena_new(ARENA_BYTES, NULL, NULL);
    if (!running)
        w.twins = ARENA_ARRAY(r->arena, struct twin, TWINS);
    e = after_conflict(&w, do_file(&w));
    arena_free(w.arena);
    log_info(r->env->log, running ? "client.import" : "client.check",
             "id=%" PRId64 " row=%" PRId64 " ms=%" PRId64 " %s", id, w.row,
             clock_ms() - begin_ms, err_text(e));
    return e;
}

static enum err check(struct job_run *r)
{
    return work_on(r, false);
}

static enum err import(struct job_run *r)
{
    return work_on(r, true);
}

static enum err give_up(struct job_run *r)
{
    return client_import_fail(r->db, job_int(r, "import"),
                              r->hopeless ? "file" : "job");
}

/* --- files that nobody needs any more --- */

enum {
    CANCELLED_S = 3600, /* after that the file goes; of what is done, after
                         * jobs.keep */
    YOUNG_S = 3600      /* a request that brought it may not have ended */
};

static enum err remove_file(struct job_run *r, struct filestore *store,
                            const struct client_import *im)
{
    bool shares;
    TRY(db_failed(r, client_import_shares(r->db, r->arena, im, &shares)));
    if (!shares)
        TRY(filestore_remove(store, im->sha256, YOUNG_S, &r->note));
    return db_failed(r, client_import_removed(r->db, im->id));
}

static enum err sweep(struct job_run *r)
{
    struct filestore *store;
    struct db_rows rows;
    int64_t now = clock_now(), keep_s = r->env->conf->jobs.keep_ms / 1000;
    TRY(db_failed(r, client_import_over(r->db, r->arena, now - CANCELLED_S,
                                        now - keep_s, &rows)));
    if (rows.n == 0)
        return ERR_OK;
    TRY(filestore_new(r->env->conf->files.dir, &store, &r->note));
    const struct client_import *im = rows.items;
    enum err e = ERR_OK;
    for (size_t i = 0; i < rows.n && e == ERR_OK; i++)
        e = remove_file(r, store, &im[i]);
    filestore_free(store);
    return e;
}

const struct job_kind client_import_jobs[] = {
    {.name = "client.check", .run = check, .dead = give_up, .attempts = 8},
    {.name = "client.import", .run = import, .dead = give_up, .attempts = 8},
    {.name = "client.sweep", .run = sweep, .attempts = 5, .every_s = 3600},
    {0},
};

/* --- asking for it --- */

static enum err add_job(struct ctx *c, const char *kind, int64_t id)
{
    CLEANUP(buf_done) struct buf b;
    const char *ip = c->req.remote_addr;
    buf_init(&b, MAX_QUERY_BYTES);
    buf_addf(&b, "{\"import\":%" PRId64 ",\"user\":%" PRId64, id,
             ctx_user_id(c));
    buf_addf(&b, ",\"role\":\"%s\",\"ip\":", ctx_actor(c)->role);
    json_string(&b, ip, strlen(ip));
    buf_addc(&b, '}');
    const char *key = arena_fmt(c->arena, "%s:%" PRId64, kind, id);
    return job_add(c->app->db, c->arena,
                   &(struct job_new){
                       .kind = kind, .payload = buf_str(&b), .dedupe_key = key},
                   NULL);
}

enum err import_ask_check(struct ctx *c, int64_t id)
{
    return add_job(c, "client.check", id);
}

enum err import_ask_import(struct ctx *c, int64_t id)
{
    return add_job(c, "client.import", id);
}
