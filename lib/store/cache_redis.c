/*
 * The cache in Redis, for any number of hosts.
 *
 * All keys begin with the number of the site and the run id of the server:
 * what a Redis that was started again brings back, or a replica that took its
 * place, is never looked at.
 *
 *   e        epoch of the database; missing: nobody may use the cache
 *   v:TABLE  version: any number that was never there before, for an evicted
 *            counter would begin again
 *   w:TABLE  writes under way, by the time at which they are given up
 *   d:KEY    value: its stamp, then its bytes
 *   l:KEY    who computes it
 *
 * A call waits CALL_MS at most. After a failure the connection is made again
 * in passing, by calls that find it not ready yet and do not wait for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/rand.h"
#include "store/cache_impl.h"
#include "store/redis_reply.h"
#include "store/redis_url.h"

enum {
    CALL_MS = 200,
    PAUSE_MS = 1000,     /* after a failure, before the next attempt */
    AFTER_WRITE_MS = 50, /* to come back at once after one that missed it */
    MAX_WORDS = 2 * (MAX_TABLES + 2) + 4, /* of one command */
    RUN_ID_CHARS = 40
};

struct cache_redis {
    struct cache cache; /* first: the backend's struct begins with the head */
    struct redis_url at;
    redisContext *conn; /* NULL: none */
    unsigned replies;   /* of the greeting that have not come yet */
    bool ready;         /* greeted, and the epoch is known to the server */
    bool known;         /* it has been ready once */
    bool lost;          /* the log has said that it is away */
    int64_t retry_ms;   /* no attempt before; or the greeting's deadline */
    char run_id[RUN_ID_CHARS + 1];
    uint64_t site;
    struct arena *scratch; /* words of the present command */
};

static struct cache_redis *self(struct cache *c)
{
    return (struct cache_redis *)c;
}

/* --- one command --- */

struct command {
    int n;
    const char *word[MAX_WORDS];
    size_t size[MAX_WORDS];
};

static void add_bytes(struct command *cmd, const char *p, size_t n)
{
    cmd->word[cmd->n] = p;
    cmd->size[cmd->n++] = n;
}

static void add(struct command *cmd, const char *word)
{
    add_bytes(cmd, word, strlen(word));
}

/* "pt:SITE:RUN:e" and the like. */
static const char *key_of(const struct cache_redis *s, const char *kind,
                          const char *p, size_t n)
{
    return arena_fmt(s->scratch, "pt:%" PRIx64 ":%.12s:%s%.*s", s->site,
                     s->run_id, kind, (int)n, p);
}

static const char *epoch_key(const struct cache_redis *s)
{
    return key_of(s, "e", "", 0);
}

static const char *tag_key(const struct cache_redis *s, const char *kind,
                           const struct table_name *tag)
{
    return key_of(s, kind, tag->p, tag->n);
}

static const char *value_key(const struct cache_redis *s, const char *kind,
                             const struct cache_key *key)
{
    char hex[2 * CACHE_KEY_BYTES + 1];
    sodium_bin2hex(hex, sizeof(hex), key->b, sizeof(key->b));
    return key_of(s, kind, hex, sizeof(hex) - 1);
}

static const char *number(const struct cache_redis *s, int64_t v)
{
    return arena_fmt(s->scratch, "%" PRId64, v);
}

/* A version that nobody ever had. */
static const char *new_version(const struct cache_redis *s)
{
    uint64_t v;
    rand_bytes(&v, sizeof(v));
    return arena_fmt(s->scratch, "%" PRIu64, v | 1); /* 0 is none */
}

/*
 * A connection that worked is made again at once and without a word: servers
 * close those that are idle. One that cannot be made is worth a line.
 */
static void lose(struct cache_redis *s, const char *why)
{
    if (!s->ready && !s->lost)
        log_warn(s->cache.log, "cache.lost", "%s: pages are not cached", why);
    s->lost |= !s->ready;
    s->retry_ms = clock_ms() + (s->ready ? 0 : PAUSE_MS);
    s->ready = false;
    if (s->conn != NULL)
        redisFree(s->conn);
    s->conn = NULL;
}

/* Puts a command into the pipeline. */
static void send_later(struct cache_redis *s, struct command *cmd)
{
    redisAppendCommandArgv(s->conn, cmd->n, cmd->word, cmd->size);
}

static void say_words(struct cache_redis *s, const char *const word[], size_t n)
{
    struct command cmd = {0};
    for (size_t i = 0; i < n; i++)
        add(&cmd, word[i]);
    send_later(s, &cmd);
}

/* The same for words that are all texts: SAY(s, "GET", key). */
#define SAY(s, ...)                                                            \
    say_words((s), (const char *const[]){__VA_ARGS__},                         \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void reply_done(void *reply)
{
    freeReplyObject(reply);
}

/*
 * The next reply of the pipeline, in arena a; NULL, and the connection is given
 * up, when none comes or it is an error.
 */
static const redisReply *take_reply_into(struct cache_redis *s, struct arena *a)
{
    void *p = NULL;
    if (s->conn == NULL)
        return NULL;
    if (!redis_reply(s->conn, &p)) {
        lose(s, s->conn->errstr[0] != '\0' ? s->conn->errstr : "no answer");
        return NULL;
    }
    const redisReply *r = p;
    arena_defer(a, reply_done, p);
    if (r->type != REDIS_REPLY_ERROR)
        return r;
    lose(s, r->str);
    return NULL;
}

static const redisReply *take_reply(struct cache_redis *s)
{
    return take_reply_into(s, s->scratch);
}

static bool take_replies(struct cache_redis *s, size_t n)
{
    while (n > 0 && take_reply(s) != NULL)
        n--;
    return n == 0;
}

/* --- the connection --- */

static void begin_greeting(struct cache_redis *s)
{
    s->retry_ms = clock_ms() + CALL_MS;
    s->conn = redisConnectNonBlock(s->at.host, s->at.port);
    if (s->conn == NULL || s->conn->err != 0) {
        lose(s, s->conn != NULL ? s->conn->errstr : "no memory");
        return;
    }
    if (s->at.password != NULL && s->at.user != NULL)
        SAY(s, "AUTH", s->at.user, s->at.password);
    else if (s->at.password != NULL)
        SAY(s, "AUTH", s->at.password);
    if (s->at.database != NULL)
        SAY(s, "SELECT", s->at.database);
    SAY(s, "INFO", "server");
    s->replies = 1U + (s->at.password != NULL) + (s->at.database != NULL);
}

static bool take_run_id(struct cache_redis *s, const redisReply *info)
{
    static const char name[] = "run_id:";
    const char *at =
        info->type == REDIS_REPLY_STRING ? strstr(info->str, name) : NULL;
    if (at == NULL) {
        lose(s, "INFO names no run_id");
        return false;
    }
    snprintf(s->run_id, sizeof(s->run_id), "%.*s",
             (int)strcspn(at + sizeof(name) - 1, "\r\n"),
             at + sizeof(name) - 1);
    return true;
}

/* Raises the server's epoch to the database's. Never lowers it. */
static bool raise_epoch(struct cache_redis *s)
{
    static const char script[] =
        "local old = tonumber(redis.call('GET', KEYS[1]) or '-1')\n"
        "if tonumber(ARGV[1]) > old then redis.call('SET', KEYS[1], ARGV[1])\n"
        "end return 1";
    uint64_t epoch;
    if (!s->cache.epoch_fn(s->cache.epoch_arg, &epoch, &s->site)) {
        lose(s, "the database does not answer");
        return false;
    }
    SAY(s, "EVAL", script, "1", epoch_key(s), number(s, (int64_t)epoch));
    return take_replies(s, 1);
}

/* The greeting is over: from now on calls wait for their answers. */
static bool end_greeting(struct cache_redis *s, const redisReply *info)
{
    const struct timeval limit = {.tv_usec = CALL_MS * 1000L};
    if (!take_run_id(s, info))
        return false;
    int flags = fcntl(s->conn->fd, F_GETFL);
    s->conn->flags |= REDIS_BLOCK;
    s->conn->reader->maxbuf = 0; /* its buffer is kept for the next page */
    if (fcntl(s->conn->fd, F_SETFL, flags & ~O_NONBLOCK) != 0 ||
        redisSetTimeout(s->conn, limit) != REDIS_OK) {
        lose(s, strerror(errno));
        return false;
    }
    if (!raise_epoch(s))
        return false;
    if (s->lost)
        log_info(s->cache.log, "cache.back", "pages are cached again");
    s->lost = false;
    s->known = true;
    return true;
}

/* Reads what has come of the greeting; *ret_last is its last reply. */
static bool read_greeting(struct cache_redis *s, const redisReply **ret_last)
{
    void *p = NULL;
    while (s->replies > 0) {
        if (redisGetReplyFromReader(s->conn, &p) != REDIS_OK)
            return false;
        if (p == NULL)
            return true;
        const redisReply *r = p;
        arena_defer(s->scratch, reply_done, p);
        s->replies--;
        *ret_last = r;
        if (r->type == REDIS_REPLY_ERROR) {
            lose(s, r->str);
            return true;
        }
    }
    return true;
}

/* One look at the socket of a greeting, waiting at most wait_ms. */
static void go_on_greeting(struct cache_redis *s, int64_t wait_ms)
{
    int done = 0;
    const redisReply *last = NULL;
    if (redisBufferWrite(s->conn, &done) != REDIS_OK) {
        lose(s, s->conn->errstr);
        return;
    }
    struct pollfd fd = {.fd = s->conn->fd,
                        .events = (short)(done ? POLLIN : POLLOUT)};
    if (poll(&fd, 1, (int)wait_ms) <= 0 || !done)
        return;
    if (redisBufferRead(s->conn) != REDIS_OK || !read_greeting(s, &last)) {
        lose(s, s->conn->errstr);
        return;
    }
    if (s->conn != NULL && s->replies == 0 && last != NULL)
        s->ready = end_greeting(s, last);
}

/* Is it ready for a command, or within wait_ms? */
static bool is_ready(struct cache_redis *s, int64_t wait_ms)
{
    int64_t until = clock_ms() + wait_ms;
    arena_reset(s->scratch);
    if (s->ready || s->cache.epoch_fn == NULL)
        return s->ready;
    if (s->conn == NULL && clock_ms() >= s->retry_ms)
        begin_greeting(s);
    while (s->conn != NULL && !s->ready) {
        int64_t now = clock_ms(), left = until - now;
        if (now >= s->retry_ms) {
            lose(s, "no answer");
        } else {
            go_on_greeting(s, left > 0 ? left : 0);
            if (left <= 0)
                break;
        }
    }
    return s->ready;
}

/* --- reading --- */

/* 0: it is not there. */
static uint64_t number_of(const redisReply *r)
{
    return r->type == REDIS_REPLY_STRING ? strtoull(r->str, NULL, 10) : 0;
}

/* Versions first, then marks: a write that begins in between is then seen. */
static void ask(struct cache_redis *s, const struct cache_item *items, size_t n)
{
    struct command mget = {0};
    add(&mget, "MGET");
    add(&mget, epoch_key(s));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < items[i].tags->n; k++)
            add(&mget, tag_key(s, "v:", &items[i].tags->name[k]));
        add(&mget, value_key(s, "d:", &items[i].key));
    }
    send_later(s, &mget);
    for (size_t i = 0; i < n; i++) {
        struct command exists = {0};
        add(&exists, "EXISTS");
        for (size_t k = 0; k < items[i].tags->n; k++)
            add(&exists, tag_key(s, "w:", &items[i].tags->name[k]));
        if (exists.n == 1)
            add(&exists, "pt"); /* nothing is called so */
        send_later(s, &exists);
    }
}

/* What an item's stamp is in bytes, and in front of its value. */
static size_t stamp_bytes(const struct cache_stamp *stamp)
{
    return stamp->n * sizeof(stamp->word[0]);
}

/* The value stays where it is: in the reply. */
static void take_value(const redisReply *r, struct cache_item *item)
{
    size_t head = stamp_bytes(&item->stamp);
    item->state = CACHE_MISS;
    if (r->type != REDIS_REPLY_STRING || (size_t)r->len < head ||
        memcmp(r->str, item->stamp.word, head) != 0)
        return;
    item->n = (size_t)r->len - head;
    item->value = r->str + head;
    item->state = CACHE_HIT;
}

/* The stamp of an item out of the reply; false when a part is missing. */
static bool take_stamp(const redisReply *got, size_t at,
                       struct cache_item *item)
{
    bool whole = got->element[0]->type == REDIS_REPLY_STRING;
    item->stamp = (struct cache_stamp){.n = 1 + item->tags->n};
    item->stamp.word[0] = number_of(got->element[0]);
    for (size_t i = 0; i < item->tags->n; i++) {
        item->stamp.word[1 + i] = number_of(got->element[at + i]);
        whole &= item->stamp.word[1 + i] != 0;
    }
    return whole;
}

/* True when all is there, or nothing more can be done. */
static bool take_answers(struct cache_redis *s, struct arena *a,
                         struct cache_item *items, size_t n)
{
    bool whole = true;
    const redisReply *got = take_reply_into(s, a);
    size_t at = 1, want = 1;
    for (size_t i = 0; i < n; i++)
        want += items[i].tags->n + 1;
    for (size_t i = 0; got != NULL && i < n; i++) {
        const redisReply *marks = take_reply(s);
        if (marks == NULL || got->elements != want)
            return true;
        bool known = take_stamp(got, at, &items[i]);
        at += items[i].tags->n + 1;
        whole &= known;
        if (known && marks->integer == 0)
            take_value(got->element[at - 1], &items[i]);
    }
    return whole;
}

/* What a new or emptied server lacks: epoch and versions. */
static bool supply(struct cache_redis *s, const struct cache_item *items,
                   size_t n)
{
    size_t sent = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < items[i].tags->n; k++, sent++)
            SAY(s, "SET", tag_key(s, "v:", &items[i].tags->name[k]),
                new_version(s), "NX");
    return take_replies(s, sent) && raise_epoch(s);
}

static void get(struct cache *c, struct arena *a, struct cache_item *items,
                size_t n)
{
    struct cache_redis *s = self(c);
    if (!is_ready(s, 0))
        return;
    ask(s, items, n);
    if (take_answers(s, a, items, n) || !supply(s, items, n))
        return;
    ask(s, items, n);
    (void)take_answers(s, a, items, n);
}

static void put(struct cache *c, const struct cache_item *item, const char *p,
                size_t n)
{
    struct cache_redis *s = self(c);
    struct command set = {0};
    size_t head = stamp_bytes(&item->stamp);
    if (!is_ready(s, 0))
        return;
    char *blob = arena_alloc(s->scratch, head + n + 1);
    memcpy(blob, item->stamp.word, head);
    memcpy(blob + head, p, n);
    add(&set, "SET");
    add(&set, value_key(s, "d:", &item->key));
    add_bytes(&set, blob, head + n);
    add(&set, "PX");
    add(&set, number(s, CACHE_TTL_MS));
    send_later(s, &set);
    SAY(s, "DEL", value_key(s, "l:", &item->key));
    (void)take_replies(s, 2); /* a server that is full forgets something */
}

static bool claim(struct cache *c, const struct cache_item *item)
{
    struct cache_redis *s = self(c);
    if (!is_ready(s, 0))
        return true;
    SAY(s, "SET", value_key(s, "l:", &item->key), "1", "NX", "PX",
        number(s, CACHE_LEASE_MS));
    const redisReply *r = take_reply(s);
    return r == NULL || r->type != REDIS_REPLY_NIL;
}

static void disclaim(struct cache *c, const struct cache_item *item)
{
    struct cache_redis *s = self(c);
    if (!is_ready(s, 0))
        return;
    SAY(s, "DEL", value_key(s, "l:", &item->key));
    (void)take_replies(s, 1);
}

/* --- writing --- */

/* The mark first, then the version: see ask(). */
static size_t begin_tag(struct cache_redis *s, const struct table_name *tag,
                        const char *id)
{
    const char *marks = tag_key(s, "w:", tag);
    int64_t now = clock_wall_ms();
    /* those of processes that died */
    SAY(s, "ZREMRANGEBYSCORE", marks, "0", number(s, now));
    SAY(s, "ZADD", marks, number(s, now + s->cache.write_ms), id);
    SAY(s, "PEXPIRE", marks, number(s, s->cache.write_ms));
    SAY(s, "SET", tag_key(s, "v:", tag), new_version(s));
    return 4;
}

static size_t end_tag(struct cache_redis *s, const struct table_name *tag,
                      const char *id)
{
    SAY(s, "SET", tag_key(s, "v:", tag), new_version(s));
    SAY(s, "ZREM", tag_key(s, "w:", tag), id);
    return 2;
}

static const char *id_of(const struct cache_redis *s,
                         const struct cache_write *w)
{
    return arena_fmt(s->scratch, "%" PRIx64, w->id);
}

static bool write_begin(struct cache *c, const struct tables *tags,
                        struct cache_write *ret)
{
    struct cache_redis *s = self(c);
    size_t sent = 0;
    if (!is_ready(s, 0))
        return false;
    rand_bytes(&ret->id, sizeof(ret->id));
    for (size_t i = 0; i < tags->n; i++)
        sent += begin_tag(s, &tags->name[i], id_of(s, ret));
    if (!take_replies(s, sent))
        return false;
    ret->n = tags->n;
    return true;
}

static void write_end(struct cache *c, const struct cache_write *w)
{
    struct cache_redis *s = self(c);
    size_t sent = 0;
    if (!is_ready(s, 0))
        return;
    for (size_t i = 0; i < w->n; i++)
        sent += end_tag(s, &w->tags->name[i], id_of(s, w));
    (void)take_replies(s, sent); /* the marks end by themselves */
}

/* At the start, and after a write that could not tell the server. */
static void raise(struct cache *c)
{
    struct cache_redis *s = self(c);
    if (s->ready) {
        arena_reset(s->scratch);
        (void)raise_epoch(s);
        return;
    }
    if (s->conn == NULL)
        s->retry_ms = 0;
    (void)is_ready(s, s->known ? AFTER_WRITE_MS : CALL_MS);
}

static void close_redis(struct cache *c)
{
    struct cache_redis *s = self(c);
    if (s->conn != NULL)
        redisFree(s->conn);
    arena_free(s->scratch);
    free(s);
}

static const struct cache_ops redis_ops = {
    .get = get,
    .put = put,
    .claim = claim,
    .disclaim = disclaim,
    .write_begin = write_begin,
    .write_end = write_end,
    .raise = raise,
    .close = close_redis,
};

/* --- opening --- */

enum err cache_redis_open(const struct cache_conf *conf,
                          struct cache **ret_cache, struct err_note *why)
{
    struct cache_redis *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    if (!redis_url_parse(conf->url, &s->at)) {
        free(s);
        return err_set(why, ERR_CONFIG,
                       "cache.url: write redis://[:PASSWORD@]HOST[:PORT][/N]");
    }
    s->cache.ops = &redis_ops;
    s->cache.remote = true;
    s->scratch = arena_new(4 << 20, NULL, NULL);
    *ret_cache = &s->cache;
    return ERR_OK;
}
