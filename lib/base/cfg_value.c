/*
 * cfg_value - what one value of a configuration may look like.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cfg_impl.h"
#include "base/limits.h"

/* "conf/x.yaml:12: pools.web.workers: <what>" */
enum err cfg_refuse(const struct place *at, const char *fmt, ...)
{
    char what[300], where[200] = "";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    if (at->line > 0)
        snprintf(where, sizeof(where), "%s:%lu: ", at->file, at->line);
    const char *parts[] = {at->section, at->entry, at->key};
    char name[160] = "";
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t len = strlen(name);
        if (parts[i] != NULL && parts[i][0] != '\0')
            snprintf(name + len, sizeof(name) - len, "%s%s", len > 0 ? "." : "",
                     parts[i]);
    }
    return err_set(at->why, ERR_CONFIG, "%s%s%s%s", where, name,
                   name[0] != '\0' ? ": " : "", what);
}

static bool parse_int(const char *text, int base, int64_t *ret_value)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, base);
    if (errno != 0 || end == text || *end != '\0' ||
        isspace((unsigned char)text[0]))
        return false;
    *ret_value = v;
    return true;
}

/* The unit must be written: "30" of what? */
static const struct unit {
    const char *name;
    int64_t factor;
} durations[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                 {"h", 3600000}, {"d", 86400000}, {0}},
  sizes[] = {{"B", 1},
             {"KiB", INT64_C(1) << 10},
             {"MiB", INT64_C(1) << 20},
             {"GiB", INT64_C(1) << 30},
             {0}};

static bool parse_unit(const char *text, const struct unit *u,
                       int64_t *ret_value)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9)
        return false;
    for (; u->name != NULL; u++) {
        if (strcmp(text + digits, u->name) == 0) {
            *ret_value = strtoll(text, NULL, 10) * u->factor;
            return true;
        }
    }
    return false;
}

static bool parse_bool(const char *text, bool *ret_value)
{
    static const char *const yes[] = {"on", "yes", "true", "1"};
    static const char *const no[] = {"off", "no", "false", "none", "0"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (strcasecmp(text, yes[i]) == 0)
            return *ret_value = true;
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        if (strcasecmp(text, no[i]) == 0) {
            *ret_value = false;
            return true;
        }
    }
    return false;
}

/* "a number", for a message. */
static const char *kind_name(enum cfg_kind kind)
{
    return kind == CFG_DURATION ? "a duration such as 500ms, 30s, 5m, 2h or 1d"
           : kind == CFG_BYTES  ? "a size such as 512KiB, 50MiB or 1GiB"
           : kind == CFG_OCTAL  ? "an octal file mode"
                                : "a number";
}

static enum err refuse_range(const struct cfg_key *k, const char *text,
                             const struct place *at)
{
    if (k->kind == CFG_OCTAL)
        return cfg_refuse(at, "%s is outside 0%" PRIo64 "…0%" PRIo64, text,
                          (uint64_t)k->min, (uint64_t)k->max);
    return cfg_refuse(at, "%s is outside %" PRId64 "…%" PRId64 "%s", text,
                      k->min, k->max,
                      k->kind == CFG_DURATION ? " ms"
                      : k->kind == CFG_BYTES  ? " bytes"
                                              : "");
}

/* The position of text in the choices. */
static enum err find_choice(const struct cfg_key *k, const char *text,
                            int64_t *ret, const struct place *at)
{
    char names[160] = "";
    for (int64_t i = 0; k->choices[i] != NULL; i++) {
        if (strcasecmp(text, k->choices[i]) == 0) {
            *ret = i;
            return ERR_OK;
        }
        size_t len = strlen(names);
        snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "",
                 k->choices[i]);
    }
    return cfg_refuse(at, "\"%s\" is none of: %s", text, names);
}

static enum err set_number(const struct cfg_key *k, const char *text,
                           void *field, const struct place *at)
{
    int64_t v = 0;
    if ((k->flags & CFG_OPTIONAL) != 0 && text[0] == '\0') {
        *(int64_t *)field = -1;
        return ERR_OK;
    }
    bool ok = k->kind == CFG_DURATION ? parse_unit(text, durations, &v)
              : k->kind == CFG_BYTES
                  ? parse_unit(text, sizes, &v)
                  : parse_int(text, k->kind == CFG_OCTAL ? 8 : 10, &v);
    if (!ok)
        return cfg_refuse(at, "\"%s\" is not %s", text, kind_name(k->kind));
    if (v < k->min || (k->max > 0 && v > k->max))
        return refuse_range(k, text, at);
    *(int64_t *)field = v;
    return ERR_OK;
}

/* 4, 2..16 or auto */
static enum err set_range(const struct cfg_key *k, const char *text,
                          void *field, const struct place *at)
{
    struct cfg_range *r = field;
    char low[24];
    const char *dots = strstr(text, "..");
    size_t n = dots != NULL ? (size_t)(dots - text) : strlen(text);
    if (strcmp(text, "auto") == 0) {
        *r = (struct cfg_range){.automatic = true};
        return ERR_OK;
    }
    *r = (struct cfg_range){0};
    snprintf(low, sizeof(low), "%.*s", n < sizeof(low) ? (int)n : 0, text);
    if (!parse_int(low, 10, &r->min) ||
        !parse_int(dots != NULL ? dots + 2 : low, 10, &r->max))
        return cfg_refuse(
            at, "\"%s\" is not a number, {min: 2, max: 16} or auto", text);
    if (r->min < 0 || r->max < 1 || r->max > k->max)
        return cfg_refuse(at, "%s is outside 1…%" PRId64, text, k->max);
    if (r->min > r->max)
        return cfg_refuse(at, "%s: min is above max", text);
    return ERR_OK;
}

enum err cfg_check_word(const struct cfg_key *k, const char **word,
                        const struct place *at)
{
    int64_t choice = 0;
    if (k->choices == NULL)
        return ERR_OK;
    TRY(find_choice(k, *word, &choice, at));
    *word = k->choices[choice];
    return ERR_OK;
}

static enum err set_words(struct arena *a, const struct cfg_key *k,
                          const char *text, void *field, const struct place *at)
{
    const char **words = ARENA_ARRAY(a, const char *, MAX_COMMAND_ARGS + 1);
    size_t n = 0;
    char *rest = arena_strdup(a, text), *save = NULL;
    for (char *w = strtok_r(rest, " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save)) {
        if (n == MAX_COMMAND_ARGS)
            return cfg_refuse(at, "more than %d words", MAX_COMMAND_ARGS);
        words[n] = w;
        TRY(cfg_check_word(k, &words[n++], at));
    }
    *(const char *const **)field = words;
    return ERR_OK;
}

enum err cfg_set(struct arena *a, const struct cfg_key *k, const char *text,
                 void *base, const struct place *at)
{
    void *field = (char *)base + k->offset;
    switch (k->kind) {
    case CFG_TEXT:
        *(const char **)field = text;
        return ERR_OK;
    case CFG_BOOL:
        if (!parse_bool(text, field))
            return cfg_refuse(at, "\"%s\" is not on or off", text);
        return ERR_OK;
    case CFG_CHOICE:
        return find_choice(k, text, field, at);
    case CFG_WORDS:
        return set_words(a, k, text, field, at);
    case CFG_RANGE:
        return set_range(k, text, field, at);
    case CFG_INT:
    case CFG_OCTAL:
    case CFG_DURATION:
    case CFG_BYTES:
        break;
    }
    return set_number(k, text, field, at);
}
