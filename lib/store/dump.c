#include "store/dump.h"

#include <string.h>

#include "store/dump_impl.h"

enum db_kind dump_kind(const char *url)
{
    if (strncmp(url, "sqlite:", 7) == 0)
        return DB_SQLITE;
    if (strncmp(url, "postgresql://", 13) == 0 ||
        strncmp(url, "postgres://", 11) == 0)
        return DB_PG;
    return DB_ANY;
}

/* Any other address has been refused by db_open() long before. */
static const struct dump_ops *ops(const char *url)
{
    return dump_kind(url) == DB_PG ? &dump_pg : &dump_sqlite;
}

enum err dump_write(const struct dump_place *place, struct arena *a,
                    dump_put_fn *put, void *arg, struct dump_facts *ret,
                    struct err_note *why)
{
    return ops(place->url)->write(place, a, put, arg, ret, why);
}

enum err dump_restore(const struct dump_place *place, bool replace,
                      dump_get_fn *get, void *arg, struct err_note *why)
{
    return ops(place->url)->restore(place, replace, get, arg, why);
}

enum err dump_is_empty(const char *url, bool *ret_empty, struct err_note *why)
{
    return ops(url)->is_empty(url, ret_empty, why);
}

enum err dump_count(const char *url, struct arena *a, struct dump_facts *ret,
                    struct err_note *why)
{
    return ops(url)->count(url, a, ret, why);
}

enum err dump_scratch_new(const struct dump_place *place, struct arena *a,
                          const char **ret_url, struct err_note *why)
{
    return ops(place->url)->scratch_new(place, a, ret_url, why);
}

enum err dump_scratch_drop(const struct dump_place *place, const char *scratch,
                           struct err_note *why)
{
    return ops(place->url)->scratch_drop(place, scratch, why);
}
