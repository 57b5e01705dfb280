#include "web/cached.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/row.h"
#include "web/route.h"

enum {
    MAX_KEY_BYTES = 4 * MAX_QUERY_BYTES,
    NEAR_STEP_MS = 1, /* between looks for what another process computes */
    FAR_STEP_MS = 5
};

/* --- keys --- */

static bool is_kept(const struct ctx *c)
{
    return c->route != NULL && c->route->reads != NULL &&
           c->req.method != METHOD_POST;
}

static struct audience audience_of(const struct ctx *c)
{
    struct audience who = {.role = ctx_role(c), .lang = c->lang};
    if (c->route->personal && c->session != NULL) {
        who.user_id = c->session->user_id;
        who.client_id = c->session->client_id;
    }
    return who;
}

static bool same_audience(const struct audience *a, const struct audience *b)
{
    return a->role == b->role && a->lang == b->lang &&
           a->user_id == b->user_id && a->client_id == b->client_id;
}

/* With its length, so that no two lists of texts are the same bytes. */
static void add_text(struct buf *b, const char *s)
{
    size_t n = strlen(s);
    buf_add_int(b, (int64_t)n);
    buf_addc(b, ':');
    buf_add(b, s, n);
}

/* Of the query only what the row declares, as it was understood. */
static struct cache_key page_key(const struct ctx *c,
                                 const struct audience *who)
{
    struct buf b;
    buf_init(&b, MAX_KEY_BYTES);
    add_text(&b, c->route->name);
    add_text(&b, c->path);
    const int64_t ids[] = {who->role, who->lang, who->user_id, who->client_id};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        buf_add_int(&b, ids[i]);
        buf_addc(&b, ' ');
    }
    const struct field *f = c->query.fields;
    for (size_t i = 0; f != NULL && f[i].kind != FIELD_NONE; i++)
        add_text(&b, c->query.values[i]);
    struct cache_key key = cache_key(c->app->cache, "page", buf_str(&b), b.n);
    buf_done(&b);
    return key;
}

static void ask_for_page(struct ctx *c, const struct audience *who)
{
    struct cached *k = &c->cached;
    k->who = *who;
    k->looked = true;
    k->page = (struct cache_item){.key = page_key(c, who), .tags = &k->reads};
    (void)tables_parse(c->route->reads, &k->reads); /* the router has seen it */
}

/* --- guesses --- */

static struct cached_guess *guess_of(const struct ctx *c,
                                     const char *token_hash, uint64_t *ret)
{
    char part[17] = "";
    memcpy(part, token_hash, strnlen(token_hash, sizeof(part) - 1));
    *ret = strtoull(part, NULL, 16);
    return &c->app->guesses[*ret % CACHED_GUESSES];
}

static void remember(struct ctx *c, const struct audience *who)
{
    uint64_t token;
    if (c->session == NULL || !cache_is_remote(c->app->cache))
        return;
    struct cached_guess *g = guess_of(c, c->session->token_hash, &token);
    *g = (struct cached_guess){.token = token, .who = *who};
    g->who.user_id = c->session->user_id;
    g->who.client_id = c->session->client_id;
}

static bool guess(struct ctx *c, const char *token_hash, struct audience *ret)
{
    uint64_t token;
    if (!cache_is_remote(c->app->cache))
        return false;
    const struct cached_guess *g = guess_of(c, token_hash, &token);
    if (g->token != token || g->who.role == ROLE_none)
        return false;
    *ret = g->who;
    if (c->route->need == PERM_public)
        ret->lang = c->lang; /* in the address */
    if (!c->route->personal)
        ret->user_id = ret->client_id = 0;
    return true;
}

/* --- sessions --- */

void cached_look(struct ctx *c, const char *token_hash)
{
    static const struct tables tags = {2, {{"session", 7}, {"app_user", 8}}};
    struct cached *k = &c->cached;
    struct cache *cache = c->app->cache;
    struct cache_item items[2];
    struct audience who;
    size_t n = 1;
    if (cache == NULL)
        return;
    k->session = (struct cache_item){
        .key = cache_key(cache, "session", token_hash, strlen(token_hash)),
        .tags = &tags};
    items[0] = k->session;
    if (is_kept(c) && guess(c, token_hash, &who)) {
        ask_for_page(c, &who);
        items[n++] = k->page;
    }
    cache_get(cache, c->arena, items, n);
    k->session = items[0];
    if (n == 2)
        k->page = items[1];
}

bool cached_session(struct ctx *c, const struct column *columns,
                    struct session *s)
{
    const struct cache_item *item = &c->cached.session;
    return item->state == CACHE_HIT &&
           row_unpack(item->value, item->n, c->arena, columns, s);
}

void cached_keep_session(struct ctx *c, const struct column *columns,
                         const struct session *s)
{
    struct buf b;
    if (c->cached.session.state == CACHE_CLOSED)
        return;
    buf_init(&b, MAX_CACHE_VALUE);
    row_pack(&b, columns, s);
    if (buf_ok(&b))
        cache_put(c->app->cache, &c->cached.session, b.p, b.n);
    buf_done(&b);
}

/* --- content --- */

/* Until another process has computed it, or should have. */
static void wait_for_page(struct ctx *c)
{
    struct cache *cache = c->app->cache;
    struct cache_item *item = &c->cached.page;
    int step = cache_is_remote(cache) ? FAR_STEP_MS : NEAR_STEP_MS;
    int64_t until = clock_ms() + CACHE_LEASE_MS;
    cache_counts(cache)->waits++;
    enum phase before = phase_enter(&c->app->phases, PHASE_CACHE);
    while (item->state == CACHE_MISS && clock_ms() < until) {
        poll(NULL, 0, step);
        cache_get(cache, c->arena, item, 1);
    }
    phase_enter(&c->app->phases, before);
}

bool cached_content(struct ctx *c, struct safe_html *ret)
{
    struct cache_item *item = &c->cached.page;
    struct audience who = audience_of(c);
    if (c->app->cache == NULL)
        return false;
    remember(c, &who);
    if (!c->cached.looked || !same_audience(&c->cached.who, &who)) {
        ask_for_page(c, &who);
        cache_get(c->app->cache, c->arena, item, 1);
    }
    if (item->state == CACHE_MISS && !cache_claim(c->app->cache, item))
        wait_for_page(c);
    if (item->state != CACHE_HIT)
        return false;
    *ret = (struct safe_html){item->value, item->n};
    return true;
}

void cached_keep_content(struct ctx *c, struct safe_html content)
{
    cache_put(c->app->cache, &c->cached.page, content.p, content.n);
}

void cached_give_up(struct ctx *c)
{
    cache_disclaim(c->app->cache, &c->cached.page);
}

/* --- the mask --- */

void cached_mask(struct ctx *c, struct cached_mask *ret_kept)
{
    struct req *r = &c->req;
    *ret_kept = (struct cached_mask){c->session, c->visitor, c->req};
    c->visitor = NULL;
    r->query = r->cookie = r->host = r->remote_addr = r->user_agent =
        r->request_id = "";
    if (c->session == NULL)
        return;
    struct audience who = audience_of(c);
    struct session *s = ARENA_NEW(c->arena, struct session);
    *s = (struct session){.token = "",
                          .token_hash = "",
                          .name = "",
                          .email = "",
                          .lang_code = "",
                          .theme = "",
                          .role_code = role_code(who.role),
                          .role = who.role,
                          .lang = who.lang,
                          .user_id = who.user_id,
                          .client_id = who.client_id};
    c->session = s;
}

void cached_unmask(struct ctx *c, const struct cached_mask *kept)
{
    c->session = kept->session;
    c->visitor = kept->visitor;
    c->req = kept->req;
}

const char *cached_report(struct ctx *c)
{
    static const char *const states[] = {
        [CACHE_CLOSED] = "closed", [CACHE_MISS] = "miss", [CACHE_HIT] = "hit"};
    const struct cache_counts *n = cache_counts(c->app->cache);
    if (n == NULL)
        return "none";
    return arena_fmt(
        c->arena,
        "session=%s page=%s hits=%" PRIu64 " misses=%" PRIu64 " waits=%" PRIu64,
        states[c->cached.session.state], states[c->cached.page.state], n->hits,
        n->misses, n->waits);
}
