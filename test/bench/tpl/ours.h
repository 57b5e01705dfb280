/*
 * ours - the client table of 100 rows, expanded by lib/tpl; for C++ too.
 */
#ifndef PT_TEST_BENCH_TPL_OURS_H
#define PT_TEST_BENCH_TPL_OURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_ROWS = 100 };

struct bench_row {
    int64_t id;
    const char *name, *document, *company, *email, *phone, *phone_tel, *city;
    const char *kind_label;
    bool has_phone;
};

struct bench_value {
    const char *name, *value; /* value NULL: a section that is shown */
};

/* What both engines show; ends with {NULL, NULL}. */
extern const struct bench_value bench_values[];
const struct bench_row *bench_rows(void);

/* The texts of the site, {{T_key}}: the name of the i-th, NULL after all. */
const char *bench_text(int i, const char **ret_text);

void bench_init(void);

/* Fills a new dictionary, in place of the one before. */
void bench_fill(void);

/* Expands the table; the result lives until the next call. */
const char *bench_expand(size_t *ret_n);

#ifdef __cplusplus
}
#endif

#endif
