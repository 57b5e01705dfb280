#include "ledger.h"

#include <string.h>

enum {
    NAME_WORDS = LEDGER_NAME / 8,
    HISTOGRAM_WORDS = sizeof(struct histogram) / 8,
    KNOWN = sizeof(((struct ledger_writer *)0)->known) /
            sizeof(((struct ledger_writer *)0)->known[0])
};

/* More than any worker has time for: sums of such never overflow. */
static const uint64_t most_count = UINT64_C(1) << 40;
static const uint64_t most_us = UINT64_C(1) << 50; /* 35 years */

_Static_assert(sizeof(struct ledger_route) == LEDGER_WORDS * sizeof(uint64_t),
               "a row is words");

union row {
    struct ledger_route route;
    uint64_t word[LEDGER_WORDS];
};

/* --- worker --- */

/* Whatever a worker before has left there is gone. */
static void name_row(struct ledger_writer *w, size_t row, const char *name)
{
    union row raw = {.word = {0}};
    memcpy(raw.route.name, name, strnlen(name, LEDGER_NAME - 1));
    for (size_t i = 0; i < LEDGER_WORDS; i++)
        atomic_store_explicit(&w->at->word[row][i], raw.word[i],
                              memory_order_relaxed);
}

static bool row_is(const struct ledger_writer *w, size_t row, const char *name)
{
    union row raw;
    for (size_t i = 0; i < NAME_WORDS; i++)
        raw.word[i] =
            atomic_load_explicit(&w->at->word[row][i], memory_order_relaxed);
    return strncmp(raw.route.name, name, LEDGER_NAME - 1) == 0;
}

static bool is_name(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strspn(name, plain);
    return n > 0 && n < LEDGER_NAME && name[n] == '\0';
}

/* Another address may have the same name. */
static size_t find_row(struct ledger_writer *w, const char *name)
{
    if (!is_name(name))
        return 0;
    for (size_t i = 0; i < w->n; i++)
        if (row_is(w, i, name))
            return i;
    if (w->n == LEDGER_ROUTES)
        return 0;
    name_row(w, w->n, name);
    return w->n++;
}

static size_t row_of(struct ledger_writer *w, const char *route)
{
    if (route == NULL)
        return 0;
    size_t at = ((uintptr_t)route >> 3) % KNOWN;
    for (size_t tries = 0; tries < KNOWN; tries++) {
        if (w->known[at].route == route)
            return w->known[at].row;
        if (w->known[at].route == NULL) {
            w->known[at].route = route;
            w->known[at].row = find_row(w, route);
            return w->known[at].row;
        }
        at = (at + 1) % KNOWN;
    }
    return find_row(w, route);
}

/* There is one writer: no addition has to be atomic as a whole. */
static void add_word(_Atomic uint64_t *word, uint64_t more)
{
    uint64_t v = atomic_load_explicit(word, memory_order_relaxed);
    atomic_store_explicit(word, v + more, memory_order_relaxed);
}

void ledger_write(struct ledger_writer *w, const char *route,
                  const struct phases *took)
{
    if (w->n == 0)
        name_row(w, w->n++, LEDGER_OTHER);
    size_t row = row_of(w, route);
    for (size_t p = 0; p < PHASE__MAX; p++) {
        if (!took->seen[p])
            continue;
        int64_t us = took->spent_us[p] > 0 ? took->spent_us[p] : 0;
        _Atomic uint64_t *word =
            &w->at->word[row][NAME_WORDS + p * HISTOGRAM_WORDS];
        add_word(&word[histogram_bucket(us)], 1);
        add_word(&word[HISTOGRAM_BUCKETS], (uint64_t)us);
    }
}

/* --- supervisor --- */

static bool is_sane(const struct histogram *h)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (h->count[i] > most_count)
            return false;
    return h->sum_us <= most_us;
}

static bool read_row(const struct ledger_shared *from, size_t row,
                     struct ledger_route *ret)
{
    union row raw;
    for (size_t i = 0; i < LEDGER_WORDS; i++)
        raw.word[i] =
            atomic_load_explicit(&from->word[row][i], memory_order_relaxed);
    *ret = raw.route;
    if (memchr(ret->name, '\0', LEDGER_NAME) == NULL || !is_name(ret->name))
        return false;
    for (size_t p = 0; p < PHASE__MAX; p++)
        if (!is_sane(&ret->phase[p]))
            return false;
    return true;
}

static struct ledger_route *new_route(struct ledger *sum, const char *name)
{
    struct ledger_route *r = &sum->route[sum->n++];
    *r = (struct ledger_route){0};
    memcpy(r->name, name, strnlen(name, LEDGER_NAME - 1));
    return r;
}

static struct ledger_route *same_route(struct ledger *sum, const char *name)
{
    if (sum->n == 0)
        new_route(sum, LEDGER_OTHER);
    for (size_t i = 0; i < sum->n; i++)
        if (strcmp(sum->route[i].name, name) == 0)
            return &sum->route[i];
    return sum->n < LEDGER_ROUTES ? new_route(sum, name) : &sum->route[0];
}

bool ledger_put(struct ledger *sum, const char *route, enum phase phase,
                const struct histogram *h)
{
    if (!is_name(route) || !is_sane(h))
        return false;
    histogram_add(&same_route(sum, route)->phase[phase], h);
    return true;
}

void ledger_copy(struct ledger *to, const struct ledger *from)
{
    to->n = from->n;
    memcpy(to->route, from->route, from->n * sizeof(from->route[0]));
}

bool ledger_add(struct ledger *sum, const struct ledger_shared *from, size_t n)
{
    struct ledger_route row;
    bool sane = n <= LEDGER_ROUTES;
    for (size_t i = 0; i < n && i < LEDGER_ROUTES; i++) {
        if (!read_row(from, i, &row)) {
            sane = false;
            continue;
        }
        struct ledger_route *to = same_route(sum, row.name);
        for (size_t p = 0; p < PHASE__MAX; p++)
            histogram_add(&to->phase[p], &row.phase[p]);
    }
    return sane;
}
