/*
 * cfg_dump - showing what is in force.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cfg.h"

/* ?a=b&password=… with the value of every …password masked. */
static void dump_url_query(const char *query, struct buf *b)
{
    static const char word[] = "password=";
    for (const char *at; (at = strstr(query, word)) != NULL;
         query = at + strcspn(at, "&")) {
        buf_add(b, query, (size_t)(at - query));
        buf_adds(b, word);
        buf_adds(b, "******");
    }
    buf_adds(b, query);
}

/* scheme://user:password@host?query with passwords masked. */
static void dump_url(const char *url, struct buf *b)
{
    const char *host = strstr(url, "://");
    const char *at = host != NULL ? strrchr(host, '@') : NULL;
    const char *colon = at != NULL ? strchr(host + 3, ':') : NULL;
    if (colon != NULL && colon < at) {
        buf_add(b, url, (size_t)(colon + 1 - url));
        buf_adds(b, "******");
        url = at;
    }
    dump_url_query(url, b);
}

static void dump_text(const struct cfg_key *k, const char *text, struct buf *b)
{
    if (text == NULL || text[0] == '\0')
        return;
    if ((k->flags & CFG_SECRET) != 0)
        buf_adds(b, "******");
    else if ((k->flags & CFG_URL) != 0)
        dump_url(text, b);
    else if ((k->flags & CFG_PAIRS) != 0 && strchr(text, '=') != NULL)
        buf_addf(b, "%.*s=******", (int)strcspn(text, "="), text);
    else
        buf_adds(b, text);
}

static void dump_range(const struct cfg_range *r, struct buf *b)
{
    if (r->automatic)
        buf_adds(b, "auto");
    else if (r->min == r->max)
        buf_add_int(b, r->min);
    else
        buf_addf(b, "{min: %" PRId64 ", max: %" PRId64 "}", r->min, r->max);
}

static void dump_value(const struct cfg_key *k, const char *base, struct buf *b)
{
    const void *field = base + k->offset;
    if ((k->flags & CFG_OPTIONAL) != 0 && *(const int64_t *)field == -1)
        return;
    switch (k->kind) {
    case CFG_TEXT:
        dump_text(k, *(const char *const *)field, b);
        break;
    case CFG_BOOL:
        buf_adds(b, *(const bool *)field ? "on" : "off");
        break;
    case CFG_CHOICE:
        buf_adds(b, k->choices[*(const int64_t *)field]);
        break;
    case CFG_WORDS:
        for (const char *const *w = *(const char *const *const *)field;
             w != NULL && *w != NULL; w++) {
            if (w != *(const char *const *const *)field)
                buf_addc(b, ' ');
            dump_text(k, *w, b);
        }
        break;
    case CFG_OCTAL:
        buf_addf(b, "0%" PRIo64, (uint64_t) * (const int64_t *)field);
        break;
    case CFG_INT:
        buf_add_int(b, *(const int64_t *)field);
        break;
    case CFG_DURATION:
        buf_addf(b, "%" PRId64 "ms", *(const int64_t *)field);
        break;
    case CFG_RANGE:
        dump_range(field, b);
        break;
    case CFG_BYTES:
        buf_addf(b, "%" PRId64 "B", *(const int64_t *)field);
        break;
    }
}

static void dump_keys(const struct cfg_section *s, const char *base,
                      struct buf *b)
{
    for (const struct cfg_key *k = s->keys; k->name != NULL; k++) {
        if (s->name[0] != '\0')
            buf_addf(b, "%s.", s->name);
        if (s->map)
            buf_addf(b, "%s.", *(const char *const *)(const void *)base);
        buf_addf(b, "%s: ", k->name);
        dump_value(k, base, b);
        buf_addc(b, '\n');
    }
}

void cfg_dump(const struct cfg_section *sections, const void *conf,
              struct buf *b)
{
    const char *base = conf;
    for (const struct cfg_section *s = sections; s->name != NULL; s++) {
        size_t n = 1;
        if (s->map)
            n = (size_t) *
                (const int64_t *)(const void *)(base + s->count_offset);
        for (size_t i = 0; i < n; i++)
            dump_keys(s, base + s->offset + i * s->size, b);
    }
}
