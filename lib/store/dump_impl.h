/*
 * dump_impl - the two backends of dump; for no one else.
 *
 * Layer      store.
 */
#ifndef PT_STORE_DUMP_IMPL_H
#define PT_STORE_DUMP_IMPL_H

#include "store/dump.h"

enum { MAX_DUMP_TABLES = 1000 };

struct dump_ops {
    enum err (*write)(const struct dump_place *place, struct arena *a,
                      dump_put_fn *put, void *arg, struct dump_facts *ret,
                      struct err_note *why);
    enum err (*restore)(const struct dump_place *place, bool replace,
                        dump_get_fn *get, void *arg, struct err_note *why);
    enum err (*is_empty)(const char *url, bool *ret, struct err_note *why);
    enum err (*count)(const char *url, struct arena *a, struct dump_facts *ret,
                      struct err_note *why);
    enum err (*scratch_new)(const struct dump_place *place, struct arena *a,
                            const char **ret_url, struct err_note *why);
    enum err (*scratch_drop)(const struct dump_place *place,
                             const char *scratch, struct err_note *why);
};

extern const struct dump_ops dump_pg, dump_sqlite;

#endif
