#include "out/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/telemetry.h"
#include "out/batch.h"

#define LOCK_NAME  "courier"
#define CHECK_PATH "/health/"

enum {
    TICK_MS = 250,   /* between looks whether it must stop */
    OTHER_MS = 1000, /* between tries to be the one */
    STATE_MS = 2000, /* between two tellings of how it goes */
    GRACE_MS = 2000  /* an answer is waited for, once told to stop */
};

struct courier {
    struct courier_conf is;
    const struct config *conf;
    struct log *log;
    struct arena *lasting, *arena; /* arena: of one sending */
    struct ingestion *server;
    struct envelope_source source;
    struct spool *spool; /* its own: what it finds out itself */
    int folder, lock;
    struct batch batch;
    size_t most;      /* items at once, after the server found too many */
    int tries;        /* that this batch was taken in part */
    int64_t due_ms;   /* the next batch; by clock_ms(), as the others */
    int64_t wait_ms;  /* after the next failure */
    int64_t away_ms;  /* since when the server takes nothing; 0: it does */
    int64_t check_ms; /* the next look at the public address */
    int64_t stop_ms;  /* when it was told to stop; 0: it was not */
    int64_t state_ms; /* when the state is told next */
    struct telemetry_state state;
};

static bool must_stop(const struct courier *c)
{
    return *c->is.stop != 0;
}

/* Told to stop, it waits a little for an answer that is on its way. */
static bool give_up(void *arg)
{
    struct courier *c = arg;
    if (!must_stop(c))
        return false;
    if (c->stop_ms == 0)
        c->stop_ms = clock_ms();
    return clock_ms() - c->stop_ms > GRACE_MS;
}

static enum err open_folder(struct courier *c, struct err_note *why)
{
    const char *path = c->conf->telemetry.folder;
    c->spool = telemetry_open(c->conf, c->log, "ptjobs", c->is.version);
    c->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->spool == NULL || c->folder < 0)
        return err_errno(why, ERR_SYSTEM, "telemetry.folder: %s", path);
    c->lock = openat(c->folder, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (c->lock < 0)
        return err_errno(why, ERR_SYSTEM, "telemetry.folder: %s/" LOCK_NAME,
                         path);
    return ERR_OK;
}

enum err courier_new(const struct courier_conf *conf,
                     struct courier **ret_courier, struct err_note *why)
{
    struct courier *c = calloc(1, sizeof(*c));
    if (c == NULL)
        abort();
    *c = (struct courier){.is = *conf,
                          .conf = conf->conf,
                          .log = conf->log,
                          .lasting = arena_new(64 << 10, NULL, NULL),
                          .arena = arena_new(16 << 20, NULL, NULL),
                          .folder = -1,
                          .lock = -1,
                          .most = MAX_BATCH_ITEMS,
                          .wait_ms = COURIER_FIRST_WAIT_MS};
    batch_init(&c->batch);
    struct ingestion_conf ic = {.connection = c->conf->telemetry.connection,
                                .ca_file = c->conf->telemetry.ca_file,
                                .timeout_ms = c->conf->telemetry.timeout_ms,
                                .give_up = give_up,
                                .arg = c};
    enum err e = ingestion_new(&ic, &c->server, why);
    if (e == ERR_OK)
        e = open_folder(c, why);
    if (e != ERR_OK) {
        courier_free(c);
        return e;
    }
    envelope_source_init(&c->source, c->conf, ingestion_key(c->server),
                         c->lasting);
    *ret_courier = c;
    return ERR_OK;
}

struct courier *courier_free(struct courier *c)
{
    if (c == NULL)
        return NULL;
    ingestion_free(c->server);
    spool_free(c->spool);
    batch_done(&c->batch);
    fd_done(&c->lock);
    fd_done(&c->folder);
    arena_free(c->arena);
    arena_free(c->lasting);
    free(c);
    return NULL;
}

/* --- a batch --- */

static void gather(struct courier *c)
{
    struct buf names;
    struct err_note why = {""};
    struct spool_segment segment = {.at = 0};
    buf_init(&names, MAX_SPOOL_NAMES_BYTES);
    buf_init(&segment.text, SPOOL_READ_BYTES);
    batch_reset(&c->batch);
    enum err e = spool_list(c->folder, &names, &why);
    const char *end = buf_str(&names) + names.n;
    for (const char *name = buf_str(&names); name < end && !c->batch.full;
         name += strlen(name) + 1) {
        e = spool_read(c->folder, name, &segment, &why);
        if (e == ERR_OK)
            batch_add(&c->batch, &segment, &c->source);
        else if (e != ERR_NOTFOUND)
            log_error(c->log, "telemetry.spool", "%s", why.text);
    }
    if (e != ERR_OK && names.n == 0)
        log_error(c->log, "telemetry.spool", "%s", why.text);
    if (c->batch.lost > 0)
        log_warn(c->log, "telemetry.lost",
                 "records=%" PRIu64 " there was no room for them, or they are "
                 "damaged",
                 c->batch.lost);
    buf_done(&segment.text);
    buf_done(&names);
    c->tries = 0;
}

/* All of it is dealt with: it need not be kept. */
static void take(struct courier *c)
{
    struct err_note why;
    c->state.lost += c->batch.lost;
    for (size_t i = 0; i < c->batch.n_pieces; i++) {
        const struct batch_piece *p = &c->batch.piece[i];
        if (spool_take(c->folder, p->name, p->at, p->n, &why) != ERR_OK)
            log_error(c->log, "telemetry.spool", "%s", why.text);
    }
    batch_reset(&c->batch);
}

/* --- sending --- */

static void note_back(struct courier *c)
{
    if (c->away_ms != 0)
        log_info(c->log, "telemetry.back", "after_ms=%" PRId64,
                 clock_ms() - c->away_ms);
    c->away_ms = 0;
    c->wait_ms = COURIER_FIRST_WAIT_MS;
}

/* Not again before it wants to, nor before we do. */
static void hold(struct courier *c, const struct ingestion_answer *answer)
{
    int64_t wait_ms = answer->wait_s * 1000;
    if (wait_ms < c->wait_ms)
        wait_ms = c->wait_ms;
    c->due_ms = clock_ms() + wait_ms;
    c->wait_ms *= 2;
    if (c->wait_ms > COURIER_MAX_WAIT_MS)
        c->wait_ms = COURIER_MAX_WAIT_MS;
}

static void note_away(struct courier *c, const struct ingestion_answer *answer)
{
    if (c->away_ms == 0) {
        c->away_ms = clock_ms();
        log_warn(c->log, "telemetry.away", "%s", answer->why.text);
    }
}

static void note_refused(struct courier *c, size_t n, const char *why)
{
    if (n == 0)
        return;
    c->state.refused += n;
    log_error(c->log, "telemetry.refused",
              "items=%zu total=%" PRIu64 " why=\"%s\"", n, c->state.refused,
              why);
}

/* Those that it alone does not want, time after time, are given up. */
static void give_up_rest(struct courier *c, const struct ingestion_answer *a)
{
    if (c->batch.n_open == 0 || ++c->tries < COURIER_ITEM_TRIES)
        return;
    note_refused(c, c->batch.n_open, a->why.text);
    c->batch.n_open = 0;
}

static void heed(struct courier *c, const size_t *index, size_t n,
                 const struct ingestion_answer *answer)
{
    size_t before = c->batch.n_open;
    if (answer->too_large && n > 1) {
        c->most = n / 2;
        return;
    }
    size_t refused = batch_answer(&c->batch, index, n, answer);
    if (answer->too_large) { /* one alone */
        c->batch.open[index[0]] = false;
        c->batch.n_open--;
        refused = 1;
    }
    note_refused(c, refused, answer->why.text);
    c->state.sent += before - c->batch.n_open - refused;
    if (c->batch.n_open < before)
        c->tries = 0; /* it goes on */
    if (answer->partial)
        give_up_rest(c, answer);
    if (c->batch.n_open < before)
        note_back(c);
    else
        note_away(c, answer);
    if (answer->all == ITEM_LATER || answer->partial)
        hold(c, answer);
}

static void send_batch(struct courier *c)
{
    struct buf lines;
    size_t index[MAX_BATCH_ITEMS], n;
    struct ingestion_answer answer;
    buf_init(&lines, MAX_BATCH_BYTES);
    batch_open_lines(&c->batch, c->most, &lines, index, &n);
    ingestion_send(c->server, c->arena, buf_str(&lines), lines.n, &answer);
    heed(c, index, n, &answer);
    buf_done(&lines);
    arena_reset(c->arena);
    if (c->batch.n_open > 0)
        return;
    bool more = c->batch.full;
    take(c);
    c->most = MAX_BATCH_ITEMS;
    c->due_ms = clock_ms() + (more ? 0 : c->conf->telemetry.every_ms);
}

static void do_batch(struct courier *c)
{
    if (clock_ms() < c->due_ms)
        return;
    if (c->batch.n_open == 0) {
        gather(c);
        if (c->batch.n == 0) {
            take(c); /* pieces that held no event */
            c->due_ms = clock_ms() + c->conf->telemetry.every_ms;
            return;
        }
    }
    send_batch(c);
}

/* --- the public address --- */

static void do_check(struct courier *c)
{
    const struct config *conf = c->conf;
    int64_t every_ms = conf->telemetry.check_every_ms, took_us;
    struct err_note why = {""};
    if (every_ms == 0 || conf->site.url[0] == '\0' || clock_ms() < c->check_ms)
        return;
    c->check_ms = clock_ms() + every_ms;
    int64_t at_ms = clock_wall_ms();
    enum err e = ingestion_visit(
        c->server, arena_fmt(c->arena, "%s" CHECK_PATH, conf->site.url),
        &took_us, &why);
    arena_reset(c->arena);
    if (e != ERR_OK && give_up(c))
        return; /* it was us */
    event_add(c->spool,
              &(struct event){
                  .kind = EVENT_CHECK,
                  .failed = e != ERR_OK,
                  .sample = 100,
                  .at_ms = at_ms,
                  .took_us = took_us,
                  .text = {[EVENT_NAME] = "public address",
                           [EVENT_RESULT] = e == ERR_OK ? "200" : why.text}});
}

static void do_state(struct courier *c)
{
    if (clock_ms() < c->state_ms)
        return;
    c->state_ms = clock_ms() + STATE_MS;
    c->state.waiting = spool_waiting(c->folder);
    c->state.oldest_ms = c->batch.n_open > 0 ? c->batch.oldest_ms : 0;
    telemetry_state_write(c->folder, &c->state);
}

/* --- the loop --- */

/* Only one of all that see the folder: false while another one has it. */
static bool is_the_one(const struct courier *c)
{
    return flock(c->lock, LOCK_EX | LOCK_NB) == 0;
}

static void rest(const struct courier *c, int ms)
{
    poll(NULL, 0, ms); /* a signal ends it */
    if (*c->is.reopen != 0)
        log_reopen(c->log);
    *c->is.reopen = 0;
}

void courier_run(struct courier *c)
{
    while (!must_stop(c) && !is_the_one(c))
        rest(c, OTHER_MS);
    log_info(c->log, "telemetry.sending", "to=%s folder=%s",
             ingestion_url(c->server), c->conf->telemetry.folder);
    while (!must_stop(c)) {
        do_batch(c);
        if (!must_stop(c))
            do_check(c);
        do_state(c);
        if (clock_ms() < c->due_ms)
            rest(c, TICK_MS);
    }
}
