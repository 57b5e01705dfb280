#include "store/tables.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { MAX_DEPTH = 32 }; /* parentheses inside each other */

/* A piece of the text: a word, or one other sign. n is 0 at the end. */
struct token {
    const char *p;
    size_t n;
    bool word;
};

struct scan {
    const char *at;
    struct token last; /* the one before the present */
    size_t depth;
    bool in_from[MAX_DEPTH]; /* a comma here is followed by a table */
    size_t with_depth;       /* of the list behind WITH */
    bool in_with;
    struct tables named; /* behind WITH: no tables */
    struct tables *reads, *writes;
};

/* --- words --- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static const char *skip_blanks(const char *p)
{
    for (;;) {
        p += strspn(p, " \t\r\n");
        if (strncmp(p, "--", 2) != 0)
            return p;
        p += strcspn(p, "\n");
    }
}

/* The end of a quoted text; a quote inside is written twice. */
static const char *skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p != '\0' && (*p != quote || p[1] == quote))
        p += *p == quote ? 2 : 1;
    return *p == '\0' ? p : p + 1;
}

static struct token next(const char **at)
{
    struct token t = {.p = skip_blanks(*at)};
    const char *end = t.p;
    if (*end == '\'' || *end == '"') {
        end = skip_quoted(end);
    } else if (is_word_char(*end)) {
        t.word = *end < '0' || *end > '9';
        while (is_word_char(*end))
            end++;
    } else if (*end != '\0') {
        end++;
    }
    t.n = (size_t)(end - t.p);
    *at = end;
    return t;
}

static bool is(struct token t, const char *word)
{
    return t.n == strlen(word) && strncasecmp(t.p, word, t.n) == 0;
}

static bool is_any(struct token t, const char *const words[])
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (is(t, words[i]))
            return true;
    return false;
}

/* --- sets --- */

static bool has(const struct tables *t, struct table_name name)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->name[i].n == name.n &&
            strncasecmp(t->name[i].p, name.p, name.n) == 0)
            return true;
    return false;
}

static bool add(struct tables *t, struct table_name name)
{
    if (has(t, name))
        return true;
    if (t->n == MAX_TABLES)
        return false;
    t->name[t->n++] = name;
    return true;
}

bool tables_add(struct tables *t, const struct tables *more)
{
    for (size_t i = 0; i < more->n; i++)
        if (!add(t, more->name[i]))
            return false;
    return true;
}

bool tables_parse(const char *text, struct tables *ret)
{
    ret->n = 0;
    for (const char *p = text + strspn(text, " "); *p != '\0';
         p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (!add(ret, (struct table_name){p, n}))
            return false;
        p += n;
    }
    return true;
}

const struct table_name *tables_missing(const struct tables *t,
                                        const struct tables *others)
{
    for (size_t i = 0; i < t->n; i++)
        if (!has(others, t->name[i]))
            return &t->name[i];
    return NULL;
}

/* --- statements --- */

/* The word after FROM, JOIN, INTO …: a table, a function or a name of WITH. */
static bool take_table(struct scan *s, struct tables *into)
{
    static const char *const noise[] = {"ONLY", "LATERAL", NULL};
    struct token t = next(&s->at);
    while (is_any(t, noise))
        t = next(&s->at);
    struct table_name name = {t.p, t.n};
    const char *after = s->at;
    bool call = into == s->reads && is(next(&after), "(");
    s->last = t;
    if (is(t, "(") && into == s->reads) {
        if (++s->depth < MAX_DEPTH)
            s->in_from[s->depth] = false;
        return s->depth < MAX_DEPTH;
    }
    if (!t.word)
        return false;
    return call || has(&s->named, name) || add(into, name);
}

static bool take_named(struct scan *s)
{
    struct token t = next(&s->at);
    s->last = t;
    return t.word && add(&s->named, (struct table_name){t.p, t.n});
}

/* FROM of DELETE names what is written; of IS DISTINCT FROM, nothing. */
static bool take_from(struct scan *s)
{
    if (is(s->last, "DISTINCT"))
        return true;
    s->in_from[s->depth] = true;
    return take_table(s, s->reads);
}

/* FOR UPDATE and DO UPDATE name no table. */
static bool take_update(struct scan *s)
{
    static const char *const others[] = {"FOR", "KEY", "DO", NULL};
    return is_any(s->last, others) || take_table(s, s->writes);
}

static bool take_sign(struct scan *s, struct token t)
{
    if (is(t, "(")) {
        if (++s->depth >= MAX_DEPTH)
            return false;
        s->in_from[s->depth] = false;
    } else if (is(t, ")")) {
        if (s->depth-- == 0)
            return false;
    } else if (is(t, ",") && s->in_from[s->depth]) {
        return take_table(s, s->reads);
    } else if (is(t, ",") && s->in_with && s->depth == s->with_depth) {
        return take_named(s);
    }
    return true;
}

static bool take_word(struct scan *s, struct token t)
{
    static const char *const verbs[] = {"SELECT", "INSERT",  "UPDATE",
                                        "DELETE", "REPLACE", NULL};
    static const char *const ends[] = {
        "WHERE",     "GROUP", "ORDER",  "HAVING", "LIMIT", "WINDOW",
        "RETURNING", "UNION", "SELECT", "SET",    "FOR",   NULL};
    if (is_any(t, ends))
        s->in_from[s->depth] = false;
    if (is_any(t, verbs) && s->depth == s->with_depth)
        s->in_with = false;
    if (is(t, "WITH") && !s->in_with) {
        s->in_with = true;
        s->with_depth = s->depth;
        const char *after = s->at;
        if (is(next(&after), "RECURSIVE"))
            s->at = after;
        return take_named(s);
    }
    if (is(t, "FROM"))
        return is(s->last, "DELETE") ? take_table(s, s->writes) : take_from(s);
    if (is(t, "JOIN"))
        return take_table(s, s->reads);
    if (is(t, "INTO"))
        return take_table(s, s->writes);
    return !is(t, "UPDATE") || take_update(s);
}

enum err tables_of(const char *sql, struct tables *ret_reads,
                   struct tables *ret_writes, struct err_note *why)
{
    static const char *const known[] = {"SELECT", "WITH",   "INSERT", "UPDATE",
                                        "DELETE", "VALUES", NULL};
    struct tables reads = {0}, writes = {0};
    struct scan s = {.at = sql, .reads = &reads, .writes = &writes};
    struct token t = next(&s.at);
    bool ok = is_any(t, known);
    while (ok && t.n > 0) {
        const char *at = s.at;
        ok = t.word ? take_word(&s, t) : take_sign(&s, t);
        if (s.at == at) /* no name was taken with it */
            s.last = t;
        t = next(&s.at);
    }
    if (!ok || s.depth != 0)
        return err_set(why, ERR_BUG, "cannot tell the tables of: %.120s", sql);
    *ret_reads = reads;
    *ret_writes = writes;
    return ERR_OK;
}
